"""Astro and Starlight: content collections and Markdown pages, and configuration that is plain data."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import join, names_of, slug_path, split_date
from services.importing.kinds.sections import ordered_series, title_words
from services.importing.reading.configuration import base_of, config_in, find_config, folder_of, load
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import MDX, documents_in
from services.importing.reading.js_data import Call
from services.importing.reading.source_tree import SourceTree

_CONFIGS = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "ts", "js", "mts", "cjs"))
#: Files in which themes keep the site's title, author and so on.
_ABOUT = (
    "src/site.config.ts",
    "src/config.ts",
    "src/consts.ts",
    "src/site.ts",
    "src/config.js",
    "src/consts.js",
    "src/config.mjs",
    "src/site-config.ts",
    "src/data/site.ts",
    "src/constants.ts",
    "src/config.json",
    "src/site.config.mjs",
)
#: Collections that hold data for pages, not articles.
_NO_ARTICLES = frozenset({"tags", "tag", "authors", "author", "i18n", "data", "config"})
#: Front matter that needs no report: it is used here, or it only shaped the old pages.
_READ_KEYS = ("slug", "layout", "sidebar", "template", "next", "prev", "editUrl", "tableOfContents")


def _detect(tree: SourceTree) -> str | None:
    return folder_of(find_config(tree, _CONFIGS))


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    path = config_in(tree, folder, _CONFIGS)
    loaded = load(tree, path, findings)
    config = table(loaded.get("default")) if isinstance(loaded, Mapping) else {}
    starlight = _starlight(config)
    about = _about(tree, folder, findings)
    site = _site(config, starlight, about, folder, _path_aliases(tree, folder, findings))
    languages = _languages(starlight, config)
    for root, prefix, is_docs in _collections(tree, folder, is_starlight=bool(starlight)):
        site.roots.append(root)
        for path, foreign in documents_in(tree, root, findings, MDX):
            if any(part.startswith("_") for part in posixpath.relpath(path, root).split("/")):
                continue
            document = Document(path, foreign, dict(foreign.data), (), is_mdx=path.endswith(".mdx"))
            _place(document, root, prefix, languages, is_docs=is_docs)
            site.documents.append(document)
    _pages(tree, folder, site, findings)
    _redirects(config, site, findings)
    _order(site, starlight, findings)
    site.navigation = list(_navigation(about))
    return site


def _site(
    config: Mapping[str, Any],
    starlight: Mapping[str, Any],
    about: Mapping[str, Any],
    folder: str,
    aliases: Mapping[str, str],
) -> ForeignSite:
    """The site without its documents, from ``config`` and from what its theme's files state ``about`` it."""
    base_url, base_path = _base(config, about)
    locale = table(starlight.get("locales"), "root").get("lang")
    return ForeignSite(
        kind="astro",
        title=text(starlight.get("title") or about.get("title") or about.get("site_title") or about.get("name")),
        description=text(
            starlight.get("description")
            or about.get("description")
            or about.get("desc")
            or about.get("site_description")
        ),
        author=text(about.get("author")),
        language=text(locale or about.get("lang") or table(config.get("i18n")).get("defaultLocale")) or "en",
        base_url=base_url,
        base_path=base_path,
        time_zone=text(about.get("timezone")),
        static_roots=[posixpath.join(folder, "public"), posixpath.join(folder, "src")],
        public_roots=[posixpath.join(folder, "public")],
        options={"project": folder, "path_aliases": aliases, "read_keys": _READ_KEYS},
    )


def _path_aliases(tree: SourceTree, folder: str, findings: Findings) -> dict[str, str]:
    """The beginnings of paths that mean a folder: those of ``tsconfig.json``, and the usual ``~/`` and ``@/``."""
    source = posixpath.join(folder, "src")
    aliases = {"~/": source, "@/": source}
    options = table(load(tree, posixpath.join(folder, "tsconfig.json"), findings), "compilerOptions")
    base = posixpath.join(folder, str(options.get("baseUrl") or "."))
    for alias, targets in table(options, "paths").items():
        target = targets[0] if isinstance(targets, list) and targets else targets
        if alias.endswith("/*") and isinstance(target, str) and target.endswith("/*"):
            aliases[alias[:-1]] = posixpath.normpath(posixpath.join(base, target[:-2]))
    return dict(sorted(aliases.items(), key=lambda item: -len(item[0])))


