"""One connection: requests that no handler may see, half-closed connections, and a bounded shutdown.

A request that is not HTTP/1.0 or 1.1, or expects something unsupported, gets problem details like any other error.
aiohttp's own answers would quote the invalid input, name its version and that of Python, and lack the security headers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from aiohttp import HttpVersion10, HttpVersion11, hdrs, web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong

from shared.process.admission import Admission
from shared.web.metrics import METRICS
from shared.web.prepared_first import Handle, prepared_first
from shared.web.problem import Problem, problem_response
from shared.web.request_id import HEADER, assign_request_id
from shared.web.security import HEADERS, SERVER

#: Seconds for which a request may go on when its time is over, before it is cancelled. aiohttp takes 0 for no limit.
CANCEL_S = 0.05
#: Seconds in which a new connection must have sent a whole head. Later ones have the keep-alive time-out of aiohttp.
FIRST_HEAD_S = 30.0
#: The interval at which a half-closed connection is checked for pending answers.
HALF_CLOSED_S = 0.1
#: The route under which such requests are counted.
ROUTE = "unreadable"

#: Paths that are answered at once, however many requests wait.
AT_ONCE = frozenset({"/healthz"})

#: Versions of HTTP that are answered. The parser accepts others too: 0.9, which has no status line, and 2.0.
SPOKEN = frozenset({HttpVersion10, HttpVersion11})

#: aiohttp's factory of requests from a parsed message.
MakeRequest = Callable[..., web.BaseRequest]
#: A wrapper around it, with which an application changes a request before anything else sees it.
MAKE_REQUEST: web.AppKey[Callable[[MakeRequest], MakeRequest]] = web.AppKey("make_request")
#: Marks a request in a version outside SPOKEN.
_OTHER_VERSION: web.RequestKey[bool] = web.RequestKey("other_version", bool)


class Protocol(web.RequestHandler):
    """One connection to ``app``."""

    __slots__ = (
        "_answered_before",
        "_app",
        "_half_closed_timer",
        "_head_timer",
        "_is_new",
        "_is_stopping",
        "answered",
        "in_flight",
    )

    def __init__(self, app: web.Application, server: web.Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._app = app
        self._half_closed_timer: asyncio.TimerHandle | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._answered_before = -1
        self._is_new = True
        self._is_stopping = False
        self.answered = 0
        self.in_flight = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Limit the time of a client that sends its first request byte by byte."""
        super().connection_made(transport)
        self._head_timer = asyncio.get_running_loop().call_later(FIRST_HEAD_S, self.force_close)

    def heard(self) -> None:
        """Note that a whole head has arrived."""
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    async def start(self) -> None:
        """Answer the requests. A fault before one reaches its handler ends the connection: aiohttp leaves it open."""
        try:
            await super().start()
        except Exception as error:  # noqa: BLE001 - whatever makes a request may raise anything
            self.log_exception("Unhandled exception", exc_info=error)
            self.force_close()

    def log_exception(self, *args: Any, **options: Any) -> None:
        """Log what aiohttp caught, but for its own fault in a stop.

        When the time of a stop is over, aiohttp cancels the future on which it waits. A request that ends in the same
        iteration of the event loop has sent its answer, and completes that future too.
        """
        if not (self._is_stopping and isinstance(options.get("exc_info"), asyncio.InvalidStateError)):
            super().log_exception(*args, **options)

    def data_received(self, data: bytes) -> None:
        """Parse received data. A request of HTTP/0.9 is one line without a version: nothing after it ends its head."""
        if self._is_new:
            self._is_new = False
            if data.find(b"\n") == len(data) - 1 and b"HTTP/" not in data:
                data += b"\r\n"
        super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp closes; True keeps the connection open
        """Keep the connection of a client that has stopped sending (``nc -N`` does) open until it has its answers."""
        if self.transport is not None and self.transport.get_extra_info("ssl_object") is not None:
            return False  # asyncio has no half-closed TLS connections
        self._close_when_idle()
        return True

    def _close_when_idle(self) -> None:
        """Close the half-closed connection if nothing was answered or is left to send since the last check."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if self.in_flight or self.answered != self._answered_before or transport.get_write_buffer_size():
            self._answered_before = self.answered
            self._half_closed_timer = asyncio.get_running_loop().call_later(HALF_CLOSED_S, self._close_when_idle)
        else:
            transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Cancel the timers of the connection."""
        self.heard()
        if self._half_closed_timer is not None:
            self._half_closed_timer.cancel()
        super().connection_lost(exc)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp calls it so
        """Give a request in flight ``timeout`` seconds, then cancel it: aiohttp itself would wait that long twice."""
        self._is_stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await super().shutdown(None)
                return
        await super().shutdown(CANCEL_S)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to a request that reached no handler. Raises ConnectionError if another has begun already."""
        unheaded = super().handle_error(request, status, exc, message)  # it logs, and checks whether one has begun
        return _refuse(self._app, request, Problem(unheaded.status, self._detail(unheaded.status, exc)))

    def _detail(self, status: int, error: BaseException | None) -> str:
        if isinstance(error, LineTooLong):
            return f"A line of the request is longer than the {self.max_line_size} bytes that are read."
        return "The request is not valid HTTP." if status == 400 else ""


def _refuse(app: web.Application, request: web.BaseRequest, problem: Problem) -> web.StreamResponse:
    """The answer to a request that no handler may see; it ends the connection."""
    request_id = assign_request_id(None)
    response = problem_response(problem)
    response.headers.update({hdrs.SERVER: SERVER, HEADER: request_id})
    if HEADERS in app:
        response.headers.update(app[HEADERS])
    response.force_close()
    if METRICS in app:
        app[METRICS].count(request.method, ROUTE, response.status, 0.0)
    return response


def _guarded(app: web.Application, handle: Handle) -> Handle:
    """``handle`` for requests that the service understands."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.version is not HttpVersion11 and _OTHER_VERSION in request:
            return _refuse(app, request, Problem(400, "This service speaks HTTP/1.0 and HTTP/1.1."))
        if (expected := request.headers.get(hdrs.EXPECT)) is not None and expected.lower() != "100-continue":
            return _refuse(app, request, Problem(417, "This service expects nothing but 100-continue."))
        protocol = request.protocol
        if not isinstance(protocol, Protocol):
            return await handle(request)
        protocol.heard()
        protocol.in_flight += 1
        try:
            return await handle(request)
        finally:
            protocol.in_flight -= 1
            protocol.answered += 1

    return answer


