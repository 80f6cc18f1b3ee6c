"""Events of a service as lines for an author at a terminal: problems and news. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
import orjson

from shared.text.visible import visible

#: Events below a warning that an author waits for after saving. All others are for operators.
NEWS = frozenset(
    {"content is good again", "index synced", "insight file is written again", "search is back", "site published"}
)
#: Events whose one field says it all.
_ITS_FIELD_ALONE = {"broken link": "problem", "content problem": "problem"}
#: An event of both services about one folder: render logs it too, with every problem.
_SAID_TWICE = ("indexer", "what has problems keeps its last good state, or is left out")
#: Fields that every event has, and fields for operators.
_NOT_SHOWN = frozenset({"event", "exception", "generation", "level", "logger", "request_id", "service", "timestamp"})
_COLORS = {"warning": "yellow", "error": "red", "critical": "red"}


def author_line(line: str, *, shows_all: bool) -> str | None:
    """The line that a service wrote, for a person; None for an event that is not news unless ``shows_all``.

    An event (one JSON object) becomes its local time, its name and its fields; a warning is yellow and an error red.
    Any other line, such as the traceback of a service that cannot start, is returned without colours. What would steer
    the terminal is escaped.
    """
    event = _event(line)
    if event is None:
        return visible(click.unstyle(line))
    level, name = str(event.get("level", "")), str(event["event"])
    is_news = level not in {"debug", "info"} or name in NEWS
    if not shows_all and (not is_news or (event.get("service"), name) == _SAID_TWICE):
        return None
    only = _ITS_FIELD_ALONE.get(name)
    text = visible(str(event[only]) if only in event else f"{name}{_fields(event)}")
    color = _COLORS.get(level)
    words = click.style(text, fg=color) if color else text
    trace = visible(f"\n{event['exception']}") if event.get("exception") else ""
    return f"{_local_time(event)}{words}{trace}"


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _fields(event: Mapping[str, Any]) -> str:
    """The fields of the event as ``: articles 17, seconds 0.9``, without those that are zero or empty."""
    said = (f"{name} {value}" for name, value in event.items() if name not in _NOT_SHOWN and value not in (None, 0, ""))
    words = ", ".join(said)
    return f": {words}" if words else ""


def _local_time(event: Mapping[str, Any]) -> str:
    try:
        at = datetime.fromisoformat(str(event.get("timestamp")))
    except ValueError:
        return ""
    return f"{at.astimezone():%H:%M:%S} "
