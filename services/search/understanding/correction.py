"""Spelling correction: the likeliest words of the site for a word that it does not have, and how sure they are. Pure.

A listed word that the site has in another form is one of the site: *limiting* where it writes *limits*.

A word that exists in English or in technical vocabulary is not a typo, even if the site does not have it
(``text.words.known``). For a word that does not exist, the likeliest similar word is searched instead only if it is
much likelier than all others; otherwise it is offered. The figures are in docs/search.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.search.text.stemming import STOP_WORDS, stem
from services.search.understanding.vocabulary import Neighbour

#: Log-likelihoods: the factor of the logarithm of a word's weight, and the terms that each kind of edit and of evidence
#: adds. Fitted on one half of typos drawn from three sites; docs/search.md reports the other half.
_COMMONNESS: Final = 0.2
_LETTER_TOO_MANY: Final = -0.8
_LETTER_TOO_FEW: Final = 3.3
_CHANGED_PLACES: Final = 2.2
_TWO_EDITS: Final = -4.5
_STOP_WORD: Final = -1.6
_IN_TITLE: Final = 1.5
_LONELY: Final = -1.6
_OTHER_FORM: Final = -3.0
_TOGETHER: Final = 1.1
_BESIDE: Final = 2.4
_BESIDE_EACH: Final = 1.5
#: From this rank on, hardly another form of a word of the site is likelier: to look for one costs 0.1 ms.
_CLEAR: Final = 1.0
#: The least share of the total likelihood with which the best candidate is searched instead of the word.
_SURE: Final = 0.9
#: Letters of a word that may be replaced: from the first number on, after any edit; from the second on, unless a letter
#: was added at its end or beginning; with the third, if letters changed places or a title has the correction.
_LONG: Final = 8
_MIDDLE: Final = 5
_SHORT: Final = 4
#: Shorter words keep their first letter: kong is not long. In one that does not exist it may be wrong from the second
#: on, and the word is only offered.
_FIRST_LETTER_FROM: Final = 6
_FIRST_LETTER_OFFERED_FROM: Final = 5
#: For a shorter word that exists (tar, dig) nothing is offered: many words are like it by chance.
_OFFERED_FROM: Final = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word of the site that may be meant, or another form of one.

    ``is_together``: an article has it and all other known words; ``beside``: how many articles have it next to the same
    word as in the query.
    """

    neighbour: Neighbour
    is_together: bool = False
    beside: int = 0


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of a word, likeliest first. If ``is_sure``, the first is searched instead of the word."""

    surfaces: tuple[str, ...]
    is_sure: bool


def corrections_of(word: str, candidates: Sequence[Candidate], *, is_known: bool) -> Corrections:
    """The corrections of ``word`` among ``candidates``. A word that ``is_known`` to exist is never replaced."""
    if is_known and (len(word) < _OFFERED_FROM or all(one.neighbour.edits > 1 for one in candidates)):
        return Corrections((), is_sure=False)
    least = _FIRST_LETTER_FROM if is_known else _FIRST_LETTER_OFFERED_FROM
    usable = [one for one in candidates if _is_offered(word, one.neighbour.surface, least)]
    if not usable:
        return Corrections((), is_sure=False)
    ranks = {one.neighbour.surface: _rank(word, one) for one in usable}
    usable.sort(key=lambda one: (-ranks[one.neighbour.surface], one.neighbour.surface))
    best = usable[0]
    if _is_stop_word(word, candidates, ranks[best.neighbour.surface]):
        return Corrections((), is_sure=False)
    is_sure = (
        not is_known
        and best.neighbour.edits == 1
        and _is_offered(word, best.neighbour.surface, _FIRST_LETTER_FROM)
        and _likelihood(best.neighbour.surface, ranks) >= _SURE
        and _is_recognisable(word, best)
    )
    return Corrections(tuple(one.neighbour.surface for one in usable), is_sure)


def may_be_form(word: str, neighbours: Iterable[Neighbour]) -> bool:
    """Whether ``word``, which does not exist, may be a typo of another form of a word of the site.

    ``neighbours`` are the words of the site near it.
    """
    return len(word) >= _MIDDLE and all(_rank(word, Candidate(one)) < _CLEAR for one in neighbours)


def _is_stop_word(word: str, candidates: Sequence[Candidate], least: float) -> bool:
    """Whether ``word`` is likelier a slip of a stop word (teh, wich) than of the best other word, ranked ``least``.

    Stop words are not corrected, and no other word is offered in the place of one.
    """
    stops = (one for one in candidates if one.neighbour.surface in STOP_WORDS and one.neighbour.edits == 1)
    return any(_rank(word, one) >= least for one in stops)


def _is_offered(word: str, surface: str, least: int) -> bool:
    """Whether ``surface`` is a possible correction of ``word``, whose first letter stays below ``least`` letters."""
    is_likely = (
        surface[0] == word[0]
        or len(word) >= least
        or _is_exchange(word, surface)
        or surface[1:] == word  # the first letter is missing
    )
    return surface not in STOP_WORDS and is_likely


def _rank(word: str, candidate: Candidate) -> float:
    """The logarithm of how likely ``candidate`` is meant, but for a constant."""
    neighbour = candidate.neighbour
    surface = neighbour.surface
    rank = _COMMONNESS * math.log(neighbour.weight + 0.1)
    if neighbour.edits > 1:
        rank += _TWO_EDITS
    elif len(word) > len(surface):
        rank += _LETTER_TOO_MANY
    elif len(word) < len(surface):
        rank += _LETTER_TOO_FEW
    elif _is_exchange(word, surface):
        rank += _CHANGED_PLACES
    rank += _STOP_WORD * (surface in STOP_WORDS) + _IN_TITLE * neighbour.is_in_title + _LONELY * neighbour.is_lonely
    rank += _OTHER_FORM * neighbour.is_form + _TOGETHER * candidate.is_together
    if candidate.beside:
        rank += _BESIDE + _BESIDE_EACH * math.log1p(candidate.beside)
    return rank


def _likelihood(best: str, ranks: dict[str, float]) -> float:
    """The share of likelihood of ``best`` and the other forms of it."""
    highest = max(ranks.values())
    shares = {surface: math.exp(rank - highest) for surface, rank in ranks.items()}
    own = stem(best)
    return sum(share for surface, share in shares.items() if stem(surface) == own) / sum(shares.values())


def _is_recognisable(word: str, best: Candidate) -> bool:
    """Whether ``word`` is similar enough to the best candidate to be replaced by it."""
    surface = best.neighbour.surface
    if best.beside or len(word) >= _LONG:
        return True
    has_more = len(word) > len(surface) and (word.startswith(surface) or word.endswith(surface))
    if len(word) >= _MIDDLE:
        return not has_more
    return len(word) == _SHORT and (_is_exchange(word, surface) or (best.neighbour.is_in_title and not has_more))


def _is_exchange(word: str, surface: str) -> bool:
    return len(word) == len(surface) and word != surface and sorted(word) == sorted(surface)
