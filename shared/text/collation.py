"""The order of names in a list, as readers of a language expect it. Pure."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Final

from shared.text.folding import fold

#: Letters with a place of their own in an alphabet, each after all words with the plain letter (CLDR): a Turkish i
#: after the dotless one, which folds to it. Other languages of the interface have none.
_AFTER: Final = {"es": {"ñ": "n"}, "tr": {"ç": "c", "ğ": "g", "i": "i", "ö": "o", "ş": "s", "ü": "u"}}
#: The small letters of capitals that other languages write otherwise.
_SMALL: Final = {"tr": {"I": "\u0131", "İ": "i"}}
#: Above every letter.
_LAST: Final = "\uffff"


@lru_cache(maxsize=1 << 12)
def collation_key(name: str, language: str) -> tuple[str, str]:
    """What sorts ``name`` in a list of names in ``language`` (BCP 47): without case and diacritics, then as written."""
    return fold(unicodedata.normalize("NFC", name).translate(_places(language.partition("-")[0]))), name


@cache
def _places(language: str) -> dict[int, str]:
    small = _SMALL.get(language, {})
    after = {letter: plain + _LAST for letter, plain in _AFTER.get(language, {}).items()}
    capitals = {letter.upper(): place for letter, place in after.items() if letter.upper() not in small}
    return str.maketrans(after | capitals | {letter: after.get(own, own) for letter, own in small.items()})
