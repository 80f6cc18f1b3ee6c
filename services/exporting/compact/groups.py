"""Words → stem groups: the words of prose with one stem, or one word of code. Pure.

A browser has no stemmer. It finds the group of a typed word by the words of the group, and by inflections of these that
no article has: made with endings of English, and kept if the stemmer agrees and the word exists. The groups of other
languages have only the forms in articles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from services.search.text.stemming import is_code_word, stems
from services.search.text.terms import key_in_term
from services.search.text.words.known import KnownWords
from services.search.text.words.spellings import american, pairs

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
    "ation",
    "ations",
    "ize",
    "izes",
    "ized",
    "izing",
    "ization",
)
#: The endings that the stemmer removes as one (steps 2 to 4 of Porter2), as they stand after a stem.
_SUFFIXES = (
    *("able", "ability", "ably", "al", "ality", "ally", "ance", "ancy", "ant", "ate", "ative", "ator", "ational"),
    *("ed", "ely", "ence", "ency", "ent", "ently", "ful", "fully", "fulness", "ible", "ibility", "ibly", "ic", "ical"),
    *("ically", "icate", "icity", "ing", "ism", "ity", "ive", "ively", "iveness", "ivity", "izer", "ness", "ous"),
    *("ously", "y"),
)
#: The suffixes with the endings of their forms.
_DERIVED = (
    *_SUFFIXES,
    *(f"{one}s" for one in _SUFFIXES),
    *(f"{one}ly" for one in ("ed", "ing", "ate")),
    *(f"{one[:-1]}ies" for one in _SUFFIXES if one[-1] == "y"),
    *(f"{one[:-1]}{ending}" for one in ("ate", "icate") for ending in ("ed", "ing")),
)
_VOWELS = frozenset("aeiou")
#: American and British spellings.
_SPELLINGS = (("iz", "is"), ("yz", "ys"), ("or", "our"), ("ense", "ence"), ("og", "ogue"), ("el", "ell"), ("er", "re"))
_MAX_ACRONYM = 5
#: Shorter words take too many endings that make other words.
_MIN_CHARS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """The terms of one stem in one language, sorted, and further ``inflections`` that no article has.

    ``stem`` is that of words of English prose, and empty for others.
    """

    terms: tuple[str, ...]
    is_code: bool
    stem: str = ""
    inflections: tuple[str, ...] = ()


def stem_groups(terms: Collection[str], known: KnownWords) -> list[Group]:
    """The groups of all ``terms``, in the order of their first ones."""
    ordered = sorted(terms)
    english = [term for term in ordered if not key_in_term(term)]
    of: dict[tuple[str, bool, str], list[str]] = {}
    for term, stem in zip(english, stems(english), strict=True):
        of.setdefault((stem, is_code_word(term), ""), []).append(term)
    for term in ordered:
        if key := key_in_term(term):
            of.setdefault(("", False, key), []).append(term)
    words_of = {stem: words for (stem, is_code, _), words in of.items() if stem and not is_code}
    more = _inflections(words_of, set(terms), known)
    groups = [
        Group(tuple(words), is_code, "" if is_code else stem, () if is_code else more.get(stem, ()))
        for (stem, is_code, _), words in of.items()
    ]
    return sorted(groups, key=lambda group: group.terms)


def _inflections(
    words_of: Mapping[str, Sequence[str]], have: Collection[str], known: KnownWords
) -> Mapping[str, tuple[str, ...]]:
    """For each stem, existing words with it that no article has."""
    made: dict[str, None] = {}
    for stem, words in words_of.items():
        if stem.isascii() and stem.isalpha():
            forms = chain(*map(_forms, {stem, *words}), _derived(stem))
            made.update(dict.fromkeys(form for one in forms for form in _british(one) if form not in have))
    made.update(dict.fromkeys(form for pair in pairs() for form in pair if form not in have))
    found: dict[str, list[str]] = {}
    # The stemmer first: it is much faster than looking words up, and rejects nearly all.
    for form, stem in zip(made, stems(list(made)), strict=True):
        if stem in words_of and _exists(form, have, known):
            found.setdefault(stem, []).append(form)
    return {stem: tuple(sorted(forms)) for stem, forms in found.items()}


def _forms(base: str) -> Iterator[str]:
    """``base`` with each ending, in the spelling of English."""
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


def _derived(stem: str) -> Iterator[str]:
    """``stem`` with each ending that the stemmer removes: *possibl* is the stem of *possible* and of *possibility*."""
    yield from (stem + ending for ending in _DERIVED)
    if stem.endswith("bl"):
        yield from (f"{stem[:-1]}ility", f"{stem[:-1]}ilities")


def _british(form: str) -> Iterator[str]:
    """``form`` and its other spellings in English."""
    yield form
    for here, there in _SPELLINGS:
        if here in form:
            yield form.replace(here, there)


def _exists(form: str, have: Collection[str], known: KnownWords) -> bool:
    """Whether ``form`` is a word, in either spelling, or the plural of an acronym of the site: SLAs, DLQs."""
    if known.is_listed(form) or known.is_listed(spelt := american(form)) or spelt in have:
        return True
    return form[-1] == "s" and len(form) <= _MAX_ACRONYM + 1 and form[:-1] in have
