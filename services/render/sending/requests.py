"""Read requests: paths with or without the mount, and bodies within a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http import RawRequestMessage
from yarl import URL

from services.render.pages.mount import without_mount
from shared.web.protocol import MakeRequest

#: Seconds that a client has for the body of a request.
BODY_S = 10.0


def unmounting(mount: Callable[[], str]) -> Callable[[MakeRequest], MakeRequest]:
    """A wrapper of aiohttp's request factory that removes the mount given by ``mount`` from paths."""

    def wrap(make: MakeRequest) -> MakeRequest:
        def make_request(message: RawRequestMessage, *rest: Any) -> web.BaseRequest:
            prefix = mount()
            if prefix and (target := without_mount(message.path, prefix)) != message.path:
                path, _, query = target.partition("?")
                message = message._replace(path=target, url=URL.build(path=path, query_string=query, encoded=True))
            return make(message, *rest)

        return make_request

    return wrap


async def read_body(request: web.Request, most: int) -> bytes:
    """The body, of at most ``most`` bytes.

    Raises HTTPRequestEntityTooLarge as soon as it is longer, and HTTPRequestTimeout if it is not there in ``BODY_S``.
    """
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise web.HTTPRequestEntityTooLarge(most, len(body))
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    return bytes(body)
