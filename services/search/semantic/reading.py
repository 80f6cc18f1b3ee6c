"""One query read for its meaning.

The engine's hits in another order, the section of each that answers, and articles that no word led to. Does not depend
on files.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.search.reranking import Candidates, Place, RerankingEngine
from services.search.semantic.fusion import WORDS, fuse, rescaled, weight_of_words
from services.search.semantic.model import Encoder, Model
from services.search.semantic.table import Closeness, VectorTable
from shared.search.contract import MAX_BY_MEANING, MAX_SECTIONS, Explanation, Hit, SearchQuery, SearchResults

#: How much closer (rescaled) the closest section must be than the one that words lead to, to be shown before it, where
#: the best article has the whole query; less where it has less. Of the site's judged queries .936 lead to a judged
#: section first, with the second stage and without; the questions do more often with it.
SECTION_LEAD = 0.25
#: How close, of the closest article, one must be that no word led to: beside a good answer the rest is noise.
SHARE_OF_CLOSEST = 0.8
#: Articles looked at for those that no word led to: most of the closest were found by their words.
LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads queries: a model with its encoder, and the vectors that it made."""

    model: Model
    encoder: Encoder
    table: VectorTable

    @property
    def version(self) -> str:
        """Names all that decides an answer beside the index: the name of a snapshot has that of the model."""
        return f"{self.table.name}-{self.model.thresholds}"


@dataclass(frozen=True, slots=True)
class _Read:
    """What the second stage found out about one query."""

    reader: Reader
    candidates: Candidates
    closeness: Closeness
    words: dict[str, float]
    meaning: dict[str, float]
    fused: dict[str, float]


class Reading:
    """One query being answered."""

    def __init__(self, reader: Reader, engine: RerankingEngine, query: SearchQuery) -> None:
        self._reader = reader
        self._engine = engine
        self._query = query
        self._read: _Read | None = None

    def results(self) -> SearchResults:
        """The answer."""
        started = time.perf_counter()
        results = self._engine.search(self._query, rerank=self.rerank)
        if self._read is not None:
            results = self._with_meaning(results, self._read)
        return replace(results, took_ms=(time.perf_counter() - started) * 1000.0)

    def rerank(self, text: str, candidates: Candidates) -> Sequence[float]:
        """See Rerank."""
        reader, slugs = self._reader, candidates.slugs
        closeness = reader.table.closeness(reader.encoder.encode_query(text))
        meaning = rescaled(closeness.of_articles(slugs), reader.model.unlike)
        words = np.array(candidates.scores, dtype=np.float64)
        scores: list[float] = fuse(words, candidates.coverage, meaning, np.array(candidates.is_exact, bool)).tolist()
        columns = (dict(zip(slugs, column, strict=True)) for column in (words.tolist(), meaning.tolist(), scores))
        self._read = _Read(reader, candidates, closeness, *columns)
        return scores

    def _with_meaning(self, results: SearchResults, read: _Read) -> SearchResults:
        leads = {hit.slug: anchor for hit in results.hits if (anchor := lead(read, hit)) is not None}
        missing = [
            Place(hit.slug, leads[hit.slug])
            for hit in results.hits
            if hit.slug in leads and all(section.anchor != leads[hit.slug] for section in hit.sections)
        ]
        related = only_by_meaning(read) if self._query.page == 1 else []
        shown = {hit.slug: hit for hit in self._engine.show([*missing, *(place for place, _ in related)])}
        added = [replace(shown[place.slug], score=near) for place, near in related if place.slug in shown]
        hits = [_led(hit, leads.get(hit.slug), shown.get(hit.slug)) for hit in results.hits]
        scored = tuple(_scored(read, hit) for hit in hits)
        return replace(results, hits=scored, by_meaning=tuple(added[:MAX_BY_MEANING]), ranked_by="meaning")


def lead(read: _Read, hit: Hit) -> str | None:
    """The anchor of the section that ``hit`` should lead to by its meaning; None where it does, or none is known."""
    cosines = read.closeness.of_sections(hit.slug)
    if not cosines:
        return None
    closest = next(iter(cosines))
    first = hit.sections[0].anchor if hit.sections else None
    if closest == first:
        return None
    margin = SECTION_LEAD * read.candidates.coverage * (1.0 - read.reader.model.unlike)
    least = cosines[first] + margin if first in cosines else -1.0
    return closest if cosines[closest] >= least else None


def only_by_meaning(read: _Read) -> list[tuple[Place, float]]:
    """Sections of articles that no word led to and that mean nearly what was asked, with their closeness."""
    model, closest = read.reader.model, read.closeness.closest(LOOKED_AT)
    nears = [(slug, (cosine - model.unlike) / (1.0 - model.unlike)) for slug, cosine in closest]
    least = max(model.floor, SHARE_OF_CLOSEST * nears[0][1]) if nears else 1.0
    return [
        (Place(slug, next(iter(read.closeness.of_sections(slug)))), near)
        for slug, near in nears
        if near >= least and not read.candidates.has(slug)
    ]


def _led(hit: Hit, anchor: str | None, shown: Hit | None) -> Hit:
    """``hit`` with the section of ``anchor`` first: its own, or that of ``shown``."""
    if anchor is None:
        return hit
    own = [section for section in hit.sections if section.anchor == anchor]
    first = own or (shown.sections if shown else ())
    others = [section for section in hit.sections if section.anchor != anchor]
    return replace(hit, sections=(*first, *others)[:MAX_SECTIONS])


def _scored(read: _Read, hit: Hit) -> Hit:
    """``hit`` with the score that placed it, and how that came about where it is to be explained."""
    if hit.slug not in read.fused:
        return hit
    explanation = None if hit.explanation is None else _explained(read, hit.slug, hit.explanation)
    return replace(hit, score=read.fused[hit.slug], explanation=explanation)


def _explained(read: _Read, slug: str, by_words: Explanation) -> Explanation:
    """Both scores: that by words, as the engine explains it, and that by meaning."""
    fused, words, meaning = read.fused[slug], read.words[slug], read.meaning[slug]
    best, coverage, unlike = max(read.candidates.scores), read.candidates.coverage, read.reader.model.unlike
    weight = weight_of_words(coverage)
    share = weight * words / best if best else 0.0
    exact = 1.0 if read.candidates.is_exact[list(read.candidates.slugs).index(slug)] else 0.0
    cosine = (
        f"cosine {unlike + meaning * (1.0 - unlike):.3f}" if not np.isnan(meaning) else "no vector yet: the average"
    )
    label = f"words: {weight:.3f} x {words:.3f} of {best:.3f} (the best has {coverage:.2f} of the query)"
    parts = [
        Explanation(label, share, (by_words,)),
        Explanation(f"meaning: {1.0 - WORDS:g} x closeness ({cosine})", fused - share - exact),
    ]
    if exact:
        parts.append(Explanation("put first: the title, a heading or a tag is the query", exact))
    return Explanation("score", fused, tuple(parts))
