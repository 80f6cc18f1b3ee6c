"""The SearchEngine over one generation: parse, plan, match, rank, and show what is on the page."""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from services.search.engine import EngineStatus
from services.search.engine_whoosh.matching.facets import count_facets, filter_mask
from services.search.engine_whoosh.matching.matching import GroupMatch, match_group
from services.search.engine_whoosh.matching.ranking import (
    WINDOW,
    Scored,
    base_scores,
    by_attribute,
    enough,
    exact_lift,
    rank,
    share_of_query,
)
from services.search.engine_whoosh.meaning.compounds import with_compounds
from services.search.engine_whoosh.meaning.plan import Plan, make_plan
from services.search.engine_whoosh.meaning.resolve import correct, with_parts
from services.search.engine_whoosh.segment.generation import F64, I64, Bools, Generation
from services.search.engine_whoosh.showing import related, suggest
from services.search.engine_whoosh.showing.explain import explain
from services.search.engine_whoosh.showing.hits import make_hits, show_places
from services.search.reranking import RERANKED, Candidates, Place, Rerank
from services.search.text.query import ParsedQuery, parse_query, says_nothing
from services.search.text.synonyms import Synonyms
from shared.search.attributes import RELEVANCE, both
from shared.search.contract import Correction, Hit, RelatedArticle, SearchQuery, SearchResults, Suggestion


class _Found(NamedTuple):
    """What a plan found under the filters: documents (ascending), their scores before bonuses, whether they have all
    groups.

    ``lift`` is what puts some of them before others whatever their scores, or None.
    """

    matches: list[GroupMatch]
    candidates: I64
    base: F64
    lift: F64 | None
    matched: Literal["all", "some"]


