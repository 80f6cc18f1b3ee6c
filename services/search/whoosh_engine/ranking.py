"""Documents in order: BM25F per group, then bonuses where they can change the page.

    score = (Σ groups  repeats · idf · f · (k1 + 1) / (k1 + f)) · coverage · recency · (1 + bonuses) + lift

``f`` is the frequency of ``matching``; ``coverage`` is below 1 where words of the query are missing. A bonus is a
share of
the score: words close together, words in the title, all words in one heading. ``lift`` puts an article first whose
title,
heading or tag is the query, and articles with every word of a question before those without. Only documents that a
bonus
could bring onto the page are looked at closely: the others cannot reach it, so the page is the same as if all had been.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.search.whoosh_engine.evidence import gather
from services.search.whoosh_engine.generation import F64, I64, Generation
from services.search.whoosh_engine.matching import GroupMatch
from services.search.whoosh_engine.pack import EXACT_HEADING, EXACT_SLUG, EXACT_TAG, EXACT_TITLE

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
#: So many articles with all words are an answer on a large site; with fewer, those with some of the words follow them.
ENOUGH = 4
#: A site with fewer articles than this needs one; each time as many again, one more.
ARTICLES_PER_ENOUGH = 100
TITLE_SHARE = 0.20
HEADING_SHARE = 0.10
#: In multiples of the best score of the query, by kind: what lifts an exact match above everything that is not one.
EXACT_MULTIPLES = np.zeros(4)
EXACT_MULTIPLES[[EXACT_TITLE, EXACT_SLUG, EXACT_HEADING, EXACT_TAG]] = (2.0, 1.5, 1.0, 1.0)
#: Documents looked at closely at a time, from the most promising down, until none below can reach the page.
WINDOW = 64


@dataclass(frozen=True, slots=True)
class Scored:
    """One document of the page with its score and what made it. The bonuses are shares of ``base``."""

    document: int
    base: float
    closeness: float
    title: float
    heading: float
    lift: float

    @property
    def score(self) -> float:
        """The whole score."""
        return self.base * (1.0 + self.closeness + self.title + self.heading) + self.lift


def idf(generation: Generation, df: int) -> float:
    """How rare: ln(1 + (N - df + ½) / (df + ½)), damped, never negative."""
    return float(np.log1p((generation.live_documents - df + 0.5) / (df + 0.5)) ** IDF_EXPONENT)


def repeats(count: int) -> float:
    """What a word counts that was typed ``count`` times."""
    return (K3 + 1.0) * count / (K3 + count)


def base_scores(generation: Generation, matches: Sequence[GroupMatch], candidates: I64, *, has_all: bool) -> F64:
    """The scores of ``candidates`` before bonuses, parallel to them. With ``has_all`` every one of them has every
    group.
    """
    total = np.zeros(len(candidates))
    for match in matches:
        if match.df:
            f = match.frequencies.take(candidates)
            weight = repeats(match.group.count) * idf(generation, match.df) * (K1 + 1.0)
            total += weight * f / (K1 + f)
    if not has_all and len(matches) > 1:
        total *= coverage(generation, matches, candidates)
    total *= generation.prior.take(candidates)
    return total


def coverage(generation: Generation, matches: Sequence[GroupMatch], candidates: I64) -> F64:
    """1 for documents with all groups, less by rarity for each missing (one the index does not have is the rarest)."""
    rarity = [idf(generation, match.df) for match in matches]
    has: F64 = np.zeros(len(candidates))
    for match, weight in zip(matches, rarity, strict=True):
        has += weight * (match.frequencies.take(candidates) > 0.0)
    return (1.0 - COVERAGE_SHARE) + (COVERAGE_SHARE / sum(rarity)) * has


def enough(groups: int, articles: int) -> float:
    """How many articles with all of so many groups are an answer by themselves, on a site of so many articles.

    On a small site one is: nothing else has the words. In a large collection a handful is thin, and its readers are
    better served by more (.01 nDCG@10 on each of Cranfield, MED and NPL). To a question it is never enough.
    """
    if groups > QUESTION_WORDS:
        return math.inf
    return min(ENOUGH, 1 + articles // ARTICLES_PER_ENOUGH)


def closeness_share(groups: int) -> float:
    """What closeness may add to the score of a query of so many groups."""
    return QUESTION_CLOSENESS_SHARE if groups > QUESTION_WORDS else CLOSENESS_SHARE


def exact_lift(generation: Generation, text: str, candidates: I64, best: float) -> F64 | None:
    """What an exact title, heading or tag adds to each candidate, or None where no document of the index has one."""
    documents, kinds = generation.exact(text)
    if not len(documents):
        return None
    multiples = np.zeros(generation.documents)
    np.maximum.at(multiples, documents, EXACT_MULTIPLES[kinds])
    lift: F64 = multiples.take(candidates) * best
    return lift


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Documents (ascending) that may be on the page: score before bonuses, lift, and the score they may reach at
    most.
    """

    documents: I64
    base: F64
    lift: F64
    high: F64

    def where(self, chosen: I64) -> _Candidates:
        """Those at ``chosen``."""
        return _Candidates(self.documents[chosen], self.base[chosen], self.lift[chosen], self.high[chosen])


