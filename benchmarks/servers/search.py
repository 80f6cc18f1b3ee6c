"""``python -m benchmarks.servers.search ENGINE INDEX_DIR PORT``: the search endpoint over one engine, nothing cached.

This project's is its own service as it is, without an indexer beside it. A peer's is what an engineer would write in an
afternoon: aiohttp on uvloop, one handler, orjson.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import orjson
import uvloop
from aiohttp import web

from benchmarks.engines import engine_kind


def serve_own(environ: Mapping[str, str], port: int) -> None:
    """Serve with our own service by the settings of ``environ``, without cache, until terminated."""
    # A peer's process has nothing of this in memory.
    from services.search.app import create_app  # noqa: PLC0415
    from services.search.indexing.feed import StaticFeed  # noqa: PLC0415
    from services.search.opening import open_store  # noqa: PLC0415
    from shared.process.loop import run_loop  # noqa: PLC0415
    from shared.web.serving import open_socket, serve_until_stopped  # noqa: PLC0415
    from shared.web.settings import load_settings  # noqa: PLC0415

    settings = load_settings({**environ, "PERSPECTIVE_SEARCH_CACHE_BYTES": "0"})
    app = create_app(settings, store=partial(open_store, settings), feed=StaticFeed())
    run_loop(lambda: serve_until_stopped(app, open_socket("127.0.0.1", port), name="search"))


def serve_peer(name: str, index_dir: Path, port: int) -> None:
    """One handler over a peer's engine, until terminated."""
    engine = engine_kind(name).open(index_dir)

    async def search(request: web.Request) -> web.Response:
        body = orjson.dumps(engine.answer(request.query["q"]))
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/v1/search", search)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=uvloop.new_event_loop())


def main(name: str, index_dir: Path, port: int) -> None:
    """Serve the engine of this name."""
    if name == "Perspective":
        serve_own({"PERSPECTIVE_INDEX_DIR": str(index_dir)}, port)
    elif name == "Perspective on OpenSearch":
        from benchmarks.engines.opensearch import environ_of  # noqa: PLC0415 - the others need none of it

        serve_own(environ_of(index_dir), port)
    else:
        serve_peer(name, index_dir, port)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", metavar="ENGINE")
    parser.add_argument("index_dir", metavar="INDEX_DIR", type=Path)
    parser.add_argument("port", metavar="PORT", type=int)
    options = parser.parse_args()
    main(options.engine, options.index_dir, options.port)