class WhooshEngine:
    """One generation, open for reading. See the LocalEngine Protocol for its contract."""

    def __init__(self, generation: Generation, synonyms: Synonyms, *, window_size: int = WINDOW) -> None:
        self._generation = generation
        self._synonyms = synonyms
        self._window_size = window_size

    @property
    def generation(self) -> str:
        """The name of this generation."""
        return self._generation.name

    @property
    def generation_data(self) -> Generation:
        """The arrays themselves: for the store that opened it, and for tests."""
        return self._generation

    def search(self, query: SearchQuery, rerank: Rerank | None = None) -> SearchResults:
        """The page of hits that ``query`` asks for, in the order of ``rerank`` where it is given."""
        started = time.perf_counter()
        generation = self._generation
        parsed = parse_query(query.text, partial=query.partial)
        found, corrected = self._find(parsed, query)
        scored = self._order(found, corrected or parsed, query, rerank)[(query.page - 1) * query.size :]
        explanations = [explain(generation, found.matches, one) if query.explain else None for one in scored]
        hits = make_hits(generation, scored, found.matches, explanations)
        facets = count_facets(generation, found.candidates)
        return SearchResults(
            query=query,
            total=len(found.candidates),
            took_ms=(time.perf_counter() - started) * 1000.0,
            generation=generation.name,
            hits=hits,
            facets=facets,
            correction=Correction(parsed.text, corrected.text) if corrected else None,
            matched=found.matched,
            building=generation.building,
        )

    def show(self, places: Iterable[Place]) -> tuple[Hit, ...]:
        """See RerankingEngine."""
        return show_places(self._generation, places)

    def rank(self, query: SearchQuery) -> Sequence[Scored]:
        """The documents of the page with their scores and nothing else: what the benchmark holds against other
        engines' top ten.
        """
        parsed = parse_query(query.text, partial=query.partial)
        found, corrected = self._find(parsed, query)
        return self._order(found, corrected or parsed, query)[(query.page - 1) * query.size :]

    def resolve(self, text: str, *, partial: bool = False) -> ParsedQuery:
        """``text`` parsed, with the compounds that the site does not have taken apart, and those of quotations in the
        form that it has: what ``search`` executes, uncorrected.
        """
        parsed = with_parts(self._generation, parse_query(text, partial=partial), self._synonyms)
        return with_compounds(self._generation, parsed, self._match(parsed)[1])

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Completions of ``text``, best first."""
        return suggest.suggest(self._generation, text, limit)

    def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """Articles like ``slug``. Raises UnknownArticle."""
        return related.related(self._generation, slug, limit)

    def status(self) -> EngineStatus:
        """What this generation holds."""
        generation = self._generation
        return EngineStatus(
            generation=generation.name,
            articles=generation.live_documents,
            sections=generation.section_count,
            terms=generation.term_count,
            size_bytes=generation.size_bytes,
            updated=generation.updated,
            building=generation.building,
        )

    def close(self) -> None:
        """The maps go when the last answer made from them does."""

    # -- finding -----------------------------------------------------------------------------------------------------

    def _find(self, parsed: ParsedQuery, query: SearchQuery) -> tuple[_Found, ParsedQuery | None]:
        """What matches as typed, or else as corrected; the corrected query in the second case."""
        filters = filter_mask(self._generation, both(query.filters, parsed.filters))
        if says_nothing(parsed, partial=query.partial):
            filters = np.zeros_like(filters)
        parsed = with_parts(self._generation, parsed, self._synonyms)
        plan, matches = self._match(parsed)
        if not all(match.df for match in matches):
            resolved = with_compounds(self._generation, parsed, matches)
            if resolved is not parsed:
                parsed = resolved
                plan, matches = self._match(parsed)
        if not query.exact and not all(match.df for match in matches):
            corrected = correct(self._generation, parsed, matches, self._synonyms)
            if corrected is not None:
                plan, corrected_matches = self._match(corrected)
                return self._select(plan, corrected_matches, filters), corrected
        return self._select(plan, matches, filters), None

    def _match(self, parsed: ParsedQuery) -> tuple[Plan, list[GroupMatch]]:
        plan = make_plan(parsed, self._synonyms)
        return plan, [match_group(self._generation, group) for group in plan.groups if not group.is_optional]

    def _select(self, plan: Plan, matches: list[GroupMatch], filters: Bools) -> _Found:
        generation = self._generation
        allowed = filters
        for group in plan.excluded:
            allowed = allowed & ~match_group(generation, group).has
        if not matches:
            candidates = np.flatnonzero(allowed)
            return _Found(matches, candidates, np.zeros(len(candidates)), None, "all")
        for match in matches:
            if match.group.is_required:
                allowed = allowed & match.has
        every = allowed
        for match in matches:
            every = every & match.has
        # Where too few articles have all words, those come first and the others follow.
        candidates = every.nonzero()[0]
        if len(candidates) >= enough(len(matches), generation.live_documents):
            return _Found(matches, candidates, base_scores(generation, matches, candidates, has_all=True), None, "all")
        some = np.zeros(generation.documents, dtype=bool)
        for match in matches:
            some |= match.has
        candidates = (some & allowed).nonzero()[0]
        base = base_scores(generation, matches, candidates, has_all=False)
        has_all = every[candidates]
        if has_all.all():
            return _Found(matches, candidates, base, None, "all")
        return _Found(matches, candidates, base, has_all * base.max() if has_all.any() else None, "some")

    def _order(
        self, found: _Found, parsed: ParsedQuery, query: SearchQuery, rerank: Rerank | None = None
    ) -> Sequence[Scored]:
        wanted, candidates, base = query.page * query.size, found.candidates, found.base
        if query.sort != RELEVANCE or not found.matches:
            return by_attribute(self._generation, candidates, base, wanted, query.sort)
        lift, exact = found.lift, None
        if len(candidates):
            exact = exact_lift(self._generation, parsed.text, candidates, float(base.max()))
            lift = exact if lift is None else lift if exact is None else lift + exact
        best = rank(
            self._generation,
            found.matches,
            candidates,
            base,
            lift=lift,
            wanted=max(wanted, RERANKED) if rerank else wanted,
            window_size=self._window_size,
        )
        if rerank is None:
            return best
        exact_documents = set() if exact is None else set(candidates[exact > 0].tolist())
        return self._reranked(best, found, parsed.text, exact_documents, rerank)[:wanted]

    def _reranked(
        self, best: Sequence[Scored], found: _Found, text: str, exact: Container[int], rerank: Rerank
    ) -> list[Scored]:
        """``best``, the first RERANKED of them in the order of ``rerank``."""
        generation, first = self._generation, best[:RERANKED]
        given = Candidates(
            slugs=[generation.slugs[one.document] for one in first],
            scores=[one.score for one in first],
            is_exact=[one.document in exact for one in first],
            coverage=share_of_query(generation, found.matches, first[0].document) if first else 0.0,
            has=lambda slug: _is_in(found.candidates, generation.by_slug.get(slug, -1)),
        )
        scores = rerank(text, given)
        order = sorted(range(len(first)), key=lambda place: -scores[place])  # stable: ties stay in the order by words
        return [*(first[place] for place in order), *best[RERANKED:]]


def _is_in(documents: I64, document: int) -> bool:
    """Whether ``document`` is one of ``documents``, which ascend."""
    at = int(documents.searchsorted(document))
    return at < len(documents) and int(documents[at]) == document
