"""Read one query for its meaning.

Reorder the engine's hits, choose the section of each that answers, and add articles that no word matched. Does not
depend on files.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.search.reranking import Candidates, Place, RerankingEngine
from services.search.semantic.fusion import WORDS, fuse, rescaled, weight_of_words
from services.search.semantic.model import Encoder, Model
from services.search.semantic.table import Closeness, VectorTable
from shared.search.contract import MAX_BY_MEANING, MAX_SECTIONS, Explanation, Hit, SearchQuery, SearchResults
from shared.telemetry.tracing import stage

#: How much closer (rescaled) the closest section must be than the one that words lead to, to be shown before it, where
#: the best article has the whole query; less where it has less. Of the site's judged queries .936 lead to a judged
#: section first, with the second stage and without; the questions do more often with it.
SECTION_LEAD = 0.25
#: The share of the closest article's closeness that an article without any of the words needs: beside a good answer the
#: rest is noise.
SHARE_OF_CLOSEST = 0.8
#: Articles to check for those that no word matched: most of the closest were found by their words.
LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Reader:
    """A model with its encoder, and the vectors that it made."""

    model: Model
    encoder: Encoder
    table: VectorTable

    @property
    def version(self) -> str:
        """Names everything beside the index that decides an answer: the name of a snapshot includes the model."""
        return f"{self.table.name}-{self.model.thresholds}"


@dataclass(frozen=True, slots=True)
class Read:
    """The scores of one query per article: by words, by meaning, and by both."""

    model: Model
    candidates: Candidates
    closeness: Closeness
    words: dict[str, float]
    meaning: dict[str, float]
    fused: dict[str, float]

    @property
    def scores(self) -> list[float]:
        """The combined scores, parallel to the candidates."""
        return [self.fused[slug] for slug in self.candidates.slugs]


def read(model: Model, closeness: Closeness, candidates: Candidates) -> Read:
    """Score ``candidates`` by their words and by their closeness to the query."""
    slugs = candidates.slugs
    meaning = rescaled(closeness.of_articles(slugs), model.unlike)
    words = np.array(candidates.scores, dtype=np.float64)
    scores = fuse(words, candidates.coverage, meaning, np.array(candidates.is_exact, bool))
    columns = (words.tolist(), meaning.tolist(), scores.tolist())
    return Read(model, candidates, closeness, *(dict(zip(slugs, column, strict=True)) for column in columns))


@dataclass(frozen=True, slots=True)
class Leads:
    """Changes by meaning: by slug, hits whose section meaning replaces, and articles that no word matched.

    ``missing`` are sections of hits that are not shown yet; ``related`` have their closeness.
    """

    anchors: Mapping[str, str]
    missing: tuple[Place, ...]
    related: tuple[tuple[Place, float], ...]

    @property
    def places(self) -> list[Place]:
        """The places to show beside the hits."""
        return [*self.missing, *(place for place, _ in self.related)]


def leads_of(one: Read, results: SearchResults) -> Leads:
    """The changes by meaning for the hits of ``results``; related articles are on the first page only."""
    anchors = {hit.slug: anchor for hit in results.hits if (anchor := lead(one, hit)) is not None}
    missing = tuple(
        Place(hit.slug, anchors[hit.slug])
        for hit in results.hits
        if hit.slug in anchors and all(section.anchor != anchors[hit.slug] for section in hit.sections)
    )
    return Leads(anchors, missing, tuple(only_by_meaning(one)) if results.query.page == 1 else ())


def with_meaning(one: Read, results: SearchResults, leads: Leads, shown: Iterable[Hit]) -> SearchResults:
    """Apply ``leads`` to ``results``; ``shown`` are the hits for its places."""
    by_slug = {hit.slug: hit for hit in shown}
    added = [replace(by_slug[place.slug], score=near) for place, near in leads.related if place.slug in by_slug]
    hits = [_led(hit, leads.anchors.get(hit.slug), by_slug.get(hit.slug)) for hit in results.hits]
    scored = tuple(_scored(one, hit) for hit in hits)
    return replace(results, hits=scored, by_meaning=tuple(added[:MAX_BY_MEANING]), ranked_by="meaning")


class Reading:
    """One query in progress on an engine in this process."""

    def __init__(self, reader: Reader, engine: RerankingEngine, query: SearchQuery) -> None:
        self._reader = reader
        self._engine = engine
        self._query = query
        self._read: Read | None = None

    def results(self) -> SearchResults:
        """The answer."""
        started = time.perf_counter()
        results = self._engine.search(self._query, rerank=self.rerank)
        if self._read is not None:
            leads = leads_of(self._read, results)
            results = with_meaning(self._read, results, leads, self._engine.show(leads.places))
        return replace(results, took_ms=(time.perf_counter() - started) * 1000.0)

    def rerank(self, text: str, candidates: Candidates) -> Sequence[float]:
        """See Rerank."""
        with stage("read meaning"):
            closeness = self._reader.table.closeness(self._reader.encoder.encode_query(text))
        self._read = read(self._reader.model, closeness, candidates)
        return self._read.scores


def lead(one: Read, hit: Hit) -> str | None:
    """The anchor of the section that ``hit`` should link to by its meaning; None if it does, or none is known."""
    cosines = one.closeness.of_sections(hit.slug)
    if not cosines:
        return None
    closest = next(iter(cosines))
    first = hit.sections[0].anchor if hit.sections else None
    if closest == first:
        return None
    margin = SECTION_LEAD * one.candidates.coverage * (1.0 - one.model.unlike)
    least = cosines[first] + margin if first in cosines else -1.0
    return closest if cosines[closest] >= least else None


def only_by_meaning(one: Read) -> list[tuple[Place, float]]:
    """Sections of articles that no word matched but that mean nearly the same as the query, with their closeness."""
    model, closest = one.model, one.closeness.closest(LOOKED_AT)
    nears = [(slug, (cosine - model.unlike) / (1.0 - model.unlike)) for slug, cosine in closest]
    least = max(model.floor, SHARE_OF_CLOSEST * nears[0][1]) if nears else 1.0
    return [
        (Place(slug, next(iter(one.closeness.of_sections(slug)))), near)
        for slug, near in nears
        if near >= least and not one.candidates.has(slug)
    ]


def _led(hit: Hit, anchor: str | None, shown: Hit | None) -> Hit:
    """``hit`` with the section ``anchor`` first: its own, or that of ``shown``."""
    if anchor is None:
        return hit
    own = [section for section in hit.sections if section.anchor == anchor]
    first = own or (shown.sections if shown else ())
    others = [section for section in hit.sections if section.anchor != anchor]
    return replace(hit, sections=(*first, *others)[:MAX_SECTIONS])


def _scored(one: Read, hit: Hit) -> Hit:
    """``hit`` with the score that ranked it, explained if requested."""
    if hit.slug not in one.fused:
        return hit
    explanation = None if hit.explanation is None else _explained(one, hit.slug, hit.explanation)
    return replace(hit, score=one.fused[hit.slug], explanation=explanation)


def _explained(one: Read, slug: str, by_words: Explanation) -> Explanation:
    """Both scores: by words, as the engine explains it, and by meaning."""
    fused, words, meaning = one.fused[slug], one.words[slug], one.meaning[slug]
    best, coverage, unlike = max(one.candidates.scores), one.candidates.coverage, one.model.unlike
    weight = weight_of_words(coverage)
    share = weight * words / best if best else 0.0
    exact = 1.0 if one.candidates.is_exact[list(one.candidates.slugs).index(slug)] else 0.0
    cosine = (
        f"cosine {unlike + meaning * (1.0 - unlike):.3f}" if not np.isnan(meaning) else "no vector yet: the average"
    )
    label = f"words: {weight:.3f} x {words:.3f} of {best:.3f} (the best has {coverage:.2f} of the query)"
    parts = [
        Explanation(label, share, (by_words,)),
        Explanation(f"meaning: {1.0 - WORDS:g} x closeness ({cosine})", fused - share - exact),
    ]
    if exact:
        parts.append(
            Explanation("put first: the title, a heading or a tag is the query, or the title begins so", exact)
        )
    return Explanation("score", fused, tuple(parts))
