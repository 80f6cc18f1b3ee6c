"""The keys by which a title, heading or tag can be completed: from each of its words, and from words in a compound.

Pure; does not depend on an engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from services.search.text.compounds import Token
from services.search.text.stemming import STOP_WORDS
from services.search.text.tokens import plain_words, surfaces_of, tokenize
from shared.search.contract import MAX_QUERY_CHARS
from shared.text.folding import surface_of

#: Limits of the words of one text that give a key, and of the words of one key: without them, a heading of 20,000 words
#: would take a gigabyte.
MAX_KEYS = 40


def completion_keys(text: str, stop_words: Collection[str] = STOP_WORDS) -> Iterator[tuple[str, bool]]:
    """Yield the folded text from each word of ``text`` on, and whether that is the beginning.

    Stop words at the beginning are optional. ``getUserById`` is also completed from ``userbyid`` and from ``user by
    id``.
    """
    plain = plain_words(text)
    tokens = tokenize(text)[: 2 * MAX_KEYS] if plain is None else []
    surfaces = [token.surface for token in tokens] if plain is None else plain
    is_beginning = True
    for number, surface in enumerate(surfaces[:MAX_KEYS]):
        is_stop = surface in stop_words
        if not (is_stop and number):
            yield _key(surfaces[number : number + MAX_KEYS]), is_beginning
        if tokens and tokens[number].parts:
            rest = surfaces[number + 1 : number + MAX_KEYS]
            for inner, is_whole in _inner_words(text, tokens[number], stop_words):
                yield _key([inner, *rest]), is_beginning and is_whole
        is_beginning &= is_stop


def first_key(text: str) -> str:
    """The first of ``completion_keys``; empty if there is none."""
    return _key(surfaces_of(text)[:MAX_KEYS])


def _inner_words(text: str, token: Token, stop_words: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The further keys of a compound; and whether a key has all its words."""
    parts = list({part.position: part for part in token.parts}.values())
    for at, part in enumerate(parts):
        if at and part.surface in stop_words:
            continue
        spelled = " ".join(one.surface for one in parts[at:])
        if spelled != token.surface:
            yield spelled, at == 0
        joined = surface_of(text[part.start : token.end])
        if at and joined != spelled:
            yield joined, False


def _key(words: list[str]) -> str:
    return " ".join(words)[:MAX_QUERY_CHARS]
