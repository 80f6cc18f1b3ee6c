"""Docusaurus: ``docs/``, ``blog/`` and ``src/pages``; configuration that is plain data; sidebars as series."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.docusaurus_sidebars import NUMBERED, navigation, read_positions, read_sidebars
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import join, names_of
from services.importing.reading.configuration import base_of, config_in, find_config, folder_of, load
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import MDX, documents_in
from services.importing.reading.js_data import Call
from services.importing.reading.source_tree import SourceTree

_CONFIGS = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "mts", "cjs", "cts"))


def _detect(tree: SourceTree) -> str | None:
    return folder_of(find_config(tree, _CONFIGS))


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    exported = load(tree, config_in(tree, folder, _CONFIGS), findings)
    config = table(exported.get("default")) if isinstance(exported, Mapping) else {}
    site = _site(config, folder)
    sidebars: list[str] = []
    for section, settings in dict(_options(config)).items():
        for options in settings:
            sidebars += _section(tree, site, findings, section=section, options=options)
    _pages(tree, folder, site, findings)
    _report_versions(tree, folder, findings)
    for name in sidebars:
        read_sidebars(site, load(tree, name, findings), findings)
    read_positions(site, findings)
    site.navigation = list(navigation(config, site))
    _client_redirects(config, site, findings)
    return site


def _site(config: Mapping[str, Any], folder: str) -> ForeignSite:
    """The site without its documents, from ``config``."""
    base_url, _ = base_of(config.get("url"))
    base_path = str(config.get("baseUrl") or "/").rstrip("/")
    return ForeignSite(
        kind="docusaurus",
        title=text(config.get("title")),
        tagline=text(config.get("tagline")),
        description=text(config.get("tagline")),
        language=text(table(config.get("i18n")).get("defaultLocale")) or "en",
        base_url=base_url + base_path if base_url else "",
        base_path=base_path,
        static_roots=[posixpath.join(folder, "static")],
        public_roots=[posixpath.join(folder, "static")],
        options={
            "project": folder,
            "path_aliases": {"@site/": folder},
            "read_keys": (
                "slug",
                "id",
                "sidebar_position",
                "sidebar_label",
                "hide_title",
                "pagination_label",
                "custom_edit_url",
                "pagination_next",
                "pagination_prev",
                "displayed_sidebar",
                "sidebar_class_name",
            ),
        },
    )


def _options(config: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The settings of docs and blog: of the classic preset, of plugins, else the defaults."""
    docs: list[dict[str, Any]] = []
    blogs: list[dict[str, Any]] = []
    found_preset = False
    for preset in config.get("presets") or []:
        name, settings = (preset[0], table(preset[1])) if isinstance(preset, list) and len(preset) > 1 else (preset, {})
        if "classic" in str(name.arguments if isinstance(name, Call) else name) or settings:
            found_preset = True
            docs += [] if settings.get("docs") is False else [table(settings.get("docs"))]
            blogs += [] if settings.get("blog") is False else [table(settings.get("blog"))]
    for plugin in config.get("plugins") or []:
        if isinstance(plugin, list) and len(plugin) > 1 and isinstance(plugin[0], str):
            if "content-docs" in plugin[0]:
                docs.append(table(plugin[1]))
            elif "content-blog" in plugin[0]:
                blogs.append(table(plugin[1]))
    if not found_preset and not docs and not blogs:
        docs, blogs = [{}], [{}]
    yield "docs", docs
    yield "blog", blogs


def _section(
    tree: SourceTree, site: ForeignSite, findings: Findings, *, section: str, options: Mapping[str, Any]
) -> list[str]:
    """Add the documents of one ``docs`` or ``blog``. Returns the sidebars that order them."""
    folder = str(site.options["project"])
    stated = options.get("path")
    root = posixpath.normpath(posixpath.join(folder, str(stated or section)))
    if root.startswith(".."):
        findings.add(
            "dropped",
            "folder outside",
            folder or ".",
            1,
            f"{stated}: outside of the source; import the folder that holds both",
        )
        return []
    if root == ".":
        root = ""
    route = options.get("routeBasePath")
    prefix = str(section if route is None else route)
    site.roots.append(root)
    if section == "blog":
        site.authors |= _authors(load(tree, posixpath.join(root, "authors.yml"), findings))
    sidebar = options.get("sidebarPath")
    name = sidebar.arguments[0] if isinstance(sidebar, Call) and sidebar.arguments else sidebar
    sidebars: list[str] = []
    if section == "docs":
        candidates = [name] if isinstance(name, str) else ["sidebars.js", "sidebars.ts", "sidebars.json"]
        sidebars = [
            found for one in candidates if (found := posixpath.normpath(posixpath.join(folder, str(one)))) in tree
        ]
    _take(tree, site, findings, section=section, root=root, prefix=prefix)
    for locale, translated in _translations(tree, folder, section, options):
        site.roots.append(translated)
        _take(tree, site, findings, section=section, root=translated, prefix=f"{locale}/{prefix}", language=locale)
    if section == "blog":
        site.listings[join(prefix).rstrip("/").casefold() or "/"] = "/"
    return sidebars


def _report_versions(tree: SourceTree, folder: str, findings: Findings) -> None:
    """Report older versions of documents."""
    for path in tree.below(folder):
        inner = posixpath.relpath(path, folder or ".")
        if not inner.endswith(MDX):
            continue
        if re.search(r"(?:^|/)versioned_docs/|^i18n/[^/]+/docusaurus-plugin-content-docs[^/]*/version-", inner):
            findings.add("dropped", "document of an older version", path, 1, "one version of each document is carried")


