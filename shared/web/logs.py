"""Logs are events with fields: coloured lines on a terminal, one JSON object a line anywhere else, in one stream.

Libraries that log through ``logging`` (aiohttp, asyncio) come out the same way. What a reader typed is never part of an
event above DEBUG: the access log has the path, and the query string only at that level.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from shared.logger import fields_of
from shared.web.request_id import current_request_id
from shared.web.settings import LogFormat, LogLevel

#: Loggers of libraries whose INFO is chatter: watchfiles reports every raw change.
_QUIET = ("watchfiles", "asyncio")

_DIM, _BOLD, _RED, _GREEN, _YELLOW, _CYAN, _MAGENTA = (f"\x1b[{code}m" for code in (2, 1, 31, 32, 33, 36, 35))
_RESET = "\x1b[0m"
_LEVEL_COLORS = {"debug": _DIM, "info": _GREEN, "warning": _YELLOW}
#: Events are padded to this width, so that the fields of short ones stand in a column.
_EVENT_CHARS = 30


def is_console(log_format: LogFormat, stream: TextIO) -> bool:
    """Whether events are written for a person: asked for, or the stream is a terminal."""
    return log_format == "console" or (log_format == "auto" and stream.isatty())


def has_colors(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether ``stream`` shows colours: a terminal does. NO_COLOR and FORCE_COLOR (no-color.org) decide otherwise."""
    return not environ.get("NO_COLOR") and (bool(environ.get("FORCE_COLOR")) or stream.isatty())


def configure_logging(level: LogLevel, log_format: LogFormat, stream: TextIO, **fields: str) -> None:
    """Send every event of this process at or above ``level`` to ``stream``, each with ``fields``."""
    handler = logging.StreamHandler(stream)
    if is_console(log_format, stream):
        handler.setFormatter(_Lines(fields, in_color=has_colors(stream, os.environ)))
    else:
        handler.setFormatter(_Json(fields))
    _set_root(handler, level)


def _set_root(handler: logging.Handler, level: LogLevel) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class _Json(logging.Formatter):
    """One JSON object a line. ``fields`` are those of the process: what an event says itself counts more."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self._fields = fields

    def format(self, record: logging.LogRecord) -> str:
        return encode_event(self.event_of(record))

    def event_of(self, record: logging.LogRecord) -> dict[str, object]:
        """The whole event: its own fields, those of the process, and the id of the request that it belongs to."""
        event: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **self._fields,
        }
        request_id = current_request_id()
        if request_id is not None:
            event["request_id"] = request_id
        event |= fields_of(record)
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return event


class _Lines(_Json):
    """A line for a person: time, level, what happened, and the fields by name; a traceback below."""

    def __init__(self, fields: Mapping[str, str], *, in_color: bool) -> None:
        super().__init__(fields)
        self._in_color = in_color

    def format(self, record: logging.LogRecord) -> str:
        event = self.event_of(record)
        time, level, text = (str(event.pop(name)) for name in ("timestamp", "level", "event"))
        exception = event.pop("exception", None)
        pieces = [
            self._paint(time, _DIM),
            f"[{self._paint(level.ljust(8), _LEVEL_COLORS.get(level, _RED))}]",
            self._paint(text.ljust(_EVENT_CHARS), _BOLD),
            *(f"{self._paint(name, _CYAN)}={self._paint(_shown(event[name]), _MAGENTA)}" for name in sorted(event)),
        ]
        return " ".join(pieces) + (f"\n{exception}" if exception else "")

    def _paint(self, text: str, color: str) -> str:
        return f"{color}{text}{_RESET}" if self._in_color else text


def _shown(value: object) -> str:
    """A value in a line: text as it is where nothing in it could be taken for something else, else quoted."""
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)


def encode_event(event: dict[str, Any], **_options: Any) -> str:
    """One line of JSON. What is not valid Unicode in it (a hostile path) becomes a question mark, never an error."""
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:
        return json.dumps(event, default=str, ensure_ascii=False).encode("utf-8", "replace").decode()
