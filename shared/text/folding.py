"""Which letters count as the same: case, diacritics, width and compatibility forms fold away. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

#: A longer surface is cut to this length, in characters: nobody types more of a word, and Base64 is not vocabulary.
MAX_SURFACE_CHARS: Final = 80

# Characters that shape a word without being read: soft hyphen, joiners, tatweel, variation selectors.
_INVISIBLE: Final = "\u00ad\u034f\u0640\u200c\u200d\u2060" + "".join(map(chr, range(0xFE00, 0xFE10)))
_HYPHENS: Final = "\u2010\u2011"
_APOSTROPHES: Final = "'\u2019"
# Below this canonical combining class a mark is part of its letter (nukta, kana voicing, virama), not a diacritic.
_FIRST_DIACRITIC_CLASS: Final = 10

_FOLDS: Final = str.maketrans(dict.fromkeys(_INVISIBLE + _APOSTROPHES, "") | dict.fromkeys(_HYPHENS, "-"))


# Most queries are ASCII: the marks of all scripts, and the patterns made of them, are built when they are first needed.
# Together they took longer than loading all the rest of the engine.
@cache
def mark_chars() -> str:
    """Combining marks of the basic plane, and joiners, as the inside of a regular expression class. ``\\w`` leaves them
    out."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code)).startswith("M"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges) + "\u00ad\u200c\u200d\u2060"


def word_chars(*, is_ascii: bool) -> str:
    """What may follow the first character of a word, as the inside of a regular expression class for a text that is
    ASCII or not."""
    return r"\w" if is_ascii else r"\w" + mark_chars()


#: Letters of scripts written without spaces (Thai, Lao, Burmese, Khmer, kana, Han), as the inside of such a class.
UNSPACED_CHARS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003fffd"
)
_UNSPACED: Final = re.compile(f"[{UNSPACED_CHARS}]")


def fold(text: str) -> str:
    """``text`` with what does not tell words apart removed: NFKD without diacritics, case folded (ß as ss), recomposed.

    Apostrophes and invisible characters go, hyphens become ``-``. Idempotent. The length may change, so fold tokens,
    never a text whose offsets matter. (Unicode Standard Annex 15; The Unicode Standard 5.18 on case.)
    """
    if text.isascii():
        return text.lower().replace("'", "")
    decomposed = "".join(map(_decomposed, text.translate(_FOLDS)))
    return unicodedata.normalize("NFC", decomposed.casefold()).translate(_FOLDS)


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
