"""Helpers of all readers: finding the configuration, reading documents, dates in names, permalinks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.naming import to_slug
from services.importing.reading.data_files import BadData, read_data, text
from services.importing.reading.front_matter import Foreign, read_front_matter
from services.importing.reading.source_tree import SourceTree, Unreadable, parent

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
MDX = (*MARKDOWN, ".mdx")
#: Text in other languages, which is reported and skipped.
_FOREIGN_TEXT = {
    ".rst": "reStructuredText",
    ".ipynb": "notebook",
    ".adoc": "AsciiDoc",
    ".org": "Org",
    ".textile": "Textile",
    ".pandoc": "Pandoc",
    ".mdoc": "Markdoc",
}
#: Pages in languages of templates; those of the source's own layouts lie outside of its documents.
_TEMPLATES = frozenset({".html", ".htm", ".njk", ".liquid", ".hbs", ".ejs", ".pug", ".haml", ".webc", ".vto"})
#: Files about a repository, which are not articles.
_REPOSITORY_FILES = frozenset(
    [
        "readme",
        "license",
        "licence",
        "contributing",
        "changelog",
        "code_of_conduct",
        "security",
        "support",
        "authors",
        "contributors",
        "copying",
        "notice",
    ]
)
_DATED_NAME = re.compile(r"(?P<date>\d{4}-\d{1,2}-\d{1,2})(?:T\d\d[-:]?\d\d(?:[-:]?\d\d)?Z?)?[-_. ]+(?P<rest>.+)$")


@dataclass(frozen=True, slots=True)
class Kind:
    """One tool.

    ``detect`` returns the folder of its project in a tree, or ``None``; ``expects`` says what it looks for.
    """

    name: str
    expects: str
    detect: Callable[[SourceTree], str | None]
    read: Callable[[SourceTree, str, Findings], ForeignSite]


def find_config(tree: SourceTree, names: Iterable[str], accept: Callable[[str], bool] = lambda _: True) -> str | None:
    """The configuration nearest to the root, at most three folders deep; ties go to the first of ``names``."""
    order = {name: number for number, name in enumerate(names)}
    found = [path for path in tree.sizes if posixpath.basename(path) in order and path.count("/") <= 3 and accept(path)]
    return min(found, key=lambda path: (path.count("/"), order[posixpath.basename(path)], path), default=None)


def config_in(tree: SourceTree, folder: str, names: Iterable[str]) -> str:
    """The path of the first of ``names`` that ``folder`` has, or ""."""
    return next((path for name in names if (path := posixpath.join(folder, name)) in tree), "")


def load(tree: SourceTree, path: str, findings: Findings) -> Any:
    """The values of a configuration or data file; an empty table if it cannot be read, which is reported."""
    if path not in tree:
        return {}
    try:
        return read_data(path, tree.text_of(path)[0])
    except Unreadable as error:
        findings.add("dropped", "configuration", path, 1, str(error))
    except BadData as error:
        findings.add("dropped", "configuration", path, error.line, str(error))
    return {}


def load_folder(tree: SourceTree, folder: str, findings: Findings) -> dict[str, Any]:
    """A folder of data files as one table: ``nav/main.yml`` is ``nav.main``."""
    values: dict[str, Any] = {}
    for path in tree.below(folder):
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in {".yml", ".yaml", ".json", ".toml"} or tree.sizes[path] > 512 * 1024:
            continue
        *folders, name = posixpath.splitext(posixpath.relpath(path, folder))[0].split("/")
        table = values
        for part in folders:
            inner = table.setdefault(part, {})
            table = inner if isinstance(inner, dict) else {}
        table[name] = load(tree, path, findings)
    return values


def read_document(tree: SourceTree, path: str, findings: Findings, *, has_line_form: bool = False) -> Foreign | None:
    """Read and split one file; ``None`` if it cannot be read, which is reported."""
    try:
        words, is_utf8 = tree.text_of(path)
    except Unreadable as error:
        findings.add("dropped", "unreadable file", path, 1, str(error))
        return None
    if not is_utf8:
        findings.add("converted", "encoding", path, 1, "not UTF-8: read as Windows-1252 or UTF-16")
    return read_front_matter(words, has_line_form=has_line_form)


def documents_in(
    tree: SourceTree,
    folder: str,
    findings: Findings,
    suffixes: tuple[str, ...] = MARKDOWN,
    *,
    has_line_form: bool = False,
    reads_rst: bool = False,
    reads_templates: bool = False,
    skip: Callable[[str], bool] = lambda _: False,
) -> Iterator[tuple[str, Foreign]]:
    """The Markdown files below ``folder``; those in other languages are reported."""
    for path in tree.below(folder):
        suffix = posixpath.splitext(path)[1].lower()
        if skip(path):
            continue
        if suffix in suffixes:
            foreign = read_document(tree, path, findings, has_line_form=has_line_form)
            if foreign is not None:
                yield path, foreign
        elif suffix in _FOREIGN_TEXT and not (reads_rst and suffix == ".rst"):
            findings.add(
                "dropped", _FOREIGN_TEXT[suffix], path, 1, "only Markdown is read: convert it first, as with pandoc"
            )
        elif suffix in _TEMPLATES and reads_templates and _is_page(tree, path):
            findings.add(
                "dropped", "page that is no Markdown", path, 1, "its text is HTML or a template: write it in Markdown"
            )


def _is_page(tree: SourceTree, path: str) -> bool:
    """Whether a file of HTML or of a template is a page: it has front matter and words of its own, or is a document."""
    try:
        words, _ = tree.text_of(path)
    except Unreadable:
        return False
    if not words.lstrip("\ufeff").startswith(("---", "+++")):
        return re.search(r"<title\b|<article\b", words[:20_000], re.IGNORECASE) is not None and "{%" not in words
    body = read_front_matter(words).body
    body = re.sub(r"\{[%#].*?[%#]\}|\{\{.*?\}\}|<(script|style)\b.*?</\1>|<[^>]*>", " ", body, flags=re.DOTALL)
    return len(re.findall(r"\w{2,}", body)) > 1


def is_repository_file(path: str) -> bool:
    """Whether a file is about the repository and not part of its site (at the root, without front matter)."""
    return posixpath.splitext(posixpath.basename(path))[0].lower() in _REPOSITORY_FILES


def split_date(name: str) -> tuple[str, str]:
    """The date at the start of a name, and the rest; "" without one."""
    match = _DATED_NAME.match(name)
    return (match["date"], match["rest"]) if match else ("", name)


def base_of(address: object) -> tuple[str, str]:
    """A site's address without its final slash, and its path; both "" if it is not an address."""
    stated = str(address or "").strip()
    if stated.startswith("//"):
        stated = f"https:{stated}"
    try:
        parts = urlsplit(stated)
    except ValueError:
        return "", ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return "", "" if not stated.startswith("/") else stated.rstrip("/")
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}", path