def _redirects(config: Mapping[str, Any], site: ForeignSite, findings: Findings) -> None:
    """``redirects`` of the configuration; those with a place for any path are reported."""
    for old, stated in table(config, "redirects").items():
        new = stated.get("destination") if isinstance(stated, Mapping) else stated
        if not isinstance(new, str) or "[" in old or not new.startswith("/"):
            findings.add("dropped", "redirect", "astro.config", 1, f"{old} → {new}")
        else:
            site.redirects[old] = new.partition("#")[0]


def _base(config: Mapping[str, Any], about: Mapping[str, Any]) -> tuple[str, str]:
    """The base URL and its path, which ``base`` of ``config`` overrides."""
    base_url, base_path = base_of(config.get("site") or about.get("url") or about.get("website") or about.get("site"))
    base_path = str(config.get("base") or base_path).rstrip("/")
    if base_path and not base_path.startswith("/"):
        base_path = f"/{base_path}"
    if base_url and not base_url.endswith(base_path):
        base_url += base_path
    return base_url, base_path


def _starlight(config: Mapping[str, Any]) -> dict[str, Any]:
    for integration in config.get("integrations") or []:
        if isinstance(integration, Call) and integration.name == "starlight":
            return table(integration.arguments[0]) if integration.arguments else {"title": ""}
    return {}


def _about(tree: SourceTree, folder: str, findings: Findings) -> dict[str, Any]:
    """The site's own data from the files in ``_ABOUT``: constants, or the fields of one object. Keys in lower case."""
    values: dict[str, Any] = {}
    for name in _ABOUT:
        path = posixpath.join(folder, name)
        loaded = load(tree, path, findings) if path in tree else {}
        for key, value in table(loaded).items():
            if isinstance(value, Mapping):
                if key.lower() in {
                    "siteconfig",
                    "site",
                    "config",
                    "default",
                    "metadata",
                    "siteinfo",
                    "defaultsiteconfig",
                }:
                    values = {**{str(inner).lower(): one for inner, one in value.items()}, **values}
            elif isinstance(value, str | list):
                values.setdefault(key.lower(), value)
    return values


