"""``python -m benchmarks.servers.search ENGINE INDEX_DIR PORT``: the search endpoint over one engine, nothing cached.

This project's is its own service as it is, without an indexer beside it. A peer's is what an engineer would write in an
afternoon: aiohttp on uvloop, one handler, orjson.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from aiohttp import web

from benchmarks.engines import engine_kinds, perspective
from services.search.app import create_app, open_store
from services.search.indexer_feed import StillFeed
from shared.web.serving import open_socket, run_loop, serve_until_stopped
from shared.web.settings import load_settings


def own_app(index_dir: Path) -> web.Application:
    """This project's service over the index, without cache."""
    settings = load_settings(
        {
            "PERSPECTIVE_INDEX_DIR": str(index_dir),
            "PERSPECTIVE_SEARCH_CACHE_BYTES": "0",
            "PERSPECTIVE_LOG_LEVEL": "warning",
        }
    )
    return create_app(settings, store=open_store(settings), feed=StillFeed())


def peer_app(engine_name: str, index_dir: Path) -> web.Application:
    """One handler over a peer's engine."""
    engine = engine_kinds()[engine_name].open(index_dir)

    async def search(request: web.Request) -> web.Response:
        body = orjson.dumps(engine.answer(request.query["q"]))
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/v1/search", search)
    return app


def main() -> None:
    """Serve until terminated."""
    name, index_dir, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    app = own_app(index_dir) if name == perspective.NAME else peer_app(name, index_dir)
    run_loop(lambda: serve_until_stopped(app, open_socket("127.0.0.1", port), name=name))


if __name__ == "__main__":
    main()