def names_of(path: str, root: str) -> tuple[str, ...]:
    """The folders below ``root`` and the name of a file; ``index`` takes the name of its folder."""
    parts = posixpath.splitext(posixpath.relpath(path, root or "."))[0].split("/")
    while len(parts) > 1 and parts[-1].lower() in {"index", "_index", "readme"}:
        parts.pop()
    return tuple(parts)


def join(*parts: str) -> str:
    """Join parts of an address by single slashes, with a leading one."""
    return re.sub(r"/{2,}", "/", "/" + "/".join(part for part in parts if part))


def moment_of(value: object) -> date | None:
    """The date in a value of front matter, for permalinks."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = re.match(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})", str(value or ""))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def date_tokens(day: date | None) -> dict[str, str]:
    """The parts of a date by their names in permalinks."""
    if day is None:
        return {}
    return {
        "year": f"{day.year:04}",
        "month": f"{day.month:02}",
        "day": f"{day.day:02}",
        "i_month": str(day.month),
        "i_day": str(day.day),
        "short_year": f"{day.year % 100:02}",
        "monthname": day.strftime("%B"),
        "yearday": str(day.timetuple().tm_yday),
        "y_day": f"{day.timetuple().tm_yday:03}",
        "short_month": day.strftime("%b"),
        "long_month": day.strftime("%B"),
        "short_day": day.strftime("%a"),
        "week": f"{day.isocalendar()[1]:02}",
    }


def fill_colons(pattern: str, tokens: Mapping[str, str]) -> str | None:
    """Fill a permalink such as ``/:year/:title/``; ``None`` if a part of it is unknown."""
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        name = match[1] or match[3]
        if match[2] and name in tokens:
            return _picked(tokens[name].split("/"), match[2])
        if name not in tokens:
            missing = True
        return tokens.get(name, "")

    filled = re.sub(r":\{?([a-z_]+)\}?(\[[^\]]*\])?|\{([a-z_]+)\}", fill, pattern)
    return None if missing else re.sub(r"/{2,}", "/", filled)


def _picked(parts: list[str], which: str) -> str:
    """The parts that Hugo's ``:sections[1:]`` and ``:sections[last]`` name."""
    first, is_range, last = which.strip("[]").partition(":")
    place = {"last": len(parts) - 1, "": 0}
    try:
        start = place[first] if first in place else int(first)
        end = (place.get(last, len(parts)) if last in {"last", ""} else int(last)) if is_range else start + 1
    except ValueError:
        return "/".join(parts)
    return "/".join(parts[start : len(parts) if is_range and not last else end])


