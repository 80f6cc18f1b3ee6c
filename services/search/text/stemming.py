"""The stems and stop words of English prose, by Snowball.

Pure; does not depend on tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import Final, cast

import Stemmer

from services.search.text.words.spellings import american, other_spellings

_STOP_WORDS = """
a about across also am an and any are arent as at be been between but by can cant could couldnt did didnt do does
doesnt dont for from had hadnt has hasnt have havent he her his how hows i if im in instead into is isnt it its ive
just many may me might much must mustnt my no not of on only or our she should shouldnt so some such than that thats
the their them then there theres these they theyll theyre theyve this those to too versus very vs was wasnt we were
werent weve what whats when where wheres which who whos why will with without wont would wouldnt you youll your youre
youve
"""
#: Words that nearly every text has. They are indexed and ranked like any other; articles may lack them.
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())

_MIN_STEMMED_CHARS = 3
_VOWELS = frozenset("aeiouy")
# CPUs, GPUs: Snowball keeps -us. The four in _NO_PLURALS are not plurals.
_PLURAL_OF_U = re.compile(r"[^\Waeiouy\d_]{2}us")
_NO_PLURALS = frozenset({"plus", "thus", "crus", "gnus"})
# A stemmer keeps its word in a buffer, so threads must take turns; the cache answers nearly all calls.
_lock = Lock()


@lru_cache(maxsize=1 << 14)  # the words of many queries; 2 MB when full
def stem(surface: str) -> str:
    """The stem of a folded prose word (Snowball English, of the American spelling).

    Other scripts, and words with digits or symbols, stay as they are.
    """
    return stems([surface])[0]


def stems(surfaces: Sequence[str]) -> list[str]:
    """The stem of each surface, in one call of the stemmer."""
    found = [_plain_stem(surface) for surface in surfaces]
    asked = [number for number, known in enumerate(found) if known is None]
    with _lock:
        answers = _stemmer("english").stemWords([american(surfaces[number]) for number in asked])
    for number, answer in zip(asked, answers, strict=True):
        found[number] = answer
    return cast("list[str]", found)


def snowball(algorithm: str, word: str) -> str:
    """The stem of ``word`` (lower case) by the Snowball stemmer of that name."""
    with _lock:
        return cast("str", _stemmer(algorithm).stemWord(word))


@cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm, 0)


def _plain_stem(surface: str) -> str | None:
    """The stem of a surface that Snowball gets wrong; None for any other."""
    if len(surface) < _MIN_STEMMED_CHARS or not surface.isascii() or not surface.isalpha():
        return surface
    if len(surface) > _MIN_STEMMED_CHARS and surface[-1] == "s" and _VOWELS.isdisjoint(surface):
        return surface[:-1]  # DLQs, PVCs: Snowball recognises a plural only after a vowel
    if _PLURAL_OF_U.fullmatch(surface) and surface not in _NO_PLURALS:
        return surface[:-1]
    return None


def number_forms(surface: str) -> tuple[str, ...]:
    """The spelling of the singular or plural of ``surface`` (folded, a word of prose)."""
    if surface.endswith("ies"):
        return (f"{surface[:-3]}y", surface[:-1])
    if surface.endswith("es"):
        return (surface[:-1], surface[:-2])
    if surface.endswith("s"):
        return (surface[:-1], f"{surface}es")
    if surface.endswith("y"):
        return (f"{surface[:-1]}ies", f"{surface}s")
    return (f"{surface}s", f"{surface}es")


def forms_in_code(surface: str) -> tuple[str, ...]:
    """The forms of ``surface`` (folded, a word of prose) that name the same thing in code: singular, plural, spelling.

    A ``serialiser`` is a Serializer, although other inflections are not looked for in code.
    """
    others = other_spellings(surface) if surface.isascii() and surface.isalpha() else ()
    return (*number_forms(surface), *others, *(form for other in others for form in number_forms(other)))


def is_code_word(surface: str) -> bool:
    """Whether a surface looks like an identifier (digits, symbols) and must not be stemmed."""
    return surface.isascii() and not surface.isalpha()