def _translations(tree: SourceTree, folder: str, section: str, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each other language, and the folder of its documents."""
    identity = text(options.get("id"))
    plugin = f"docusaurus-plugin-content-{section}{f'-{identity}' if identity not in {'', 'default'} else ''}"
    version = "/current" if section == "docs" else ""
    i18n = posixpath.join(folder, "i18n")
    pattern = re.compile(rf"{re.escape(i18n)}/([\w-]+)/{re.escape(plugin + version)}/")
    locales = {match[1]: match[0].rstrip("/") for path in tree.below(i18n) if (match := pattern.match(path))}
    yield from sorted(locales.items())


def _take(
    tree: SourceTree, site: ForeignSite, findings: Findings, *, section: str, root: str, prefix: str, language: str = ""
) -> None:
    """Add the documents below ``root``, whose addresses begin with ``prefix``."""
    own = posixpath.join(str(site.options["project"]), "src")
    labels = {
        key: text(table(value).get("label")) or key
        for key, value in table(load(tree, posixpath.join(root, "tags.yml"), findings)).items()
    }
    for path, foreign in documents_in(tree, root, findings, MDX, skip=lambda one: _is_partial(one, root)):
        if path.startswith(f"{own}/"):
            continue
        document = Document(path, foreign, dict(foreign.data), (), is_mdx=True, language=language)
        tags = document.data.get("tags")
        if isinstance(tags, list) and labels:
            document.data["tags"] = [labels.get(one, one) if isinstance(one, str) else one for one in tags]
        (_place_post if section == "blog" else _place_doc)(document, root, prefix)
        site.documents.append(document)


def _is_partial(path: str, root: str) -> bool:
    relative = posixpath.relpath(path, root or ".")
    return (
        any(part.startswith("_") for part in relative.split("/"))
        or "/node_modules/" in f"/{path}"
        or relative.startswith(("versioned_docs/", "i18n/"))
    )


def _authors(data: object) -> dict[str, str]:
    return {name: text(table(value).get("name")) for name, value in table(data).items() if table(value).get("name")}


def _place_doc(document: Document, root: str, prefix: str) -> None:
    parts = [
        NUMBERED.sub("", part)
        for part in posixpath.splitext(posixpath.relpath(document.path, root or "."))[0].split("/")
    ]
    data = document.data
    slug = text(data.get("slug"))
    identity = text(data.get("id"))
    if identity:
        parts[-1] = identity.rpartition("/")[2]
    is_index = len(parts) > 1 and parts[-1].lower() in {"index", "readme", *([] if identity else [parts[-2].lower()])}
    plain = parts[:-1] if is_index or parts[-1].lower() in {"index", "readme"} else parts
    if slug.startswith("/"):
        address = join(prefix, slug)
    elif slug:
        address = join(prefix, *parts[:-1], slug)
    else:
        address = join(prefix, *plain)
    document.addresses = (address,)
    document.names = tuple(plain) or ("home",)
    if slug.strip("/"):
        document.names = (*plain[:-1], slug.strip("/").rpartition("/")[2])
    data.pop("slug", None)


def _place_post(document: Document, root: str, prefix: str) -> None:
    relative = posixpath.splitext(posixpath.relpath(document.path, root or "."))[0]
    relative = re.sub(r"/index$", "", relative)
    match = re.match(r"(?P<folder>.*?/)?(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/](?P<rest>.+)$", relative)
    slug = text(document.data.get("slug"))
    rest = match["rest"] if match else relative
    if match:
        document.dated = match["date"].replace("/", "-")
    dated = "/".join(document.dated.split("-")) if match else ""
    document.addresses = (
        join(prefix, slug) if slug else join(prefix, (match["folder"] or "") if match else "", dated, rest),
    )
    document.names = (slug.strip("/").rpartition("/")[2] or rest.rpartition("/")[2],)
    document.data.pop("slug", None)


def _pages(tree: SourceTree, folder: str, site: ForeignSite, findings: Findings) -> None:
    """``src/pages``: Markdown pages become pages; React pages are programs and are reported."""
    root = posixpath.join(folder, "src/pages")
    for path in tree.below(root):
        if path.endswith((".js", ".jsx", ".tsx", ".ts")) and "/_" not in path:
            stem = posixpath.splitext(posixpath.relpath(path, root))[0]
            address = join(re.sub(r"(^|/)index$", "", stem))
            findings.add("dropped", "page that is a program", path, 1, f"{address}: React, which is not run")
            if address == "/":
                site.listings["/"] = "/"
    for path, foreign in documents_in(tree, root, findings, MDX, skip=lambda one: "/_" in one):
        names = names_of(path, root)
        document = Document(path, foreign, dict(foreign.data), names if names != ("index",) else ("home",), is_mdx=True)
        document.addresses = (join(text(foreign.data.get("slug")) or "/".join(names if names != ("index",) else ())),)
        document.is_page = len(names) == 1
        site.documents.append(document)


def _client_redirects(config: Mapping[str, Any], site: ForeignSite, findings: Findings) -> None:
    """``redirects`` of the plugin client-redirects, as far as they are data."""
    for plugin in config.get("plugins") or []:
        if not (isinstance(plugin, list) and len(plugin) > 1 and "client-redirects" in str(plugin[0])):
            continue
        settings = table(plugin[1])
        rows = settings.get("redirects")
        for row in map(table, rows if isinstance(rows, list) else []):
            old = row.get("from")
            for one in old if isinstance(old, list) else [old]:
                if isinstance(one, str) and isinstance(row.get("to"), str):
                    site.redirects[one] = str(row["to"]).partition("#")[0]
        if settings.get("createRedirects"):
            findings.add("dropped", "redirects that a program makes", "docusaurus.config", 1, "createRedirects")


KIND = Kind("docusaurus", "it looks for docusaurus.config.js (or .ts)", _detect, _read)
