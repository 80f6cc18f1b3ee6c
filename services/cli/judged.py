"""The part of ``perspective check`` that needs the search extra: synonyms, and the answers to judged queries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from services.cli.operating.judging import RELEVANCE_FILE
from services.search.engine import IndexStore
from services.search.indexing.content_source import searchable_articles
from services.search.opening import open_store
from services.search.relevance.judged import (
    JudgedQuery,
    RelevanceReport,
    check_relevance,
    describe,
    evaluate,
    parse_relevance,
)
from services.search.text.synonyms import parse_synonyms
from shared.content.article import Article
from shared.content.folder.loader import load_now
from shared.content.folder.site_links import site_links
from shared.content.problem import Problem
from shared.text.counted import counted
from shared.web.settings import Settings

SYNONYMS_FILE = "synonyms.toml"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Problems of the search files, and the scores of the judged queries if there are any."""

    problems: tuple[Problem, ...]
    report: RelevanceReport | None = None


def judge(settings: Settings) -> Judgement:
    """Check synonyms and judged queries of the content, and answer the queries from an index made for it."""
    synonyms = settings.content_dir / SYNONYMS_FILE
    problems = parse_synonyms(synonyms.read_text("utf-8"), str(synonyms))[1] if synonyms.is_file() else ()
    relevance = settings.content_dir / RELEVANCE_FILE
    library = load_now(settings.content_dir).library
    if library is None or not relevance.is_file():
        return Judgement(problems)
    articles = searchable_articles(
        library, datetime.now(UTC), site_links(settings.content_dir, base_url=settings.base_url)
    )
    queries, wrong = parse_relevance(relevance.read_text("utf-8"), str(relevance))
    problems += wrong + check_relevance(queries, articles, str(relevance))
    with TemporaryDirectory(prefix="perspective-check-") as directory:
        # The embedded engine, whichever engine the site uses: a check must not touch a cluster.
        own = settings.model_copy(update={"search_engine": "whoosh", "index_dir": Path(directory)})
        report = asyncio.run(_evaluate(open_store(own), articles, queries))
    return Judgement(problems, report if queries else None)


async def _evaluate(store: IndexStore, articles: Sequence[Article], queries: Sequence[JudgedQuery]) -> RelevanceReport:
    await asyncio.to_thread(store.sync, articles)
    engine = await store.open()
    try:
        return await evaluate(engine, queries)
    finally:
        engine.close()
        await store.close()


def report_lines(report: RelevanceReport) -> Sequence[str]:
    """The queries whose first hit does not answer, each with the actual first hit, and the figures."""
    lines = [describe(result, explains=False) for result in report.results if not result.is_success]
    if lines:
        lines.append("perspective query --explain TEXT shows how each score came about.")
    figures = f"MRR {report.mrr:.3f}, nDCG@10 {report.ndcg:.3f}, success@1 {report.success:.3f}"
    lines.append(f"{counted(len(report.results), 'judged query', 'judged queries')}: {figures}")
    if leads := sum(result.leads for result in report.results):
        lines.append(
            f"{counted(leads, 'hit')} with judged sections: success@1 {report.section_success:.3f}, "
            f"judged sections shown {report.places:.3f}"
        )
    return lines
