"""Words that exist and are within one edit of a word of the site: those that a browser might take for typos. Pure.

The service has a list of 355,000 words; a browser gets this part of it, in the shard of the first letter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from string import ascii_lowercase

from services.search.text.words.known import KnownWords

#: Shorter words have too many neighbours to guess which one was meant; longer ones are data.
_MIN_CHARS = 3
_MAX_CHARS = 20


def near_words(words: Collection[str], known: KnownWords) -> set[str]:
    """The listed words within one edit of ``words`` (surfaces), and the words of the owner; ``words`` are left out.

    An edit is an insertion, a deletion, a substitution or an exchange of neighbours.
    """
    found = set(known.own)
    for word in words:
        if _MIN_CHARS <= len(word) <= _MAX_CHARS and word.isascii() and word.isalpha():
            found.update(known.listed_among(_edited(word)))
    return {word for word in found if len(word) >= _MIN_CHARS}.difference(words)


def _edited(word: str) -> list[str]:
    """The texts within one edit of ``word``."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return list(dict.fromkeys(_edits(cuts)))


def _edits(cuts: list[tuple[str, str]]) -> Iterable[str]:
    for head, tail in cuts:
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in ascii_lowercase)
