"""Words → stem groups: the words of prose that are one word to a reader, or one word of code. Pure.

A browser has no stemmer. It finds the group of what is typed by the words that the group has, and by the inflections of
these that no article has: made with endings of English, kept where the stemmer agrees and the word exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.search.text.tokens import is_code_word, stems
from services.search.text.words.known import KnownWords
from services.search.text.words.spellings import american

_ENDINGS = (
    "s",
    "es",
    "ed",
    "d",
    "ing",
    "er",
    "ers",
    "r",
    "rs",
    "ly",
    "ion",
    "ions",
    "or",
    "ors",
    "al",
    "able",
    "ment",
    "ments",
)
_VOWELS = frozenset("aeiou")
#: American and British spellings.
_SPELLINGS = (("iz", "is"), ("yz", "ys"), ("or", "our"), ("ense", "ence"), ("og", "ogue"), ("el", "ell"), ("er", "re"))
_MAX_ACRONYM = 5
#: Shorter words take too many endings that make other words of them.
_MIN_CHARS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """The words of one stem, sorted, and other ``inflections`` of them that no article has."""

    words: tuple[str, ...]
    is_code: bool
    inflections: tuple[str, ...] = ()


def stem_groups(surfaces: Collection[str], known: KnownWords) -> list[Group]:
    """The groups of all ``surfaces``, in the order of their first words."""
    ordered = sorted(surfaces)
    of: dict[tuple[str, bool], list[str]] = {}
    for surface, stem in zip(ordered, stems(ordered), strict=True):
        of.setdefault((stem, is_code_word(surface)), []).append(surface)
    more = _inflections({stem: words for (stem, is_code), words in of.items() if not is_code}, set(surfaces), known)
    groups = [
        Group(tuple(words), is_code, () if is_code else more.get(stem, ())) for (stem, is_code), words in of.items()
    ]
    return sorted(groups, key=lambda group: group.words)


def _inflections(
    words_of: Mapping[str, Sequence[str]], have: Collection[str], known: KnownWords
) -> Mapping[str, tuple[str, ...]]:
    """For each stem the words with it that exist and that no article has."""
    made: dict[str, None] = {}
    for stem, words in words_of.items():
        if stem.isascii() and stem.isalpha():
            for base in {stem, *words}:
                made.update(dict.fromkeys(form for one in _forms(base) for form in _british(one) if form not in have))
    forms = [form for form in made if _exists(form, have, known)]
    found: dict[str, list[str]] = {}
    for form, stem in zip(forms, stems(forms), strict=True):
        if stem in words_of:
            found.setdefault(stem, []).append(form)
    return {stem: tuple(sorted(forms)) for stem, forms in found.items()}


def _forms(base: str) -> Iterator[str]:
    """``base`` with each ending, as English spells it."""
    if len(base) < _MIN_CHARS:
        return
    yield base
    stripped = [base]
    if base[-1] == "e":
        stripped.append(base[:-1])
    elif base[-1] in "yi":
        yield f"{base[:-1]}y"
        yield from (f"{base[:-1]}i{ending}" for ending in ("es", "ed", "er", "ers"))
    elif base[-1] not in _VOWELS and base[-2] in _VOWELS:
        stripped.append(base + base[-1])
    yield f"{base}e"
    for one in stripped:
        yield from (one + ending for ending in _ENDINGS)


def _british(form: str) -> Iterator[str]:
    """``form`` and the other spellings of it that English has."""
    yield form
    for here, there in _SPELLINGS:
        if here in form:
            yield form.replace(here, there)


def _exists(form: str, have: Collection[str], known: KnownWords) -> bool:
    """Whether ``form`` is a word, in either spelling, or the plural of an acronym of the site: SLAs, DLQs."""
    if known.is_listed(form) or known.is_listed(spelt := american(form)) or spelt in have:
        return True
    return form[-1] == "s" and len(form) <= _MAX_ACRONYM + 1 and form[:-1] in have
