"""Hugo: ``content/`` with sections, bundles and languages; addresses by its rules and those of ``permalinks``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import date_tokens, fill_colons, join, moment_of, split_date
from services.importing.kinds.sections import drop_section, order_by_weight
from services.importing.metadata.values import truth
from services.importing.reading.configuration import base_of, find_config, load, load_folder
from services.importing.reading.data_files import table, text
from services.importing.reading.documents import documents_in
from services.importing.reading.source_tree import SourceTree, Unreadable

_CONFIGS = tuple(f"{stem}.{suffix}" for stem in ("hugo", "config") for suffix in ("toml", "yaml", "yml", "json"))


def _detect(tree: SourceTree) -> str | None:
    config = find_config(tree, _CONFIGS, lambda path: _is_config(tree, path))
    if config is None:
        return None
    folder = posixpath.dirname(config)
    return posixpath.dirname(posixpath.dirname(folder)) if folder.endswith("config/_default") else folder


def _is_config(tree: SourceTree, path: str) -> bool:
    if posixpath.basename(path).startswith("hugo."):
        return True
    try:
        words = tree.text_of(path)[0]
    except Unreadable:
        return False
    return (
        re.search(r"(?im)^\s*\"?(?:baseURL|languageCode|defaultContentLanguage|theme)\"?\s*[:=]", words) is not None
        and "base_url" not in words
    )


def _configuration(tree: SourceTree, folder: str, findings: Findings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    default = posixpath.join(folder, "config/_default")
    for path in tree.below(default):
        name = posixpath.splitext(posixpath.basename(path))[0].partition(".")[0].lower()
        found = load(tree, path, findings)
        if isinstance(found, dict):
            if name in {"hugo", "config"}:
                values = {**values, **found}
            else:
                values.setdefault(name, found)
    for name in reversed(_CONFIGS):
        found = load(tree, posixpath.join(folder, name), findings)
        if isinstance(found, dict):
            values = {**values, **found}
    return _lowered(values)


def _lowered(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Lower the keys, because Hugo's configuration ignores their case."""
    return {str(key).lower(): value for key, value in values.items()}


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    config = _configuration(tree, folder, findings)
    language = text(config.get("defaultcontentlanguage")) or "en"
    languages = {
        str(code).lower(): _lowered(value) if isinstance(value, Mapping) else {}
        for code, value in table(config.get("languages")).items()
    }
    own = languages.get(language.lower(), {})
    content = posixpath.join(folder, str(config.get("contentdir") or "content"))
    site = _site(config, own, language, folder)
    site.navigation = _menu(config, own)
    site.authors = _authors(load_folder(tree, posixpath.join(folder, "data", "authors"), findings))
    roots = {
        code: posixpath.join(folder, str(value["contentdir"]))
        for code, value in languages.items()
        if value.get("contentdir")
    } or {language: content}
    site.roots = sorted({*roots.values(), content}, key=len, reverse=True)
    tongues = _Tongues(language.lower(), frozenset(languages), config.get("defaultcontentlanguageinsubdir") is True)
    seen: set[str] = set()
    for code, root in sorted(roots.items(), key=lambda item: item[1], reverse=True):
        for path, foreign in documents_in(tree, root, findings, reads_templates=True):
            if path not in seen:
                seen.add(path)
                document = Document(path, foreign, dict(foreign.data), ())
                _place(document, root, code, tongues, config)
                _take(site, document, findings)
    _hide_resources(site, findings)
    site.navigation = site.navigation or _menu_of_documents(site.documents)
    order_by_weight(site, findings)
    return site


def _hide_resources(site: ForeignSite, findings: Findings) -> None:
    """Documents inside of a bundle belong to its page, whose template shows them or not: drafts here."""
    bundles = {
        posixpath.dirname(one.path) for one in site.documents if posixpath.basename(one.path).startswith("index.")
    }
    for document in site.documents:
        folder = posixpath.dirname(document.path)
        if posixpath.basename(document.path).startswith("index."):
            folder = posixpath.dirname(folder)
        while folder and folder not in bundles:
            folder = posixpath.dirname(folder)
        if folder:
            document.is_draft = True
            findings.add("converted", "resource of a bundle", document.path, 1, f"{folder} has it: a draft here")


