"""The smallest application, to be served."""

from __future__ import annotations

from aiohttp import web


async def hello(_request: web.Request) -> web.Response:
    """A page."""
    return web.Response(text="hello")


def application() -> web.Application:
    """One address."""
    app = web.Application()
    app.router.add_get("/", hello)
    return app
