"""Answer questions as bytes, from the current generation, with a cache and single flight.

Does not depend on an HTTP framework: handlers turn its answers into responses.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import orjson

from services.search.answering.flights import Flights
from services.search.answering.generations import Generations
from services.search.answering.parameters import SuggestQuery
from services.search.answering.written import search_as_written
from services.search.engine import IndexDamaged, IndexUnavailable, SearchEngine, SearchError
from shared.process.byte_cache import ByteCache
from shared.search.contract import SearchQuery
from shared.search.encoding import dump_related, dump_results, dump_suggestions
from shared.telemetry.tracing import note

#: Bytes of memory per cached answer beside its body and the text of its key: two objects, a table slot, the key.
ENTRY_BYTES = 600


class Answer(NamedTuple):
    """The body of an answer, and the name of the generation that gave it."""

    body: bytes
    generation: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a generation. Questions with the same ``key`` have the same answer.

    ``text`` is the part of the key whose length the client controls.
    """

    key: Hashable
    text: str
    ask: Callable[[SearchEngine], Awaitable[Answer]]


def ask_search(query: SearchQuery, searched: str | None = None) -> Question:
    """Ask for a page of hits. ``searched`` is the text of ``query`` if the client sent a longer one."""

    async def ask(engine: SearchEngine) -> Answer:
        results = await search_as_written(engine, query)
        if searched is not None:
            results = replace(results, searched=searched)
        return Answer(dump_results(results), results.generation)

    return Question(("search", query, searched is None), query.text, ask)


def ask_suggest(query: SuggestQuery) -> Question:
    """Ask for completions."""

    async def ask(engine: SearchEngine) -> Answer:
        return Answer(dump_suggestions(await engine.suggest(query.text, query.size)), engine.generation)

    return Question(("suggest", query), query.text, ask)


def ask_related(slug: str, size: int) -> Question:
    """Ask for related articles. The answer raises UnknownArticle."""

    async def ask(engine: SearchEngine) -> Answer:
        return Answer(dump_related(await engine.related(slug, size)), engine.generation)

    return Question(("related", slug, size), slug, ask)


def ask_status() -> Question:
    """Ask for the status of the generation."""

    async def ask(engine: SearchEngine) -> Answer:
        return Answer(orjson.dumps(await engine.status()), engine.generation)

    return Question(("status",), "", ask)


class Answers:
    """Answers questions from the current generation."""

    def __init__(self, generations: Generations, flights: Flights[Answer], cache: ByteCache[Hashable, bytes]) -> None:
        self._generations = generations
        self._flights = flights
        self._cache = cache

    async def answer(self, question: Question) -> Answer:
        """Answer ``question``. Raises IndexUnavailable, Overloaded, UnknownArticle."""
        generation = self._generations.name
        key = (generation, question.key)
        body = self._cache.get(key)
        note("perspective.is_kept", body is not None)
        if body is not None and generation is not None:
            return Answer(body, generation)
        return await self._flights.run(key, partial(self._ask, key, question))

    async def _ask(self, key: tuple[str | None, Hashable], question: Question) -> Answer:
        with self._generations.lease() as engine:
            try:
                answer = await question.ask(engine)
            except IndexDamaged:
                await self._generations.try_refresh()  # it retires the generation, so that another is built
                raise
            except SearchError:
                raise
            except Exception as error:
                # A damaged file can raise any error: only its digest shows whether it is damaged.
                if await self._generations.is_damaged():
                    raise IndexUnavailable("the index is damaged, and is built again") from error
                raise
        # An engine without snapshots may answer from another generation: that answer is correct, but not cached.
        if answer.generation == key[0]:
            self._cache.put(key, answer.body, len(answer.body) + sys.getsizeof(question.text) + ENTRY_BYTES)
        return answer
