"""The SearchEngine over a cluster: it finds and counts there, and ranks and shows the best of it here.

A search asks at most three times: how many articles have each word, the candidates with their columns, and the texts of
the hits of the page. Waiting is awaited; what is computed goes to the Cpu.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from services.search.engine import Capabilities, Cpu, EngineStatus
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable, Connection, Refused
from services.search.engine_opensearch.finding.answer import checked, facets_of, generation_of, hits_of
from services.search.engine_opensearch.finding.queries import (
    ALL_BOOST,
    EXACT_BOOSTS,
    NOTHING,
    Query,
    filters_of,
    matching,
    scoring,
    sorting,
    surfaces_of,
)
from services.search.engine_opensearch.finding.understand import Understood, understand
from services.search.engine_opensearch.indexes.documents import exact_value
from services.search.engine_opensearch.indexes.generation import ARTICLE, GENERATION, Meta
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.engine_opensearch.indexes.mapping import WINDOW as LAST_RESULT
from services.search.engine_opensearch.showing.related import related
from services.search.engine_opensearch.showing.suggest import suggest
from services.search.engine_opensearch.showing.window import Found, open_window, read_hit
from services.search.engine_whoosh.matching.matching import GroupMatch, match_group
from services.search.engine_whoosh.matching.ranking import Scored, base_scores, exact_lift, idf, rank
from services.search.engine_whoosh.matching.titles import title_bonus
from services.search.engine_whoosh.segment.document_arrays import key_hash
from services.search.engine_whoosh.segment.generation import Generation, Whole
from services.search.engine_whoosh.showing.explain import explain
from services.search.engine_whoosh.showing.hits import make_hits
from services.search.meaning.plan import QUESTION_WORDS, Group
from services.search.text.query import parse_query, says_nothing
from services.search.text.synonyms import Synonyms
from shared.search.attributes import ATTRIBUTES, RELEVANCE, both
from shared.search.contract import Correction, Hit, RelatedArticle, SearchQuery, SearchResults, Suggestion

#: The best candidates of the cluster, which are ranked again here.
WINDOW = 64
#: The time of a whole search, which asks up to three times: two nodes may hang before the third one answers.
SEARCH_S = 4.0
#: Values of one facet that are counted.
MAX_VALUES = 10_000

#: So many articles with all words are an answer on a large site; with fewer, those with some of the words follow them.
ENOUGH = 4
#: A site with fewer articles than this needs one; each time as many again, one more.
ARTICLES_PER_ENOUGH = 100

CAPABILITIES = Capabilities(is_snapshot=False, ranks_like_a_rebuild=False)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What the cluster found: the hits that were asked for, and the whole answer."""

    found: tuple[Found, ...]
    total: int
    facets: dict[str, Any]
    generation: str
    has_all: bool


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
        cpu: Cpu,
        suffix: str = "",
    ) -> None:
        """``suffix`` is what the synonyms add to the name of the generation."""
        self._connection = connection
        self._alias = alias
        self._meta = meta
        self._lexicon = lexicon
        self._synonyms = synonyms
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
        parsed = await self._cpu.run("parse", partial(parse_query, query.text, partial=query.partial))
        meant = await understand(parsed, self._lexicon, self._synonyms, self._count, corrects=not query.exact)
        candidates = await self._candidates(query, meant, is_nothing=says_nothing(parsed, partial=query.partial))
        hits = await self._hits(query, meant, candidates)
        return SearchResults(
            query=query,
            total=candidates.total,
            took_ms=(time.perf_counter() - started) * 1000.0,
            generation=candidates.generation,
            hits=hits,
            facets=candidates.facets,
            correction=Correction(parsed.text, meant.parsed.text) if meant.is_corrected else None,
            matched="all" if candidates.has_all else "some",
        )

    async def _count(self, groups: Sequence[Group]) -> list[int]:
        """How many articles of the index have each of ``groups``."""
        if not groups:
            return []
        aggregations = {str(number): {"filter": matching(self._lexicon, one)} for number, one in enumerate(groups)}
        answer = await self._ask({"size": 0, "track_total_hits": False, "aggs": aggregations})
        return [answer["aggregations"][str(number)]["doc_count"] for number in range(len(groups))]

    async def _candidates(self, query: SearchQuery, meant: Understood, *, is_nothing: bool) -> _Candidates:
        matches = [matching(self._lexicon, group) for group in meant.groups]
        allowed = filters_of(both(query.filters, meant.parsed.filters))
        excluded = [matching(self._lexicon, group) for group in meant.plan.excluded]
        if is_nothing:
            allowed = [NOTHING]
        required = [match for match, group in zip(matches, meant.groups, strict=True) if group.is_required]
        every: Query = {"bool": {"filter": [*allowed, *matches], "must_not": excluded}}
        has_all, lifted = True, []
        if len(matches) > 1:
            answer = await self._ask({"size": 0, "track_total_hits": True, "query": every})
            count = answer["hits"]["total"]["value"]
            if count < _enough(len(matches), self._whole.articles):
                some = {"bool": {"should": matches, "minimum_should_match": 1}}
                lifted = [{"constant_score": {"filter": every, "boost": ALL_BOOST}}] if count else []
                every = {"bool": {"filter": [*allowed, *required, some], "must_not": excluded}}
                has_all = False
        scores = [
            clause
            for group, count in zip(meant.groups, meant.counts, strict=True)
            for clause in scoring(self._lexicon, group, self._rarity(count))
        ]
        wanted: Query = {"bool": {"must": [every], "should": [*scores, *lifted, *self._exact(meant)]}}
        body = {
            **self._page(query, meant),
            "track_total_hits": True,
            "query": wanted,
            "aggs": {**_facet_aggregations(), "generation": _GENERATION},
        }
        answer = await self._ask(body)
        found, total = hits_of(answer)
        if not has_all and lifted and total == count:
            has_all = True
        return _Candidates(
            tuple(map(read_hit, found)), total, facets_of(answer), generation_of(answer) + self._suffix, has_all
        )

    def _page(self, query: SearchQuery, meant: Understood) -> dict[str, Any]:
        """Which hits are fetched: those of the page, or with words the candidates that are ranked again."""
        first, last = (query.page - 1) * query.size, min(query.page * query.size, LAST_RESULT)
        fields = ["slug", "digest", "exact", "raw.stored"]
        if meant.groups:
            fields.append("raw.columns")
        if meant.groups and query.sort == RELEVANCE and first < WINDOW:
            first, last = 0, max(WINDOW, last)
        sort = query.sort if meant.groups or query.sort != RELEVANCE else "newest"
        return {"from": first, "size": last - first, "_source": fields, "sort": sorting(sort)}

    def _exact(self, meant: Understood) -> list[Query]:
        key = key_hash(meant.parsed.text)
        values = ((exact_value(key, kind), boost) for kind, boost in EXACT_BOOSTS.items())
        return [{"constant_score": {"filter": {"term": {"exact": value}}, "boost": boost}} for value, boost in values]

    def _rarity(self, count: int) -> float:
        return max(idf(_Size(self._whole.articles), count), 1e-6)  # type: ignore[arg-type] # it asks for the size alone

    # -- ranking and showing ------------------------------------------------------------------------------------------

    async def _hits(self, query: SearchQuery, meant: Understood, candidates: _Candidates) -> tuple[Hit, ...]:
        found = candidates.found
        if not found:
            return ()
        shape = ("window", len(meant.groups), len(found) > WINDOW // 2)
        wanted = surfaces_of(self._lexicon, (*meant.groups,))
        ranked = await self._cpu.run(shape, partial(self._rank, query, meant, candidates, wanted))
        page = [found[one.document] for one in ranked]
        if meant.groups and page:
            page = await self._with_texts(page)
        scored = [one._replace(document=at) for at, one in enumerate(ranked)]
        return await self._cpu.run(
            ("show", len(meant.groups), len(page) > 10, query.explain),
            partial(self._show, query, meant, page, scored, wanted),
        )

    def _open(self, found: Sequence[Found], wanted: frozenset[str]) -> Generation:
        return open_window(found, wanted, self._whole, self.generation, self._meta.updated)

    def _matches(self, generation: Generation, meant: Understood) -> list[GroupMatch]:
        """The groups in ``generation``, as rare as they are in the whole index."""
        pairs = zip(meant.groups, meant.counts, strict=True)
        return [match_group(generation, group._replace(pieces=()))._replace(df=count) for group, count in pairs]

    def _rank(
        self, query: SearchQuery, meant: Understood, candidates: _Candidates, wanted: frozenset[str]
    ) -> list[Scored]:
        """The hits of the page in order: the best WINDOW of the cluster ranked again, the others as it has them."""
        found = candidates.found
        first = (query.page - 1) * query.size
        generation = self._open(found, wanted)
        matches = self._matches(generation, meant)
        every = np.arange(len(found))
        base = base_scores(generation, matches, every, has_all=candidates.has_all)
        if query.sort != RELEVANCE or not matches or first >= WINDOW:
            return [Scored(at, float(base[at]), 0.0, 0.0, 0.0, 0.0) for at in range(min(len(found), query.size))]
        chosen = every[:WINDOW]
        lift = exact_lift(generation, meant.parsed.text, chosen, float(base[:WINDOW].max()))
        if not candidates.has_all:
            has_all = np.logical_and.reduce([match.has[:WINDOW] for match in matches])
            if has_all.any() and not has_all.all():
                own = has_all * float(base[:WINDOW].max())
                lift = own if lift is None else lift + own
        title = title_bonus(generation, matches, ())
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
        return ranked[first : first + query.size]

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
        self,
        query: SearchQuery,
        meant: Understood,
        page: Sequence[Found],
        scored: Sequence[Scored],
        wanted: frozenset[str],
    ) -> tuple[Hit, ...]:
        generation = self._open(page, wanted)
        matches = self._matches(generation, meant)
        explanations = [explain(generation, matches, one) if query.explain else None for one in scored]
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


@dataclass(frozen=True, slots=True)
class _Size:
    live_documents: int


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


def _enough(groups: int, articles: int) -> float:
    """How many articles with all of so many groups are an answer by themselves, on a site of so many articles."""
    return math.inf if groups > QUESTION_WORDS else min(ENOUGH, 1 + articles // ARTICLES_PER_ENOUGH)
