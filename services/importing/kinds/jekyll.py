"""Jekyll: ``_posts``, ``_drafts``, collections and pages; addresses by ``permalink``; defaults by scope."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.common import (
    Kind,
    base_of,
    date_tokens,
    documents_in,
    fill_colons,
    find_config,
    folder_of,
    is_repository_file,
    join,
    load,
    load_folder,
    moment_of,
    split_date,
)
from services.importing.reading.data_files import table, text
from services.importing.reading.source_tree import SourceTree

_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}
_ALWAYS_EXCLUDED = ("vendor/*", "node_modules/*", "Gemfile*", ".sass-cache/*")


def _detect(tree: SourceTree) -> str | None:
    found = folder_of(find_config(tree, ("_config.yml", "_config.yaml", "_config.toml")))
    if found is not None:
        return found
    posts = next((path for path in tree.sizes if "/_posts/" in f"/{path}"), None)
    return None if posts is None else posixpath.dirname(f"/{posts}".partition("/_posts/")[0]).strip("/")


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    config: dict[str, Any] = {}
    for name in ("_config.toml", "_config.yaml", "_config.yml"):
        config.update(table(load(tree, posixpath.join(folder, name), findings)))
    base_url, base_path = base_of(config.get("url"))
    base_path = base_path or "/" + str(config.get("baseurl") or "").strip("/") if config.get("baseurl") else base_path
    base_path = base_path.rstrip("/")
    if base_url and base_path and not base_url.endswith(base_path):
        base_url += base_path
    source = (
        posixpath.normpath(posixpath.join(folder, str(config.get("source") or ""))) if config.get("source") else folder
    )
    source = "" if source == "." else source
    collections_dir = posixpath.join(source, str(config.get("collections_dir") or ""))
    data = load_folder(tree, posixpath.join(source, str(config.get("data_dir") or "_data")), findings)
    author = config.get("author")
    site = ForeignSite(
        kind="jekyll",
        title=text(config.get("title") or config.get("name")),
        tagline=text(config.get("tagline") or config.get("subtitle")),
        description=text(config.get("description")),
        author=text(author.get("name")) if isinstance(author, Mapping) else text(author),
        language=text(config.get("lang") or config.get("locale")).replace("_", "-"),
        base_url=base_url,
        base_path=base_path,
        time_zone=text(config.get("timezone")),
        id_rule="kramdown",
        roots=[source],
        static_roots=[source],
        authors=_authors(data.get("authors")),
        variables={
            "site": {
                **config,
                "data": data,
                "baseurl": "",
                "url": base_url[: -len(base_path)] if base_path else base_url,
            }
        },
        options={
            "include_folders": (posixpath.join(source, str(config.get("includes_dir") or "_includes")), source),
            "code_folders": (posixpath.join(source, "downloads/code"), posixpath.join(source, "_code")),
            "excerpt_separator": config.get("excerpt_separator"),
            "read_keys": ("permalink", "slug", "layout", "excerpt_separator"),
        },
    )
    collections = _collections(config)
    excluded = [*(str(one) for one in config.get("exclude") or [] if isinstance(one, str)), *_ALWAYS_EXCLUDED]
    for path, foreign in documents_in(
        tree, source, findings, skip=lambda path: _is_skipped(path, source, collections_dir, collections, excluded)
    ):
        relative = posixpath.relpath(path, source or ".")
        if foreign.form == "none" and not foreign.body.startswith("---"):
            # Jekyll copies such a file as it is: it is no page.
            is_document = "/_posts/" in f"/{relative}" or relative.startswith("_")
            if not is_document and not is_repository_file(path):
                findings.add("dropped", "file without front matter", path, 1, "the old site did not make a page of it")
            if not is_document:
                continue
        document = Document(path, foreign, {}, ())
        kind = _kind_of(relative, collections)
        document.data = {**_defaults(config, relative, kind), **foreign.data}
        _place(document, relative, kind, config, collections)
        if kind not in {"posts", "drafts", "pages"} and table(collections.get(kind)).get("output") is not True:
            # Its documents had no pages of their own: templates showed them on others.
            document.is_draft = True
            findings.add("converted", "document of a collection without pages", path, 1, f"{kind}: it becomes a draft")
        if kind == "pages" and not re.search(
            r"\w", re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "", foreign.body, flags=re.DOTALL)
        ):
            findings.add(
                "dropped",
                "page without text",
                path,
                1,
                f"{document.addresses[0]}: a list that the old site's layout made",
            )
            site.listings.setdefault(
                re.sub(r"(?:index)?\.html$", "", document.addresses[0]).rstrip("/").casefold() or "/", "/"
            )
            continue
        site.documents.append(document)
    site.navigation = _navigation(config, data, site)
    return site


def _authors(data: object) -> dict[str, str]:
    rows = data.items() if isinstance(data, Mapping) else []
    return {
        str(key): text(value.get("name") or value.get("display_name"))
        for key, value in rows
        if isinstance(value, Mapping) and (value.get("name") or value.get("display_name"))
    }


def _collections(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = config.get("collections")
    if isinstance(found, list):
        return {str(name): {} for name in found}
    return {name: table(value) for name, value in table(found).items()}


def _is_skipped(
    path: str, source: str, collections_dir: str, collections: Mapping[str, Any], excluded: list[str]
) -> bool:
    relative = posixpath.relpath(path, source or ".")
    parts = relative.split("/")
    known = {"_posts", "_drafts", *(f"_{name}" for name in collections)}
    base = posixpath.relpath(collections_dir or ".", source or ".").strip("./")
    for part in parts[:-1]:
        if part.startswith(("_", "#", "~")) and part not in known and part != base:
            return True
    if parts[-1].startswith(("_", "#", "~")):
        return True
    return any(
        relative == pattern.rstrip("/")
        or relative.startswith(f"{pattern.strip('/')}/")
        or fnmatch.fnmatch(relative, pattern)
        for pattern in excluded
    )


def _kind_of(relative: str, collections: Mapping[str, Any]) -> str:
    parts = relative.split("/")
    for part in parts[:-1]:
        if part in {"_posts", "_drafts"}:
            return part[1:]
        if part.startswith("_") and part[1:] in collections:
            return part[1:]
    return "pages"


def _defaults(config: Mapping[str, Any], relative: str, kind: str) -> dict[str, Any]:
    """The front matter that the configuration gives to documents of a scope; the more exact scope wins."""
    found: list[tuple[int, dict[str, Any]]] = []
    rows = config.get("defaults")
    for row in rows if isinstance(rows, list) else []:
        scope = table(row, "scope")
        path, wanted = str(scope.get("path") or "").strip("/"), scope.get("type")
        if (
            not path or relative == path or relative.startswith(f"{path}/") or fnmatch.fnmatch(relative, path)
        ) and wanted in {None, kind, "drafts" if kind == "drafts" else kind}:
            found.append((len(path) + (1 if wanted else 0), table(row, "values")))
    merged: dict[str, Any] = {}
    for _, values in sorted(found, key=lambda item: item[0]):
        # What a layout shows of every document is not what its author said of this one.
        merged.update(
            {
                key: value
                for key, value in values.items()
                if key
                in {
                    "permalink",
                    "lang",
                    "language",
                    "author",
                    "authors",
                    "categories",
                    "category",
                    "tags",
                    "published",
                    "layout",
                }
            }
        )
    return merged


def _place(
    document: Document,
    relative: str,
    kind: str,
    config: Mapping[str, Any],
    collections: Mapping[str, Mapping[str, Any]],
) -> None:
    data = document.data
    stem = posixpath.splitext(posixpath.basename(relative))[0]
    folders = [part for part in posixpath.dirname(relative).split("/") if part]
    if kind in {"posts", "drafts"}:
        document.dated, name = split_date(stem)
        document.is_draft = kind == "drafts"
        before = folders[: folders.index(f"_{kind}")]
        categories = [*before, *_listed(data.get("categories") or data.get("category"))]
        pattern = text(data.get("permalink")) or text(config.get("permalink")) or "date"
        pattern = (
            text(table(collections.get("posts")).get("permalink")) or pattern if not data.get("permalink") else pattern
        )
        pattern = _STYLES.get(pattern, pattern)
        day = moment_of(data.get("date")) or moment_of(document.dated)
        slug = text(data.get("slug")) or name
        tokens = {
            **date_tokens(day),
            "categories": "/".join(_lowered(one) for one in dict.fromkeys(categories)),
            "title": slug,
            "slug": slug.lower(),
            "path": name,
            "name": name,
            "output_ext": ".html",
            "collection": "posts",
        }
        address = fill_colons(pattern, tokens) or f"/{slug}.html"
        document.names = (*before, name)
        document.addresses = (_with_suffix(address, pattern),)
        return
    inner = folders
    pattern = text(data.get("permalink"))
    if kind != "pages":
        inner = folders[folders.index(f"_{kind}") + 1 :]
        pattern = pattern or text(table(collections.get(kind)).get("permalink")) or _collection_pattern(config)
    else:
        pattern = pattern or _page_pattern(text(config.get("permalink")))
    is_index = stem == "index"
    tokens = {
        **date_tokens(moment_of(data.get("date"))),
        "path": "/".join([*inner, stem]) if kind != "pages" else "/".join(inner),
        "basename": stem,
        "name": stem,
        "title": text(data.get("slug")) or stem,
        "slug": text(data.get("slug")) or stem,
        "output_ext": ".html",
        "collection": kind,
        "categories": "/".join(_listed(data.get("categories"))),
    }
    address = fill_colons(pattern, tokens) or f"/{'/'.join([*inner, stem])}.html"
    if is_index and not data.get("permalink"):
        address = join(*([kind] if kind != "pages" else []), *inner, "/")
    document.addresses = (_with_suffix(address, pattern),)
    names = [*inner, *([] if is_index and inner else [stem])]
    document.names = tuple(names) if names != ["index"] else ("home",)
    document.dated = split_date(stem)[0]
    flat = document.addresses[0].removesuffix(".html").strip("/").count("/") == 0
    document.is_page = kind == "pages" and flat and not data.get("date")


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return [text(one) for one in value if text(one)]
    return text(value).split() if value else []


def _lowered(category: str) -> str:
    return re.sub(r"\s+", "%20", category.lower())


def _collection_pattern(config: Mapping[str, Any]) -> str:
    style = text(config.get("permalink"))
    return "/:collection/:path/" if style == "pretty" or style.endswith("/") else "/:collection/:path:output_ext"


def _page_pattern(style: str) -> str:
    return "/:path/:basename/" if style == "pretty" or style.endswith("/") else "/:path/:basename:output_ext"


def _with_suffix(address: str, pattern: str) -> str:
    address = join(address)
    if address.endswith(("/", ".html", ".htm", ".xml", ".txt")) or "." in address.rpartition("/")[2]:
        return address
    # `permalink: /about` is written as about.html, and answered at both.
    return address if not pattern.endswith(":output_ext") else f"{address}.html"


def _navigation(config: Mapping[str, Any], data: Mapping[str, Any], site: ForeignSite) -> list[tuple[str, str]]:
    """``_data/navigation.yml`` of common themes, ``header_pages`` of Minima, else nothing."""
    for rows in (
        table(data.get("navigation")).get("main"),
        data.get("navigation"),
        config.get("navigation"),
        config.get("nav"),
        data.get("menu"),
        data.get("nav"),
    ):
        if isinstance(rows, list):
            found = [
                (
                    text(row.get("title") or row.get("name") or row.get("label")),
                    str(row.get("url") or row.get("link") or row.get("href") or ""),
                )
                for row in rows
                if isinstance(row, Mapping)
            ]
            if any(url for _, url in found):
                return [(label, url) for label, url in found if label and url]
    pages = config.get("header_pages") or table(config.get("minima")).get("nav_pages")
    by_path = {posixpath.basename(document.path): document for document in site.documents}
    return [
        (text(by_path[name].data.get("title")) or name, by_path[name].addresses[0])
        for name in pages or []
        if isinstance(name, str) and name in by_path
    ]


KIND = Kind("jekyll", "it looks for _config.yml, or a folder _posts/", _detect, _read)
