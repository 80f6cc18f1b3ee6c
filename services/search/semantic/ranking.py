"""Rank one query by meaning.

Rerank the engine's hits, choose the section of each that is closest to the query, and add articles that no word
matched. Does not depend on files.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from services.search.reranking import Candidates, Place, RerankingEngine
from services.search.semantic.fusion import (
    SECTION_WORDS,
    SHARES,
    WORDS,
    rescaled,
    section_scores,
    weight_of_words,
)
from services.search.semantic.model import Encoder, Model
from services.search.semantic.scoring import MeaningScores, score_by_meaning
from services.search.semantic.table import F32, Similarities
from shared.search.contract import (
    MAX_BY_MEANING,
    MAX_SECTIONS,
    Explanation,
    Hit,
    SearchQuery,
    SearchResults,
    SectionHit,
)
from shared.telemetry.tracing import stage

#: The lead in similarity (rescaled) by which the closest section comes before the best one by words, if one article or,
#: for a question, one section has the whole query; in proportion if it has less. Of the hits of the site's judged
#: queries and of the questions that have a judged section, .948 and .611 lead to one first.
SECTION_LEAD = 0.25
#: An article without any of the words is added from this share of the closest article's similarity on: beside a good
#: answer the rest is noise.
SHARE_OF_CLOSEST = 0.8
#: The number of closest articles that are checked for ones without any of the words: most were found by words.
CLOSEST_ARTICLES = 30


class Table(Protocol):
    """The vectors of one snapshot. Any thread may call it."""

    @property
    def name(self) -> str:
        """The name of the snapshot: equal names mean equal contents."""
        ...

    def similarities(self, query: F32) -> Similarities:
        """The similarity of ``query``, of length 1, to each row."""
        ...


@dataclass(frozen=True, slots=True)
class Ranker:
    """A model with its encoder, and the vectors that it made."""

    model: Model
    encoder: Encoder
    table: Table

    @property
    def version(self) -> str:
        """The name of everything beside the index that decides an answer; that of a snapshot covers the model."""
        return f"{self.table.name}-{self.model.thresholds}"


@dataclass(frozen=True, slots=True)
class PageChanges:
    """The changes of a page by meaning.

    anchors   the section to show first, by the slug of a hit whose first section changes
    missing   those of these sections that the hit does not show yet
    related   sections of articles that no word matched, with their similarity
    """

    anchors: Mapping[str, str]
    missing: tuple[Place, ...]
    related: tuple[tuple[Place, float], ...]

    @property
    def places(self) -> list[Place]:
        """The sections that the engine must show."""
        return [*self.missing, *(place for place, _ in self.related)]


def changes_of(scores: MeaningScores, results: SearchResults) -> PageChanges:
    """The changes by meaning for the hits of ``results``; related articles are on the first page only."""
    anchors = {hit.slug: anchor for hit in results.hits if (anchor := leading_anchor(scores, hit)) is not None}
    missing = tuple(
        Place(hit.slug, anchors[hit.slug])
        for hit in results.hits
        if hit.slug in anchors and all(section.anchor != anchors[hit.slug] for section in hit.sections)
    )
    return PageChanges(anchors, missing, tuple(only_by_meaning(scores)) if results.query.page == 1 else ())


def with_meaning(
    scores: MeaningScores, results: SearchResults, changes: PageChanges, shown: Iterable[Hit]
) -> SearchResults:
    """Apply ``changes`` to ``results``; ``shown`` are the hits of its places."""
    by_slug = {hit.slug: hit for hit in shown}
    added = [replace(by_slug[place.slug], score=near) for place, near in changes.related if place.slug in by_slug]
    hits = tuple([_read(scores, hit, changes.anchors.get(hit.slug), by_slug.get(hit.slug)) for hit in results.hits])
    return replace(results, hits=hits, by_meaning=tuple(added[:MAX_BY_MEANING]), ranked_by="meaning")


class RankedQuery:
    """One query in progress on an engine in this process."""

    def __init__(self, ranker: Ranker, engine: RerankingEngine, query: SearchQuery) -> None:
        self._ranker = ranker
        self._engine = engine
        self._query = query
        self._read: MeaningScores | None = None

    def results(self) -> SearchResults:
        """The answer."""
        started = time.perf_counter()
        results = self._engine.search(self._query, rerank=self.rerank)
        if self._read is not None:
            changes = changes_of(self._read, results)
            results = with_meaning(self._read, results, changes, self._engine.show(changes.places))
        return replace(results, took_ms=(time.perf_counter() - started) * 1000.0)

    def rerank(self, text: str, candidates: Candidates) -> Sequence[float]:
        """See Rerank."""
        with stage("read meaning"):
            similarities = self._ranker.table.similarities(self._ranker.encoder.encode_query(text))
        self._read = score_by_meaning(self._ranker.model, similarities, candidates, text)
        return self._read.scores


def leading_anchor(scores: MeaningScores, hit: Hit) -> str | None:
    """The anchor of the section that should come first in ``hit``; None to change nothing."""
    found = scores.similarities.closest_section(hit.slug)
    first = hit.sections[0].anchor if hit.sections else None
    if found is None or found[0] == first:
        return None
    closest, highest = found
    cosine = None if first is None else scores.similarities.of_section(hit.slug, first)
    margin = SECTION_LEAD * scores.coverage * (1.0 - scores.model.unlike)
    return closest if cosine is None or highest >= cosine + margin else None


def only_by_meaning(scores: MeaningScores) -> list[tuple[Place, float]]:
    """The closest section of each article that is close to the query without any of its words; and its similarity."""
    model = scores.model
    floor = model.unlike + model.floor * (1.0 - model.unlike) - 1e-6  # rounding hides none
    closest = scores.similarities.closest(CLOSEST_ARTICLES, least=floor)
    nears = [(slug, (cosine - model.unlike) / (1.0 - model.unlike)) for slug, cosine in closest]
    least = max(model.floor, SHARE_OF_CLOSEST * nears[0][1]) if nears else 1.0
    return [
        (Place(slug, section[0]), near)
        for slug, near in nears
        if near >= least
        and not scores.candidates.has(slug)
        and (section := scores.similarities.closest_section(slug)) is not None
    ]


def _read(scores: MeaningScores, hit: Hit, anchor: str | None, shown: Hit | None) -> Hit:
    """``hit`` with the score that ranked it, explained if requested, and with the section ``anchor`` first."""
    sections = hit.sections if anchor is None else _led(hit.sections, anchor, shown)
    place = scores.places.get(hit.slug)
    if place is None:
        return replace(hit, sections=sections)
    explanation = None if hit.explanation is None else _explained(scores, place, hit.explanation)
    return replace(hit, sections=sections, score=scores.scores[place], explanation=explanation)


def _led(sections: tuple[SectionHit, ...], anchor: str, shown: Hit | None) -> tuple[SectionHit, ...]:
    """``sections`` with that of ``anchor`` first: one of them, or that of ``shown``."""
    own = [section for section in sections if section.anchor == anchor]
    first = own or (shown.sections if shown else ())
    others = [section for section in sections if section.anchor != anchor]
    return (*first, *others)[:MAX_SECTIONS]


def _explained(scores: MeaningScores, place: int, by_words: Explanation) -> Explanation:
    """Both scores of the candidate at ``place``: by words, as the engine explains it, and by meaning."""
    candidates = scores.candidates
    fused, words = scores.scores[place], float(scores.words[place])
    weight = weight_of_words(scores.coverage)
    exact = 1.0 if candidates.is_exact[place] else 0.0
    label = (
        f"words: {weight:.3f} x {words:.3f}, the share of the best score {max(candidates.scores):.3f} "
        f"({'a section' if scores.sections else 'the best'} has {scores.coverage:.2f} of the query)"
    )
    parts = [
        Explanation(label, weight * words, (by_words,)),
        _of_sections(scores, place, fused - weight * words - exact),
    ]
    if exact:
        parts.append(Explanation("put first, as by words alone", exact))
    return Explanation("score", fused, tuple(parts))


def _of_sections(scores: MeaningScores, place: int, value: float) -> Explanation:
    """What the best sections of the candidate at ``place`` add, which is ``value``."""
    slug, unlike = scores.candidates.slugs[place], scores.model.unlike
    cosines, _ = scores.similarities.by_section([slug])
    if not len(cosines):
        return Explanation("meaning: no vector yet, so of average similarity", value)
    words = scores.sections.get(place)
    if words is None:
        rest = " (not among the best, which are read by section)" if scores.sections else ""
        return Explanation(f"meaning: {_terms(float(cosines.max()), float(scores.words[place]))}{rest}", value)
    values = section_scores(rescaled(cosines, unlike), words)
    best = np.argsort(-values, kind="stable")[: len(SHARES)].tolist()
    shares = SHARES[: len(best)]
    anchors = scores.similarities.rows.anchors(slug)
    sections = [
        Explanation(
            f"{share / sum(shares):.2f} of section #{anchors[at]}: {_terms(float(cosines[at]), float(words[at]))}",
            share / sum(shares) * float(values[at]),
        )
        for share, at in zip(shares, best, strict=True)
    ]
    return Explanation("meaning: the best sections", value, tuple(sections))


def _terms(cosine: float, words: float) -> str:
    """The terms of the score of a section."""
    return f"{1.0 - WORDS:g} x similarity (cosine {cosine:.3f}) + {SECTION_WORDS:g} x words {words:.2f}"
