"""From a question to the bytes that answer it: the current generation, the cache, and where the work is done.

It knows no HTTP framework: handlers turn what it returns into responses.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import orjson

from services.search.answering.cache import AnswerCache
from services.search.answering.computing import Computing
from services.search.answering.generations import Generations
from services.search.answering.parameters import SuggestQuery
from services.search.engine import SearchEngine
from shared.search.contract import SearchQuery
from shared.search.encoding import dump_related, dump_results, dump_suggestions

#: Words beyond this number change the cost of a search little.
MANY_WORDS = 8
#: Completions are asked from the first letters on.
WARM_UP_CHARS = 4


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a generation. Those with equal ``key`` have equal answers, those of one ``shape`` cost alike."""

    key: Hashable
    shape: Hashable
    text: str
    work: Callable[[SearchEngine], bytes]


def ask_search(query: SearchQuery) -> Question:
    """A page of hits."""
    words = min(query.text.count(" "), MANY_WORDS)
    syntax = frozenset(query.text).intersection('"*')
    filters = bool(query.tags or query.year or query.series)
    shape = ("search", words, syntax, query.partial, query.explain, filters, query.size > 10, not query.text)
    return Question(("search", query), shape, query.text, lambda engine: dump_results(engine.search(query)))


def ask_suggest(query: SuggestQuery) -> Question:
    """Completions."""
    shape = ("suggest", min(len(query.text), 4))
    return Question(
        ("suggest", query), shape, query.text, lambda engine: dump_suggestions(engine.suggest(query.text, query.size))
    )


def ask_related(slug: str, size: int) -> Question:
    """Articles like one. The work raises UnknownArticle."""
    key = ("related", slug, size)
    return Question(key, ("related",), slug, lambda engine: dump_related(engine.related(slug, size)))


def ask_status() -> Question:
    """What the generation holds."""
    return Question(("status",), ("status",), "", lambda engine: orjson.dumps(engine.status()))


def warm_up(engine: SearchEngine) -> None:
    """Ask what readers ask, so that none of them waits for tables, stemmer and pages of the index to be loaded."""
    newest = engine.search(SearchQuery("", size=1)).hits
    for hit in newest:
        title = "".join(text for text, _ in hit.title)
        ask_search(SearchQuery(title, partial=True)).work(engine)
        ask_suggest(SuggestQuery(title[:WARM_UP_CHARS], 1)).work(engine)


class Answers:
    """Answers questions from the current generation."""

    def __init__(self, generations: Generations, computing: Computing, cache: AnswerCache) -> None:
        self._generations = generations
        self._computing = computing
        self._cache = cache

    async def answer(self, question: Question) -> bytes:
        """The body that answers. Raises IndexUnavailable, Overloaded, UnknownArticle."""
        key = (self._generations.name, question.key)
        body = self._cache.get(key)
        if body is None:
            body = await self._computing.run(key, question.shape, self._generations.lease(), question.work)
            self._cache.put(key, body, question.text)
        return body
