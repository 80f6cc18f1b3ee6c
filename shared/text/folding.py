"""Fold text for comparison: case, diacritics, width and compatibility forms. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

#: The longest surface in characters; more is cut: nobody types more of a word, and Base64 is not vocabulary.
MAX_SURFACE_CHARS: Final = 80

#: Format characters without a glyph, inside a word or pasted along with it: soft hyphen, joiners, zero-width space,
#: byte order mark, direction marks, invisible operators.
FORMAT_CHARS: Final = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
#: Apostrophes, as keyboards, phones and word processors write them.
APOSTROPHES: Final = "'\u2019\u2018\u00b4\uff07\u02bc"

#: Spaces that group the digits of a number: no-break, thin, and narrow no-break.
NUMBER_SPACES: Final = "\u00a0\u2009\u202f"

# Characters that affect a word only visually: format characters, tatweel, variation selectors.
_INVISIBLE: Final = FORMAT_CHARS + "\u034f\u0640" + "".join(map(chr, range(0xFE00, 0xFE10)))
_HYPHENS: Final = "\u2010\u2011"
# Voicing marks of half-width katakana: letters in Unicode, but part of the letter before them to readers.
_HALF_WIDTH_MARKS: Final = {"\uff9e": "\u3099", "\uff9f": "\u309a"}
# Blocks with Latin letters: Latin-1 to IPA, Latin Extended C and D.
_LATIN_BLOCKS: Final = ((0xC0, 0x2B0), (0x2C60, 0x2C80), (0xA720, 0xA800))
_WITH_A_SIGN: Final = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH ")
# Letters that Unicode does not decompose, and whose names do not give their ASCII spelling.
_AS_WRITTEN: Final = {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "\u0131": "i", "ŋ": "n", "ĸ": "q", "ß": "ss", "ƿ": "w"}
# Below this canonical combining class a mark is part of its letter (nukta, kana voicing, virama), not a diacritic.
_FIRST_DIACRITIC_CLASS: Final = 10


# Most queries are ASCII, so the marks of all scripts, and the patterns and tables made of them, are built on first use.
# Together they take longer than loading the rest of the engine.
@cache
def _folds() -> dict[int, str]:
    """Return the translation table applied before and after decomposition."""
    folds = dict.fromkeys(_INVISIBLE + APOSTROPHES, "") | dict.fromkeys(_HYPHENS, "-") | _HALF_WIDTH_MARKS | _letters()
    return str.maketrans(folds)


def _letters() -> dict[str, str]:
    """Map Latin letters without a canonical decomposition (ø, ł, đ, æ, þ) to what people type for them."""
    found = _AS_WRITTEN | {small.upper(): plain for small, plain in _AS_WRITTEN.items() if len(small.upper()) == 1}
    for first, end in _LATIN_BLOCKS:
        for char in map(chr, range(first, end)):
            match = None if unicodedata.decomposition(char) else _WITH_A_SIGN.match(unicodedata.name(char, ""))
            if match:
                found.setdefault(char, match[1].lower())
    return found


@cache
def mark_chars() -> str:
    r"""Return the combining marks and format characters that ``\w`` omits, as the inside of a regex character class."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code)).startswith("M"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return (
        "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges) + FORMAT_CHARS + "".join(_HALF_WIDTH_MARKS)
    )


def word_chars(*, is_ascii: bool) -> str:
    """Return the characters that may continue a word, as the inside of a regex character class."""
    return r"\w" if is_ascii else r"\w" + mark_chars()


#: Letters of scripts whose words are found by pairs of characters, as the inside of such a class: those written without
#: spaces (Thai, Lao, Burmese, Khmer, kana, Han), and Hangul, where endings are written on to words.
UNSPACED_CHARS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"
)
#: A syllable of Hangul that is stored as its letters, as some systems do.
HANGUL_LETTERS: Final = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"
_UNSPACED: Final = re.compile(f"[{UNSPACED_CHARS}]")


def fold(text: str) -> str:
    """``text`` reduced to what separates words: NFKD without diacritics, case folded (ß as ss), recomposed.

    Latin letters without a decomposition become what people type for them (ø as o, æ as ae). Apostrophes and invisible
    characters are dropped, hyphens become ``-``. Idempotent. The length may change, so fold tokens, never a text whose
    offsets matter. (Unicode Standard Annex 15; The Unicode Standard 5.18 on case.)
    """
    if text.isascii():
        return text.lower().replace("'", "")
    decomposed = "".join(map(_decomposed, text.translate(_folds())))
    return unicodedata.normalize("NFC", decomposed.casefold()).translate(_folds())


def without_invisible(text: str) -> str:
    """``text`` without apostrophes and invisible characters."""
    return text if text.isalpha() else text.translate(_invisible())


@cache
def _invisible() -> dict[int, None]:
    return dict.fromkeys(map(ord, _INVISIBLE + APOSTROPHES))


def surface_of(text: str) -> str:
    """``text`` folded and cut to the length of a surface."""
    return fold(text[: 2 * MAX_SURFACE_CHARS])[:MAX_SURFACE_CHARS]


def _decomposed(char: str) -> str:
    """The letters of ``char`` without diacritics; ``char`` itself if they are not one word (½ holds a slash)."""
    decomposed = unicodedata.normalize("NFKD", char)
    letters = "".join(c for c in decomposed if unicodedata.combining(c) < _FIRST_DIACRITIC_CLASS)
    is_word = all(c.isalnum() or unicodedata.category(c).startswith("M") for c in letters)
    is_word &= letters[:1].isalnum() == char.isalnum() and not (len(letters) > 1 and _UNSPACED.match(letters))
    return letters if is_word else char
