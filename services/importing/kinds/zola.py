"""Zola: ``content/`` with sections and pages; addresses by path, ``slug`` and ``path``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import join, slug_path, split_date
from services.importing.kinds.sections import drop_section, order_by_weight
from services.importing.reading.configuration import base_of, find_config, folder_of, load
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import documents_in
from services.importing.reading.source_tree import SourceTree, Unreadable


def _is_config(tree: SourceTree, path: str) -> bool:
    try:
        return re.search(r"(?m)^\s*base_url\s*=", tree.text_of(path)[0]) is not None
    except Unreadable:
        return False


def _detect(tree: SourceTree) -> str | None:
    return folder_of(find_config(tree, ("zola.toml", "config.toml"), lambda path: _is_config(tree, path)))


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    config = load(tree, posixpath.join(folder, "zola.toml"), findings) or load(
        tree, posixpath.join(folder, "config.toml"), findings
    )
    config = table(config)
    main = text(config.get("default_language")) or "en"
    site = _site(config, main, folder)
    languages = set(table(config.get("languages")))
    root = site.roots[0]
    for path, foreign in documents_in(tree, root, findings):
        document = Document(path, foreign, dict(foreign.data), ())
        _place(document, root, languages, main)
        _take(site, document, findings)
    order_by_weight(site, findings)
    return site


def _site(config: Mapping[str, Any], main: str, folder: str) -> ForeignSite:
    """The site without its documents, from ``config``, whose main language is ``main``."""
    base_url, base_path = base_of(config.get("base_url"))
    extra = table(config.get("extra"))
    return ForeignSite(
        kind="zola",
        title=text(config.get("title")),
        description=text(config.get("description")),
        author=re.sub(r"^\S+@\S+ \((.+)\)$", r"\1", text(config.get("author")) or text(extra.get("author"))),
        language=main,
        base_url=base_url,
        base_path=base_path,
        id_rule="zola",
        roots=[posixpath.join(folder, "content")],
        static_roots=[posixpath.join(folder, "static")],
        public_roots=[posixpath.join(folder, "static")],
        navigation=_navigation(extra),
        variables={"config": config, "params": extra},
        options={
            "shortcode_folders": (posixpath.join(folder, "templates/shortcodes"),),
            "read_keys": (
                "slug",
                "path",
                "weight",
                "template",
                "sort_by",
                "page_template",
                "paginate_by",
                "insert_anchor_links",
                "in_search_index",
            ),
        },
    )


def _navigation(extra: Mapping[str, object]) -> list[tuple[str, str]]:
    for key in ("menu_items", "nav", "menu", "header_nav", "navbar_items", "main_menu"):
        entries = extra.get(key)
        if isinstance(entries, list):
            rows = [entry for entry in entries if isinstance(entry, Mapping)]
            found = [
                (
                    text(row.get("name") or row.get("title") or row.get("text")),
                    str(row.get("url") or row.get("path") or row.get("link") or ""),
                )
                for row in rows
            ]
            return [(label, url.replace("$BASE_URL", "")) for label, url in found if label and url]
    return []


def _place(document: Document, root: str, languages: set[str], main: str) -> None:
    parts = posixpath.splitext(posixpath.relpath(document.path, root))[0].split("/")
    stem, _, code = parts[-1].rpartition(".")
    language = ""
    if stem and code in languages and code != main:
        parts[-1], language = stem, code
    while parts and parts[-1] in {"index", "_index"}:
        parts.pop()
    own = parts[-1] if parts else ""
    document.dated, rest = split_date(own)
    document.language = language
    data = document.data
    slug = text(data.get("slug"))
    path = text(data.get("path"))
    # blog.rust-lang.org and others give the date only in `path`: path = "2024/11/26/name".
    stated = re.match(r"/?(?:\w[\w-]*/)?(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)", path)
    if stated and not document.dated:
        document.dated = "-".join(stated.groups())
    address = path or "/".join(filter(None, [slug_path(parts[:-1]), slug or slug_path([rest])]))
    address = address.strip("/")
    document.addresses = (join(language, f"{address}/") if address else join(language, "/"),)
    named = path.strip("/").rpartition("/")[2] if path else rest
    document.names = tuple(
        filter(None, [*([language] if language else []), *parts[:-1], re.sub(r"\.html?$", "", named)])
    ) or ("home",)


def _take(site: ForeignSite, document: Document, findings: Findings) -> None:
    is_section = re.match(r"_index(\.\w+)?\.md$", posixpath.basename(document.path)) is not None
    if is_section and not re.search(r"\w", re.sub(r"<!--.*?-->", "", document.foreign.body, flags=re.DOTALL)):
        drop_section(site, document, findings)
        return
    if document.data.get("render") is False:
        findings.add(
            "dropped", "document that is not rendered", document.path, 1, "the old site did not show it either"
        )
        return
    has_date = bool(document.data.get("date")) or bool(document.dated)
    document.is_page = not has_date and not is_section and document.addresses[0].strip("/").count("/") == 0
    site.documents.append(document)


KIND = Kind("zola", "it looks for config.toml with base_url beside a folder content/", _detect, _read)
