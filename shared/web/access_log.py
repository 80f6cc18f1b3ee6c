"""One event for each request answered, written when its last byte is on the way.

It bypasses the logging framework and writes in batches: at 20,000 requests a second a record, its processors, a lock
and a system call each would cost more than answering from memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from select import PIPE_BUF
from typing import TextIO

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from shared.process.logger import get_logger
from shared.process.logs import encode_event, is_console, log_settings
from shared.web.request_id import current_request_id
from shared.web.settings import LogFormat

#: Requested every few seconds by machines, so logged only at DEBUG.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
#: A client may send a path of any length, so the log line is cut.
MAX_PATH_CHARS = 200


class _Lines:
    """Log lines for ``stream``. One write at the end of each iteration of the event loop holds its lines.

    No write is larger than what a pipe accepts atomically: workers share one, and their lines must not mix.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: list[str] = []
        self._bytes = 0

    def write(self, line: str) -> None:
        size = len(line) if line.isascii() else len(line.encode())
        if self._bytes + size > PIPE_BUF:
            self._flush()
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(line)
        self._bytes += size

    def _flush(self) -> None:
        if self._waiting:
            self._stream.write("".join(self._waiting))
            self._waiting.clear()
            self._bytes = 0


def access_log_class(log_format: LogFormat, stream: TextIO) -> type[AbstractAccessLogger]:
    """The class that aiohttp makes its access loggers from, writing in ``log_format`` to ``stream``."""
    for_person = is_console(log_format, stream)
    log, logger = get_logger("access"), logging.getLogger("access")
    lines, settings = _Lines(stream), log_settings()
    of_process = settings.fields if settings else {}

    class AccessLog(AbstractAccessLogger):
        """Writes one request."""

        @property
        def enabled(self) -> bool:
            """Whether requests are events at the level chosen."""
            return logger.isEnabledFor(logging.INFO)

        def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
            """Write the event; ``time`` is in seconds."""
            is_debug = logger.isEnabledFor(logging.DEBUG)
            if request.path in PROBES and not is_debug:
                return
            path = request.path_qs if is_debug else request.path
            fields = {
                "method": request.method,
                "path": path[:MAX_PATH_CHARS],
                "status": response.status,
                "size_bytes": response.body_length,
                "took_ms": round(time * 1000, 2),
            }
            if for_person:
                log.info("request", **fields)
                return
            lines.write(_line({**of_process, **fields}))

    return AccessLog


def _line(fields: Mapping[str, object]) -> str:
    """The event of a request with ``fields``, as one line."""
    event = {
        "event": "request",
        "level": "info",
        "logger": "access",
        "timestamp": f"{datetime.now(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z",
        **fields,
        "request_id": current_request_id(),
    }
    return f"{encode_event(event)}\n"
