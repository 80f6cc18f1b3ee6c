"""The LocalEngine over one generation: parse, plan, match, rank, and show the hits of the page."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from services.search.arrays.checked_files import CheckedFile
from services.search.arrays.matching.by_section import words_by_section
from services.search.arrays.matching.facets import count_facets, filter_mask
from services.search.arrays.matching.matching import GroupMatch, MatchCache
from services.search.arrays.matching.messages import is_answered
from services.search.arrays.matching.ranking import (
    WINDOW,
    ScoreColumns,
    Scored,
    by_attribute,
    exact_boost,
    rank,
)
from services.search.arrays.matching.scores import base_scores, share_of_query
from services.search.arrays.matching.titles import title_bonus
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, I64, Bools
from services.search.arrays.showing import related, suggest
from services.search.arrays.showing.explain import explain
from services.search.arrays.showing.hits import make_hits, show_places
from services.search.arrays.vocabulary.vocabulary import GenerationVocabulary
from services.search.engine import EngineStatus
from services.search.reranking import RERANKED, Candidates, Place, Rerank
from services.search.text.synonyms import Synonyms
from services.search.text.words.known import KnownWords
from services.search.understanding.understand import Understood, understand
from shared.search.attributes import RELEVANCE, both
from shared.search.contract import (
    MAX_NEAR,
    Correction,
    Explanation,
    Hit,
    RelatedArticle,
    SearchQuery,
    SearchResults,
    Suggestion,
)
from shared.telemetry.tracing import stage


class _Found(NamedTuple):
    """The documents that a plan found under the filters, as parallel columns.

    ``candidates`` ascend. ``base`` has the scores before bonuses, ``title`` the title bonuses (None: no title has any).
    ``every`` is a mask of all documents that match all groups.
    """

    matches: list[GroupMatch]
    candidates: I64
    base: F64
    every: Bools
    title: F64 | None = None
    is_pasted: bool = False

    @property
    def has_all(self) -> Bools:
        """Whether each of the candidates matches all groups."""
        return self.every.take(self.candidates)

    def emptied(self) -> _Found:
        """A copy without documents."""
        return self._replace(candidates=self.candidates[:0], base=self.base[:0], title=None)


class WhooshEngine:
    """One generation, open for reading. See the LocalEngine Protocol for its contract."""

    def __init__(
        self,
        generation: Generation,
        synonyms: Synonyms,
        known: KnownWords | None = None,
        *,
        window_size: int = WINDOW,
        files: Sequence[CheckedFile] = (),
    ) -> None:
        self._generation = generation
        self._files = files
        self._synonyms = synonyms
        self._known = known or KnownWords()
        self._window_size = window_size
        self._matches = MatchCache()

    @property
    def generation(self) -> str:
        """The name of this generation."""
        return self._generation.name

    @property
    def generation_data(self) -> Generation:
        """The arrays of this generation, for tests."""
        return self._generation

    def search(self, query: SearchQuery, rerank: Rerank | None = None) -> SearchResults:
        """The page of hits for ``query``, reordered by ``rerank`` if given."""
        started = time.perf_counter()
        generation = self._generation
        understood, found = self._answer(query)
        with stage("rank"):
            scored = self._order(found, understood, query, rerank)[(query.page - 1) * query.size :]
        with stage("show"):
            hits = self._hits(scored, found, query)
        near: tuple[Hit, ...] = ()
        if not is_answered(query.text, understood, generation, found.matches, found.candidates, title=found.title):
            near, hits = hits[:MAX_NEAR] if query.page == 1 else (), ()
            found = found.emptied()
        with_all = int(np.count_nonzero(found.has_all))
        return SearchResults(
            query=query,
            total=len(found.candidates),
            took_ms=(time.perf_counter() - started) * 1000.0,
            generation=generation.name,
            hits=hits,
            facets=count_facets(generation, found.candidates),
            correction=None if understood.correction is None else Correction(query.text, understood.correction),
            matched="all" if with_all == len(found.candidates) else "some",
            building=generation.building,
            with_all=with_all,
            readings=understood.readings,
            missing=understood.missing,
            offers=understood.offers,
            near=near,
        )

    def show(self, places: Iterable[Place]) -> tuple[Hit, ...]:
        """See RerankingEngine."""
        return show_places(self._generation, places)

    def rank(self, query: SearchQuery) -> Sequence[Scored]:
        """The documents of the page with their scores alone, to compare with other engines."""
        understood, found = self._answer(query)
        return self._order(found, understood, query)[(query.page - 1) * query.size :]

    def understand(self, query: SearchQuery) -> Understood:
        """The query as this generation understands it."""
        return self._understand(query, self._vocabulary())

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Completions of ``text``, best first."""
        return suggest.suggest(self._generation, text, limit)

    def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """Articles related to ``slug``. Raises UnknownArticle."""
        return related.related(self._generation, slug, limit)

    def status(self) -> EngineStatus:
        """Describe this generation."""
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

    def is_unchanged(self) -> bool:
        """See LocalEngine."""
        for file in self._files:  # noqa: SIM110 - runs twice per answer, and a generator takes half of its time
            if not file.is_unchanged():
                return False
        return True

    def check(self) -> bool:
        """See LocalEngine."""
        return all(file.check() for file in self._files)

    def release_pages(self) -> None:
        """See LocalEngine."""
        for file in self._files:
            file.arrays.release()

    def close(self) -> None:
        """Release the generation. Its files stay mapped until the last answer from them is gone."""
        self.release_pages()

    def _understand(self, query: SearchQuery, vocabulary: GenerationVocabulary) -> Understood:
        return understand(query.text, vocabulary, self._synonyms, self._known, partial=query.partial, exact=query.exact)

    def _vocabulary(self) -> GenerationVocabulary:
        """The words of this generation, for one query."""
        return GenerationVocabulary(self._generation, self._synonyms, cache=self._matches)

    def _answer(self, query: SearchQuery) -> tuple[Understood, _Found]:
        """Understand ``query``, and find its documents under its filters."""
        vocabulary = self._vocabulary()
        with stage("understand"):
            understood = self._understand(query, vocabulary)
        filters = filter_mask(self._generation, both(query.filters, understood.parsed.filters))
        if understood.finds_nothing:
            filters = np.zeros_like(filters)
        with stage("match"):
            return understood, self._select(understood, vocabulary, filters)

    def _select(self, understood: Understood, vocabulary: GenerationVocabulary, filters: Bools) -> _Found:
        """The documents under ``filters`` that match any group of the plan, and every required one."""
        generation, plan = self._generation, understood.plan
        matches = [vocabulary.match(group) for group in plan.groups if not group.is_optional]
        allowed = filters
        for group in plan.excluded:
            allowed = allowed & ~vocabulary.match(group).has
        if not matches:
            candidates = np.flatnonzero(allowed)
            return _Found(matches, candidates, np.zeros(len(candidates)), allowed)
        every, some = matches[0].has, matches[0].has
        for match in matches:
            if match.group.is_required and not plan.is_pasted:
                allowed = allowed & match.has
            every = every & match.has
            some = some | match.has
            for piece in match.pieces:
                some = some | piece.has
        exact, _ = generation.exact(understood.parsed.text)
        if len(exact):
            some = some.copy()
            some[exact] = True
        candidates = (some & allowed).nonzero()[0]
        base = base_scores(generation, matches, candidates, is_pasted=plan.is_pasted)
        title = title_bonus(generation, matches, [group for group in plan.groups if group.is_optional])
        own_title = None if title is None else title.take(candidates)
        return _Found(matches, candidates, base, every, own_title, plan.is_pasted)

    def _hits(self, scored: Sequence[Scored], found: _Found, query: SearchQuery) -> tuple[Hit, ...]:
        """The hits of ``scored``, explained if requested."""
        explanations: list[Explanation | None] = [None] * len(scored)
        if query.explain:
            explanations = [explain(self._generation, found.matches, one, is_pasted=found.is_pasted) for one in scored]
        return make_hits(self._generation, scored, found.matches, explanations)

    def _order(
        self, found: _Found, understood: Understood, query: SearchQuery, rerank: Rerank | None = None
    ) -> Sequence[Scored]:
        """The first documents of ``found`` in the order of ``query``, up to the end of its page."""
        wanted, candidates, base = query.page * query.size, found.candidates, found.base
        if query.sort != RELEVANCE or not found.matches:
            return by_attribute(self._generation, candidates, base, found.has_all, wanted=wanted, sort=query.sort)
        text, boost = understood.parsed.text, None
        if len(candidates):
            boost = exact_boost(
                self._generation,
                understood.parsed,
                candidates,
                float(base.max()),
                found.title,
                has_all=lambda: found.has_all,
            )
        best = rank(
            self._generation,
            found.matches,
            candidates,
            base,
            title=found.title,
            boost=boost,
            wanted=max(wanted, RERANKED) if rerank else wanted,
            window_size=self._window_size,
        )
        if rerank is not None:
            best = best.where(self._reranked(best, found, text, rerank)[:wanted])
        return best.rows()

    def _reranked(self, best: ScoreColumns, found: _Found, text: str, rerank: Rerank) -> I64:
        """The indices of ``best``: the first RERANKED in the order of ``rerank``, then the others."""
        generation, documents = self._generation, best.documents[:RERANKED].tolist()
        boost = best.boost
        given = Candidates(
            slugs=list(map(generation.slugs.__getitem__, documents)),
            scores=best.scores()[:RERANKED].tolist(),
            is_exact=[False] * len(documents) if boost is None else (boost[:RERANKED] > 0).tolist(),
            coverage=share_of_query(generation, found.matches, documents[0]) if documents else 0.0,
            has=lambda slug: _is_in(found.candidates, generation.by_slug.get(slug, -1)),
            by_section=lambda places: words_by_section(
                generation, found.matches, [documents[place] for place in places]
            ),
        )
        order = np.argsort(-np.array(rerank(text, given)), kind="stable")  # ties keep the order by words
        return np.concatenate((order, np.arange(len(order), len(best.documents))))


def _is_in(documents: I64, document: int) -> bool:
    """Whether ``document`` is in ``documents`` (ascending)."""
    at = int(documents.searchsorted(document))
    return at < len(documents) and int(documents[at]) == document
