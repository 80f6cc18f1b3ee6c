"""Whether a word exists in English or in technical vocabulary, even if no article has it. Such a word is not a typo.

The rule and the figures behind it are in docs/search.md, Spelling correction.
"""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from services.search.text.words import edits
from services.search.text.words.edits import U32, Bools
from shared.process.logger import get_logger

log = get_logger("words")

_WORD: Final = re.compile(r"[a-z]{3,20}")
#: Shorter words make the halves of many others by chance, but for the particles of verbs (set up, log in, opt out).
_MIN_HALF: Final = 3
_MIN_SECOND_HALF: Final = 2
_PARTICLES: Final = frozenset({"by", "in", "on", "up"})
#: Prefixes and suffixes that form a new word from a known one.
_PREFIXES: Final = tuple(
    """anti auto bi co counter cross de dis down ex geo hyper in inter intra kilo macro mega meta micro mid mini mis
    multi nano non out over para poly post pre pro pseudo py re self semi sub super tele trans tri ultra un under uni up
    web
    """.split()
)
_SUFFIXES: Final = tuple(
    """able ability al ally db ed er ers es est fs ful ic ify ing ings ish ism ist ity ive ize ized izer js less like ly
    ment ness or ql s ship sql ware wise y
    """.split()
)
#: The minimum length, in letters, of a word with an affix, and of each word of a compound: shorter ones are found in
#: any typo.
_MIN_STEM: Final = 4
_MIN_COMMON: Final = 3
#: The lists beside this module, each in a file NAME.crc32.
_LISTS: Final = ("known", "wordfreq", "misspelt", "common")
#: The lists of all words that exist.
_ALL: Final = ("known", "wordfreq")
#: A filter of their numbers: the 23 highest bits are a place in it, the 20 highest its byte. It passes one in 24 of
#: those that are not listed; to search the lists for all takes twice as long.
_BIT_SHIFT: Final = np.uint32(32 - 23)
_BYTE_SHIFT: Final = np.uint32(32 - 20)


class KnownWords:
    """English, technical vocabulary, and ``own``: the words that the owner of a site lists.

    The first instance reads the lists from disk (2 MB), so create it off the event loop.
    """

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._own = frozenset(own)
        self._own_numbers = np.array(sorted(zlib.crc32(word.encode()) for word in self._own), dtype=np.uint32)
        # Read the lists now: the first unusual word of a reader would otherwise read them on the event loop.
        for name in _LISTS:
            _numbers(name)
        _filter()

    def __contains__(self, word: str) -> bool:
        """Whether ``word`` (folded) exists: listed, a listed word with an affix, or two common words in one."""
        if word in self._own:
            return True
        if not _WORD.fullmatch(word):
            return False
        if _is_listed(word) or _has("wordfreq", word):
            return True
        # Many misspellings are words with an affix that they do not take: deductable, postgress.
        return not _has("misspelt", word) and (_is_derived(word) or _is_compound(word))

    def is_listed(self, word: str) -> bool:
        """Whether ``word`` itself is listed, so that it is not two words without a space."""
        return word in self._own or _is_word(word)

    @property
    def own(self) -> frozenset[str]:
        """The site's own words."""
        return self._own

    def near(self, word: str) -> list[str]:
        """The listed words within one edit of ``word``, without it. None for a word of other letters than a to z."""
        return edits.near(word, self._are_listed)

    def _are_listed(self, numbers: U32) -> Bools:
        """Whether the CRC-32 of a text is that of a listed word, for each of ``numbers``."""
        found = _are_in(self._own_numbers, numbers) if self._own else np.zeros(len(numbers), dtype=bool)
        likely = (_filter().take(numbers >> _BYTE_SHIFT) >> (numbers >> _BIT_SHIFT & 7) & 1).nonzero()[0]
        for name in _ALL:
            found[likely] |= _are_in(_table(name), numbers.take(likely))
        return found

    @classmethod
    def load(cls, path: Path | None) -> KnownWords:
        """All words and those in the file at ``path``. An unreadable file adds none, with a warning."""
        try:
            if path is None or not path.is_file():
                return cls()
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            log.warning("own words left out", problem=f"{path}: the file cannot be read: {error.strerror}")
            return cls()
        return cls(parse_words(text))


@lru_cache(maxsize=8192)
def halves(word: str) -> tuple[tuple[str, str], ...]:
    """The ways to read a listed ``word`` as two listed words: ``healthcheck`` as ``health`` and ``check``."""
    if not _WORD.fullmatch(word) or not any(_is_listed(one) or _has("wordfreq", one) for one in _numbered(word)):
        return ()
    ways = range(_MIN_HALF, len(word) - _MIN_SECOND_HALF + 1)
    return tuple((word[:at], word[at:]) for at in ways if _is_listed(word[:at]) and _is_half(word[at:]))


@lru_cache(maxsize=8192)
def _is_word(word: str) -> bool:
    """Whether ``word`` is listed, as English or as technical vocabulary."""
    return _WORD.fullmatch(word) is not None and (_is_listed(word) or _has("wordfreq", word))


def _numbered(word: str) -> tuple[str, ...]:
    return (word, word[:-1]) if word.endswith("s") else (word,)


def _is_half(word: str) -> bool:
    return _is_listed(word) if len(word) >= _MIN_HALF else word in _PARTICLES


def parse_words(text: str) -> frozenset[str]:
    """The words of a file: separated by white space, with comments from ``#`` to the end of a line."""
    from services.search.text.tokens import tokenize  # noqa: PLC0415 - tokens import stems, which import this package

    lines = (line.split("#", 1)[0] for line in text.splitlines())
    return frozenset(token.surface for line in lines for token in tokenize(line))


def _is_listed(word: str) -> bool:
    return _has("known", word)


def _is_derived(word: str) -> bool:
    """Whether ``word`` is a listed word with a prefix or suffix, other than a doubled last letter (``postgress``)."""
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _MIN_STEM and _is_listed(word[len(prefix) :]):
            return True
    for suffix in _SUFFIXES:
        stem = word[: -len(suffix)]
        if word.endswith(suffix) and len(stem) >= _MIN_STEM and stem[-1] != suffix and _is_listed(stem):
            return True
    return False


def _is_compound(word: str) -> bool:
    """Whether ``word`` is two common words written as one."""
    ways = range(_MIN_COMMON, len(word) - _MIN_COMMON + 1)
    return any(_has("common", word[:at]) and _has("common", word[at:]) for at in ways)


def _has(name: str, word: str) -> bool:
    numbers = _numbers(name)
    number = zlib.crc32(word.encode())
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number


def _are_in(listed: U32, numbers: U32) -> Bools:
    found: Bools = listed.take(listed.searchsorted(numbers), mode="clip") == numbers
    return found


@cache
def _filter() -> npt.NDArray[np.uint8]:
    """A bit for each value of the highest bits of a number, set where a listed word has it: 1 MiB."""
    bits = np.zeros(1 << 23, dtype=bool)
    for name in _ALL:
        bits[_table(name) >> _BIT_SHIFT] = True
    return np.packbits(bits, bitorder="little")


@cache
def _table(name: str) -> U32:
    """``_numbers`` as an array that shares their memory."""
    return np.frombuffer(_numbers(name), dtype=np.uint32)


@cache
def _numbers(name: str) -> array[int]:
    """The CRC-32 of each word of a list, ascending."""
    numbers = array("I", files(__package__).joinpath(f"{name}.crc32").read_bytes())
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
