"""British spellings as American ones, so that both have one stem: by a list, and by rules for -ise and for prefixes.

Irregular plurals (indices, criteria) are in the list too: the stemmer removes regular endings alone.

Words that only look like a pair are kept apart: cheque and check, storey and story, advise and advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

# Other endings are in the list. New words with -ise keep appearing (containerise), so that is a rule.
_ISE: Final = re.compile(r"(.{3,}i)s(e|ed|es|er|ers|ing|able|ation|ations|ational)\Z")
_IZE: Final = re.compile(r"(.{3,}i)z(e|ed|es|er|ers|ing|able|ation|ations|ational)\Z")
# A prefix of a word of the list: unlabelled, recoloured, misjudgement.
_PREFIX: Final = re.compile(r"(de|dis|inter|mis|multi|non|over|pre|re|sub|un|under)(?=.{6})")


class _Spellings(NamedTuple):
    """``american`` maps British words; ``kept`` are the beginnings of words that end in -ise in America too.

    ``british`` maps American words to British ones.
    """

    american: dict[str, str]
    kept: frozenset[str]
    british: dict[str, tuple[str, ...]]


@cache
def _spellings() -> _Spellings:
    lines = files(__package__).joinpath("spellings.txt").read_text(encoding="ascii").split("\n")
    pairs = [line.split(" ") for line in lines if line]
    british: dict[str, tuple[str, ...]] = {}
    for word, american in pairs:
        if american != "-":
            british[american] = (*british.get(american, ()), word)
    return _Spellings(
        {word: american for word, american in pairs if american != "-"},
        frozenset(word for word, american in pairs if american == "-"),
        british,
    )


def pairs() -> Iterable[tuple[str, str]]:
    """British words of the list with their American spellings."""
    return _spellings().american.items()


def american(word: str) -> str:
    """The American spelling of ``word`` (lower case, ASCII letters), or ``word`` itself if it has no other."""
    known = _spellings()
    found = known.american.get(word)
    if found is not None:
        return found
    prefix = _PREFIX.match(word)
    if prefix is not None and (found := known.american.get(word[prefix.end() :])) is not None:
        return prefix[0] + found
    match = _ISE.match(word) if "is" in word else None
    if match is None or match[1] in known.kept:
        return word
    return f"{match[1]}z{match[2]}"


def has_two_spellings(word: str) -> bool:
    """Whether ``word`` (lower case, ASCII letters) has one spelling in America and another in Britain."""
    return bool(other_spellings(word))


def other_spellings(word: str) -> tuple[str, ...]:
    """The American spelling of ``word`` (lower case, ASCII letters), or of an American word its British ones."""
    other = american(word)
    if other != word:
        return (other,)
    known = _spellings()
    prefix = _PREFIX.match(word)
    found = known.british.get(word, ())
    if not found and prefix is not None:
        found = tuple(prefix[0] + british for british in known.british.get(word[prefix.end() :], ()))
    match = None if found else _IZE.match(word)
    return found if match is None or match[1] in known.kept else (f"{match[1]}s{match[2]}",)
