"""The site's settings that affect the parsing of every article. A value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from shared.text.nearest import nearest

#: The rule by which an anchor is made from a heading: this project's, or GitHub's.
HeadingIds = Literal["words", "github"]


@dataclass(frozen=True, slots=True)
class ParseRules:
    """``timezone`` is the IANA name of the zone of times without one, and of the days that pages show."""

    timezone: str = "UTC"
    heading_ids: HeadingIds = "words"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of ``timezone``."""
        return ZoneInfo(self.timezone)

    @property
    def key(self) -> str:
        """A line that differs if the rules do: a part of every digest of an article."""
        return f"timezone={self.timezone} heading_ids={self.heading_ids}"


@lru_cache
def check_timezone(name: str) -> str:
    """``name``, if it is an IANA time zone. Raises ValueError with the nearest one."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        guess = nearest(name, tuple(sorted(available_timezones())))
        hint = f"did you mean {guess!r}?" if guess else "write an IANA name, as in Europe/Berlin or UTC"
        raise ValueError(f"{name!r} is not a time zone: {hint}") from None
    return name
