"""Score the candidates of one query by their words and by their meaning, section by section. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.search.reranking import Candidates
from services.search.semantic.fusion import (
    F64,
    fuse,
    of_best_sections,
    rescaled,
    section_scores,
    share_of_best,
)
from services.search.semantic.model import Model
from services.search.semantic.plain import is_question
from services.search.semantic.table import Closeness

#: The number of candidates that are read section by section. With 24 the order of the first ten is the same on all
#: collections of docs/search.md, with 16 not.
READ_BY_SECTION = 32


@dataclass(frozen=True, slots=True)
class MeaningScores:
    """The scores of one query, parallel to its candidates: by words, as shares of the best, and by words and meaning.

    ``coverage`` is the share of the query that weighs the words. ``sections`` has, by index, the candidates that were
    read by section, and the score by words of each of their sections, as a share of the best. ``places`` has the index
    of each candidate, by slug.
    """

    model: Model
    candidates: Candidates
    closeness: Closeness
    coverage: float
    words: F64
    sections: Mapping[int, F64]
    scores: Sequence[float]
    places: Mapping[str, int]


def score_by_meaning(model: Model, closeness: Closeness, candidates: Candidates, text: str) -> MeaningScores:
    """Score ``candidates`` by their words and by their closeness to ``text``.

    All are scored as if each were one section. For a question, the best are then read section by section; for one to
    four words, which the whole article is about, that changes nothing measurable.
    """
    slugs = candidates.slugs
    places = dict(zip(slugs, range(len(slugs)), strict=True))
    meaning = rescaled(closeness.of_articles(slugs), model.unlike)
    is_new = np.isnan(meaning)
    average = 0.0 if is_new.all() else float(meaning[~is_new].mean())
    words = share_of_best(np.array(candidates.scores, dtype=np.float64))
    is_exact = np.array(candidates.is_exact, bool)
    sections = section_scores(np.where(is_new, average, meaning), words)
    scores = fuse(words, candidates.coverage, sections, is_exact)
    best = np.argsort(-scores, kind="stable")[:READ_BY_SECTION]
    if not len(best) or not is_question(text):
        return MeaningScores(model, candidates, closeness, candidates.coverage, words, {}, scores.tolist(), places)
    by_words = candidates.by_section(best.tolist())
    near, counts = closeness.by_section([slugs[place] for place in best.tolist()])
    closeness_of = np.split(rescaled(near, model.unlike), counts.cumsum()[:-1])
    read = [_aligned(*pair, average) for pair in zip(closeness_of, by_words.scores, strict=True)]
    counts = np.array([len(one) for one, _ in read])
    words_of = share_of_best(np.concatenate([one for _, one in read]))
    sections = of_best_sections(section_scores(np.concatenate([one for one, _ in read]), words_of), counts)
    scores_read = fuse(words.take(best), by_words.coverage, sections, is_exact.take(best))
    scores = np.minimum(scores, scores_read.min())  # the others follow those that were read
    scores[best] = scores_read
    of_sections = dict(zip(best.tolist(), np.split(words_of, counts.cumsum()[:-1]), strict=True))
    return MeaningScores(model, candidates, closeness, by_words.coverage, words, of_sections, scores.tolist(), places)


def _aligned(closeness: F64, words: F64, average: float) -> tuple[F64, F64]:
    """The closeness and the words of each section of one article.

    Without vectors, each section is of ``average`` closeness. Vectors of an earlier version of the article may be of
    other sections than its words, which then count for nothing.
    """
    if not len(closeness):
        words = words if len(words) else np.zeros(1)
        return np.full(len(words), average), words
    return closeness, words if len(words) == len(closeness) else np.zeros(len(closeness))
