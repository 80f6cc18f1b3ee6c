"""Compounds that some languages write as one word: *Verbindung* finds ``Datenbankverbindungen``. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from services.search.text.languages import by_code
from services.search.text.terms import SEPARATOR, keys_of

#: The minimum length, in characters, of the word asked for and of the word before it in a compound: a shorter stem ends
#: too many other words, and a shorter head is hardly a word (*ein*, *aus*, *pro*).
MIN_TAIL: Final = 4
MIN_HEAD: Final = 4
#: With a tail of this length, a head of this length counts as a word even if no article has it alone.
LONG_TAIL: Final = 5
LONG_HEAD: Final = 6
#: The largest number of compounds that one word expands to.
MAX_JOINED: Final = 64
#: Linking elements between the words of a compound (German, Dutch and Scandinavian; the genitive of Finnish).
LINKS: Final = ("", "s", "es", "n", "en", "er", "e")

#: Maps the code of a language and an ending to the keys of the language whose stem has that ending.
KeysEnding = Callable[[str, str], Iterable[str]]


def joins_words(code: str) -> bool:
    """Whether the language of ``code`` writes compounds as one word."""
    return by_code(code).joins_words


def reversed_stem(key: str) -> str:
    """The letters of the stem of ``key`` in reverse: sorted by them, keys with the same ending are adjacent."""
    return key.rpartition(SEPARATOR)[2][::-1]


def joined_keys(
    codes: tuple[str, ...], surface: str, written: str, keys_ending: KeysEnding, has_word: Callable[[str], bool]
) -> tuple[str, ...]:
    """The keys of compounds that end with the word ``surface`` and begin with another one.

    That head must satisfy ``has_word``, or be long.
    """
    return tuple(islice(_joined(codes, surface, written, keys_ending, has_word), MAX_JOINED))


def _joined(
    codes: tuple[str, ...], surface: str, written: str, keys_ending: KeysEnding, has_word: Callable[[str], bool]
) -> Iterator[str]:
    for own in keys_of(tuple(filter(joins_words, codes)), surface, written):
        _, code, tail = own.split(SEPARATOR)
        if len(tail) < MIN_TAIL:
            continue
        for key in keys_ending(code, tail):
            head = key.rpartition(SEPARATOR)[2][: -len(tail)]
            is_long = len(head) >= LONG_HEAD and len(tail) >= LONG_TAIL
            if is_long or _is_word(head, has_word):
                yield key


def _is_word(head: str, has_word: Callable[[str], bool]) -> bool:
    heads = (head.removesuffix(link) for link in LINKS if head.endswith(link))
    return any(len(one) >= MIN_HEAD and has_word(one) for one in heads)
