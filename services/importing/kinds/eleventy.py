"""Eleventy: Markdown anywhere below the input folder; data of folders; addresses by ``permalink``, else by path."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from services.importing.constructs.liquid.values import UNRESOLVED, evaluate, shown
from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import join, names_of, split_date
from services.importing.reading.configuration import base_of, config_in, find_config, folder_of, load, load_folder
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import documents_in, is_repository_file
from services.importing.reading.source_tree import SourceTree, Unreadable, parent

#: Tags that name collections, not subjects.
_COLLECTIONS = frozenset({"post", "posts", "all", "blog", "nav", "page", "pages", "note", "notes", "docs"})
_CONFIGS = (".eleventy.js", ".eleventy.cjs", *(f"eleventy.config.{suffix}" for suffix in ("js", "mjs", "cjs", "ts")))
#: Front matter that needs no report: it is used here, or it only shaped the old pages.
_READ_KEYS = (
    "permalink",
    "slug",
    "layout",
    "eleventyNavigation",
    "scheduled",
    "eleventyExcludeFromCollections",
    "templateEngineOverride",
)
_DATA_SUFFIXES = (".11tydata.json", ".json", ".11tydata.js", ".11tydata.cjs", ".11tydata.mjs")


def _detect(tree: SourceTree) -> str | None:
    found = folder_of(find_config(tree, _CONFIGS))
    return (
        found
        if found is not None
        else folder_of(find_config(tree, ("package.json",), lambda path: _names_eleventy(tree, path)))
    )


def _names_eleventy(tree: SourceTree, path: str) -> bool:
    try:
        return "@11ty/eleventy" in tree.text_of(path)[0]
    except Unreadable:
        return False


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    config, passed = _configuration(tree, folder, findings)
    folders = table(config.get("dir"))
    source = posixpath.normpath(posixpath.join(folder, str(folders.get("input") or "."))).removeprefix(".").strip("/")
    shared = _inside(source, folders.get("data") or "_data")
    data = {**load_folder(tree, shared, findings), **_script_data(tree, shared, findings)}
    site = _site(config, passed, folder, source, data)
    site.variables = {**data, "pkg": load(tree, posixpath.join(folder, "package.json"), findings)}
    ignored = _ignored(tree, folder)
    for path, foreign in documents_in(
        tree, source, findings, reads_templates=True, skip=lambda one: _is_skipped(one, source, ignored)
    ):
        if is_repository_file(path) and not foreign.data and parent(path) == folder:
            continue
        document = Document(path, foreign, {**_folder_data(tree, path, source, findings), **foreign.data}, ())
        if _place(document, source, site, findings):
            site.documents.append(document)
    _report_programs(tree, source, findings)
    _navigate(site)
    return site


def _report_programs(tree: SourceTree, source: str, findings: Findings) -> None:
    """Report data of folders that only a program gives, such as the permalink of each document."""
    for path in tree.below(source):
        if re.search(r"\.11tydata\.[cm]?js$", path) and "node_modules/" not in path and tree.sizes[path] < 128 * 1024:
            words = tree.text_of(path)[0]
            computed = re.findall(
                r"(\w+)\s*(?::\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|\w+\s*=>)|\([^()]*\)\s*\{)", words
            )
            for name in dict.fromkeys(
                one for one in computed if one not in {"if", "for", "while", "function", "switch"}
            ):
                findings.add("dropped", "data that a program makes", path, 1, name)


def _inside(source: str, stated: object) -> str:
    """A folder that the configuration names from the folder of the documents: ``../_data`` is its sibling."""
    return posixpath.normpath(posixpath.join(source, str(stated))).removeprefix("./")


def _site(
    config: Mapping[str, Any], passed: Sequence[str], folder: str, source: str, data: Mapping[str, Any]
) -> ForeignSite:
    """The site without its documents, from ``config`` and the global ``data``."""
    about = _about(data)
    base_url, base_path = base_of(about.get("url") or about.get("base") or about.get("baseUrl"))
    author = about.get("author") or about.get("authorName")
    return ForeignSite(
        kind="eleventy",
        title=text(about.get("title") or about.get("name")),
        description=text(about.get("description")),
        author=text(author.get("name")) if isinstance(author, Mapping) else text(author),
        language=text(about.get("language") or about.get("lang") or about.get("locale")).replace("_", "-"),
        base_url=base_url,
        base_path=str(config.get("pathPrefix") or base_path).rstrip("/"),
        id_rule="slugify",
        roots=[source],
        static_roots=[
            source,
            *(posixpath.join(folder, one) for one in passed),
            posixpath.join(folder, "public"),
            posixpath.join(source, "public"),
            posixpath.join(folder, "static"),
            folder,
        ],
        options={
            "include_folders": (
                _inside(source, table(config.get("dir")).get("includes") or "_includes"),
                posixpath.join(folder, "_includes"),
            ),
            "read_keys": _READ_KEYS,
        },
    )


def _about(data: Mapping[str, Any]) -> dict[str, Any]:
    """The site's own data, under one of the names that starters use."""
    return next(
        (
            table(data.get(name))
            for name in ("metadata", "site", "meta", "config", "settings")
            if isinstance(data.get(name), Mapping)
        ),
        {},
    )


