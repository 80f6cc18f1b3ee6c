"""The term of a word in the index: its surface, and in a language other than English its stem too.

A word of English, of code or of a script without stems is indexed as its surface, and the index maps it to its stem. A
word of any other language is ``surface SEPARATOR code SEPARATOR stem``, so the same letters in two languages are two
terms: *die* of a German article is not a form of *dies* in an English one. The part after the surface is the *key* of
its forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from services.search.text.languages import Language, by_code, stem_in
from services.search.text.stemming import STOP_WORDS, is_code_word, stem

#: Between the surface of a term, the code of its language, and its stem. It sorts before every letter.
SEPARATOR: Final = "\x1f"


def term_of(surface: str, written: str, language: Language | None) -> str:
    """The term of the word ``written`` (folded: ``surface``) in a text of ``language``."""
    if language is None or is_code_word(surface) or not language.covers(surface):
        return surface
    return f"{surface}{key_in(language, written)}"


def key_in(language: Language, written: str) -> str:
    """The key that all forms of the word ``written`` have in ``language``."""
    return f"{SEPARATOR}{language.code}{SEPARATOR}{stem_in(language, written)}"


@lru_cache(maxsize=1 << 12)
def keys_of(codes: tuple[str, ...], surface: str, written: str = "") -> tuple[str, ...]:
    """The keys that a word of a query may have in the languages ``codes``: as typed, and without its accents."""
    found: dict[str, None] = {}
    for language in map(by_code, codes):
        if language.covers(surface):
            found[key_in(language, written or surface)] = None
            found[key_in(language, surface)] = None
    return tuple(found)


def surface_in(term: str) -> str:
    """The surface of a term."""
    return term.partition(SEPARATOR)[0] if SEPARATOR in term else term


def key_in_term(term: str) -> str:
    """The key of a term; "" if it has none."""
    at = term.find(SEPARATOR)
    return "" if at < 0 else term[at:]


def is_form(term: str, root: str | None, surface: str, written: str) -> bool:
    """Whether a term is a form of the word ``surface`` of a query.

    ``root`` is its English stem; None to match no other form.
    """
    if root is None:
        return False
    if SEPARATOR not in term:
        return stem(term) == root
    _, code, _ = term.split(SEPARATOR, 2)
    return key_in_term(term) in keys_of((code,), surface, written)


def is_stop_word(term: str) -> bool:
    """Whether a term is a stop word of its language."""
    if SEPARATOR not in term:
        return term in STOP_WORDS
    surface, code, _ = term.split(SEPARATOR, 2)
    return surface in stop_words_of(code)


def stop_words_of(code: str | None) -> frozenset[str]:
    """The stop words of a language by its code; None is English."""
    return STOP_WORDS if code is None else by_code(code).stop_words


def other_keys(key: str, surfaces: Sequence[str]) -> list[str]:
    """Further keys of the words with ``key``, by their surfaces, for readers who type no accents."""
    language = by_code(key.split(SEPARATOR)[1])
    return sorted({key_in(language, surface) for surface in surfaces} - {key})