@dataclass(frozen=True, slots=True)
class _Looked:
    """Candidates that were looked at closely. Parallel columns; the bonuses are shares of ``base``."""

    documents: I64
    base: F64
    closeness: F64
    title: F64
    heading: F64
    lift: F64
    totals: F64


def rank(
    generation: Generation,
    matches: Sequence[GroupMatch],
    candidates: I64,
    base: F64,
    *,
    lift: F64 | None,
    wanted: int,
    window_size: int = WINDOW,
) -> list[Scored]:
    """The best ``wanted`` of ``candidates`` (ascending), best first; ties newest first, then by slug.

    The answer does not depend on ``window_size``, the documents first looked at closely.
    """
    if not len(candidates):
        return []
    share = closeness_share(len(matches)) + TITLE_SHARE + HEADING_SHARE if len(matches) > 1 else 0.0
    lifted = np.zeros(len(candidates)) if lift is None else lift
    low = base if lift is None else base + lift
    window = _Candidates(candidates, base, lifted, low + share * base if share else low)
    if len(candidates) > wanted:
        # What a document may reach at most, against what the last of the page has at least.
        window = window.where(np.flatnonzero(window.high >= _nth(low, wanted)))
    if share and len(window.documents) > window_size:
        looked = _look_from_above(generation, matches, window, wanted, window_size)
    else:
        looked = _look(generation, matches, window)
    order = np.lexsort((generation.order[looked.documents], -looked.totals))[:wanted]
    columns = (looked.documents, looked.base, looked.closeness, looked.title, looked.heading, looked.lift)
    return [Scored(*row) for row in zip(*(column[order].tolist() for column in columns), strict=True)]


def _look(generation: Generation, matches: Sequence[GroupMatch], window: _Candidates) -> _Looked:
    if len(matches) < 2:
        none = np.zeros(len(window.documents))
        return _Looked(window.documents, window.base, none, none, none, window.lift, window.base + window.lift)
    evidence = gather(generation, matches, window.documents)
    closeness = closeness_share(len(matches)) * evidence.closeness
    title = TITLE_SHARE * evidence.in_title
    heading = HEADING_SHARE * evidence.in_heading
    totals = window.base * (1.0 + closeness + title + heading) + window.lift
    return _Looked(window.documents, window.base, closeness, title, heading, window.lift, totals)


def _look_from_above(
    generation: Generation, matches: Sequence[GroupMatch], window: _Candidates, wanted: int, width: int
) -> _Looked:
    """Looks at the window in growing pieces, the most promising first, until the rest cannot reach the page."""
    order = np.argsort(-window.high, kind="stable")
    done: list[_Looked] = []
    first, width = 0, max(width, wanted)
    while first < len(order):
        done.append(_look(generation, matches, window.where(np.sort(order[first : first + width]))))
        first += width
        width *= 2
        totals = np.concatenate([looked.totals for looked in done])
        if first < len(order) and len(totals) >= wanted and window.high[order[first]] < _nth(totals, wanted):
            break
    if len(done) == 1:
        return done[0]
    names = _Looked.__dataclass_fields__
    return _Looked(**{name: np.concatenate([getattr(one, name) for one in done]) for name in names})


def _nth(scores: F64, wanted: int) -> float:
    """The ``wanted``-th best of ``scores``."""
    at = len(scores) - wanted
    return float(np.partition(scores, at)[at])


def by_date(generation: Generation, candidates: I64, base: F64, wanted: int, *, newest_first: bool) -> list[Scored]:
    """The ``wanted`` newest (or oldest) candidates; ties by slug."""
    order = generation.order[candidates]
    if not newest_first:
        # The order counts slugs upwards within a date, so dates alone are turned round.
        chosen = np.lexsort((order, generation.published[candidates]))[:wanted]
    else:
        chosen = np.argsort(order)[:wanted]
    return [Scored(int(candidates[i]), float(base[i]), 0.0, 0.0, 0.0, 0.0) for i in chosen.tolist()]
