"""Pelican: articles and pages below ``PATH``; settings read from ``pelicanconf.py`` as literals, never run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import date_tokens, join, moment_of, names_of, split_date
from services.importing.naming import to_slug
from services.importing.reading.configuration import base_of, find_config, folder_of, load
from services.importing.reading.data_files import text
from services.importing.reading.documents import documents_in
from services.importing.reading.restructured import read_restructured
from services.importing.reading.source_tree import SourceTree, Unreadable

_CONFIGS = ("pelicanconf.py", "pelican.conf.py", "settings.py", "conf.py", "publishconf.py")
_DEFAULT_URLS = {
    "ARTICLE_URL": "{slug}.html",
    "ARTICLE_LANG_URL": "{slug}-{lang}.html",
    "PAGE_URL": "pages/{slug}.html",
    "PAGE_LANG_URL": "pages/{slug}-{lang}.html",
}


def _is_config(tree: SourceTree, path: str) -> bool:
    try:
        return re.search(r"(?m)^SITENAME\s*=", tree.text_of(path)[0]) is not None
    except Unreadable:
        return False


def _detect(tree: SourceTree) -> str | None:
    return folder_of(find_config(tree, _CONFIGS, lambda path: _is_config(tree, path)))


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    config = _configuration(tree, folder, findings)
    content = posixpath.normpath(posixpath.join(folder, str(config.get("PATH") or "content")))
    content = "" if content == "." else content
    site = _site(config, content)
    pages = config.get("PAGE_PATHS") or config.get("PAGE_DIR") or ["pages"]
    page_roots = [posixpath.join(content, str(one)) for one in (pages if isinstance(pages, list | tuple) else [pages])]
    defaults = config.get("DEFAULT_METADATA")
    default_status = str(defaults.get("status", "")) if isinstance(defaults, dict) else ""
    documents = [
        Document(path, one, {}, ())
        for path, one in documents_in(tree, content, findings, has_line_form=True, reads_rst=True, reads_templates=True)
    ]
    documents += _restructured(tree, content, findings)
    for document in sorted(documents, key=lambda one: one.path):
        foreign = document.foreign
        if foreign.form == "none" and not re.search(r"\w", foreign.body):
            continue
        document.data = {str(key).lower(): value for key, value in foreign.data.items()}
        if default_status:
            document.data.setdefault("status", default_status)
        document.is_page = any(document.path.startswith(f"{root}/") for root in page_roots)
        _place(document, content, config)
        site.documents.append(document)
    return site


def _configuration(tree: SourceTree, folder: str, findings: Findings) -> dict[str, Any]:
    """The settings of all configuration files; those of ``pelicanconf.py`` take precedence."""
    config: dict[str, Any] = {}
    for name in reversed(_CONFIGS):
        path = posixpath.join(folder, name)
        if path in tree and (_is_config(tree, path) or name == "publishconf.py"):
            found = load(tree, path, findings)
            config = {
                **config,
                **{key: value for key, value in found.items() if value not in ("", None) or key not in config},
            }
    return config


def _site(config: Mapping[str, Any], content: str) -> ForeignSite:
    """The site without its documents, from ``config``."""
    base_url, base_path = base_of(config.get("SITEURL"))
    return ForeignSite(
        kind="pelican",
        title=text(config.get("SITENAME")),
        tagline=text(config.get("SITESUBTITLE")),
        description=text(config.get("SITEDESCRIPTION")),
        author=text(config.get("AUTHOR")),
        language=text(config.get("DEFAULT_LANG")) or "en",
        base_url=base_url,
        base_path=base_path,
        time_zone=text(config.get("TIMEZONE")),
        id_rule="none",
        roots=[content],
        static_roots=[content],
        navigation=_menu(config),
        variables={},
        options={
            "code_folders": (
                posixpath.join(content, str(config.get("CODE_DIR") or "code")),
                posixpath.join(content, "downloads/code"),
            ),
            "include_folders": (content,),
            "read_keys": (
                "slug",
                "url",
                "save_as",
                "template",
                "category" if config.get("USE_FOLDER_AS_CATEGORY") else "slug",
            ),
        },
    )


def _restructured(tree: SourceTree, content: str, findings: Findings) -> Iterator[Document]:
    """Add the documents in reStructuredText, as Markdown."""
    for path in tree.below(content):
        if not path.lower().endswith(".rst"):
            continue
        try:
            words, _ = tree.text_of(path)
        except Unreadable as error:
            findings.add("dropped", "unreadable file", path, 1, str(error))
            continue
        read = read_restructured(words)
        findings.add("converted", "reStructuredText", path, 1, "as Markdown")
        for line, problem in read.problems:
            findings.add("left", "reStructuredText without a form in Markdown", path, line, problem)
        yield Document(path, read.foreign, {}, (), lines=read.lines)


def _menu(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = config.get("MENUITEMS") or ()
    return [(text(row[0]), str(row[1])) for row in rows if isinstance(row, list | tuple) and len(row) >= 2]


def _place(document: Document, content: str, config: Mapping[str, Any]) -> None:
    names = names_of(document.path, content)
    data = document.data
    document.dated, rest = split_date(names[-1])
    pattern = config.get("FILENAME_METADATA")
    if isinstance(pattern, str) and len(pattern) < 200 and "(?P<slug>" in pattern and document.dated:
        data.setdefault("slug", rest)
    slug = (
        text(data.get("slug"))
        or (names[-1] if config.get("SLUGIFY_SOURCE") == "basename" else to_slug(text(data.get("title"))))
        or to_slug(rest)
    )
    document.names = (*names[:-1], slug)
    language = text(data.get("lang"))
    main = text(config.get("DEFAULT_LANG")) or "en"
    document.language = language if language != main else ""
    if document.language:
        document.names = (language, *document.names)
    category = text(data.get("category"))
    if not category and config.get("USE_FOLDER_AS_CATEGORY", True) and len(names) > 1 and not document.is_page:
        category = names[0]
        data["category"] = category
    rule = f"{'PAGE' if document.is_page else 'ARTICLE'}_{'LANG_URL' if document.language else 'URL'}"
    written = text(data.get("url")) or text(data.get("save_as")) or str(config.get(rule) or _DEFAULT_URLS[rule])
    day = moment_of(data.get("date")) or moment_of(document.dated)
    tokens = {
        "slug": slug,
        "lang": language or main,
        "category": to_slug(category),
        "path": "/".join(names),
        "filename": names[-1],
        **date_tokens(day),
    }
    document.addresses = (join(re.sub(r"(^|/)index\.html$", r"\1", _filled(written, tokens, day))),)
    if text(data.get("status")).lower() in {"draft", "hidden"}:
        document.is_draft = True


def _filled(pattern: str, tokens: Mapping[str, str], day: date | None) -> str:
    """Fill ``{date:%Y}/{slug}/`` or ``{slug}.html`` with the values of one document."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "date" and match[2] and day is not None:
            return str(day.strftime(match[2]))
        return tokens.get(match[1], "")

    return re.sub(r"\{(\w+)(?::([^}]*))?(?:!\w)?\}", fill, pattern)


KIND = Kind("pelican", "it looks for pelicanconf.py with SITENAME", _detect, _read)
