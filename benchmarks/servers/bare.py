"""``python -m benchmarks.servers.bare BODY_FILE PORT``: a minimal aiohttp server, one handler of bytes, on uvloop."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvloop
from aiohttp import web


def main() -> None:
    """Serve the file's bytes at every path until terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("body", metavar="BODY_FILE", type=Path)
    parser.add_argument("port", metavar="PORT", type=int)
    options = parser.parse_args()
    if not options.body.is_file():
        parser.error(f"{options.body}: there is no such file")
    body, port = options.body.read_bytes(), options.port

    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main()
