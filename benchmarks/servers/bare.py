"""``python -m benchmarks.servers.bare BODY_FILE PORT``: the least aiohttp can do, one handler of bytes, on uvloop."""

from __future__ import annotations

import sys
from pathlib import Path

import uvloop
from aiohttp import web


def main() -> None:
    """Serve the file's bytes at every path until terminated."""
    body, port = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])

    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main()