def _site(config: Mapping[str, Any], own: Mapping[str, Any], language: str, folder: str) -> ForeignSite:
    """The site without its documents, from ``config``; ``own`` are the settings of its main ``language``."""
    base_url, base_path = base_of(config.get("baseurl"))
    params = {**table(config.get("params")), **table(own.get("params"))}
    static = config.get("staticdir") or "static"
    static_roots = [posixpath.join(folder, str(one)) for one in (static if isinstance(static, list) else [static])]
    return ForeignSite(
        kind="hugo",
        title=text(own.get("title")) or text(config.get("title")),
        description=text(own.get("description")) or text(params.get("description")),
        tagline=text(params.get("subtitle")),
        author=_author(params.get("author") or config.get("author")),
        language=text(own.get("languagecode")) or text(config.get("languagecode")) or language,
        base_url=base_url,
        base_path=base_path,
        time_zone=text(config.get("timezone")),
        static_roots=[*static_roots, posixpath.join(folder, "assets")],
        public_roots=static_roots,
        variables={"params": params, "site": {"params": params}},
        options={
            "shortcode_folders": (
                posixpath.join(folder, "layouts/shortcodes"),
                posixpath.join(folder, "layouts/_shortcodes"),
            ),
            "math_brackets": _has_passthrough(config) or truth(params.get("math")) or truth(params.get("katex")),
            "read_keys": ("slug", "url", "weight", "layout", "linktitle", "type"),
        },
    )


def _has_passthrough(config: Mapping[str, Any]) -> bool:
    goldmark = table(config.get("markup"), "goldmark", "extensions")
    return table(goldmark.get("passthrough")).get("enable") is True


def _author(value: object) -> str:
    return text(value.get("name")) if isinstance(value, Mapping) else text(value)


def _authors(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: _author(value.get("name") if isinstance(value, Mapping) else value) for name, value in data.items()}


def _menu(config: Mapping[str, Any], own: Mapping[str, Any]) -> list[tuple[str, str]]:
    menus = table(own.get("menus") or own.get("menu") or config.get("menus") or config.get("menu"))
    entries = menus.get("main") or []
    rows = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    rows = [row for row in map(_lowered, rows) if not row.get("parent")]
    rows.sort(key=_weight)
    return [
        (text(row.get("name") or row.get("identifier")), str(row.get("url") or row.get("pageref")))
        for row in rows
        if row.get("name") and (row.get("url") or row.get("pageref"))
    ]


def _weight(row: Mapping[str, Any]) -> float:
    weight = row.get("weight")
    return float(weight) if isinstance(weight, int | float) else 1_000.0


def _menu_of_documents(documents: list[Document]) -> list[tuple[str, str]]:
    """The main menu from the front matter of documents."""
    rows: list[tuple[float, str, str]] = []
    for document in documents:
        menus = document.data.get("menus") or document.data.get("menu")
        names = (
            [menus]
            if isinstance(menus, str)
            else menus
            if isinstance(menus, list)
            else list(menus)
            if isinstance(menus, Mapping)
            else []
        )
        if "main" not in names or document.language:
            continue
        entry = table(menus, "main") if isinstance(menus, Mapping) else {}
        weight = entry.get("weight", document.data.get("weight"))
        label = text(entry.get("name") or document.data.get("linkTitle") or document.data.get("title"))
        rows.append((float(weight) if isinstance(weight, int | float) else 1_000.0, label, document.addresses[0]))
    return [(label, address) for _, label, address in sorted(rows)]


@dataclass(frozen=True, slots=True)
class _Tongues:
    """The languages of a site: the one without a prefix (unless ``has_prefix``), and the codes of all."""

    main: str
    codes: frozenset[str]
    has_prefix: bool


