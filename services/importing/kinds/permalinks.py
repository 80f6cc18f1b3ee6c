"""Permalinks of the tools: names and dates in paths, and the patterns that they fill. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from services.importing.naming import to_slug

_DATED_NAME = re.compile(r"(?P<date>\d{4}-\d{1,2}-\d{1,2})(?:T\d\d[-:]?\d\d(?:[-:]?\d\d)?Z?)?[-_. ]+(?P<rest>.+)$")


def split_date(name: str) -> tuple[str, str]:
    """The date at the start of a name, and the rest; "" without one."""
    match = _DATED_NAME.match(name)
    return (match["date"], match["rest"]) if match else ("", name)


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


def slug_path(parts: Iterable[str]) -> str:
    """Folders as an address, each part slugified."""
    return "/".join(filter(None, map(to_slug, parts)))
