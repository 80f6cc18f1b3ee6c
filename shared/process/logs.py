"""Logs are events with fields: coloured lines on a terminal, one JSON object a line anywhere else, in one stream.

Libraries that log through ``logging`` (aiohttp, asyncio) come out the same way. What a reader typed is never part of an
event above DEBUG: the access log has the path, and the query string only at that level.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.text.visible import visible

if TYPE_CHECKING:  # a process of a pool needs no settings and no HTTP, which take 10 MB
    from shared.web.settings import LogFormat, LogLevel

#: The id of the request that the current task answers, or None. It is part of each event.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
#: Loggers of libraries whose INFO is chatter: watchfiles reports every raw change.
_QUIET = ("watchfiles", "asyncio")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How a process logs: what ``configure_logging`` was called with, without the stream."""

    level: LogLevel
    log_format: LogFormat
    fields: Mapping[str, str]


_configured: LogSettings | None = None


def is_console(log_format: LogFormat, stream: TextIO) -> bool:
    """Whether to write events for a person: a setting requires it, or the stream is a terminal."""
    return log_format == "console" or (log_format == "auto" and stream.isatty())


def has_colors(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether ``stream`` shows colours: a terminal does. NO_COLOR and FORCE_COLOR (no-color.org) decide otherwise."""
    return not environ.get("NO_COLOR") and (bool(environ.get("FORCE_COLOR")) or stream.isatty())


def configure_logging(level: LogLevel, log_format: LogFormat, stream: TextIO, **fields: str) -> None:
    """Send every event of this process at or above ``level`` to ``stream``, each with ``fields``."""
    global _configured  # noqa: PLW0603 - logging is configured once for a process, as structlog holds it
    _configured = LogSettings(level, log_format, fields)
    shared: list[Processor] = [
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _RequestContext(fields),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(is_console(log_format, stream), has_colors(stream, os.environ)),
            ],
        )
    )
    _set_root(handler, level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def log_settings() -> LogSettings | None:
    """How this process logs; None if nothing configured it."""
    return _configured


def log_as(settings: LogSettings) -> None:
    """Log as the process does from which ``settings`` come, to the standard error that both share."""
    configure_logging(settings.level, settings.log_format, sys.stderr, **settings.fields)


def _set_root(handler: logging.Handler, level: LogLevel) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class _RequestContext:
    """Adds the fields of the process, and the id of the request that the event belongs to."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        for name, value in self._fields.items():
            event.setdefault(name, value)
        current = request_id.get()
        if current is not None:
            event.setdefault("request_id", current)
        return event


def _renderers(for_person: bool, in_color: bool) -> list[Processor]:  # noqa: FBT001 - private, called once
    if for_person:
        console = structlog.dev.ConsoleRenderer(colors=in_color, exception_formatter=structlog.dev.plain_traceback)
        return [structlog.processors.format_exc_info, _show, console]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=encode_event)]


def _show(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape in an event for a person what would steer the terminal: a client chooses paths, an author names files."""
    return {
        name: value if isinstance(value, int | float | None) else visible(str(value)) for name, value in event.items()
    }


def encode_event(event: dict[str, Any], **_options: Any) -> str:
    """One line of JSON, with what would steer a terminal as escapes of JSON.

    What is not valid Unicode in it (a hostile path) becomes a question mark, never an error.
    """
    try:
        line = orjson.dumps(event, default=str).decode()
    except TypeError:
        line = json.dumps(event, default=str, ensure_ascii=False).encode("utf-8", "replace").decode()
    # Of ASCII, JSON leaves only DEL as it is. The search for the others takes 2.6 µs, for each request.
    return line if line.isascii() and "\x7f" not in line else visible(line)