def _place(document: Document, root: str, code: str, tongues: _Tongues, config: Mapping[str, Any]) -> None:
    """Set the names, the language and the addresses of a document."""
    relative = posixpath.relpath(document.path, root)
    parts = posixpath.splitext(relative)[0].split("/")
    # about.de.md is the German about.md
    stem, _, suffix = parts[-1].rpartition(".")
    if stem and suffix.lower() in tongues.codes:
        code, parts[-1] = suffix.lower(), stem
    if len(parts) > 1 and parts[0].lower() in tongues.codes:
        code = parts.pop(0).lower()
    is_section = parts[-1] == "_index"
    while parts and parts[-1] in {"index", "_index"}:
        parts.pop()
    data = {str(key).lower(): value for key, value in document.data.items()}
    own = parts[-1] if parts else ""
    dated, rest = split_date(own)
    document.dated = dated
    document.names = (*parts[:-1], rest) if parts else ("home",)
    document.language = "" if code == tongues.main else code
    prefix = code if document.language or tongues.has_prefix else ""
    address = text(data.get("url")) or _permalink(parts, data, config, is_section=is_section, dated=dated)
    document.addresses = (join(prefix, address),)
    if document.language and document.names:
        document.names = (code, *document.names)


def _permalink(
    parts: list[str], data: Mapping[str, Any], config: Mapping[str, Any], *, is_section: bool, dated: str
) -> str:
    slug = text(data.get("slug"))
    lower = (lambda part: part) if config.get("disablepathtolower") else str.lower
    plain = [re.sub(r"\s+", "-", lower(part)) for part in parts]
    rules = table(config.get("permalinks"))
    if any(isinstance(value, Mapping) for value in rules.values()):
        rules = table(rules, "section" if is_section else "page")
    rule = rules.get(parts[0]) if len(parts) > 1 or (is_section and parts) else rules.get("/")
    last = slug or (plain[-1] if plain else "")
    if isinstance(rule, str) and not is_section:
        name = text(data.get("title"))
        tokens = {
            **date_tokens(moment_of(data.get("date") or dated)),
            "section": plain[0],
            "sections": "/".join(plain[:-1]),
            "filename": plain[-1],
            "contentbasename": plain[-1],
            "slug": slug or _urlized(name),
            "title": _urlized(name),
            "slugorfilename": last,
            "slugorcontentbasename": last,
        }
        filled = fill_colons(rule, tokens)
        if filled:
            return filled if filled.endswith("/") or "." in filled.rpartition("/")[2] else f"{filled}/"
    folders = plain[:-1] if plain else []
    if config.get("uglyurls") is True and not is_section:
        return "/".join([*folders, f"{last}.html"])
    return "/".join([*folders, last]) + "/" if last or folders else "/"


def _urlized(title: str) -> str:
    """A title as Hugo writes it in an address: signs go, but for a few; blanks become one hyphen."""
    return re.sub(r"-{2,}", "-", re.sub(r"\s+", "-", re.sub(r"[^\w\s./+~-]+", "", title.lower()).strip()))


def _take(site: ForeignSite, document: Document, findings: Findings) -> None:
    """Add a document, unless it is a section without text or is not for readers."""
    data = {str(key).lower(): value for key, value in document.data.items()}
    name = posixpath.basename(document.path)
    if name.startswith("_index.") and not re.search(
        r"\w", re.sub(r"<!--.*?-->|\{\{[<%].*?[>%]\}\}", "", document.foreign.body, flags=re.DOTALL)
    ):
        drop_section(site, document, findings)
        return
    if data.get("headless") is True or table(data.get("build") or data.get("_build")).get("render") in {"never", False}:
        findings.add("dropped", "headless document", document.path, 1, "the old site did not show it either")
        return
    is_flat = len(document.names) == (2 if document.language else 1)
    has_date = any(data.get(key) for key in ("date", "publishdate")) or document.dated
    document.is_page = (
        is_flat and not has_date and document.addresses[0].rstrip("/").count("/") <= (2 if document.language else 1)
    )
    site.documents.append(document)


KIND = Kind("hugo", "it looks for hugo.toml or config.toml (or .yaml, .json) beside a folder content/", _detect, _read)
