"""The words of corrections as articles write them: indexes hold words without their accents. Any engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from services.search.engine import SearchEngine
from services.search.text.compounds import Token
from services.search.text.tokens import surfaces_of, tokenize
from shared.search.contract import Hit, SearchQuery, SearchResults

#: Articles to look in for a word as written: the first may show another form of it.
LOOK_IN = 3


async def search_as_written(engine: SearchEngine, query: SearchQuery) -> SearchResults:
    """Search, with the words of a correction and of offers as an article writes them, in small letters.

    The hits show the words that were searched. Each other one costs a search, which only answers with offers need.
    """
    results = await engine.search(query)
    texts = [*results.offers, *((results.correction.text,) if results.correction else ())]
    if not texts:
        return results
    typed = set(surfaces_of(query.text))
    new = {token.surface for text in texts for token in _repaired(text) if token.surface not in typed}
    forms = _forms(results.hits, new)
    left = sorted(new - forms.keys())
    looked = await asyncio.gather(*(engine.search(SearchQuery(word, size=LOOK_IN, exact=True)) for word in left))
    for found in looked:
        forms |= _forms(found.hits, new - forms.keys())
    if results.correction is not None:
        correction = replace(results.correction, text=_rewritten(results.correction.text, forms))
        results = replace(results, correction=correction)
    return replace(results, offers=tuple(_rewritten(text, forms) for text in results.offers))


def _repaired(text: str) -> Iterator[Token]:
    """The words of ``text`` that a repair may have put there: those that are written as in the index."""
    return (
        token for token in tokenize(text) if token.surface.isalpha() and text[token.start : token.end] == token.surface
    )


def _forms(hits: Iterable[Hit], surfaces: Iterable[str]) -> dict[str, str]:
    """How the marked words of prose in ``hits`` write ``surfaces``; best as one is written in small letters."""
    wanted = frozenset(surfaces)
    small: dict[str, str] = {}
    other: dict[str, str] = {}
    for word, surface in _marked(hits):
        if surface in wanted:
            (small if word.islower() else other).setdefault(surface, word.replace("İ", "i").lower())
    return other | small


def _marked(hits: Iterable[Hit]) -> Iterator[tuple[str, str]]:
    """The marked words of prose in ``hits``, as written and as indexed."""
    for hit in hits:
        for marked in (hit.title, *(section.snippet for section in hit.sections if not section.is_code)):
            for text, is_match in marked:
                for token in tokenize(text) if is_match else ():
                    yield text[token.start : token.end], token.surface


def _rewritten(text: str, forms: Mapping[str, str]) -> str:
    """``text`` with its repaired words in ``forms``."""
    for token in reversed(list(_repaired(text))):
        text = text[: token.start] + forms.get(token.surface, token.surface) + text[token.end :]
    return text
