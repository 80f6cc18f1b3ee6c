"""Documents in order: BM25F per group, all groups or as many as there are, then bonuses where they can change the page.

    score = (Σ groups  repeats · idf · f · (k1 + 1) / (k1 + f)) · coverage · recency · (1 + bonuses) + exact

``f`` is the frequency of ``matching``; ``coverage`` is below 1 where words of the query are missing. A bonus is a
share of the score: words close together, all words in the title,
all words in one heading. ``exact``
puts an article first whose title, heading or tag is the query. Only documents that a bonus could lift onto the page
are looked at closely: a
document outside that window cannot reach it, so the page is the same as if all had been.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.search.whoosh_engine.evidence import Evidence, gather
from services.search.whoosh_engine.generation import F64, I64, Generation
from services.search.whoosh_engine.matching import GroupMatch
from services.search.whoosh_engine.pack import EXACT_HEADING, EXACT_TAG, EXACT_TITLE

#: Saturation: how fast more of the same word stops to count.
K1 = 1.4
#: How fast typing a word again stops to count: twice is 4/3, three times 3/2 (k3 of BM25).
K3 = 1.0
#: Damps rarity a little: very rare words are often chance. With K1, K3 and the coverage below measured on Cranfield,
#: MED
#: and NPL together (docs/search.md); the optimum is flat.
IDF_EXPONENT = 0.9
#: The share of a score that depends on how much of the query, by rarity, the article has at all.
COVERAGE_SHARE = 0.3
#: At most, as shares of the score: words next to each other and in order; words in the title; all words in one heading.
CLOSENESS_SHARE = 0.30
#: The same for questions, where neighbouring words seldom are one thing.
QUESTION_CLOSENESS_SHARE = 0.10
#: A query with more words than this is a question.
QUESTION_WORDS = 5
TITLE_SHARE = 0.20
HEADING_SHARE = 0.10
MAX_BONUS_SHARE = CLOSENESS_SHARE + TITLE_SHARE + HEADING_SHARE
#: In multiples of the best score of the query: what lifts an exact match above everything that is not one.
EXACT_MULTIPLES = {EXACT_TITLE: 2.0, EXACT_HEADING: 1.0, EXACT_TAG: 1.0}

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scored:
    """One document of the page with its score and what made it."""

    document: int
    base: float
    closeness: float
    title: float
    heading: float
    exact: float

    @property
    def score(self) -> float:
        """The whole score."""
        return self.base * (1.0 + self.closeness + self.title + self.heading) + self.exact


def idf(generation: Generation, df: int) -> float:
    """How rare: ln(1 + (N - df + ½) / (df + ½)), damped, never negative."""
    return float(np.log1p((generation.live_documents - df + 0.5) / (df + 0.5)) ** IDF_EXPONENT)


def repeats(count: int) -> float:
    """What a word counts that was typed ``count`` times."""
    return (K3 + 1.0) * count / (K3 + count)


def group_scores(generation: Generation, match: GroupMatch) -> F64:
    """What a group gives each document."""
    f = match.frequencies
    return (repeats(match.group.count) * idf(generation, match.df) * (K1 + 1.0)) * (f / (K1 + f))


def coverage(generation: Generation, matches: list[GroupMatch]) -> F64 | float:
    """1 for documents that have all groups, less by rarity for each that is missing (one the index does not have
    counts as the rarest).
    """
    if len(matches) < 2:
        return 1.0
    rarity = [idf(generation, match.df) for match in matches]
    has: F64 = np.zeros(generation.documents)
    for match, weight in zip(matches, rarity, strict=True):
        has += weight * (match.frequencies > 0.0)
    return (1.0 - COVERAGE_SHARE) + (COVERAGE_SHARE / sum(rarity)) * has


def base_scores(generation: Generation, matches: list[GroupMatch]) -> F64:
    """The score of every document before bonuses."""
    total = np.zeros(generation.documents)
    for match in matches:
        if match.df:
            total += group_scores(generation, match)
    total *= coverage(generation, matches)
    total *= generation.prior
    return total


def rank(
    generation: Generation,
    matches: list[GroupMatch],
    base: F64,
    eligible: Bools,
    *,
    exact: list[tuple[int, int]],
    wanted: int,
) -> list[Scored]:
    """The best ``wanted`` of the eligible documents, best first; ties newest first, then by slug."""
    candidates = np.flatnonzero(eligible)
    if not len(candidates):
        return []
    scores = base[candidates]
    best = float(scores.max())
    share = MAX_BONUS_SHARE if len(matches) > 1 else 0.0
    if len(candidates) > wanted:
        threshold = np.partition(scores, len(scores) - wanted)[len(scores) - wanted] / (1.0 + share)
        inside = scores >= threshold
        lifted = {document for document, _ in exact}
        if lifted:
            inside |= np.isin(candidates, np.fromiter(lifted, dtype=np.int64, count=len(lifted)))
        candidates, scores = candidates[inside], scores[inside]
    window = Evidence.none(candidates) if share == 0.0 else gather(generation, matches, candidates)
    bonus_of: dict[int, float] = {}
    for document, kind in exact:
        bonus_of[document] = max(bonus_of.get(document, 0.0), EXACT_MULTIPLES[kind] * best)
    exacts = np.array([bonus_of.get(document, 0.0) for document in candidates.tolist()])
    closeness = closeness_share(len(matches)) * window.closeness
    title = TITLE_SHARE * window.in_title
    heading = HEADING_SHARE * window.in_heading
    totals = scores * (1.0 + closeness + title + heading) + exacts
    order = np.lexsort((generation.order[candidates], -totals))[:wanted]
    return [
        Scored(
            int(candidates[i]),
            float(scores[i]),
            float(closeness[i]),
            float(title[i]),
            float(heading[i]),
            float(exacts[i]),
        )
        for i in order.tolist()
    ]


def closeness_share(groups: int) -> float:
    """What closeness may add to the score of a query of so many groups."""
    return QUESTION_CLOSENESS_SHARE if groups > QUESTION_WORDS else CLOSENESS_SHARE


def by_date(generation: Generation, base: F64, eligible: Bools, wanted: int, *, newest_first: bool) -> list[Scored]:
    """The ``wanted`` newest (or oldest) eligible documents; ties by slug."""
    candidates: I64 = np.flatnonzero(eligible)
    order = generation.order[candidates]
    if not newest_first:
        # Oldest first, ties still by slug: the order counts slugs upwards within a date, so dates alone are turned
        # round.
        chosen = np.lexsort((order, generation.published[candidates]))[:wanted]
    else:
        chosen = np.argsort(order)[:wanted]
    return [Scored(int(candidates[i]), float(base[candidates[i]]), 0.0, 0.0, 0.0, 0.0) for i in chosen.tolist()]
