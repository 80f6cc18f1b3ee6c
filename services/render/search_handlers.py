"""The search service under the site's own address, for scripts and browsers: its answers as they are, its absence as a
problem."""

from __future__ import annotations

import orjson
from aiohttp import web

from services.render.handlers import SEARCH, for_one_reader
from services.render.searching.client import QueryRefused, SearchAnswer, SearchUnavailable
from services.render.sending.respond import respond

SUGGESTIONS = "application/x-suggestions+json"


async def search(request: web.Request) -> web.StreamResponse:
    """``/api/search``: what ``/v1/search`` answers."""
    return _relay(request, await request.app[SEARCH].relay_search(_params(request)))


async def suggest(request: web.Request) -> web.StreamResponse:
    """``/api/suggest``: what ``/v1/suggest`` answers."""
    return _relay(request, await request.app[SEARCH].relay_suggest(_params(request)))


async def opensearch_suggestions(request: web.Request) -> web.StreamResponse:
    """The suggestions of a browser's address bar (OpenSearch Suggestions 1.1): the text, completions, descriptions,
    addresses.

    A browser shows no error here, so without search there are simply none.
    """
    text = request.query.get("q", "")
    try:
        suggestions = await request.app[SEARCH].suggest(text)
    except (SearchUnavailable, QueryRefused):
        suggestions = ()
    texts = [suggestion.text for suggestion in suggestions]
    return respond(request, for_one_reader(request, orjson.dumps([text, texts]), SUGGESTIONS))


def _params(request: web.Request) -> tuple[tuple[str, str], ...]:
    return tuple(request.query.items())


def _relay(request: web.Request, answer: SearchAnswer) -> web.StreamResponse:
    if answer.status != 200:
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
    return respond(request, for_one_reader(request, answer.body, answer.headers["Content-Type"]))
