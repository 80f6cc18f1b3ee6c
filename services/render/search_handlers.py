"""The search service under the site's own address, for scripts and browsers."""

from __future__ import annotations

from time import perf_counter

import orjson
from aiohttp import web

from services.render.handlers import PUBLISHER, SEARCH, for_one_reader
from services.render.insight.recording import RECORDER
from services.render.pages.mount import json_below_mount
from services.render.searching.client import QueryRefused, SearchUnavailable
from services.render.sending.admission import RATE_LIMITER
from services.render.sending.respond import respond

JSON = "application/json"
SUGGESTIONS = "application/x-suggestions+json"
#: Parameters of /v1/search for operators only: an explanation is large and costs more than the answer itself.
_OPERATORS_ONLY = frozenset({"explain"})


async def search(request: web.Request) -> web.StreamResponse:
    """``/api/search``: the answer of ``/v1/search``, without ``explain``."""
    started = perf_counter()
    request.app[RATE_LIMITER].admit(request)
    params = tuple((name, value) for name, value in request.query.items() if name not in _OPERATORS_ONLY)
    body, results = await request.app[SEARCH].relay_search(params)
    if (recorder := request.app[RECORDER]) is not None:
        recorder.searched(request, results.query, results, perf_counter() - started)
    return _relay(request, body)


async def suggest(request: web.Request) -> web.StreamResponse:
    """``/api/suggest``: the answer of ``/v1/suggest``."""
    request.app[RATE_LIMITER].admit(request)
    params = tuple(request.query.items())
    return _relay(request, await request.app[SEARCH].relay_suggest(params))


def _relay(request: web.Request, body: bytes) -> web.StreamResponse:
    """Relay the answer of the search service, with paths below this site's mount."""
    mount = request.app[PUBLISHER].site.scope.mount
    if mount:
        body = orjson.dumps(json_below_mount(orjson.loads(body), mount))
    return respond(request, for_one_reader(request, body, JSON))


async def opensearch_suggestions(request: web.Request) -> web.StreamResponse:
    """Suggestions for the address bar (OpenSearch Suggestions 1.1): text, completions, descriptions, URLs.

    A browser shows no error here, so without search there are simply none.
    """
    request.app[RATE_LIMITER].admit(request)
    text = request.query.get("q", "")
    try:
        suggestions = await request.app[SEARCH].suggest(text)
    except (SearchUnavailable, QueryRefused):
        suggestions = ()
    texts = [suggestion.text for suggestion in suggestions]
    return respond(request, for_one_reader(request, orjson.dumps([text, texts]), SUGGESTIONS))
