"""The address that Jekyll gave to each document, by ``permalink`` and the folder that it is in. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.importing.foreign_site import Document
from services.importing.kinds.permalinks import date_tokens, fill_colons, join, moment_of, split_date
from services.importing.metadata.dates import parse_date
from services.importing.reading.data_files import table, text

_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}


def place(
    document: Document,
    relative: str,
    kind: str,
    config: Mapping[str, Any],
    collections: Mapping[str, Mapping[str, Any]],
) -> None:
    """Set the names, the date and the old address of a document."""
    stem = posixpath.splitext(posixpath.basename(relative))[0]
    folders = [part for part in posixpath.dirname(relative).split("/") if part]
    if kind in {"posts", "drafts"}:
        posts = text(table(collections.get("posts")).get("permalink"))
        pattern = posts or text(config.get("permalink")) or "date"
        _place_post(document, kind, folders, stem, pattern, zone=_zone(text(config.get("timezone"))))
    else:
        own = text(table(collections.get(kind)).get("permalink"))
        _place_page(document, kind, folders, stem, own or _default_pattern(kind, text(config.get("permalink"))))


def _place_post(
    document: Document, kind: str, folders: Sequence[str], stem: str, pattern: str, *, zone: tzinfo
) -> None:
    """Set those of a post or draft, whose address follows ``pattern`` unless it has its own."""
    data = document.data
    document.dated, name = split_date(stem)
    document.is_draft = kind == "drafts"
    before = folders[: folders.index(f"_{kind}")]
    categories = [*before, *_listed(data.get("categories") or data.get("category"))]
    pattern = text(data.get("permalink")) or pattern
    pattern = _STYLES.get(pattern, pattern)
    slug = text(data.get("slug")) or name
    tokens = {
        "categories": "/".join(_lowered(one) for one in dict.fromkeys(categories)),
        "title": slug,
        "slug": slug.lower(),
        "path": name,
        "name": name,
        "output_ext": ".html",
        "collection": "posts",
    }
    days = _days(data.get("date"), zone) or [moment_of(document.dated)]
    addresses = [fill_colons(pattern, {**date_tokens(day), **tokens}) or f"/{slug}.html" for day in days]
    document.names = (*before, name)
    document.addresses = tuple(dict.fromkeys(_with_suffix(address, pattern) for address in addresses))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def _days(value: object, zone: tzinfo) -> list[date | None]:
    """The day of a time in the zone of the site, in which Jekyll writes addresses, and as it is written.

    Where the settings have no zone, it was that of the machine, which is mostly UTC.
    """
    written = moment_of(value)
    if written is None:
        return []
    found = parse_date(value, zone)
    return [found.astimezone(zone).date() if isinstance(found, datetime) else written, written]


def _place_page(document: Document, kind: str, folders: Sequence[str], stem: str, pattern: str) -> None:
    """Set those of a page or a document of a collection; its address follows ``pattern`` unless it has its own."""
    data = document.data
    inner = folders if kind == "pages" else folders[folders.index(f"_{kind}") + 1 :]
    pattern = text(data.get("permalink")) or pattern
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


def _default_pattern(kind: str, style: str) -> str:
    """The default pattern of pages or of a collection, given the ``permalink`` of the site."""
    path = "/:path/:basename" if kind == "pages" else "/:collection/:path"
    return f"{path}/" if style == "pretty" or style.endswith("/") else f"{path}:output_ext"


def _with_suffix(address: str, pattern: str) -> str:
    address = join(address)
    if address.endswith(("/", ".html", ".htm", ".xml", ".txt")) or "." in address.rpartition("/")[2]:
        return address
    # `permalink: /about` is written as about.html, and served at both.
    return address if not pattern.endswith(":output_ext") else f"{address}.html"
