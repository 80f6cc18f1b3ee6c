"""MkDocs and Material for MkDocs: ``docs/``, ``nav``, the blog plugin, redirects.

Python tags in its YAML are ignored.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.importing.constructs.markup.characters import ALL_MARKS
from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import join, moment_of, names_of, split_date
from services.importing.naming import to_slug
from services.importing.reading.configuration import base_of, config_in, find_config, folder_of, load
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import documents_in
from services.importing.reading.front_matter import Foreign
from services.importing.reading.source_tree import SourceTree

#: Extensions that read signs in a line.
_MARKING = {
    "pymdownx.keys",
    "pymdownx.mark",
    "pymdownx.caret",
    "pymdownx.tilde",
    "pymdownx.critic",
    "pymdownx.extra",
}
_CONFIGS = ("mkdocs.yml", "mkdocs.yaml")


def _detect(tree: SourceTree) -> str | None:
    return folder_of(find_config(tree, _CONFIGS))


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    config_path = config_in(tree, folder, _CONFIGS)
    config = _inherited(tree, config_path, findings)
    docs = posixpath.normpath(posixpath.join(folder, str(config.get("docs_dir") or "docs")))
    plugins = _listed(config.get("plugins"))
    site = _site(config, folder, docs, plugins)
    blog = posixpath.join(docs, str(table(plugins.get("blog")).get("blog_dir") or "blog")) if "blog" in plugins else ""
    site.authors = _authors(load(tree, posixpath.join(blog, ".authors.yml"), findings)) if blog else {}
    is_flat = config.get("use_directory_urls") is False
    for path, foreign in documents_in(
        tree,
        docs,
        findings,
        has_line_form=True,
        skip=lambda one: (
            ("literate-nav" in plugins and posixpath.basename(one) == "SUMMARY.md")
            or "/theme/" in one
            or "/overrides/" in one
            or "/includes/" in one
        ),
    ):
        document = Document(path, foreign, dict(foreign.data), names_of(path, docs))
        _place(document, docs, blog, table(plugins.get("blog")), is_flat=is_flat)
        if blog and path == posixpath.join(blog, "index.md") and _is_headings_alone(foreign.body):
            findings.add("dropped", "section without text", path, 1, "the list of posts is made by the site itself")
            site.listings[f"/{posixpath.basename(blog)}"] = "/"
        else:
            site.documents.append(document)
    _navigate(site, config.get("nav"), docs, findings)
    for old, new in table(plugins.get("redirects"), "redirect_maps").items():
        if isinstance(new, str) and new.startswith(("http://", "https://")):
            site.redirects[_address(posixpath.splitext(old)[0], is_flat=is_flat)] = new
        elif isinstance(new, str):
            site.redirects[_address(posixpath.splitext(old)[0], is_flat=is_flat)] = _address(
                posixpath.splitext(new.partition("#")[0])[0], is_flat=is_flat
            )
    return site


def _is_headings_alone(body: str) -> bool:
    return not re.search(r"\w", re.sub(r"^#.*$", "", body, flags=re.MULTILINE))


def _site(config: Mapping[str, Any], folder: str, docs: str, plugins: Mapping[str, Any]) -> ForeignSite:
    """The site without its documents, from ``config``."""
    base_url, base_path = base_of(config.get("site_url"))
    extensions = _listed(config.get("markdown_extensions"))
    snippets = table(extensions.get("pymdownx.snippets")).get("base_path", ".")
    bases = snippets if isinstance(snippets, list) else [snippets]
    return ForeignSite(
        kind="mkdocs-material",
        title=text(config.get("site_name")),
        description=text(config.get("site_description")),
        author=text(config.get("site_author")),
        language=text(table(config, "theme").get("language")) or "en",
        base_url=base_url,
        base_path=base_path,
        id_rule="python-markdown",
        roots=[docs],
        static_roots=[docs],
        variables={"config": config, "extra": table(config.get("extra")), **table(config.get("extra"))},
        options={
            "snippets": (
                *(posixpath.normpath(posixpath.join(folder, str(base))).removeprefix(".") for base in bases),
                docs,
                folder,
            ),
            "auto_append": _auto_append(extensions, folder, bases),
            "critic": "pymdownx.critic" in extensions,
            "inline_marks": ALL_MARKS if extensions.keys() & _MARKING else (),
            "math_brackets": "pymdownx.arithmatex" in extensions,
            "wiki_links": True,
            "macros": bool({"macros", "include-markdown"} & plugins.keys()) or bool(config.get("hooks")),
            "include_folders": (docs, posixpath.join(folder, "includes")),
            "read_keys": ("template", "hide", "icon", "search", "slug"),
        },
    )


def _auto_append(extensions: Mapping[str, Any], folder: str, bases: list[Any]) -> tuple[str, ...]:
    """The files that every document ends with, such as a glossary, each at every place where it may lie."""
    stated = table(extensions.get("pymdownx.snippets")).get("auto_append")
    names = [str(one) for one in (stated if isinstance(stated, list) else [stated]) if one]
    return tuple(
        posixpath.normpath(posixpath.join(folder, str(base), name)) for name in names for base in (*bases, ".")
    )


def _inherited(tree: SourceTree, path: str, findings: Findings) -> dict[str, Any]:
    """A configuration merged over those that it inherits from."""
    config: dict[str, Any] = {}
    seen: set[str] = set()
    while path and path not in seen and len(seen) < 5:
        seen.add(path)
        found = table(load(tree, path, findings))
        config = {**found, **config}
        more = found.get("INHERIT")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), more)) if isinstance(more, str) else ""
    return config


def _listed(value: object) -> dict[str, Any]:
    """Extensions and plugins, each given as a name or as a name with settings."""
    if isinstance(value, Mapping):
        return {str(name).removeprefix("material/"): settings for name, settings in value.items()}
    found: dict[str, Any] = {}
    for one in value if isinstance(value, list) else []:
        if isinstance(one, Mapping):
            found.update({str(name).removeprefix("material/"): settings for name, settings in one.items()})
        else:
            found[str(one).removeprefix("material/")] = {}
    return found


def _authors(data: object) -> dict[str, str]:
    return {
        name: text(table(value).get("name"))
        for name, value in table(data, "authors").items()
        if table(value).get("name")
    }


def _address(stem: str, *, is_flat: bool) -> str:
    parts = [part for part in stem.split("/") if part]
    if parts and parts[-1].lower() in {"index", "readme"}:
        return join("/".join(parts[:-1]), "/")
    return f"/{'/'.join(parts)}.html" if is_flat else f"/{'/'.join(parts)}/"


def _place(document: Document, docs: str, blog: str, settings: Mapping[str, Any], *, is_flat: bool) -> None:
    stem = posixpath.splitext(posixpath.relpath(document.path, docs))[0]
    dated, rest = split_date(document.names[-1])
    document.dated = dated
    document.addresses = (_address(stem, is_flat=is_flat),)
    posts = posixpath.join(blog, "posts") if blog else ""
    if blog and document.path.startswith(f"{posts}/"):
        document.names = (*document.names[:-1], rest)
        document.addresses = (_post_address(document, docs, blog, settings, is_flat=is_flat),)
    elif stem.lower() in {"index", "readme"}:
        document.names = ("home",)


def _post_address(document: Document, docs: str, blog: str, settings: Mapping[str, Any], *, is_flat: bool) -> str:
    """The address of a post from the blog plugin: by its date and the slug of its title."""
    data = document.data
    stated = data.get("date")
    day = moment_of(stated.get("created") if isinstance(stated, Mapping) else stated) or moment_of(document.dated)
    slug = (
        text(data.get("slug"))
        or to_slug(text(data.get("title")) or first_heading(document.foreign))
        or document.names[-1]
    )
    form = str(settings.get("post_url_format") or "{date}/{slug}")
    pattern = str(settings.get("post_url_date_format") or "yyyy/MM/dd")
    written = ""
    if day is not None:
        written = re.sub(
            r"yyyy|MM|dd|M|d",
            lambda match: {
                "yyyy": f"{day.year:04}",
                "MM": f"{day.month:02}",
                "dd": f"{day.day:02}",
                "M": str(day.month),
                "d": str(day.day),
            }[match[0]],
            pattern,
        )
    inner = (
        form.replace("{date}", written)
        .replace("{slug}", slug)
        .replace("{file}", document.names[-1])
        .replace("{categories}", "")
    )
    prefix = posixpath.relpath(blog, docs)
    return join("" if prefix == "." else prefix, inner.strip("/")) + (".html" if is_flat else "/")


def first_heading(foreign: Foreign) -> str:
    """The first level-one heading of a body."""
    match = re.search(r"^#[ \t]+(.+?)[ \t]*#*$", foreign.body, re.MULTILINE)
    return re.sub(r"\{[^}]*\}$", "", match[1]).strip() if match else ""


def _navigate(site: ForeignSite, nav: object, docs: str, findings: Findings) -> None:
    """``nav``: its first level is the navigation, each of its sections a series in its order; its titles are titles."""
    by_path = {document.path: document for document in site.documents}
    if not isinstance(nav, list):
        return
    for label, value in _entries(nav):
        first = next(iter(_leaves(value)), "")
        document = by_path.get(posixpath.normpath(posixpath.join(docs, first)))
        if label and document is not None:
            site.navigation.append((label, document.addresses[0]))
        elif label and first.startswith(("http://", "https://")):
            site.navigation.append((label, first))
    _sections(nav, "", by_path, docs, findings)


def _entries(rows: object) -> Iterator[tuple[str, object]]:
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            yield from ((text(label), value) for label, value in row.items())
        else:
            yield "", row


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for _, inner in _entries(value):
        yield from _leaves(inner)


def _sections(rows: object, name: str, by_path: Mapping[str, Document], docs: str, findings: Findings) -> None:
    part = 0
    members = [value for _, value in _entries(rows) if isinstance(value, str)]
    for label, value in _entries(rows):
        if not isinstance(value, str):
            _sections(value, f"{name}: {label}" if name and label else label or name, by_path, docs, findings)
            continue
        document = by_path.get(posixpath.normpath(posixpath.join(docs, value)))
        if document is None:
            continue
        if label and not document.data.get("title") and not first_heading(document.foreign):
            document.data["title"] = label
        if name and len(members) > 1 and document.series is None:
            part += 1
            document.series = (name, part)
    if part > 1:
        findings.add("converted", "navigation section", "mkdocs.yml", 1, f"{name}: a series of {part} parts")


KIND = Kind("mkdocs-material", "it looks for mkdocs.yml", _detect, _read)
