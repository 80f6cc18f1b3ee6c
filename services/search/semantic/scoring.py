"""Score the candidates of one query by their words and by their meaning, section by section. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.search.reranking import Candidates
from services.search.semantic.fusion import (
    F64,
    I64,
    fuse,
    of_best_sections,
    rescaled,
    section_scores,
    share_of_best,
)
from services.search.semantic.model import Model
from services.search.semantic.plain import is_question
from services.search.semantic.table import Similarities

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
    similarities: Similarities
    coverage: float
    words: F64
    sections: Mapping[int, F64]
    scores: Sequence[float]
    places: Mapping[str, int]


def score_by_meaning(model: Model, similarities: Similarities, candidates: Candidates, text: str) -> MeaningScores:
    """Score ``candidates`` by their words and by their similarity to ``text``.

    All are scored as if each were one section. For a question, the best are then read section by section; for one to
    four words, which the whole article is about, that changes nothing measurable.
    """
    slugs = candidates.slugs
    places = dict(zip(slugs, range(len(slugs)), strict=True))
    meaning = rescaled(similarities.of_articles(slugs), model.unlike)
    is_new = np.isnan(meaning)
    average = 0.0 if is_new.all() else float(meaning[~is_new].mean())
    words = share_of_best(np.array(candidates.scores, dtype=np.float64))
    is_exact = np.array(candidates.is_exact, bool)
    sections = section_scores(np.where(is_new, average, meaning), words)
    scores = fuse(words, candidates.coverage, sections, is_exact)
    best = np.argsort(-scores, kind="stable")[:READ_BY_SECTION]
    if not len(best) or not is_question(text):
        return MeaningScores(model, candidates, similarities, candidates.coverage, words, {}, scores.tolist(), places)
    by_words = candidates.by_section(best.tolist())
    near, counts = similarities.by_section([slugs[place] for place in best.tolist()])
    near_of, by_article = _aligned(rescaled(near, model.unlike), counts, by_words.scores, average)
    words_of = share_of_best(np.concatenate(by_article))
    sizes = np.array([len(one) for one in by_article])
    sections = of_best_sections(section_scores(near_of, words_of), sizes)
    scores_read = fuse(words.take(best), by_words.coverage, sections, is_exact.take(best))
    scores = np.minimum(scores, scores_read.min())  # the others follow those that were read
    scores[best] = scores_read
    lasts = sizes.cumsum().tolist()
    of_sections = {
        place: words_of[last - size : last]
        for place, last, size in zip(best.tolist(), lasts, sizes.tolist(), strict=True)
    }
    return MeaningScores(
        model, candidates, similarities, by_words.coverage, words, of_sections, scores.tolist(), places
    )


def _aligned(near: F64, counts: I64, words: Sequence[F64], average: float) -> tuple[F64, list[F64]]:
    """The similarity of the sections of all articles, and the words of those of each.

    ``near`` has the similarity of each section, with ``counts[n]`` of them for article n. Without vectors, it is
    ``average``. Vectors of an earlier version of an article may be of other sections than its words, which then count
    for nothing.
    """
    wanted = [count or len(own) or 1 for count, own in zip(counts.tolist(), words, strict=True)]
    aligned = [own if len(own) == size else np.zeros(size) for own, size in zip(words, wanted, strict=True)]
    if not counts.all():
        near, known = np.full(sum(wanted), average), near
        near[(counts > 0).repeat(wanted)] = known
    return near, aligned
