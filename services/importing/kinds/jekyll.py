"""Jekyll: ``_posts``, ``_drafts``, collections and pages; addresses by ``permalink``; defaults by scope."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.jekyll_addresses import place
from services.importing.kinds.kind import Kind
from services.importing.reading.configuration import base_of, find_config, folder_of, load, load_folder
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import documents_in, is_repository_file
from services.importing.reading.front_matter import Foreign
from services.importing.reading.source_tree import SourceTree

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
    source = _source(config, folder)
    data = load_folder(tree, posixpath.join(source, str(config.get("data_dir") or "_data")), findings)
    site = _site(config, source, data)
    collections_dir = posixpath.join(source, str(config.get("collections_dir") or ""))
    collections = _collections(config)
    excluded = [*(str(one) for one in config.get("exclude") or [] if isinstance(one, str)), *_ALWAYS_EXCLUDED]
    for path, foreign in documents_in(
        tree,
        source,
        findings,
        reads_templates=True,
        skip=lambda path: _is_skipped(path, source, collections_dir, collections, excluded),
    ):
        relative = posixpath.relpath(path, source or ".")
        if _is_copied(path, relative, foreign, findings):
            continue
        kind = _kind_of(relative, collections)
        document = Document(path, foreign, _data(foreign, config, relative, kind), ())
        place(document, relative, kind, config, collections)
        _add(site, document, kind, collections, findings)
    site.navigation = _navigation(config, data, site)
    return site


def _data(foreign: Foreign, config: Mapping[str, Any], relative: str, kind: str) -> dict[str, Any]:
    """The front matter of a document over the defaults of its folder; tags may be one string of words."""
    data = {**_defaults(config, relative, kind), **foreign.data}
    for key in ("tags", "categories"):
        stated = data.get(key)
        if isinstance(stated, str) and "," not in stated:
            data[key] = stated.split()
    return data


def _add(site: ForeignSite, document: Document, kind: str, collections: Mapping[str, Any], findings: Findings) -> None:
    """Add a document to the site, as a draft if it had no page of its own."""
    if kind == "posts" and not document.dated:
        document.is_draft = True
        findings.add(
            "converted", "post without a date in its name", document.path, 1, "Jekyll did not show it: a draft here"
        )
    if kind not in {"posts", "drafts", "pages"} and table(collections.get(kind)).get("output") is not True:
        # Templates showed the documents of such a collection on other pages.
        document.is_draft = True
        findings.add(
            "converted", "document of a collection without pages", document.path, 1, f"{kind}: it becomes a draft"
        )
    if kind == "pages" and _has_no_text(document.foreign.body):
        _leave_list(site, document, findings)
    else:
        site.documents.append(document)


def _source(config: Mapping[str, Any], folder: str) -> str:
    """The folder of the site's files."""
    source = posixpath.normpath(posixpath.join(folder, str(config["source"]))) if config.get("source") else folder
    return "" if source == "." else source


def _addresses(config: Mapping[str, Any]) -> tuple[str, str]:
    """``(address of the site, path below its host)``."""
    base_url, base_path = base_of(config.get("url"))
    if not base_path and config.get("baseurl"):
        base_path = "/" + str(config["baseurl"]).strip("/")
    base_path = base_path.rstrip("/")
    if base_url and base_path and not base_url.endswith(base_path):
        base_url += base_path
    return base_url, base_path


def _site(config: Mapping[str, Any], source: str, data: Mapping[str, Any]) -> ForeignSite:
    """The site without its documents, from ``config``."""
    base_url, base_path = _addresses(config)
    author = config.get("author")
    return ForeignSite(
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
            "read_keys": ("permalink", "slug", "layout", "excerpt_separator", "media_subpath", "img_path"),
        },
    )


def _is_copied(path: str, relative: str, foreign: Foreign, findings: Findings) -> bool:
    """Whether Jekyll copies a file unchanged, because it has no front matter."""
    is_document = "/_posts/" in f"/{relative}" or relative.startswith("_")
    if is_document or foreign.form != "none" or foreign.body.startswith("---"):
        return False
    if not is_repository_file(path):
        findings.add("dropped", "file without front matter", path, 1, "the old site did not make a page of it")
    return True


def _has_no_text(body: str) -> bool:
    return not re.search(r"\w", re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "", body, flags=re.DOTALL))


def _leave_list(site: ForeignSite, document: Document, findings: Findings) -> None:
    """Drop a page that the old site's layout filled; its address leads to the front page."""
    address = document.addresses[0]
    findings.add("dropped", "page without text", document.path, 1, f"{address}: a list that the old site's layout made")
    site.listings.setdefault(re.sub(r"(?:index)?\.html$", "", address).rstrip("/").casefold() or "/", "/")


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
    """The default front matter of a document from the scopes of the configuration; the most specific scope wins."""
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
        # Defaults that a layout shows on every document say nothing about this one.
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


def _navigation(config: Mapping[str, Any], data: Mapping[str, Any], site: ForeignSite) -> list[tuple[str, str]]:
    """The navigation: ``_data/navigation.yml`` of common themes, ``header_pages`` of Minima, or none."""
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
