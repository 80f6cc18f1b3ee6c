"""Parse dates and times in the formats of other tools, and format them for front matter. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from dateutil import parser as dates

_ZONES = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "CET": 1,
    "CEST": 2,
    "BST": 1,
    "EET": 2,
    "EEST": 3,
    "IST": 5.5,
    "JST": 9,
    "AEST": 10,
    "AEDT": 11,
}


def parse_date(value: object, zone: tzinfo) -> date | datetime | None:
    """A date or an aware time in any format of the tools; ``None`` if it is neither."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 10_000_000 <= value <= 29_991_231:
        value = str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        # Pelican gives its default date as a tuple of numbers.
        numbers = [one for one in value if isinstance(one, int)]
        try:
            return datetime(*numbers[:6], tzinfo=zone) if len(numbers) > 3 else date(*numbers[:3])  # type: ignore[arg-type, misc] # checked by raising
        except (TypeError, ValueError):
            return None
    if not isinstance(value, str) or not re.search(r"\d{4}", value) or len(value) > 60:
        return None
    return _parse_text(" ".join(value.split()), zone)


def _parse_text(text: str, zone: tzinfo) -> date | datetime | None:
    text = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text)
    text = re.sub(r"\s*\([^)]*\)$", "", text)
    offsets = {name: int(hours * 3600) for name, hours in _ZONES.items()}
    default = datetime(1, 1, 1)  # noqa: DTZ001 - only what the text does not say
    try:
        found = dates.parse(text, default=default, tzinfos=offsets)
        if found.year == 1 or dates.parse(text, default=default.replace(month=2, day=2), tzinfos=offsets) != found:
            return None
    except (ValueError, OverflowError, TypeError, dates.UnknownTimezoneWarning):
        return None
    if not re.search(r"\d:\d|T\d{4}", text) and found.tzinfo is None:
        return found.date()
    return found if found.tzinfo else found.replace(tzinfo=zone)


def moment(value: date | datetime, zone: tzinfo) -> datetime:
    """A date as the start of that day in ``zone``; a time unchanged."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime(value.year, value.month, value.day, tzinfo=zone)


def written_date(value: date | datetime) -> str:
    """A date, or a time with its offset, in the format of front matter."""
    if not isinstance(value, datetime):
        return value.isoformat()
    value = value.replace(microsecond=0)
    offset = value.utcoffset()
    # An offset with seconds (local mean time before 1900) is invalid in ISO 8601.
    if offset is not None and offset.total_seconds() % 60:
        value = value.astimezone(UTC)
    return value.isoformat()