def _configuration(tree: SourceTree, folder: str, findings: Findings) -> tuple[dict[str, Any], list[str]]:
    """The configuration, as far as it is plain data, and the folders that it copies."""
    path = config_in(tree, folder, _CONFIGS)
    loaded = load(tree, path, findings) if path else {}
    values = table(loaded.get("default") or loaded.get("config")) if isinstance(loaded, Mapping) else {}
    passed: list[str] = []
    if path:
        words = tree.text_of(path)[0]
        # A folder copied to the root: addPassthroughCopy({ "public": "/" })
        copied = re.findall(r"addPassthroughCopy\(\s*\{\s*[\"']([^\"'*]+)[\"']\s*:\s*[\"']/?[\"']", words)
        passed = [folder.strip("./") for folder in copied]
        for name in ("Input", "Includes", "Data"):
            match = re.search(rf"set{name}Directory\(\s*[\"']([^\"']+)[\"']", words)
            if match:
                values = {**values, "dir": {**table(values.get("dir")), name.lower(): match[1]}}
    return values, passed


def _script_data(tree: SourceTree, folder: str, findings: Findings) -> dict[str, Any]:
    """Global data in JavaScript, as far as it is plain data."""
    values: dict[str, Any] = {}
    for path in tree.below(folder):
        if path.endswith((".js", ".cjs", ".mjs")) and tree.sizes[path] < 128 * 1024:
            found = load(tree, path, findings)
            if isinstance(found, Mapping) and isinstance(found.get("default"), dict | list):
                values[posixpath.splitext(posixpath.basename(path))[0]] = found["default"]
    return values


def _ignored(tree: SourceTree, folder: str) -> list[str]:
    path = posixpath.join(folder, ".eleventyignore")
    lines = tree.text_of(path)[0].split("\n") if path in tree else []
    return [
        posixpath.join(folder, line.strip().strip("/")) for line in lines if line.strip() and not line.startswith("#")
    ]


def _is_skipped(path: str, source: str, ignored: list[str]) -> bool:
    relative = posixpath.relpath(path, source or ".")
    if any(part.startswith("_") for part in relative.split("/")):
        return True
    return any(
        path == pattern or path.startswith(f"{pattern}/") or fnmatch.fnmatch(path, pattern) for pattern in ignored
    )


def _folder_data(tree: SourceTree, path: str, source: str, findings: Findings) -> dict[str, Any]:
    """The data of a document from folders (``posts/posts.json``) and its own data file; the nearest one wins."""
    values: dict[str, Any] = {}
    folder = source
    parts = [part for part in posixpath.relpath(parent(path) or ".", source or ".").split("/") if part not in {".", ""}]
    for part in ["", *parts]:
        folder = posixpath.join(folder, part) if part else folder
        stem = posixpath.join(folder, posixpath.basename(folder))
        for suffix in _DATA_SUFFIXES:
            values = _merged(values, _data_of(load(tree, f"{stem}{suffix}", findings)))
    own = posixpath.splitext(path)[0]
    for suffix in _DATA_SUFFIXES:
        values = _merged(values, _data_of(load(tree, f"{own}{suffix}", findings)))
    return values


