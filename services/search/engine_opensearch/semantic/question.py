"""Rank one query by meaning on the cluster: rerank candidates, and add articles that no word matched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.search.arrays.matching.ranking import Scored
from services.search.engine import Cpu
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable
from services.search.engine_opensearch.finding.answer import generation_of
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.candidates import NAMED, WINDOW, Candidates
from services.search.engine_opensearch.finding.hit import COLUMNS, FIELDS, ClusterHit, read_hit
from services.search.engine_opensearch.finding.index_reader import IndexReader
from services.search.engine_opensearch.indexes.generation import ARTICLE
from services.search.engine_opensearch.semantic.vectors import ArticleVectors, VectorState, join, read_vectors
from services.search.engine_opensearch.showing.page import Pages, Ranked
from services.search.engine_opensearch.stage import VectorsUnavailable
from services.search.reranking import Candidates as ByWords
from services.search.semantic.model import Encoder, Model
from services.search.semantic.ranking import CLOSEST_ARTICLES, changes_of, with_meaning
from services.search.semantic.scoring import MeaningScores, score_by_meaning
from services.search.semantic.table import F32, Similarities, quantize
from shared.search.contract import SearchResults


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of the cluster, and the model that made them."""

    model: Model
    encoder: Encoder
    index: IndexReader
    state: VectorState


@dataclass(frozen=True, slots=True)
class Near:
    """The vector of a query, and the articles closest to it by the k-NN plugin, if the cluster has it."""

    vector: F32
    found: tuple[ArticleVectors, ...]

    @property
    def slugs(self) -> set[str]:
        """The articles found."""
        return {one.rows.slug for one in self.found}


class ClusterQuestion:
    """See Question. ``index`` is the index of the documents, ``text`` the text that was searched."""

    def __init__(self, vectors: Vectors, index: IndexReader, text: str, cpu: Cpu) -> None:
        self._vectors = vectors
        self._index = index
        self._text = text
        self._cpu = cpu
        self._near: Near | VectorsUnavailable | None = None
        self._read: MeaningScores | None = None

    async def begin(self) -> None:
        """See Question."""
        try:
            self._near = await self._ask_near()
        except VectorsUnavailable as error:
            self._near = error

    async def order(self, asked: Asked, candidates: Candidates, ranked: Ranked) -> Sequence[Scored]:
        """See Question. Only the best by words are reordered, if the cluster returned all of them."""
        if not isinstance(self._near, Near):
            raise self._near or VectorsUnavailable("the vectors close to the query were not requested")
        window, rest = ranked.order[:WINDOW], ranked.order[WINDOW:]
        slugs = [candidates.found[one.document].slug for one in window]
        matching = self._matching(asked, candidates, self._near)
        similarities, also = await asyncio.gather(self._similarities(self._near, slugs), matching)
        found = {one.slug for one in candidates.found} | also
        by_words = ByWords(
            slugs=slugs,
            scores=[one.score for one in window],
            is_exact=[one.boost > 0.0 for one in window],
            coverage=ranked.coverage,
            has=found.__contains__,
            by_section=ranked.by_section,
        )
        self._read = score_by_meaning(self._vectors.model, similarities, by_words, self._text)
        scores = self._read.scores
        order = sorted(range(len(window)), key=lambda place: -scores[place])  # stable: ties keep the order by words
        return [*(window[place] for place in order), *rest]

    async def complete(self, pages: Pages, page: Sequence[ClusterHit], results: SearchResults) -> SearchResults:
        """See Question."""
        if self._read is None:  # ``order`` was not called
            return results
        changes = changes_of(self._read, results)
        have = {one.slug for one in page}
        others = await self._articles([place.slug for place, _ in changes.related if place.slug not in have])
        work = partial(pages.show_places, [*page, *others], changes.places)
        shown = await self._cpu.run(("places", len(changes.places)), work) if changes.places else ()
        return with_meaning(self._read, results, changes, shown)

    async def _ask_near(self) -> Near:
        shape = ("encode", min(len(self._text) // 100, 4))
        vector = await self._cpu.run(shape, partial(self._vectors.encoder.encode_query, self._text))
        row, _scale = quantize(vector)
        if not self._vectors.state.has_knn or not row.any():  # a vector of zeros has no cosine
            return Near(vector, ())
        knn = {"knn": {"passages.vector": {"vector": row.tolist(), "k": CLOSEST_ARTICLES}}}
        closest = await self._ask({"nested": {"path": "passages", "score_mode": "max", "query": knn}}, CLOSEST_ARTICLES)
        return Near(vector, tuple(closest))

    async def _similarities(self, near: Near, slugs: Sequence[str]) -> Similarities:
        """The similarity of ``slugs``, and of the articles found by k-NN, to the query."""
        ids = [ARTICLE + slug for slug in slugs if slug not in near.slugs]
        others = await self._ask({"ids": {"values": ids}}, len(ids)) if ids else []
        state = self._vectors.state
        return join([*near.found, *others], state.name, state.model).similarities(near.vector)

    async def _ask(self, query: dict[str, Any], most: int) -> list[ArticleVectors]:
        """The vectors of the articles that match ``query``, all of one state."""
        body = {
            "size": most,
            "query": query,
            "_source": False,
            "docvalue_fields": ["slug", "rows"],
            "aggs": {"generation": NAMED},
        }
        try:
            answer = await self._vectors.index.search(body)
        except ClusterUnavailable as error:
            raise VectorsUnavailable(f"the vectors cannot be asked: {error}") from error
        if generation_of(answer) != self._vectors.state.name:
            raise VectorsUnavailable("the vectors changed while a query was read")
        return [read_vectors(hit["fields"]) for hit in answer["hits"]["hits"]]

    async def _matching(self, asked: Asked, candidates: Candidates, near: Near) -> set[str]:
        """The nearest articles that match words of the query but are not among the fetched candidates."""
        unknown = near.slugs - {one.slug for one in candidates.found}
        if not unknown or candidates.total <= len(candidates.found):
            return set()
        ids = {"ids": {"values": [ARTICLE + slug for slug in sorted(unknown)]}}
        body = {
            "size": len(unknown),
            "query": {"bool": {"filter": [asked.wanted(), ids]}},
            "_source": False,
            "docvalue_fields": ["slug"],
        }
        answer = await self._index.search(body)
        return {hit["fields"]["slug"][0] for hit in answer["hits"]["hits"]}

    async def _articles(self, slugs: Sequence[str]) -> list[ClusterHit]:
        """Articles with the texts for snippets."""
        if not slugs:
            return []
        body = {
            "size": len(slugs),
            "query": {"ids": {"values": [ARTICLE + slug for slug in slugs]}},
            "_source": ["raw.text"],
            "docvalue_fields": [*FIELDS, COLUMNS],
        }
        answer = await self._index.search(body)
        hits = answer["hits"]["hits"]
        return [read_hit(hit["fields"]).with_text(hit["_source"]["raw"]["text"]) for hit in hits]
