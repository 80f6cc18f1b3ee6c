"""What is answered while the content of a large site is read for the first time: that it lives, and how far it is.

It knows nothing of the site: not even its name has been read yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import hdrs, web

from shared.web.health import Check, Health
from shared.web.metrics import Metrics
from shared.web.problem import Problem
from shared.web.security import DATA_POLICY, security_headers
from shared.web.service import new_application

#: Seconds after which a reader's browser asks again.
AGAIN_S = 5

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{again}">
<title>Starting</title>
<h1>This site is starting</h1>
<p>{detail}. This page asks again by itself.</p>
</html>
"""


@dataclass(slots=True)
class Reading:
    """How far the first load is. Told in the thread that loads, read on the event loop."""

    done: int = 0
    total: int = 0

    def tell(self, done: int, total: int) -> None:
        """``done`` of ``total`` files are parsed."""
        self.done, self.total = done, total

    def describe(self) -> str:
        """In words."""
        return f"Reading content: {self.done:,} of {self.total:,} files" if self.total else "Reading content"


def create_starting_app(reading: Reading) -> web.Application:
    """An application that is alive, not ready, and says so at every address."""
    health = Health()
    health.add("content", lambda: Check(is_ok=False, detail=reading.describe()))

    async def present(request: web.Request, problem: Problem) -> web.StreamResponse | None:
        if problem.status != 503 or "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
            return None
        text = _PAGE.format(again=AGAIN_S, detail=reading.describe())
        headers = {hdrs.CACHE_CONTROL: "no-store", **problem.headers}
        return web.Response(status=problem.status, text=text, content_type="text/html", headers=headers)

    app = new_application(
        health=health,
        metrics=Metrics(),
        headers=security_headers(policy=DATA_POLICY, is_https=False),
        translate=lambda _error: None,
        present=present,
    )
    app.router.add_route("*", "/{path:.*}", _not_yet)
    return app


async def _not_yet(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: str(AGAIN_S)})