def _languages(starlight: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    """The folders that are languages, and their tags."""
    found = {
        code: text(table(value).get("lang")) or code
        for code, value in table(starlight.get("locales")).items()
        if code != "root"
    }
    for code in table(config.get("i18n")).get("locales") or []:
        if isinstance(code, str):
            found.setdefault(code, code)
    return found


def _collections(tree: SourceTree, folder: str, *, is_starlight: bool) -> Iterator[tuple[str, str, bool]]:
    """The folder of each collection, its former base address, and whether it is documentation."""
    bases: list[str] = []
    for name in ("src/content.config.ts", "src/content/config.ts", "src/content.config.mjs", "src/content.config.js"):
        path = posixpath.join(folder, name)
        if path in tree:
            bases += re.findall(r"\bbase:\s*[\"'](?:\./)?([^\"']+)[\"']", tree.text_of(path)[0])
    roots = [posixpath.normpath(posixpath.join(folder, base)) for base in bases]
    roots = [root for root in roots if not root.startswith("..")]
    content = posixpath.join(folder, "src/content")
    for path in tree.below(content):
        relative = posixpath.relpath(path, content)
        root = posixpath.join(content, relative.split("/")[0])
        if "/" in relative and path.endswith(MDX) and not any(f"{root}/".startswith(f"{one}/") for one in roots):
            roots.append(root)
    for root in dict.fromkeys(roots):
        name = posixpath.basename(root)
        if name.lower() in _NO_ARTICLES:
            continue
        is_docs = is_starlight and name == "docs"
        yield root, "" if is_docs else _route(tree, folder, name), is_docs


def _route(tree: SourceTree, folder: str, name: str) -> str:
    """The address of a collection: that of the dynamic page of the same name, else its own name."""
    pages = posixpath.join(folder, "src/pages")
    dynamic = [posixpath.relpath(path, pages) for path in tree.below(pages) if "[" in path]
    for stem in (name, name.rstrip("s"), f"{name}s", "blog", "posts", "post"):
        if any(path.startswith(f"{stem}/[") for path in dynamic):
            return stem
    return "" if any(path.startswith("[") for path in dynamic) else name


def _place(document: Document, root: str, prefix: str, languages: Mapping[str, str], *, is_docs: bool) -> None:
    names = names_of(document.path, root)
    if names[0] in languages and len(names) > 1:
        document.language = languages[names[0]]
    dated, rest = split_date(names[-1])
    document.dated = dated
    slug = text(document.data.get("slug"))
    if names == ("index",):
        document.names = ("home",) if is_docs or not prefix else (prefix,)
        document.addresses = (join(prefix, "/"),)
        return
    document.names = (*names[:-1], rest)
    path = slug.strip("/") or "/".join(
        (slug_path(names[:-1]), names[-1].lower() if not is_docs else slug_path([names[-1]]))
    ).strip("/")
    document.addresses = (join(prefix, f"{path}/"),)
    if slug:
        document.data["slug"] = slug.strip("/").rpartition("/")[2]


def _pages(tree: SourceTree, folder: str, site: ForeignSite, findings: Findings) -> None:
    root = posixpath.join(folder, "src/pages")
    for path, foreign in documents_in(tree, root, findings, MDX, skip=lambda one: "/_" in one or "[" in one):
        names = names_of(path, root)
        is_home = names == ("index",)
        document = Document(
            path, foreign, dict(foreign.data), ("home",) if is_home else names, is_mdx=path.endswith(".mdx")
        )
        document.addresses = (join("" if is_home else "/".join(names), "/"),)
        document.is_page = len(names) == 1 and not foreign.data.get("date") and not foreign.data.get("pubDate")
        site.documents.append(document)
    for path in tree.below(root):
        if path.endswith(".astro") and "[" not in path and "/_" not in path:
            address = join(re.sub(r"(^|/)index$", "", posixpath.splitext(posixpath.relpath(path, root))[0]))
            findings.add("dropped", "page that is a program", path, 1, f"{address}: a component, which is not run")
            site.listings.setdefault(address.rstrip("/").casefold() or "/", "/")


def _order(site: ForeignSite, starlight: Mapping[str, Any], findings: Findings) -> None:
    """Starlight's sidebar: each group is a series, in its order; ``sidebar.order`` if a group is a folder."""
    by_slug = {document.addresses[0].strip("/"): document for document in site.documents}
    for group in starlight.get("sidebar") or []:
        row = table(group)
        items = row.get("items")
        members = [
            one if isinstance(one, str) else str(table(one).get("slug") or table(one).get("link") or "")
            for one in (items if isinstance(items, list) else [])
        ]
        found = [by_slug[one.strip("/")] for one in members if one.strip("/") in by_slug]
        label = text(row.get("label"))
        if label and len(found) > 1:
            for part, document in enumerate(found, start=1):
                document.series = document.series or (label, part)
            findings.add("converted", "sidebar group", "astro.config", 1, f"{label}: a series of {len(found)} parts")
    rows = []
    for document in site.documents:
        order = table(document.data.get("sidebar")).get("order")
        if document.series is None and isinstance(order, int | float) and len(document.names) > 1:
            rows.append((document, title_words(document.names[-2]), float(order)))
    ordered_series(rows, findings)


def _navigation(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("menulinks", "navlinks", "nav", "nav_links", "navitems", "header_links", "links"):
        rows = about.get(key)
        for row in rows if isinstance(rows, list) else []:
            entry = table(row)
            label, target = (
                text(entry.get("title") or entry.get("label") or entry.get("name") or entry.get("text")),
                str(entry.get("path") or entry.get("href") or entry.get("url") or ""),
            )
            if label and target:
                yield label, target


KIND = Kind("astro", "it looks for astro.config.mjs (or .ts, .js)", _detect, _read)
