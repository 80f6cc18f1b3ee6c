"""One connection: what a client gets that does not speak HTTP as it is read here, and how long the last request takes.

No handler and no middleware sees what is not HTTP; it gets the problem details of any other error. aiohttp's own answer
would quote what it could not read, name its version and that of Python, and lack the headers that protect a reader.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http_exceptions import LineTooLong

from shared.web.metrics import METRICS
from shared.web.prepared_first import at_hand_first
from shared.web.problem import Problem, problem_response
from shared.web.request_id import HEADER, assign_request_id
from shared.web.security import HEADERS, SERVER

#: How long a request may still go on when its time is over, before it is cancelled. aiohttp takes 0 for no limit.
CANCEL_S = 0.05
#: Where such requests are counted, in place of a route.
ROUTE = "unreadable"


class Protocol(web.RequestHandler):
    """One connection to ``app``."""

    __slots__ = ("_app",)

    def __init__(self, app: web.Application, server: web.Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._app = app

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp calls it so
        """Give a request under way ``timeout`` seconds, then cancel it: aiohttp itself waits that long twice."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await super().shutdown(None)
                return
        await super().shutdown(CANCEL_S)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to a request that reached no handler. Raises ConnectionError where one has begun already."""
        unheaded = super().handle_error(request, status, exc, message)  # it logs, and looks whether one has begun
        request_id = assign_request_id(None)
        response = problem_response(Problem(unheaded.status, self._detail(unheaded.status, exc)))
        response.headers.update({hdrs.SERVER: SERVER, HEADER: request_id})
        if HEADERS in self._app:
            response.headers.update(self._app[HEADERS])
        response.force_close()
        if METRICS in self._app:
            self._app[METRICS].count(request.method, ROUTE, response.status, 0.0)
        return response

    def _detail(self, status: int, error: BaseException | None) -> str:
        if isinstance(error, LineTooLong):
            return f"A line of the request is longer than the {self.max_line_size} bytes that are read."
        return "The request is not valid HTTP." if status == 400 else ""


class Runner(web.AppRunner):
    """An AppRunner whose connections are Protocols."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float, **options: Any) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout, **options)
        self._options = options

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(self.app, made, self._options)


class _Server(web.Server):
    """aiohttp's Server, which names the class of its connections in the method that makes one."""

    def __init__(self, app: web.Application, made: web.Server, options: dict[str, Any]) -> None:
        super().__init__(at_hand_first(app, made.request_handler), request_factory=made.request_factory)
        self._app = app
        self._options = options

    def __call__(self) -> web.RequestHandler:
        return Protocol(self._app, self, loop=self._loop, **self._options)