def ordered_series(documents: Iterable[tuple[Document, str, float]], findings: Findings) -> None:
    """Make each section (by name) a series, in the order of the source."""
    sections: dict[str, list[tuple[float, str, Document]]] = {}
    for document, section, weight in documents:
        sections.setdefault(section, []).append((weight, document.path, document))
    for section, members in sections.items():
        if len(members) < 2:
            continue
        for part, (_, _, document) in enumerate(sorted(members, key=lambda one: one[:2]), start=1):
            document.series = (section, part)
        findings.add(
            "converted", "order of a section", members[0][1], 1, f"{section}: a series of {len(members)} parts"
        )


def _is_section(document: Document) -> bool:
    return posixpath.basename(document.path).startswith("_index.")


def _weight(document: Document) -> float | None:
    """The position of a document among those of its folder; None for one that has a date, or is no article."""
    weight = document.data.get("weight")
    has_date = document.dated or any(document.data.get(key) for key in ("date", "publishDate"))
    if has_date or document.is_page or _is_section(document) or isinstance(weight, bool):
        return None
    return float(weight) if isinstance(weight, int | float) else None


def order_by_weight(site: ForeignSite, findings: Findings) -> None:
    """Documents without a date that have a ``weight`` within their folder become a series named like the folder."""
    titles = {
        parent(one.path): text(one.data.get("linkTitle") or one.data.get("title"))
        for one in site.documents
        if _is_section(one)
    }
    folders: dict[str, list[tuple[Document, float]]] = {}
    for document in site.documents:
        weight = _weight(document)
        if weight is not None:
            folder = parent(document.path)
            # A bundle belongs to the folder that contains its own folder.
            is_bundle = posixpath.basename(document.path).startswith("index.")
            folders.setdefault(parent(folder) if is_bundle else folder, []).append((document, weight))
    names = {folder: titles.get(folder) or title_words(posixpath.basename(folder)) for folder in folders}
    shared = {name for name in names.values() if list(names.values()).count(name) > 1}
    for folder, name in names.items():
        if name in shared:
            above = parent(folder)
            names[folder] = f"{titles.get(above) or title_words(posixpath.basename(above))}: {name}"
    ordered_series(
        [
            (document, names[folder], weight)
            for folder, members in folders.items()
            for document, weight in members
            if names[folder]
        ],
        findings,
    )


def title_words(name: str) -> str:
    """The words of a folder's name."""
    words = re.sub(r"[-_]+", " ", re.sub(r"^\d+[-_. ]+", "", name)).strip()
    return words[:1].upper() + words[1:]


def slug_path(parts: Iterable[str]) -> str:
    """Folders as an address, each part slugified."""
    return "/".join(filter(None, map(to_slug, parts)))


def folder_of(config: str | None) -> str | None:
    """The folder of a configuration file."""
    return None if config is None else parent(config)


def drop_section(site: ForeignSite, document: Document, findings: Findings) -> None:
    """Drop a section's document without text: its address becomes that of the listing."""
    address = document.addresses[0]
    findings.add("dropped", "section without text", document.path, 1, f"{address}: a list that the old site made")
    key = address.rstrip("/").casefold() or "/"
    site.listings.setdefault(key, "/")
    site.sections.setdefault(key, posixpath.dirname(document.path))
