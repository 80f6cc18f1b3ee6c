"""How one token is cut: which words stand inside ``HTTPServer``, ``x-request-id`` or ``std::vector``.

Pure; it knows one token at a time, not the text around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final, NamedTuple

from shared.text.folding import MAX_SURFACE_CHARS, fold, surface_of, word_chars


class Part(NamedTuple):
    """A piece of a compound token: its surface, its range in characters, and its position within the token from 0."""

    surface: str
    start: int
    end: int
    position: int


class Token(NamedTuple):
    """One token: its surface, its range in the text, and its parts.

    ``parts`` is empty for a simple word, one for a decorated word such as ``@Transactional``, otherwise two and more.
    """

    surface: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()

    @property
    def width(self) -> int:
        """How many positions the token takes."""
        return self.parts[-1].position + 1 if self.parts else 1

    def shifted(self, by: int) -> Token:
        """The same token, ``by`` characters further on."""
        parts = tuple(part._replace(start=part.start + by, end=part.end + by) for part in self.parts)
        return Token(self.surface, self.start + by, self.end + by, parts)


# client's is client; don't is one word. Any other apostrophe joins two words (O'Reilly) or is a quotation mark
# (b'abc').
_POSSESSIVES: Final = frozenset({"'s", "'S", "\u2019s", "\u2019S"})
_GROUPED_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+\Z|\d{1,3}(?:_\d{3})+\Z")
_VERSION: Final = re.compile(r"[vV](\d+(?:\.\d+)+)\Z")

# The words a name joins, over its shape: plural acronyms (SVIDs), acronyms (HTTP in HTTPServer), words. Digits stay
# with what they follow.
_WORD: Final = re.compile(r"[0.]*(?:A{2,}s(?![as])|A+(?![as])|A?[as]+)(?:[0.]+[as]*)*|[0.]+|[+#]+")
_SHAPES: Final = str.maketrans(
    dict.fromkeys(ascii_uppercase, "A") | dict.fromkeys(ascii_lowercase, "a") | {"s": "s"} | dict.fromkeys(digits, "0")
)


@cache
def _contraction(*, is_ascii: bool) -> re.Pattern[str]:
    return re.compile(rf"[{word_chars(is_ascii=is_ascii)}]+['\u2019](?:[tTdDmM]|re|ve|ll|RE|VE|LL)\Z")


@cache
def _name(*, is_ascii: bool) -> re.Pattern[str]:
    """The names a token joins. A dot between digits joins nothing (1.2.3 is one number), and C++ keeps its sign."""
    word = word_chars(is_ascii=is_ascii)
    return re.compile(rf"(?<!\w)[A-Za-z](?:\+\+|\#(?!\w))|\w[{word}]*(?:(?<=\d)\.(?=\d)[{word}]+)*")


def token_of(raw: str) -> Token | None:
    """The token that one match of the token pattern is, ranges relative to it; none without a letter or digit."""
    end = len(raw)
    while raw[end - 2 : end] in _POSSESSIVES:
        end -= 2
    raw = raw[:end]
    surface = surface_of(re.sub("[,_]", "", raw) if _GROUPED_NUMBER.match(raw) else raw)
    if not any(map(str.isalnum, surface)):
        return None
    parts = () if _contraction(is_ascii=raw.isascii()).match(raw) else tuple(_parts_of(raw))
    if len(parts) == 1 and (parts[0].start, parts[0].end) == (0, end):
        parts = ()
    return Token(surface, 0, end, parts)


def _parts_of(raw: str) -> Iterator[Part]:
    """The words of ``raw`` in order; before the words of a name inside it, that name."""
    names = [(0, len(raw))] if raw.isascii() and raw.isalnum() else _names_of(raw)
    position = 0
    for start, end in names:
        # A name longer than a surface is data, and not kept: thousands of them would fill the memory.
        cut = _cut if end - start <= MAX_SURFACE_CHARS else _cut.__wrapped__
        surface, words = cut(raw[start:end])
        if len(words) > 1 and len(names) > 1:
            yield Part(surface, start, end, position)
        for word, word_start, word_end in words:
            yield Part(word, start + word_start, start + word_end, position)
            position += 1


def _names_of(raw: str) -> list[tuple[int, int]]:
    """The ranges of the names that ``raw`` joins: those with a letter or digit."""
    found = _name(is_ascii=raw.isascii()).finditer(raw)
    return [match.span() for match in found if any(map(str.isalnum, fold(match[0])))]


@lru_cache(maxsize=1 << 15)  # of some 400 bytes each; in documentation most names stand in many tokens
def _cut(name: str) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """The surface of a name, and its words: the surface and the range of each."""
    words = tuple([(surface_of(name[start:end]), start, end) for start, end in _words_of(name)])
    return surface_of(name), words


def _words_of(name: str) -> list[tuple[int, int]]:
    """The ranges of the words of one name. Case alone never cuts off one letter: gRPC, mTLS and IoT are one word."""
    if match := _VERSION.match(name):
        return [match.span(1)]
    if name.islower() and "_" not in name:
        return [(0, len(name))]
    words: list[tuple[int, int]] = []
    for match in _WORD.finditer(name.translate(_SHAPES) if name.isascii() else _shape(name)):
        start, end = match.span()
        if words and words[-1][1] == start and 1 in (end - start, start - words[-1][0]):
            words[-1] = words[-1][0], end
        else:
            words.append((start, end))
    return words


def _shape(name: str) -> str:
    """``name`` with its characters replaced by their class: A upper case, a other letters (s itself), 0 digits."""
    shape: list[str] = []
    for char in name:
        if char.isascii():
            shape.append(char.translate(_SHAPES))
        elif char.isalnum():
            shape.append("A" if char.isupper() else "0" if char.isdigit() else "a")
        else:  # a mark belongs to its letter
            shape.append(shape[-1] if shape else "a")
    return "".join(shape)
