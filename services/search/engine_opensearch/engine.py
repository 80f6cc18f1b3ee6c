"""The SearchEngine over a cluster: it matches and counts there, and ranks and shows the best hits here.

A search by words sends at most three requests: the document frequencies, the candidates with their columns, and the
texts of the hits of the page. One that is ranked by meaning also requests vectors, and the articles that they lead to.
I/O is awaited; computations go to the Cpu.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from services.search.arrays.matching.ranking import Scored
from services.search.arrays.segment.generation import CollectionStatistics
from services.search.engine import Capabilities, Cpu, EngineStatus
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.candidates import WINDOW, Candidates, body_of, in_window, read_candidates
from services.search.engine_opensearch.finding.hit import ClusterHit
from services.search.engine_opensearch.finding.index_reader import IndexReader
from services.search.engine_opensearch.finding.queries import matching
from services.search.engine_opensearch.finding.vocabulary import Together, understood
from services.search.engine_opensearch.indexes.generation import ARTICLE, Meta
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.engine_opensearch.showing.page import Pages
from services.search.engine_opensearch.showing.related import related
from services.search.engine_opensearch.showing.suggest import suggest
from services.search.engine_opensearch.stage import Meaning, Question, VectorsUnavailable
from services.search.text.synonyms import Synonyms
from services.search.text.words.known import KnownWords
from shared.process.logger import get_logger
from shared.search.attributes import RELEVANCE
from shared.search.contract import MAX_NEAR, Correction, Hit, RelatedArticle, SearchQuery, SearchResults, Suggestion
from shared.telemetry.tracing import stage

log = get_logger("search")

#: Seconds for a whole search, which sends several requests: two nodes may hang before the third one answers.
SEARCH_S = 4.0


@dataclass(frozen=True, slots=True)
class Understanding:
    """What understanding a query depends on: the words of the index, synonyms, and known words."""

    lexicon: Lexicon
    synonyms: Synonyms
    known: KnownWords


class OpenSearchEngine:
    """One generation of the cluster's index. See SearchEngine."""

    def __init__(
        self,
        index: IndexReader,
        meta: Meta,
        understanding: Understanding,
        *,
        cpu: Cpu,
        suffix: str = "",
        meaning: Meaning | None = None,
    ) -> None:
        """``suffix`` is the part of the generation's name that depends on synonyms and own words."""
        self._index = index
        self._meta = meta
        self._understanding = understanding
        self._cpu = cpu
        self._by_words = suffix
        self._suffix = f"{suffix}-{meaning.version}" if meaning else suffix
        self._meaning = meaning
        self._statistics: CollectionStatistics = meta.totals.statistics()

    @property
    def generation(self) -> str:
        """See SearchEngine."""
        return self._meta.name + self._suffix

    @property
    def capabilities(self) -> Capabilities:
        """See SearchEngine."""
        finds = self._meaning is None or self._meaning.finds
        return Capabilities(is_snapshot=False, ranks_like_a_rebuild=False, finds_by_meaning=finds)

    def close(self) -> None:
        """The store owns the connection."""

    async def search(self, query: SearchQuery) -> SearchResults:
        """See SearchEngine. After a mismatch of generations it searches once more, and returns any result."""
        try:
            async with asyncio.timeout(SEARCH_S):
                results = await self._search(query)
                if results.generation != self.generation:
                    results = await self._search(query)
        except TimeoutError as error:
            raise ClusterUnavailable(f"the cluster did not answer a search within {SEARCH_S:g} s") from error
        return results

    async def _search(self, query: SearchQuery) -> SearchResults:
        started = time.perf_counter()
        with stage("understand"):
            asked = await self._understood(query)
        suffix = self._suffix
        try:
            results = await self._answer(asked, self._question(asked))
        except VectorsUnavailable as error:  # the documents answer by words alone, under another generation name
            log.info("a query is ranked by words alone", reason=str(error))
            results, suffix = await self._answer(asked, None), self._by_words
        took_ms = (time.perf_counter() - started) * 1000.0
        return replace(results, generation=results.generation + suffix, took_ms=took_ms)

    async def _answer(self, asked: Asked, question: Question | None) -> SearchResults:
        """The answer of the cluster, named by the generation of the documents alone."""
        with stage("match"):
            answer, _ = await asyncio.gather(
                self._index.search(body_of(asked)), question.begin() if question else asyncio.sleep(0)
            )
        candidates = read_candidates(asked, answer)
        pages = Pages(asked, self.generation, self._meta.updated)
        shape = ("window", len(asked.groups), len(candidates.found) > WINDOW // 2)
        with stage("rank"):
            ranked = await self._cpu.run(shape, partial(pages.rank, candidates))
        order = await question.order(asked, candidates, ranked) if question else ranked.order
        with stage("show"):
            page, hits = await self._page(pages, asked, candidates, order)
        is_answer = ranked.is_answer and (candidates.is_window or await self._is_about(asked))
        results = _results(asked, candidates, hits, is_answer=is_answer)
        return await question.complete(pages, page, results) if question else results

    async def _is_about(self, asked: Asked) -> bool:
        """Whether any article is about the query. The best ones show it, which another order or page may not hold."""
        if not asked.groups or not (asked.meant.lacks_name or asked.meant.is_message):
            return True
        best = await self._answer(replace(asked, query=replace(asked.query, sort=RELEVANCE, page=1, size=1)), None)
        return best.total > 0

    async def _understood(self, query: SearchQuery) -> Asked:
        """Understand ``query``, with counts from the cluster."""
        by = self._understanding
        meant, counts = await understood(query, by.lexicon, by.synonyms, by.known, cpu=self._cpu, count=self._count)
        return Asked(query, meant, counts, by.lexicon, self._statistics)

    def _question(self, asked: Asked) -> Question | None:
        """The question that ranks the query by meaning, if any. Beyond the window, words alone rank."""
        if self._meaning is None or not in_window(asked):
            return None
        return self._meaning.question(self._index, asked.query, asked.meant.parsed.text, self._cpu)

    async def _count(self, questions: Sequence[Together]) -> list[int]:
        """Count the articles that match all groups of each of ``questions``."""
        lexicon = self._understanding.lexicon
        filters = ([matching(lexicon, group) for group in groups] for groups in questions)
        return await self._index.count([{"bool": {"filter": one}} for one in filters])

    async def _page(
        self, pages: Pages, asked: Asked, candidates: Candidates, order: Sequence[Scored]
    ) -> tuple[list[ClusterHit], tuple[Hit, ...]]:
        """The articles of the page with the texts for snippets, and its hits."""
        first = (asked.query.page - 1) * asked.query.size - candidates.first
        scored = order[first : first + asked.query.size]
        page = [candidates.found[one.document] for one in scored]
        if asked.groups and page:
            page = await self._with_texts(page)
        shape = ("show", len(asked.groups), len(page) > 10, asked.query.explain)
        return page, await self._cpu.run(shape, partial(pages.show, page, scored))

    async def _with_texts(self, page: Sequence[ClusterHit]) -> list[ClusterHit]:
        """``page`` with the texts for snippets. Raises ClusterUnavailable if an article changed in between."""
        sources = await self._index.documents([ARTICLE + one.slug for one in page], ("digest", "raw.text"))
        # Edited between the two requests: show the hit without a snippet rather than with one of another version.
        return [
            one.with_text(source["raw"]["text"]) if source.get("digest") == one.digest else replace(one, columns=None)
            for one, source in zip(page, sources, strict=True)
        ]

    async def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """See SearchEngine."""
        return await suggest(self._index.search, self._understanding.lexicon, text, limit)

    async def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """See SearchEngine."""
        return await related(self._index.search, self._understanding.lexicon, self._statistics, slug, limit)

    async def status(self) -> EngineStatus:
        """See SearchEngine. The size is 0 while a node hangs: every node with a copy must tell its own."""
        try:
            size_bytes = await self._index.size_bytes()
        except ClusterUnavailable:
            size_bytes = 0
        return EngineStatus(
            generation=self.generation,
            articles=self._statistics.articles,
            sections=self._meta.totals.sections,
            terms=len(self._understanding.lexicon),
            size_bytes=size_bytes,
            updated=self._meta.updated,
        )


def _results(asked: Asked, candidates: Candidates, hits: tuple[Hit, ...], *, is_answer: bool) -> SearchResults:
    """The answer without its name and its time. An error message that no article is about has no hits."""
    query, meant = asked.query, asked.meant
    near: tuple[Hit, ...] = ()
    if not is_answer:
        near, hits = hits[:MAX_NEAR] if query.page == 1 else (), ()
        candidates = candidates.emptied()
    return SearchResults(
        query=query,
        total=candidates.total,
        took_ms=0.0,
        generation=candidates.generation,
        hits=hits,
        facets=candidates.facets,
        correction=None if meant.correction is None else Correction(query.text, meant.correction),
        matched="all" if candidates.have_all else "some",
        with_all=candidates.with_all,
        readings=meant.readings,
        missing=meant.missing,
        offers=meant.offers,
        near=near,
    )
