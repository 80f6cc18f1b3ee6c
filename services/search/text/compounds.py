"""Split one token into words: those inside ``HTTPServer``, ``x-request-id`` or ``std::vector``.

Pure; it sees one token at a time, not the text around it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final, NamedTuple

from services.search.text.stemming import stem
from shared.text.folding import (
    APOSTROPHES,
    MAX_SURFACE_CHARS,
    NUMBER_SPACES,
    fold,
    surface_of,
    word_chars,
)


class Part(NamedTuple):
    """A piece of a compound token: its surface, its range in characters, and its position within the token from 0."""

    surface: str
    start: int
    end: int
    position: int


class Token(NamedTuple):
    """One token: its surface, its range in the text, and its parts.

    ``parts`` is empty for a simple word; a decorated word such as ``@Transactional`` has one, a compound two or more.
    """

    surface: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()

    @property
    def width(self) -> int:
        """The number of positions that the token takes."""
        return self.parts[-1].position + 1 if self.parts else 1

    def shifted(self, by: int) -> Token:
        """A copy, moved by ``by`` characters."""
        # _replace takes four times as long.
        parts = [Part(surface, start + by, end + by, position) for surface, start, end, position in self.parts]
        return Token(self.surface, self.start + by, self.end + by, tuple(parts))


# client's is client, I'd is I, and don't is one word. Any other apostrophe joins two words (O'Reilly) or is a quotation
# mark (b'abc').
_POSSESSIVES: Final = frozenset(f"{mark}{letter}" for mark in APOSTROPHES for letter in "sS")
# I'd, she'll: joined, they would be an id and a shell.
_SHORTENED: Final = re.compile(rf"(?<=[A-Za-z])[{APOSTROPHES}](?:[dDmM]|re|ve|ll|RE|VE|LL)\Z")
_SHORTENINGS: Final = ("d", "D", "m", "M", "re", "ve", "ll", "RE", "VE", "LL")
# mTLS'd, a 401'd call: an acronym or a number as a verb.
_VERBED: Final = re.compile(rf"(?<=[A-Z\d][A-Z\d])[{APOSTROPHES}](?:d|ed|ing)\Z")
# 1,234,567.89 and 1_000_000: the separators do not belong to the number. Dots may be those of an address
# (192.168.100.200), so 1.000.000 keeps them and has the number as a part.
_GROUPED_NUMBER: Final = re.compile(rf"(\d{{1,3}}([,_{NUMBER_SPACES}])\d{{3}}(?:\2\d{{3}})*)(\.\d+)?\Z")
# 99,9, 1.299,95 and 0,125, perhaps with a unit: a decimal comma.
_DECIMAL: Final = re.compile(
    rf"(\d{{1,3}}(?:[.{NUMBER_SPACES}]\d{{3}})+|\d+),(\d{{1,2}}|(?<=\b0,)\d{{3,6}}|\d{{4,6}})([^\W\d_]{{0,4}})\Z"
)
_DOTTED_NUMBER: Final = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}\Z")
_ADDRESS_GROUPS: Final = 4
_MAX_OCTET: Final = 255
_AMOUNT: Final = re.compile(rf"\$(?=\d+(?:[.,_{NUMBER_SPACES}]\d+)+\Z)")
_VERSION: Final = re.compile(r"[vV](\d+(?:\.\d+)+)\Z")

# The words joined in a name, matched on its shape: plural acronyms (SVIDs), acronyms (HTTP in HTTPServer), words.
# Digits stay with what follows them.
_WORD: Final = re.compile(r"[0.]*(?:A{2,}s(?![as])|A+(?![as])|A?[as]+)(?:[0.]+[as]*)*|[0.]+|[+#]+")
_SHAPES: Final = str.maketrans(
    dict.fromkeys(ascii_uppercase, "A") | dict.fromkeys(ascii_lowercase, "a") | {"s": "s"} | dict.fromkeys(digits, "0")
)


# The words of a snake_case name.
_PIECE: Final = re.compile("[^_]+")
# A short word of letters, a hyphen, and another word, or a letter and a number: people write many of them without it.
_CLOSED: Final = re.compile(r"[^\W\d_]{1,5}[-\u2010\u2011][^\W\d_]{2,12}|[^\W\d_][-\u2010\u2011]\d{1,4}")
#: A longer word of letters and digits, in characters, is a hash.
_MAX_BORDERED: Final = 24
# One boundary between letters and digits. A single letter is not a word (p95, k8s, x509).
_NUMBERED: Final = re.compile(r"([^\W\d_]{2,}|[^\W\d_]{2,6}\d[^\W\d_]{1,3}(?=\d{1,2}\Z))(\d+(?:\.\d+)*)")
_MEASURED: Final = re.compile(r"(\d+(?:\.\d+)*)([^\W\d_]{1,4}|(?<=\.\d)[^\W\d_]+\d*|(?<=\.\d\d)[^\W\d_]+\d*)")
_HEXADECIMAL: Final = re.compile(r"0[xX]([0-9A-Fa-f]{4,})")
# TLSv1.3 and cgroupv2: the version begins with a v of its own, unless the word ends in v.
_VERSIONED: Final = re.compile(r"([^\W\d_]{2,})([vV](\d+(?:\.\d+)*))")
_VERSIONED_ACRONYM: Final = re.compile(r"[A-Z]{2,}v\d+(?:\.\d+)*")
_ENDING_IN_V: Final = frozenset(["ad", "con", "de", "di", "en", "in", "ip", "na", "pre", "re", "rec", "sr"])
# GPUs, PCIe, SSHing: an acronym with one small letter or an ending behind it.
_ACRONYM: Final = re.compile(r"([A-Z]{2,})([a-z]|e[dsr]|ers|ing)")
# P95s, IPv4s: the plural of a name that ends in a number.
_NUMBERS: Final = re.compile(r"((?:[A-Z][A-Za-z]{0,11}|[a-z]{1,3}[A-Z][A-Za-z]{0,9})\d{1,6})s")


@cache
def _contraction(*, is_ascii: bool) -> re.Pattern[str]:
    return re.compile(rf"[{word_chars(is_ascii=is_ascii)}]+[{APOSTROPHES}][tT]\Z")


@cache
def _name(*, is_ascii: bool) -> re.Pattern[str]:
    """Split a token into names. A dot between digits does not split (1.2.3 is one number), and C++ keeps its sign."""
    word = word_chars(is_ascii=is_ascii)
    return re.compile(rf"(?<!\w)[A-Za-z](?:\+\+|\#(?!\w))|\w[{word}]*(?:(?<=\d)\.(?=\d)[{word}]+)*")


def token_of(raw: str) -> Token | None:
    """The token of one match of the token pattern, with relative ranges; None without a letter or digit."""
    end = len(raw)
    while raw[end - 2 : end] in _POSSESSIVES:
        end -= 2
    if raw.endswith(("d", "g"), 0, end) and (match := _VERBED.search(raw, 0, end)):
        end = match.start()
    if raw.endswith(_SHORTENINGS, 0, end) and (match := _SHORTENED.search(raw, 0, end)):
        end = match.start()
    raw = raw[:end] if raw.isascii() else _with_plain_digits(raw[:end])
    if raw[:1].isdecimal():
        if match := _DECIMAL.match(raw):
            return _decimal_of(match)
        if _GROUPED_NUMBER.match(raw) or _DOTTED_NUMBER.match(raw):
            return _number_of(raw)
    if raw.startswith("$") and _AMOUNT.match(raw):
        match = _DECIMAL.match(raw[1:])
        return (_decimal_of(match) if match else _number_of(raw[1:])).shifted(1)
    surface = surface_of(raw)
    if not any(map(str.isalnum, surface)):
        return None
    may_be_contraction = "'" in raw or not raw.isascii()
    is_contraction = may_be_contraction and _contraction(is_ascii=raw.isascii()).match(raw)
    parts = () if is_contraction else tuple(_parts_of(raw))
    if len(parts) == 1 and (parts[0].start, parts[0].end) == (0, end):
        parts = ()
    return Token(surface, 0, end, parts)


def _with_plain_digits(raw: str) -> str:
    """``raw`` with superscript, subscript and circled digits as plain ones: x² has the boundary of x2."""
    return "".join(str(unicodedata.digit(one)) if one.isdigit() and not one.isdecimal() else one for one in raw)


def _decimal_of(match: re.Match[str]) -> Token:
    """The token of a number with a decimal comma: as with a point; the digits on both sides and the unit are parts."""
    whole, decimals, unit = "".join(filter(str.isdigit, match[1])), match[2], surface_of(match[3])
    around = [Part(surface_of(whole), 0, match.end(1), 0), Part(surface_of(decimals), *match.span(2), 1)]
    if unit:
        number = Part(surface_of(f"{whole}.{decimals}"), 0, match.end(2), 0)
        around = [number, *around, Part(unit, *match.span(3), 1)]
    return Token(surface_of(f"{whole}.{decimals}{unit}"), 0, match.end(), tuple(around))


def _number_of(raw: str) -> Token:
    """The token of a number: its groups are parts, and so is the number without decimals."""
    if _DOTTED_NUMBER.match(raw):
        numbers = raw.split(".")
        is_address = len(numbers) == _ADDRESS_GROUPS and max(map(int, numbers)) <= _MAX_OCTET and numbers[1] != "000"
        return Token(raw, 0, len(raw), () if is_address else (Part(raw.replace(".", ""), 0, len(raw), 0),))
    groups = tuple(_parts_of(raw)) if len(raw) <= MAX_SURFACE_CHARS else ()
    match = _GROUPED_NUMBER.match(raw)
    if match is None:
        return Token(surface_of(raw), 0, len(raw), groups[1:] and groups)
    whole = "".join(filter(str.isdigit, match[1]))
    if match[3]:
        groups = (Part(surface_of(whole), 0, match.end(1), 0), *groups)
    return Token(surface_of(whole + (match[3] or "")), 0, len(raw), groups)


def _parts_of(raw: str) -> list[Part]:
    """The words of ``raw`` in order; before the words of a name inside it, that name."""
    names = [(0, len(raw))] if raw.isascii() and raw.isalnum() else _names_of(raw)
    parts: list[Part] = []
    if _CLOSED.fullmatch(raw):  # e-mail is email
        parts.append(Part(surface_of(raw.replace(raw[names[0][1]], "")), 0, len(raw), 0))
    position = 0
    for start, end in names:
        # A name longer than a surface is data and is not cached: thousands of them would fill the memory.
        split = _split_name if end - start <= MAX_SURFACE_CHARS else _split_name.__wrapped__
        surface, inner = split(raw[start:end])
        if len(inner) > 1 and len(names) > 1:
            parts.append(Part(surface, start, end, position))
        parts += [Part(word, start + first, start + last, position + at) for word, first, last, at in inner]
        position += inner[-1].position + 1
    return parts


def _names_of(raw: str) -> list[tuple[int, int]]:
    """The ranges of the names in ``raw``: pieces with a letter or digit."""
    found = _name(is_ascii=raw.isascii()).finditer(raw)
    if raw.isascii() and "_" not in raw:
        return [match.span() for match in found]
    return [match.span() for match in found if any(map(str.isalnum, fold(match[0])))]


@lru_cache(maxsize=1 << 13)  # some 500 bytes each; four times as many take no less time on 11,905 pages
def _split_name(name: str) -> tuple[str, tuple[Part, ...]]:
    """The surface of a name, and its parts: at least one, the name itself."""
    if _is_plain(name):
        surface = surface_of(name)
        return surface, (Part(surface, 0, len(name), 0),)
    parts: list[Part] = []
    position = 0
    pieces = [match.span() for match in _PIECE.finditer(name)] if "_" in name else [(0, len(name))]
    for start, end in pieces:
        words = _words_of(name[start:end])
        if len(words) > 1 and len(pieces) > 1:  # OrderBook in guide_OrderBook_Rules
            parts.append(Part(surface_of(name[start:end]), start, end, position))
        for word_start, word_end in ((start + first, start + last) for first, last in words):
            surface = surface_of(name[word_start:word_end])
            boundaries = _boundaries(name[word_start:word_end])
            if not boundaries or (word_start, word_end) != (0, len(name)):
                parts.append(Part(surface, word_start, word_end, position))
            for piece, piece_start, piece_end, offset in boundaries:
                parts.append(Part(piece, word_start + piece_start, word_start + piece_end, position + offset))
            position += boundaries[-1].position + 1 if boundaries else 1
    return surface_of(name), tuple(parts)


def _is_plain(word: str) -> bool:
    """Whether ``word`` is certainly one word without a boundary: letters, at most the first a capital, or digits."""
    return word.isascii() and ((word[1:].islower() and word.isalpha()) or word.isdigit())


def _boundaries(word: str) -> tuple[Part, ...]:
    """The pieces of a word with one boundary between letters and digits, or of an acronym with a suffix; else none.

    ``rfc9110``, ``16GiB`` and ``TLSv1.3`` are then found as two words, and so are ``GPUs`` and ``PCIe``.
    """
    if len(word) > _MAX_BORDERED or _is_plain(word):
        return ()
    if match := _NUMBERS.fullmatch(word) or _ACRONYM.fullmatch(word):
        singular = surface_of(match[1])
        is_found = singular.isalpha() and word[match.end(1) :] == "s" and stem(singular + "s") == stem(singular)
        return () if is_found else (Part(singular, 0, match.end(1), 0),)
    if match := _HEXADECIMAL.fullmatch(word):
        return (Part(surface_of(match[1]), 2, len(word), 0),)
    match = _VERSIONED.fullmatch(word)
    if match and match[1].lower() not in _ENDING_IN_V:
        bare = (Part(surface_of(match[3]), match.start(3), match.end(3), 1),) if "." in match[3] else ()
        return (
            Part(surface_of(match[1]), 0, match.end(1), 0),
            Part(surface_of(match[2]), match.start(2), match.end(2), 1),
            *bare,
        )
    match = _NUMBERED.fullmatch(word) or _MEASURED.fullmatch(word)
    if match is None:
        return ()
    return (
        Part(surface_of(match[1]), 0, match.end(1), 0),
        Part(surface_of(match[2]), match.start(2), match.end(2), 1),
    )


def _words_of(name: str) -> list[tuple[int, int]]:
    """The ranges of the words of one name without underscores.

    Case alone never splits off one letter: gRPC, mTLS and IoT are one word.
    """
    if match := _VERSION.match(name):
        return [match.span(1)]
    if name.islower() or _VERSIONED_ACRONYM.fullmatch(name) or _ACRONYM.fullmatch(name) or _NUMBERS.fullmatch(name):
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
        else:  # a combining mark belongs to its letter
            shape.append(shape[-1] if shape else "a")
    return "".join(shape)
