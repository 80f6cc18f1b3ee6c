"""Turn exceptions into responses: RFC 9457 problem details, or the page that a service shows instead.

Each service passes a function that translates its own errors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from shared.process.logger import get_logger
from shared.web.request_id import current_request_id

MEDIA_TYPE = "application/problem+json"

_DETAILS = {
    403: "This address refuses the request: it comes from a page of another site.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The request is larger than this service accepts.",
    415: "This address does not take a body of that type.",
    500: "The request could not be answered because of a fault in this service. It has been logged.",
}

log = get_logger("problem")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as answered. ``extra`` are members beside the standard ones; ``type`` is a URI reference.

    ``text`` is ``detail`` before ``values`` filled its placeholders, for pages in other languages.
    """

    status: int
    detail: str = ""
    title: str = ""
    type: str = "about:blank"
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The members of RFC 9457 section 3, and ``request_id``."""
        return {
            **self.extra,
            "type": self.type,
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail or _DETAILS.get(self.status, HTTPStatus(self.status).description),
            "request_id": current_request_id(),
        }


#: Returns the problem for an error of the service, or None for a fault.
Translate = Callable[[Exception], Problem | None]
#: What a client sees; None leaves it to the problem details.
Present = Callable[[web.Request, Problem], Awaitable[web.StreamResponse | None]]


async def present_nothing(_request: web.Request, _problem: Problem) -> None:
    """Leave every error to the problem details."""


def problem_response(problem: Problem) -> web.Response:
    """The problem as ``application/problem+json``. Errors are never stored by caches."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    body = orjson.dumps(problem.to_json(), default=str)
    return web.Response(status=problem.status, body=body, content_type=MEDIA_TYPE, headers=headers)


def problem_middleware(translate: Translate, present: Present = present_nothing) -> Middleware:
    """Turn any exception into a response. Redirects and other responses below 400 pass through."""

    async def answer(request: web.Request, problem: Problem) -> web.StreamResponse:
        try:
            presented = await present(request, problem)
        except Exception:  # the error page itself may fail: the client still gets an answer
            log.exception("error page failed", status=problem.status)
            presented = None
        return presented or problem_response(problem)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return await answer(request, _from_http(error))
        except Exception as error:
            problem = translate(error)
            if problem is None:
                log.exception("request failed", method=request.method, path=request.path[:200])
                problem = Problem(500)
            return await answer(request, problem)

    return middleware


def _from_http(error: web.HTTPException) -> Problem:
    """The problem for an error of aiohttp, with its headers for clients; its text only repeats the status."""
    headers = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
    return Problem(error.status, headers=headers)
