"""The writing direction of a language. Pure."""

from __future__ import annotations

#: Scripts written from right to left, as language tags name them (ISO 15924), and languages that use one of them unless
#: a tag says otherwise (ISO 639).
_SCRIPTS = frozenset({"adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"})
_LANGUAGES = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})


def direction(language: str) -> str:
    """The value of ``dir`` for text in ``language``: ``rtl`` or ``ltr``."""
    return "rtl" if is_right_to_left(language) else "ltr"


def is_right_to_left(language: str) -> bool:
    """Whether text in ``language`` (a tag such as ``ar``, ``he-IL`` or ``az-Arab``) runs from right to left."""
    first, *others = language.lower().split("-")
    scripts = [part for part in others if len(part) == 4 and part.isalpha()]
    return scripts[0] in _SCRIPTS if scripts else first in _LANGUAGES
