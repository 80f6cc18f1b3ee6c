"""The handlers of the search service: parse the request, ask, respond. ``translate`` turns errors into problems."""

from __future__ import annotations

import asyncio
from functools import cache

import orjson
from aiohttp import ETag, web

from services.search.answering.answers import (
    Answer,
    Answers,
    Question,
    ask_related,
    ask_search,
    ask_status,
    ask_suggest,
)
from services.search.answering.generations import Generations
from services.search.answering.parameters import parse_related_size, parse_suggest
from services.search.engine import IndexUnavailable, Overloaded, UnknownArticle
from services.search.indexing.feed import IndexerFeed
from services.search.indexing.state import IndexerState
from services.search.openapi import describe
from shared.search.contract import DEADLINE_HEADER, MAX_DEADLINE_MS, OVERLOADED
from shared.search.parameters import BadParameter, parse_search, searched_part
from shared.version import VERSION
from shared.web.conditions import conditional_status
from shared.web.problem import Problem
from shared.web.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
ANSWERS = web.AppKey("answers", Answers)
GENERATIONS = web.AppKey("generations", Generations)
FEED: web.AppKey[IndexerFeed] = web.AppKey("feed")

#: Caches revalidate each time (304 while the index is unchanged), so that no reader sees a removed article.
CACHE_CONTROL = "no-cache"
#: Retry-After in seconds: an index of 1,000 articles is built in a few.
RETRY_S = {IndexUnavailable: 2, Overloaded: 1}


async def search(request: web.Request) -> web.Response:
    """GET /v1/search: hits, facets, and how the query was understood."""
    max_chars = request.app[SETTINGS].max_query_chars
    query = parse_search(request.query, max_chars=max_chars)
    searched = searched_part(request.query, query, max_chars)
    return await _respond(request, ask_search(query, searched))


async def suggest(request: web.Request) -> web.Response:
    """GET /v1/suggest: completions of an unfinished query."""
    query = parse_suggest(request.query, max_chars=request.app[SETTINGS].max_query_chars)
    return await _respond(request, ask_suggest(query))


async def related(request: web.Request) -> web.Response:
    """GET /v1/related/{slug}: articles on the same subjects."""
    size = parse_related_size(request.query)
    return await _respond(request, ask_related(request.match_info["slug"], size), may_fail=True)


async def status(request: web.Request) -> web.Response:
    """GET /v1/status: the generation in use, and the progress of the next one."""
    index = orjson.loads((await request.app[ANSWERS].answer(ask_status())).body)
    answer = {**index, "indexer": request.app[FEED].state, "version": VERSION}
    return _json(answer, **{"Cache-Control": "no-store"})


async def openapi(request: web.Request) -> web.Response:
    """GET /openapi.json: the contract of this API."""
    return web.Response(body=_description(request.app[SETTINGS].max_query_chars), content_type="application/json")


@cache
def _description(max_query_chars: int) -> bytes:
    # Built once: it blocks the event loop for 15 ms.
    return orjson.dumps(describe(max_query_chars=max_query_chars, version=VERSION))


def _json(answer: object, **headers: str) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json", headers=headers)


async def _respond(request: web.Request, question: Question, *, may_fail: bool = False) -> web.Response:
    """Respond with the answer, or with 304 or 412 by the conditions of the request.

    A URL has one answer per generation, so the generation is its validator.

    With ``may_fail`` the answer is computed first: a condition applies only if the answer would be 200 (RFC 9110 13.1).
    """
    generation = request.app[GENERATIONS].name
    if generation is not None and not may_fail:
        status = conditional_status(request, _etag(generation))
        if status is not None:
            return _validated(web.Response(status=status), generation)
    answer = await _answer(request, question)
    status = conditional_status(request, _etag(answer.generation))
    if status is not None:
        return _validated(web.Response(status=status), answer.generation)
    return _validated(web.Response(body=answer.body, content_type="application/json"), answer.generation)


def _validated(response: web.Response, generation: str) -> web.Response:
    """``response`` with its validator and the rule for caches."""
    response.etag = _etag(generation)
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


def _etag(generation: str) -> ETag:
    return ETag(f"{VERSION}-{generation}", is_weak=True)  # weak, because took_ms may differ


async def _answer(request: web.Request, question: Question) -> Answer:
    """The answer, within the client's deadline. Raises Overloaded after the deadline: the client no longer waits."""
    try:
        async with asyncio.timeout(_deadline_s(request)):
            return await request.app[ANSWERS].answer(question)
    except TimeoutError as error:
        raise Overloaded("the answer took longer than the client waits: ask for less") from error


def _deadline_s(request: web.Request) -> float | None:
    """The client's deadline in seconds; None if it states none, or not a number in range."""
    value = request.headers.get(DEADLINE_HEADER, "")
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_DEADLINE_MS))
    return int(value) / 1000 if is_number and 0 < int(value) <= MAX_DEADLINE_MS else None


def translate(error: Exception, state: IndexerState) -> Problem | None:
    """Translate an error of search into a problem for the client."""
    match error:
        case BadParameter():
            return Problem(400, str(error), extra={"parameter": error.parameter})
        case UnknownArticle():
            return Problem(404, "The index knows no article of that name.")
        case IndexUnavailable():
            is_built = state.phase == "idle" and state.generation is not None and not state.error
            # The reason may name addresses of the network, so it is for operators alone.
            why = "it cannot be read now, and /readyz of search says why" if is_built else state.describe()
            detail = f"The index is not ready: {why}."
            return Problem(503, detail, headers={"Retry-After": str(RETRY_S[IndexUnavailable])})
        case Overloaded():
            return Problem(503, str(error), type=OVERLOADED, headers={"Retry-After": str(RETRY_S[Overloaded])})
    return None
