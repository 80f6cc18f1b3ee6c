"""How engineering text becomes terms: one analyzer for articles and queries. Pure; it knows no index.

The contract between analysis and index:

- A *token* is a run of text that a reader would call a word: ``outbox``, ``getUserById``, ``C++``, ``--dry-run``, ``v1.2.3``.
- Its *surface* is the token folded (case, diacritics, width): what the index holds. Stems are never stored: the index maps each stem to the
  surfaces that share it, so that prefixes, typos and code work on words as they are written.
- A compound token also has *parts*, each a surface with a range and a position of its own. The whole stands at the position of its
  first part, and the token takes as many positions as its parts do (one if none), so that phrases match across both.
- A name inside a name (``getUserById`` in ``users.getUserById``) is a part too. It stands at the position of the first of its own parts,
  so parts may share a position and overlap; wholes never overlap, and their ranges ascend.
- Scripts written without spaces (Chinese, Japanese, Thai and their kin) give one token for each character.

docs/search.md shows the rules as a table of examples, and that table is the test.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple, cast

from services.search.analysis_compounds import Part, Token, token_of
from services.search.analysis_folding import MARK_CHARS, MAX_SURFACE_CHARS, UNSPACED_CHARS, WORD_CHARS, fold
from services.search.analysis_stemming import STOP_WORDS, is_code_word, stem

__all__ = ["MAX_SURFACE_CHARS", "STOP_WORDS", "Part", "Terms", "Token", "fold", "is_code_word", "stem", "terms_of", "tokenize"]


class Terms(NamedTuple):
    """All terms of a text, wholes and parts, as columns of equal length: what an index stores.

    ``positions`` never descend. ``width`` is how many positions the text takes in all.
    """

    surfaces: list[str]
    positions: list[int]
    starts: list[int]
    ends: list[int]
    width: int


def _pattern(first: str, word: str, alone: str = "") -> re.Pattern[str]:
    """The grammar of a token: decoration, words and what may join them, a ``++`` or ``#`` at the end; or a character that stands alone.

    ``first`` and ``word`` match one character, the first of a word and a later one. What follows a repetition never starts with what it
    repeats, so matching takes linear time on any text.
    """
    return re.compile(
        rf"""( {alone}
        (?: (?<![^\s"'`“(\[{{<=,;:|]) (?: --? | / | \.(?=[^\W\d]) ) | [@$] )?      # --dry-run, /etc/passwd, .NET; @Transactional, $HOME
        {first} {word}*
        (?: (?: (?:\+\+)? (?: :// | :: | /\. | [-./:@\#'’\u2010\u2011] ) | \+\+ | (?<=\d),(?=\d{{3}}(?!\d)) ) {first} {word}* )*
        (?: \+\+ (?!\+) | (?<!{word}{word}) (?<=[^\W\d]) \# )?                  # C++, notepad++; C#, F#
        )""",
        re.VERBOSE,
    )


# Three patterns of one grammar: most text is ASCII, and spelling out the marks of all scripts costs a fifth of the speed,
# setting characters apart another third.
_ASCII_TOKEN = _pattern(r"\w", r"\w")
_TOKEN = _pattern(r"\w", f"[{WORD_CHARS}]")
_UNSPACED = re.compile(f"[{UNSPACED_CHARS}]")
_UNSPACED_TOKEN = _pattern(
    rf"[^\W{UNSPACED_CHARS}]", rf"(?:[^\W{UNSPACED_CHARS}]|[{MARK_CHARS}])", rf"(?=\w)[{UNSPACED_CHARS}][{MARK_CHARS}]* |"
)


#: A token relative to its own start: nearly all are one plain word, written as its surface alone; none if it has no letter or digit.
_Shape = str | Token | None


class _Shapes(dict[str, _Shape]):
    """Every distinct token of the texts seen lately, analysed once. Threads may share it: a lost race only repeats work."""

    MAX_ENTRIES = 1 << 18  # more than the distinct tokens of a corpus of 50 million characters; some 60 MB when full

    def __missing__(self, raw: str) -> _Shape:
        shape = _shape_of(raw)
        if len(raw) <= MAX_SURFACE_CHARS:
            if len(self) >= self.MAX_ENTRIES:
                self.clear()
            self[raw] = shape
        return shape


_shapes = _Shapes()


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text`` in order. Offsets are characters of ``text`` as given (folding keeps them true)."""
    tokens: list[Token] = []
    for match in _pattern_for(text).finditer(text):
        start, end = match.span()
        shape = _shapes[match[0]]
        if isinstance(shape, str):
            tokens.append(Token(shape, start, end))
        elif shape:
            tokens.append(shape.shifted(start))
    return tokens


def terms_of(text: str) -> Terms:
    """The terms of ``text`` as columns: the same as ``tokenize``, wholes before their parts, at a fraction of its cost.

    Splitting gives gaps and tokens alternately, and their lengths added up are all the offsets, so a plain word costs no Python
    code of its own.
    """
    pieces = _pattern_for(text).split(text)
    bounds = list(accumulate(map(len, pieces)))
    starts, ends = bounds[0:-1:2], bounds[1::2]
    shapes = list(map(_shapes.__getitem__, pieces[1::2]))
    out = Terms([], [], [], [], 0)
    position = copied = 0
    for index, shape in enumerate(shapes):
        if type(shape) is not str:
            position = _copy_plain(out, shapes, starts, ends, copied, index, position)
            if shape:
                position = _copy_compound(out, cast("Token", shape), starts[index], position)
            copied = index + 1
    return out._replace(width=_copy_plain(out, shapes, starts, ends, copied, len(shapes), position))


def _copy_plain(
    out: Terms, shapes: list[_Shape], starts: list[int], ends: list[int], first: int, last: int, position: int
) -> int:
    """Append the plain words ``first`` to ``last`` (not included); the position after them."""
    out.surfaces.extend(cast("list[str]", shapes[first:last]))
    out.positions.extend(range(position, position + last - first))
    out.starts.extend(starts[first:last])
    out.ends.extend(ends[first:last])
    return position + last - first


def _copy_compound(out: Terms, token: Token, offset: int, position: int) -> int:
    """Append ``token``, whose ranges count from ``offset``, and its parts; the position after them."""
    for surface, start, end, within in (Part(*token[:3], 0), *token.parts):
        out.surfaces.append(surface)
        out.positions.append(position + within)
        out.starts.append(offset + start)
        out.ends.append(offset + end)
    return position + token.width


def _pattern_for(text: str) -> re.Pattern[str]:
    if text.isascii():
        return _ASCII_TOKEN
    return _UNSPACED_TOKEN if _UNSPACED.search(text) else _TOKEN


def _shape_of(raw: str) -> _Shape:
    token = token_of(raw)
    is_plain = token is not None and not token.parts and token.end == len(raw)
    return token.surface if token and is_plain else token
