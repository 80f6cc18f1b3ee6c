"""An id for each request, shown on error pages and written to the log."""

from __future__ import annotations

import random
import re

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import istr

from shared.process.logs import request_id as _current

HEADER = istr("X-Request-Id")
#: Ids accepted from a proxy: anything else could inject text into logs.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def current_request_id() -> str | None:
    """The id of the current task's request, or None."""
    return _current.get()


def choose_request_id(given: str | None) -> str:
    """``given`` if it is a plain name of at most 64 characters, else a new one of 16 hexadecimal digits."""
    if given is not None and _ACCEPTED.fullmatch(given):
        return given
    return f"{random.getrandbits(64):016x}"


def assign_request_id(given: str | None) -> str:
    """Set the id of the current task's request."""
    request_id = choose_request_id(given)
    _current.set(request_id)
    return request_id


@web.middleware
async def request_id_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its id. aiohttp runs each request in a task of its own, so there is nothing to restore."""
    assign_request_id(request.headers.get(HEADER))
    return await handler(request)


async def add_request_id(_request: web.Request, response: web.StreamResponse) -> None:
    """An ``on_response_prepare`` handler: every answer, including errors, carries the id."""
    request_id = _current.get()
    if request_id is not None:
        response.headers[HEADER] = request_id
