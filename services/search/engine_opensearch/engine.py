"""The SearchEngine over a cluster: it finds and counts there, and ranks and shows the best of it here.

A search asks at most three times: how many articles have each word, the candidates with their columns, and the texts of
the hits of the page. Waiting is awaited; what is computed goes to the Cpu.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from services.search.engine import Capabilities, Cpu, EngineStatus
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable, Connection, Refused
from services.search.engine_opensearch.finding.answer import checked, facets_of, generation_of, hits_of
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.queries import (
    matching,
    sorting,
    surfaces_of,
)
from services.search.engine_opensearch.finding.vocabulary import Together, understood
from services.search.engine_opensearch.indexes.generation import ARTICLE, GENERATION, Meta
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.engine_opensearch.indexes.mapping import WINDOW as LAST_RESULT
from services.search.engine_opensearch.showing.related import related
from services.search.engine_opensearch.showing.suggest import suggest
from services.search.engine_opensearch.showing.window import COLUMNS, FIELDS, Found, open_window, read_hit
from services.search.engine_whoosh.matching.ranking import Scored, base_scores, exact_lift, rank
from services.search.engine_whoosh.matching.titles import title_bonus
from services.search.engine_whoosh.segment.generation import Generation, Whole
from services.search.engine_whoosh.showing.explain import explain
from services.search.engine_whoosh.showing.hits import make_hits
from services.search.meaning.understand import Understood
from services.search.text.synonyms import Synonyms
from services.search.text.words.known import KnownWords
from shared.search.attributes import ATTRIBUTES, NEWEST, RELEVANCE
from shared.search.contract import MAX_NEAR, Correction, Hit, RelatedArticle, SearchQuery, SearchResults, Suggestion

#: The best candidates of the cluster, which are ranked again here.
WINDOW = 64
#: The time of a whole search, which asks up to three times: two nodes may hang before the third one answers.
SEARCH_S = 4.0
#: Values of one facet that are counted.
MAX_VALUES = 10_000

CAPABILITIES = Capabilities(is_snapshot=False, ranks_like_a_rebuild=False)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What the cluster found: the hits that were asked for, and the whole answer."""

    found: tuple[Found, ...]
    total: int
    facets: dict[str, Any]
    generation: str
    with_all: int

    def emptied(self) -> _Candidates:
        """The same without any hit."""
        return replace(self, found=(), total=0, with_all=0, facets=dict.fromkeys(self.facets, ()))


@dataclass(frozen=True, slots=True)
class _Page:
    """The hits of a page, and whether they are an answer."""

    hits: tuple[Hit, ...]
    is_answer: bool = True