def admitted(handle: Handle) -> Handle:
    """``handle`` for requests that begin a few at a time; requests for AT_ONCE do not wait."""
    admission = Admission()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path not in AT_ONCE:
            await admission.wait()
        return await handle(request)

    return answer


def _in_spoken_version(make: MakeRequest) -> MakeRequest:
    """``make``, whose requests have a version of SPOKEN: aiohttp takes the version of the status line from them."""

    def make_request(message: RawRequestMessage, *rest: Any) -> web.BaseRequest:
        if message.version is HttpVersion11 or message.version in SPOKEN:
            return make(message, *rest)
        request = make(message._replace(version=HttpVersion10), *rest)
        request[_OTHER_VERSION] = True
        return request

    return make_request


class Runner(web.AppRunner):
    """An AppRunner whose connections are Protocols."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float, **options: Any) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout, **options)
        self._options = options

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(self.app, made, self._options)


class _Server(web.Server):
    """aiohttp's Server, which instantiates its connection class in this method."""

    def __init__(self, app: web.Application, made: web.Server, options: dict[str, Any]) -> None:
        handle = _guarded(app, prepared_first(app, admitted(made.request_handler)))
        make = app[MAKE_REQUEST](made.request_factory) if MAKE_REQUEST in app else made.request_factory
        super().__init__(handle, request_factory=_in_spoken_version(make))
        self._app = app
        self._options = options

    def __call__(self) -> web.RequestHandler:
        return Protocol(self._app, self, loop=asyncio.get_running_loop(), **self._options)
