"""Readiness checks of the search service for /readyz."""

from __future__ import annotations

from services.search.answering.generations import Generations
from services.search.indexing.feed import IndexerFeed
from shared.web.health import Check, Health


def add_checks(health: Health, generations: Generations, feed: IndexerFeed) -> None:
    """Add the checks. Ready: there is an index. Degraded: it does not follow the content, or the content is invalid."""

    def index() -> Check:
        if generations.name is None:
            return Check(is_ok=False, detail=f"no index yet; {feed.state.describe()}")
        serving = f"generation {generations.name}"
        if generations.problem and not generations.answers_alone:
            return Check(is_ok=False, detail=generations.problem)
        if generations.problem:
            return Check(is_ok=False, detail=f"{generations.problem}; {serving} answers on", is_required=False)
        return Check(is_ok=True, detail=serving)

    def indexer() -> Check:
        state = feed.state
        return Check(is_ok=not state.error, detail=state.describe(), is_required=False)

    def content() -> Check:
        count, problems = feed.state.problem_count, feed.state.problems
        if not count:
            detail = "valid" if feed.state.is_content_known else "not read yet"
            return Check(is_ok=True, detail=detail, is_required=False)
        more = f"\n… and {count - len(problems)} more" if count > len(problems) else ""
        return Check(is_ok=False, detail="\n".join(problems) + more, is_required=False)

    def meaning() -> Check:
        state = feed.state
        return Check(is_ok=not state.is_meaning_missing, detail=state.meaning or "not known yet", is_required=False)

    health.add("index", index)
    health.add("indexer", indexer)
    health.add("content", content)
    health.add("meaning", meaning)
