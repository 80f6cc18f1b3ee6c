"""``python -m benchmarks.servers.collector PORT``: takes traces by OTLP over HTTP, and counts the requests."""

from __future__ import annotations

import argparse

from aiohttp import web


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", metavar="PORT", type=int)
    port = parser.parse_args().port
    taken = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal taken
        await request.read()
        taken += 1
        return web.Response()

    async def count(_request: web.Request) -> web.Response:
        return web.Response(text=str(taken))

    app = web.Application(client_max_size=64 << 20)
    app.add_routes([web.post("/v1/traces", take), web.get("/", count)])
    web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main()
