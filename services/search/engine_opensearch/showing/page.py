"""Rerank candidates, and build the hits of the page, by ``search.arrays``. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from services.search.arrays.matching.by_section import words_by_section
from services.search.arrays.matching.messages import is_answered
from services.search.arrays.matching.ranking import Scored, exact_boost, rank
from services.search.arrays.matching.scores import base_scores, share_of_query
from services.search.arrays.matching.titles import title_bonus
from services.search.arrays.segment.generation import Generation
from services.search.arrays.showing.explain import explain
from services.search.arrays.showing.hits import make_hits, show_places
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.candidates import WINDOW, Candidates
from services.search.engine_opensearch.finding.hit import ClusterHit
from services.search.engine_opensearch.finding.queries import surfaces_of
from services.search.engine_opensearch.showing.window import open_window
from services.search.reranking import Place, SectionWords
from shared.search.contract import Hit


class Ranked(NamedTuple):
    """The candidates in order; ``document`` of each is its index among those found.

    ``is_answer`` is false for an error message that no article is about. ``coverage`` is the share of the query that
    the first article has. ``by_section`` scores the sections of the articles with these indices in ``order``.
    """

    order: list[Scored]
    is_answer: bool
    coverage: float
    by_section: Callable[[Sequence[int]], SectionWords]


class Pages:
    """Ranks and shows the candidates of one query; ``name`` and ``updated`` are those of the generation."""

    def __init__(self, asked: Asked, name: str, updated: datetime) -> None:
        self._asked = asked
        self._name = name
        self._updated = updated
        self._statistics = asked.statistics._replace(titles=asked.titles())
        self._surfaces = surfaces_of(asked.lexicon, asked.meant.plan.groups)

    def _open(self, found: Sequence[ClusterHit]) -> Generation:
        return open_window(found, self._surfaces, self._statistics, self._name, self._updated)

    def rank(self, candidates: Candidates) -> Ranked:
        """Rerank the best WINDOW candidates by the cluster's score; the others keep their order."""
        found, plan = candidates.found, self._asked.meant.plan
        if not found:
            return Ranked([], is_answer=True, coverage=0.0, by_section=_no_sections)
        generation = self._open(found)
        matches = self._asked.matches(generation)
        every = np.arange(len(found))
        base = base_scores(generation, matches, every, is_pasted=plan.is_pasted)
        as_found = [Scored(at, float(base[at]), 0.0, 0.0, 0.0, 0.0) for at in every.tolist()]
        if not candidates.is_window:
            return Ranked(as_found, is_answer=True, coverage=0.0, by_section=_no_sections)
        chosen = every[:WINDOW]
        title = title_bonus(generation, matches, [group for group in plan.groups if group.is_optional])
        own_title = None if title is None else title[:WINDOW]
        ranked = rank(
            generation,
            matches,
            chosen,
            base[:WINDOW],
            title=own_title,
            boost=exact_boost(
                generation,
                self._asked.meant.parsed,
                chosen,
                float(base[:WINDOW].max()),
                own_title,
                has_all=lambda: np.logical_and.reduce([match.has[:WINDOW] for match in matches]),
            ),
            wanted=len(chosen),
            window_size=WINDOW,
        ).rows()
        return Ranked(
            [*ranked, *as_found[WINDOW:]],
            is_answered(self._asked.query.text, self._asked.meant, generation, matches, chosen, title=title),
            share_of_query(generation, matches, ranked[0].document),
            lambda places: words_by_section(generation, matches, [ranked[place].document for place in places]),
        )

    def show(self, page: Sequence[ClusterHit], scored: Sequence[Scored]) -> tuple[Hit, ...]:
        """The hits of ``page``, which has the texts for snippets; ``scored`` is parallel to it."""
        generation = self._open(page)
        own = [one._replace(document=at) for at, one in enumerate(scored)]
        matches, is_pasted = self._asked.matches(generation), self._asked.meant.plan.is_pasted
        is_explained = self._asked.query.explain
        explanations = [explain(generation, matches, one, is_pasted=is_pasted) if is_explained else None for one in own]
        return make_hits(generation, own, matches, explanations)

    def show_places(self, found: Sequence[ClusterHit], places: Sequence[Place]) -> tuple[Hit, ...]:
        """Hits for sections that no word matched, of articles that have the texts for snippets."""
        return show_places(self._open(found), places)


def _no_sections(places: Sequence[int]) -> SectionWords:
    """No section has any word."""
    return SectionWords([np.zeros(0)] * len(places), 0.0)
