"""Words that exist and are within one edit of a word of the site: those that a browser might take for typos. Pure.

The service has a list of 355,000 words; a browser gets this part of it, in the shard of the first letter.
"""

from __future__ import annotations

from collections.abc import Collection

from services.search.text.words.known import KnownWords

#: Shorter words have too many neighbours to guess which one was meant; longer ones are data.
_MIN_CHARS = 3
_MAX_CHARS = 20


def near_words(words: Collection[str], known: KnownWords) -> set[str]:
    """The listed words within one edit of ``words`` (surfaces), and the words of the owner; ``words`` are left out."""
    found = set(known.own)
    for word in words:
        if _MIN_CHARS <= len(word) <= _MAX_CHARS and word.isascii() and word.isalpha():
            found.update(known.near(word))
    return {word for word in found if len(word) >= _MIN_CHARS}.difference(words)