def _data_of(loaded: object) -> dict[str, Any]:
    values = table(loaded)
    return table(values["default"]) if isinstance(values.get("default"), Mapping) else values


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    tags = [
        one
        for value in (below.get("tags"), above.get("tags"))
        for one in (value if isinstance(value, list) else [value])
        if one
    ]
    return {**below, **above, **({"tags": tags} if tags else {})}


def _place(document: Document, source: str, site: ForeignSite, findings: Findings) -> bool:
    """Set the names and addresses of a document; ``False`` if the old site did not show it."""
    names = names_of(document.path, source)
    dated, rest = split_date(names[-1])
    document.dated = dated
    document.names = (*names[:-1], rest) if names != ("index",) else ("home",)
    data = document.data
    permalink = data.get("permalink")
    if permalink is False:
        if data.get("draft") is not True:
            findings.add("dropped", "document that is not rendered", document.path, 1, "permalink: false")
            return False
        permalink = None
    # A document that is called like its folder has the address of that.
    folders = names[:-2] if len(names) > 1 and names[-2] == rest else names[:-1]
    default = join("/".join((*folders, rest)) if names != ("index",) else "", "/")
    address = _filled(permalink, document, site) if isinstance(permalink, str) else default
    if address is None:
        findings.add(
            "dropped",
            "permalink that a template makes",
            document.path,
            1,
            f"{permalink}: {default} is kept as its address",
        )
    document.addresses = (re.sub(r"(^|/)index\.html$", r"\1", join(address or default)) or "/",)
    tags = data.get("tags")
    tags = [str(tag) for tag in (tags if isinstance(tags, list) else [tags]) if tag]
    is_post = any(tag.lower() in {"post", "posts", "blog"} for tag in tags)
    data["tags"] = [tag for tag in tags if tag.lower() not in _COLLECTIONS]
    document.is_page = (
        not is_post and not dated and not data.get("date") and document.addresses[0].strip("/").count("/") == 0
    )
    if str(data.get("date") or "").strip().lower() in {"last modified", "created", "git last modified", "git created"}:
        data.pop("date")
    return True


def _filled(permalink: str, document: Document, site: ForeignSite) -> str | None:
    """Fill in a permalink that may be a template over the page's own data."""
    page = {
        "fileSlug": document.names[-1],
        "filePathStem": "/" + "/".join(document.names),
        "date": document.dated or document.data.get("date"),
    }
    values = {**site.variables, **document.data, "page": page}
    failed = False

    def fill(match: re.Match[str]) -> str:
        nonlocal failed
        value = evaluate(match[1].strip().strip("-").strip(), values)
        written = None if value is UNRESOLVED else shown(value)
        failed = failed or written is None
        return written or ""

    written = re.sub(r"\{\{(.*?)\}\}", fill, permalink)
    return None if failed or "{%" in written else written


def _navigate(site: ForeignSite) -> None:
    """Build the navigation from ``eleventyNavigation`` of documents, and from common data files."""
    rows: list[tuple[float, str, str]] = []
    for document in site.documents:
        entry = table(document.data.get("eleventyNavigation"))
        order = entry.get("order")
        if entry.get("key") and not entry.get("parent"):
            rows.append(
                (
                    float(order) if isinstance(order, int | float) else 1000.0,
                    text(entry.get("title") or entry["key"]),
                    document.addresses[0],
                )
            )
    site.navigation = [(label, address) for _, label, address in sorted(rows)]


KIND = Kind(
    "eleventy", "it looks for eleventy.config.js or .eleventy.js, or a package.json that names it", _detect, _read
)
