"""Rank documents: the score of their words, then bonuses and boosts.

    score = base · (1 + bonuses) + boost

``base`` is the score of ``scores``. A bonus is a share of it: for words in the title (``titles``), for words close
together, and for all words in one heading. ``boost`` moves articles to the top whose title, slug, heading or tag is the
query, and raises those in which a pasted text stands word for word. Proximity is computed last, for the best documents
by everything else; headings only for documents that they can move into these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from services.search.arrays.matching.evidence import Evidence
from services.search.arrays.matching.matching import GroupMatch
from services.search.arrays.matching.sequences import with_sequence, with_title_beginning
from services.search.arrays.segment.columns import NEVER
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, I64, Bools
from services.search.indexing.stored import EXACT_HEADING, EXACT_SLUG, EXACT_TAG, EXACT_TITLE
from services.search.text.query_tree import ParsedQuery
from services.search.understanding.plan import QUESTION_WORDS
from services.search.understanding.planning import as_typed, title_beginning
from shared.search.attributes import NEWEST, ORDERS

#: Largest bonuses, as shares of the score: for words side by side in order, and for all words in one heading.
PROXIMITY_SHARE = 0.30
#: The same for questions, whose neighbouring words are seldom one term.
QUESTION_PROXIMITY_SHARE = 0.20
HEADING_SHARE = 0.10
#: The boost of exact matches by kind, in multiples of the best score before bonuses. All bonuses together raise another
#: article to 3.2 of it, so exact matches come before everything else.
EXACT_MULTIPLES = np.zeros(4)
EXACT_MULTIPLES[[EXACT_TITLE, EXACT_SLUG, EXACT_HEADING, EXACT_TAG]] = (4.2, 3.7, 3.2, 3.2)
#: The same for a title that begins with the query.
BEGINNING_MULTIPLE = 3.95
#: The same for an article that has the query word for word: more than the words of a longer title are worth, and less
#: than a title that consists of them (with 3.1, link texts of a blog and a manual lose .003 and .004 nDCG@10).
PASTED_MULTIPLE = 0.6
#: Every title with all words of the query has at least this bonus. Below it, no positions in titles are read.
LEAST_BONUS_OF_BEGINNING = 0.4
_NONE: I64 = np.zeros(0, dtype=np.int64)
#: Proximity is computed for this many documents, the best by all other signals. It is the most expensive signal.
WINDOW = 64
#: Up to this many scores, a full sort is faster than selecting the best first.
SORTED_AT_ONCE = 128
#: The share by which rounding may move a bound of a score, and more.
ROUNDING = 1e-9
#: Up to this many candidates, reading their headings costs less than dropping some of them before.
FILTERED = 512
#: From this many scores on, and this many times the wanted number, a lower bound is taken before they are selected.
SELECTED_AT_ONCE = 1024
MANY_ROWS = 8


class Scored(NamedTuple):
    """One document with the parts of its score. The bonuses are shares of ``base``."""

    document: int
    base: float
    proximity: float
    title: float
    heading: float
    boost: float

    @property
    def score(self) -> float:
        """The final score."""
        return self.base * (1.0 + self.proximity + self.title + self.heading) + self.boost


def proximity_share(groups: int) -> float:
    """The largest proximity bonus for a query of ``groups`` groups."""
    return QUESTION_PROXIMITY_SHARE if groups > QUESTION_WORDS else PROXIMITY_SHARE


def exact_boost(
    generation: Generation,
    parsed: ParsedQuery,
    candidates: I64,
    best: float,
    title: F64 | None,
    *,
    has_all: Callable[[], Bools],
) -> F64 | None:
    """The boost of candidates that the query names, and of those that have it word for word; None if there are none.

    ``has_all`` says, for a text that may be pasted, which of them have all words; ``title`` has their title bonuses.
    """
    unit = best or 1.0
    boost = _boost_of_names(generation, parsed, candidates, unit, title)
    pasted = as_typed(parsed)
    documents = _NONE if pasted is None else with_sequence(generation, pasted, candidates[has_all()])
    if len(documents):
        boost = np.zeros(len(candidates)) if boost is None else boost
        at = candidates.searchsorted(documents)
        boost[at] = np.maximum(boost[at], PASTED_MULTIPLE * unit)
    return boost


def _boost_of_names(
    generation: Generation, parsed: ParsedQuery, candidates: I64, unit: float, title: F64 | None
) -> F64 | None:
    """The boost of candidates whose title, slug, heading or tag is the query, or whose title begins with it.

    A title that begins with the query has all of its words.
    """
    boost: F64 | None = None
    documents, kinds = generation.exact(parsed.text)
    if len(documents):
        boost = np.zeros(len(candidates))
        at = candidates.searchsorted(documents)
        is_candidate = candidates.take(at, mode="clip") == documents
        np.maximum.at(boost, at[is_candidate], EXACT_MULTIPLES[kinds[is_candidate]] * unit)
    if title is None:
        return boost
    may_begin = title >= LEAST_BONUS_OF_BEGINNING
    if boost is not None:
        may_begin &= boost < BEGINNING_MULTIPLE * unit
    has_all = candidates.take(may_begin.nonzero()[0])
    beginning = title_beginning(parsed) if len(has_all) else None
    titled = _NONE if beginning is None else with_title_beginning(generation, beginning, has_all)
    if len(titled):
        boost = np.zeros(len(candidates)) if boost is None else boost
        boost[candidates.searchsorted(titled)] = BEGINNING_MULTIPLE * unit
    return boost


class ScoreColumns(NamedTuple):
    """Documents with the parts of their scores, as parallel columns.

    The bonuses are shares of ``base``; a column is None if it is zero, or not computed yet, for all of them.
    """

    documents: I64
    base: F64
    proximity: F64 | None = None
    title: F64 | None = None
    heading: F64 | None = None
    boost: F64 | None = None

    def with_bonuses(self, proximity: F64 | None, heading: F64 | None) -> ScoreColumns:
        """The documents with these bonuses."""
        return ScoreColumns(self.documents, self.base, proximity, self.title, heading, self.boost)

    def where(self, chosen: I64) -> ScoreColumns:
        """The documents at the indices ``chosen``, in that order."""
        bonuses = [None if column is None else column.take(chosen) for column in self[2:]]
        return ScoreColumns(self.documents.take(chosen), self.base.take(chosen), *bonuses)

    def scores(self) -> F64:
        """The scores."""
        factor: F64 | None = None
        for bonus in (self.proximity, self.title, self.heading):
            if bonus is not None:
                factor = bonus if factor is None else factor + bonus
        scores = self.base if factor is None else self.base * (factor + 1.0)
        return scores if self.boost is None else scores + self.boost

    def rows(self) -> list[Scored]:
        """Each document as a Scored."""
        nothing = [0.0] * len(self.documents)
        return list(map(Scored, *[nothing if column is None else column.tolist() for column in self]))


def rank(
    generation: Generation,
    matches: Sequence[GroupMatch],
    candidates: I64,
    base: F64,
    *,
    title: F64 | None,
    boost: F64 | None,
    wanted: int,
    window_size: int = WINDOW,
) -> ScoreColumns:
    """The best ``wanted`` of ``candidates`` (ascending), best first; ties newest first, then by slug.

    ``base``, ``title`` (see ``titles``) and ``boost`` are parallel to ``candidates``. Proximity is computed for the
    best ``window_size`` before it; these do not depend on the page asked for.
    """
    window = ScoreColumns(candidates, base, title=title, boost=boost)
    if not len(candidates):
        return window
    if len(matches) > 1:
        window = _with_bonuses(generation, matches, window, wanted, window_size)
    scores = window.scores()
    if len(scores) > max(wanted, SORTED_AT_ONCE):
        best = (scores >= _nth(scores, wanted)).nonzero()[0]
        window, scores = window.where(best), scores.take(best)
    in_order = np.lexsort((generation.order.take(window.documents), -scores))[:wanted]
    return window.where(in_order)


def _with_bonuses(
    generation: Generation, matches: Sequence[GroupMatch], window: ScoreColumns, wanted: int, size: int
) -> ScoreColumns:
    """The candidates that can be among the best ``wanted``, with their bonuses.

    Proximity is computed for the best ``size`` before it.
    """
    few, share = max(size, wanted), proximity_share(len(matches))
    if len(window.documents) > max(few, FILTERED):
        # Drop candidates that no heading brings among the best before proximity, or no heading and proximity onto the
        # page; nor would proximity bring there what ranks behind them. A score is at least its base, so each of them
        # adds no more than its share of the score.
        scores = window.scores()
        last, least = _nths(scores, wanted, few)
        least = max(last / (1.0 + share), least) / (1.0 + HEADING_SHARE) * (1.0 - ROUNDING)
        window = window.where((scores >= least).nonzero()[0])
    evidence = Evidence(generation, matches)
    heading = evidence.headings(window.documents)
    if heading is not None:
        window = window.with_bonuses(None, HEADING_SHARE * heading)
    scores = window.scores()
    if wanted > size:
        best = np.arange(len(scores)) if len(scores) <= size else _best(generation, window, scores, size).nonzero()[0]
        proximity = np.zeros(len(scores))
        proximity[best] = share * evidence.proximity(window.documents.take(best))
        return window.with_bonuses(proximity, window.heading)
    if len(scores) > wanted:
        # Skip candidates that even the largest proximity bonus does not bring onto the page. Proximity only adds, so
        # what ranks behind all of the best before it stays behind them.
        last, least = _nths(scores, wanted, min(size, len(scores)))
        chosen = scores + (share + ROUNDING) * window.base >= last
        if len(scores) > size:
            chosen &= _best(generation, window, scores, size, least)
        window = window.where(chosen.nonzero()[0])
    return window.with_bonuses(share * evidence.proximity(window.documents), window.heading)


def _best(generation: Generation, window: ScoreColumns, scores: F64, size: int, least: float | None = None) -> Bools:
    """Whether each of the candidates, more than ``size``, is one of the best ``size``; the last has ``least``."""
    is_best: Bools = scores >= (_nth(scores, size) if least is None else least)
    if np.count_nonzero(is_best) > size:  # ties for the last rank: the first in order
        tied = is_best.nonzero()[0]
        in_order = np.lexsort((generation.order.take(window.documents.take(tied)), -scores.take(tied)))
        is_best[tied.take(in_order[size:])] = False
    return is_best


def _nth(scores: F64, wanted: int) -> float:
    """The ``wanted``-th highest of ``scores``."""
    return _nths(scores, wanted, wanted)[0]


def _nths(scores: F64, first: int, last: int) -> tuple[float, float]:
    """The ``first``-th and the ``last``-th highest of ``scores``; ``first`` is not above ``last``."""
    rows = len(scores) // last
    if len(scores) > SELECTED_AT_ONCE and rows > MANY_ROWS:
        # Selecting from thousands takes ten times as long as this bound: the ``last`` columns each have a score of at
        # least the lowest of their maxima, so only scores from it on can be wanted.
        columns = np.maximum.reduce(scores[: rows * last].reshape(rows, last))
        scores = scores[scores >= np.minimum.reduce(columns)]
    else:
        scores = scores.copy()
    high, low = len(scores) - first, len(scores) - last
    scores.partition(high if first == last else (low, high))
    return scores.item(high), scores.item(low)


def by_attribute(
    generation: Generation, candidates: I64, base: F64, has_all: Bools, *, wanted: int, sort: str
) -> list[Scored]:
    """The first ``wanted`` candidates in the order ``sort``; for relevance, the newest first.

    Candidates with all words come first. Ties: newest first, then by slug; those without the attribute come last.
    """
    order, attribute = ORDERS[sort]
    ties = generation.order[candidates]
    if attribute is None or sort == NEWEST:
        chosen = np.lexsort((ties, ~has_all))[:wanted]
    else:
        sort_keys = generation.sort_keys(attribute.name)[candidates]
        key = -sort_keys if order.is_descending else np.where(sort_keys == NEVER, -NEVER, sort_keys)
        chosen = np.lexsort((ties, key, ~has_all))[:wanted]
    return [Scored(int(candidates[i]), float(base[i]), 0.0, 0.0, 0.0, 0.0) for i in chosen.tolist()]