class OpenSearchEngine:
    """One generation of the cluster's index. See SearchEngine."""

    def __init__(
        self,
        connection: Connection,
        alias: str,
        meta: Meta,
        lexicon: Lexicon,
        *,
        synonyms: Synonyms,
        known: KnownWords,
        cpu: Cpu,
        suffix: str = "",
    ) -> None:
        """``suffix`` is what the synonyms add to the name of the generation."""
        self._connection = connection
        self._alias = alias
        self._meta = meta
        self._lexicon = lexicon
        self._synonyms = synonyms
        self._known = known
        self._cpu = cpu
        self._suffix = suffix
        self._whole: Whole = meta.totals.whole()

    @property
    def generation(self) -> str:
        """See SearchEngine."""
        return self._meta.name + self._suffix

    @property
    def capabilities(self) -> Capabilities:
        """See SearchEngine."""
        return CAPABILITIES

    def close(self) -> None:
        """The store owns the connection."""

    # -- search -------------------------------------------------------------------------------------------------------

    async def search(self, query: SearchQuery) -> SearchResults:
        """See SearchEngine. An answer of another generation is asked for once more, and then given as it is."""
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
        meant, counts = await understood(
            query, self._lexicon, self._synonyms, self._known, cpu=self._cpu, count=self._count
        )
        asked = Asked(query, meant, counts, self._lexicon, self._whole)
        candidates = await self._candidates(asked)
        page = await self._page_of(asked, candidates)
        hits: tuple[Hit, ...] = page.hits
        near: tuple[Hit, ...] = ()
        if not page.is_answer:  # the message of a program that no article is about
            near, hits = hits[:MAX_NEAR] if query.page == 1 else (), ()
            candidates = candidates.emptied()
        return SearchResults(
            query=query,
            total=candidates.total,
            took_ms=(time.perf_counter() - started) * 1000.0,
            generation=candidates.generation,
            hits=hits,
            facets=candidates.facets,
            correction=None if meant.correction is None else Correction(query.text, meant.correction),
            matched="all" if candidates.with_all == candidates.total else "some",
            with_all=candidates.with_all,
            readings=meant.readings,
            missing=meant.missing,
            offers=meant.offers,
            near=near,
        )

    async def _count(self, questions: Sequence[Together]) -> list[int]:
        """How many articles of the index match all groups of each of ``questions``."""
        if not questions:
            return []
        filters = ([matching(self._lexicon, group) for group in groups] for groups in questions)
        aggregations = {str(number): {"filter": {"bool": {"filter": one}}} for number, one in enumerate(filters)}
        answer = await self._ask({"size": 0, "track_total_hits": False, "aggs": aggregations})
        return [answer["aggregations"][str(number)]["doc_count"] for number in range(len(questions))]

    async def _candidates(self, asked: Asked) -> _Candidates:
        body = {
            **self._page(asked.query, asked.meant),
            "track_total_hits": True,
            "query": asked.wanted(),
            "aggs": {**_facet_aggregations(), "generation": _GENERATION, "with_all": {"filter": asked.every()}},
        }
        answer = await self._ask(body)
        found, total = hits_of(answer)
        with_all = answer["aggregations"]["with_all"]["doc_count"] if asked.groups else total
        generation = generation_of(answer) + self._suffix
        return _Candidates(tuple(map(read_hit, found)), total, facets_of(answer), generation, with_all)

    def _page(self, query: SearchQuery, meant: Understood) -> dict[str, Any]:
        """Which hits are fetched: those of the page, or with words the candidates that are ranked again."""
        first, last = (query.page - 1) * query.size, min(query.page * query.size, LAST_RESULT)
        fields = list(FIELDS)
        has_words = any(not group.is_optional for group in meant.plan.groups)
        if has_words:
            fields.append(COLUMNS)
        if has_words and query.sort == RELEVANCE and first < WINDOW:
            first, last = 0, max(WINDOW, last)
        sort = query.sort if has_words or query.sort != RELEVANCE else NEWEST
        order = sorting(sort)
        if has_words and sort != RELEVANCE:  # articles with every word first
            order.insert(0, {"_score": "desc"})
        return {"from": first, "size": last - first, "_source": False, "docvalue_fields": fields, "sort": order}

    # -- ranking and showing ------------------------------------------------------------------------------------------

    async def _page_of(self, asked: Asked, candidates: _Candidates) -> _Page:
        found = candidates.found
        if not found:
            return _Page(())
        wanted = surfaces_of(self._lexicon, asked.meant.plan.groups)
        work = partial(self._rank, asked, candidates, wanted)
        ranked, is_answer = await self._cpu.run(("window", len(asked.groups), len(found) > WINDOW // 2), work)
        page = [found[one.document] for one in ranked]
        if asked.groups and page:
            page = await self._with_texts(page)
        scored = [one._replace(document=at) for at, one in enumerate(ranked)]
        shape = ("show", len(asked.groups), len(page) > 10, asked.query.explain)
        return _Page(await self._cpu.run(shape, partial(self._show, asked, page, scored, wanted)), is_answer)

    def _open(self, asked: Asked, found: Sequence[Found], wanted: frozenset[str]) -> Generation:
        whole = self._whole._replace(titles=asked.titles())
        return open_window(found, wanted, whole, self.generation, self._meta.updated)

    def _rank(self, asked: Asked, candidates: _Candidates, wanted: frozenset[str]) -> tuple[list[Scored], bool]:
        """The hits of the page in order, and whether they answer: the best WINDOW of the cluster are ranked again."""
        found, query, plan = candidates.found, asked.query, asked.meant.plan
        first = (query.page - 1) * query.size
        generation = self._open(asked, found, wanted)
        matches = asked.matches(generation)
        every = np.arange(len(found))
        has_all = candidates.with_all == candidates.total
        base = base_scores(generation, matches, every, has_all=has_all, is_pasted=plan.is_pasted)
        if query.sort != RELEVANCE or not matches or first >= WINDOW:
            return [Scored(at, float(base[at]), 0.0, 0.0, 0.0, 0.0) for at in range(min(len(found), query.size))], True
        chosen = every[:WINDOW]
        lift = exact_lift(generation, asked.meant.parsed.text, chosen, float(base[:WINDOW].max()))
        title = title_bonus(generation, matches, [group for group in plan.groups if group.is_optional])
        ranked = rank(
            generation,
            matches,
            chosen,
            base[:WINDOW],
            title=None if title is None else title[:WINDOW],
            lift=lift,
            wanted=len(chosen),
            window_size=WINDOW,
        )
        ranked += [Scored(at, float(base[at]), 0.0, 0.0, 0.0, 0.0) for at in range(WINDOW, len(found))]
        return ranked[first : first + query.size], asked.is_answered(generation, matches, chosen, title)

    async def _with_texts(self, page: Sequence[Found]) -> list[Found]:
        """``page`` with the texts to quote. Raises ClusterUnavailable where an article changed in between."""
        ids = [ARTICLE + one.slug for one in page]
        params = {"_source_includes": "digest,raw.text", "preference": "_local", "realtime": "false"}
        answer = await self._request("POST", f"/{self._alias}/_mget", {"ids": ids}, params)
        with_text = []
        for one, document in zip(page, answer["docs"], strict=True):
            source = document.get("_source", {})
            # Edited between the two requests: the hit is shown without a quotation rather than with another one.
            is_same = source.get("digest") == one.digest
            text = source["raw"]["text"].encode("utf-8", "replace") if is_same else b""
            with_text.append(Found(one.slug, one.digest, one.stored, one.exact, one.columns if is_same else None, text))
        return with_text

    def _show(
        self, asked: Asked, page: Sequence[Found], scored: Sequence[Scored], wanted: frozenset[str]
    ) -> tuple[Hit, ...]:
        generation = self._open(asked, page, wanted)
        matches, is_pasted = asked.matches(generation), asked.meant.plan.is_pasted
        explained = asked.query.explain
        explanations = [explain(generation, matches, one, is_pasted=is_pasted) if explained else None for one in scored]
        return make_hits(generation, scored, matches, explanations)

    # -- beside searching ---------------------------------------------------------------------------------------------

    async def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """See SearchEngine."""
        return await suggest(self._ask, self._lexicon, text, limit)

    async def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """See SearchEngine."""
        return await related(self._ask, self._lexicon, self._whole, slug, limit)

    async def status(self) -> EngineStatus:
        """See SearchEngine."""
        stats = await self._request("GET", f"/{self._alias}/_stats/store", None, {})
        return EngineStatus(
            generation=self.generation,
            articles=self._whole.articles,
            sections=self._meta.totals.sections,
            terms=len(self._lexicon),
            size_bytes=stats["_all"]["primaries"]["store"]["size_in_bytes"],
            updated=self._meta.updated,
        )

    # -- asking -------------------------------------------------------------------------------------------------------

    async def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of a search of the whole index: never of some shards. Raises ClusterUnavailable."""
        params = {"allow_partial_search_results": "false", "preference": "_local"}
        answer = await self._request("POST", f"/{self._alias}/_search", body, params)
        return checked(answer)

    async def _request(self, method: str, path: str, body: object, params: dict[str, str]) -> dict[str, Any]:
        for attempt in (1, 2):
            try:
                answer: dict[str, Any] = await self._connection.request(method, path, body, params=params)
            except Refused as error:
                # The alias may just have moved to another index.
                if error.status == 404 and attempt == 1:
                    continue
                raise ClusterUnavailable(f"the cluster refused a search: {error}") from error
            return answer
        raise AssertionError("unreachable")


_GENERATION: dict[str, Any] = {
    "global": {},
    "aggs": {"document": {"filter": {"ids": {"values": [GENERATION]}}, "aggs": {"name": {"terms": {"field": "name"}}}}},
}


def _facet_aggregations() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in ATTRIBUTES:
        field = f"as_{one.name}" if one.kind == "keyword" else f"is_{one.name}"
        found[f"facet_{one.name}"] = {"terms": {"field": field, "size": MAX_VALUES}}
    return found
