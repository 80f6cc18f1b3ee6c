"""Completions: titles, headings and tags, from any of their words on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from services.search.engine_opensearch.finding.answer import stored_of
from services.search.engine_opensearch.finding.queries import ARTICLES, sorting
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.indexing.completions import completion_keys
from services.search.indexing.stored import exact_key
from services.search.text.terms import stop_words_of
from services.search.text.tokens import tokenize
from shared.content.slug import article_url, tag_url
from shared.search.contract import Suggestion, SuggestionKind

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

#: Articles to consider for completions, the newest first.
POOL = 50
#: From this many characters on, completions with one typo are tried if nothing begins as typed.
TYPOS_FROM = 4
#: The weight of each kind, and the factor if the text typed begins at a later word.
_KINDS: dict[SuggestionKind, float] = {"title": 4.0, "tag": 3.0, "heading": 1.5}
_INSIDE = 0.6


class _Entry(NamedTuple):
    text: str
    kind: SuggestionKind
    url: str


async def suggest(ask: Ask, lexicon: Lexicon, text: str, limit: int) -> tuple[Suggestion, ...]:
    """At most ``limit`` completions of ``text``, best first."""
    typed = " ".join(token.surface for token in tokenize(text))
    if not typed:
        return ()
    is_finished = text[-1:].isspace()
    found = await _completions(ask, typed + " " if is_finished else typed, limit)
    if found or len(typed) < TYPOS_FROM:
        return found
    for corrected in _corrected(lexicon, typed):
        if found := await _completions(ask, corrected, limit):
            return found
    return ()


def _corrected(lexicon: Lexicon, typed: str) -> Iterator[str]:
    """Corrections of ``typed``, whose last word may be unfinished: one word or the last letter differs."""
    *words, last = typed.split(" ")
    for near in (*lexicon.near_beginning(last, 3), *lexicon.near(last, 3)):
        yield " ".join([*words, near.surface])
    for at, word in enumerate(words):
        if not lexicon.has(word):
            for near in lexicon.near(word, 2):
                yield " ".join([*words[:at], near.surface, *words[at + 1 :], last])
    yield typed[:-1]


async def _completions(ask: Ask, typed: str, limit: int) -> tuple[Suggestion, ...]:
    """Completions that begin with ``typed``, or that equal it if a space ends its last word."""
    begins: list[dict[str, Any]] = [{"prefix": {"suggest": typed}}]
    if typed.endswith(" "):
        begins.append({"term": {"suggest": typed.rstrip()}})
    wanted = {"bool": {"filter": [ARTICLES], "should": begins, "minimum_should_match": 1}}
    body = {"size": POOL, "query": wanted, "_source": False, "docvalue_fields": ["stored"], "sort": sorting("newest")}
    answer = await ask(body)
    counts: Counter[tuple[str, SuggestionKind]] = Counter()
    first: dict[tuple[str, SuggestionKind], tuple[_Entry, float]] = {}
    for hit in answer["hits"]["hits"]:
        stored = stored_of(hit)
        for entry in _entries(stored):
            if (share := _share(entry.text, typed, stop_words_of(stored.get("language")))) > 0.0:
                key = exact_key(entry.text), entry.kind
                counts[key] += 1
                first.setdefault(key, (entry, share * _KINDS[entry.kind]))
    ordered = sorted(first.items(), key=lambda one: (-one[1][1] * (1.0 + math.log1p(counts[one[0]])), one[1][0].text))
    best: dict[str, Suggestion] = {}
    for (text, _), (entry, _) in ordered:
        best.setdefault(text, Suggestion(entry.text, entry.kind, entry.url))
    return tuple(best.values())[:limit]


def _entries(stored: dict[str, Any]) -> list[_Entry]:
    url = article_url(stored["slug"])
    headings = [_Entry(heading, "heading", f"{url}#{anchor}") for anchor, heading, _ in stored["sections"] if heading]
    tags = [_Entry(tag, "tag", tag_url(tag)) for tag in stored["tags"]]
    return [_Entry(stored["title"], "title", url), *tags, *headings]


def _share(text: str, typed: str, stop_words: frozenset[str]) -> float:
    """1 if the text begins as typed, less if a later word does, 0 if none does."""
    keys = completion_keys(text, stop_words)
    found = (is_beginning for key, is_beginning in keys if key.startswith(typed) or key == typed.rstrip())
    return max((1.0 if is_beginning else _INSIDE for is_beginning in found), default=0.0)
