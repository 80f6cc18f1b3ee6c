"""Judged queries: the file, the measures over it, and that the site answers them as well as it ever did."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedEngine, LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.relevance.judged import (
    JudgedQuery,
    JudgedResult,
    RelevanceReport,
    check_relevance,
    describe,
    evaluate,
    parse_relevance,
)
from shared.content.article import Article
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from tests.search_service.articles import make_article
from tests.search_service.engine.memory_engine import MemoryEngine

ROOT = Path(__file__).resolve().parents[3]
RELEVANCE = ROOT / "content" / "relevance.toml"
#: The bar that no baseline may fall under: what the site promises its readers.
LEAST_MRR = 0.97


@dataclass(frozen=True, slots=True)
class Site:
    """The articles of the site, and how its judged queries are answered."""

    articles: tuple[Article, ...]
    report: RelevanceReport


def judged() -> tuple[JudgedQuery, ...]:
    queries, problems = parse_relevance(RELEVANCE.read_text(encoding="utf-8"), "content/relevance.toml")
    assert problems == ()
    return queries


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    articles = load_now(ROOT / "content").require().articles
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"), ROOT / "content" / "synonyms.toml")
    store.sync(articles)
    engine = store.open()
    report = evaluated(engine, judged())
    engine.close()
    return Site(tuple(articles), report)


@pytest.fixture(scope="module")
def baseline() -> dict[str, float | list[str]]:
    path = Path(__file__).with_name("relevance_baseline.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


# The site.


def test_there_are_enough_judged_queries_over_every_article(site: Site) -> None:
    assert len(judged()) >= 100
    answered = {slug for query in judged() for slug, grade in query.articles.items() if grade == 3}
    assert answered == {article.slug for article in site.articles}


def test_judgements_name_articles_and_sections_that_exist(site: Site) -> None:
    assert check_relevance(judged(), site.articles, "content/relevance.toml") == ()


def losses(report: RelevanceReport, accepted: Sequence[str]) -> tuple[JudgedResult, ...]:
    """The queries whose first hit does not answer, except those ``accepted`` to fail for now."""
    return tuple(result for result in report.results if not result.is_success and result.query.text not in accepted)


def test_no_query_that_found_its_answer_first_has_lost_it(site: Site, baseline: dict[str, list[str]]) -> None:
    assert not (lost := losses(site.report, baseline["accepted"])), "\n\n".join(map(describe, lost))


def test_accepted_losses_are_judged_queries_that_still_fail(site: Site, baseline: dict[str, list[str]]) -> None:
    failing = [result.query.text for result in site.report.results if not result.is_success]
    assert set(baseline["accepted"]) <= set(failing)


@pytest.mark.parametrize("measure", ["mrr", "ndcg"])
def test_no_measure_falls_below_its_baseline(site: Site, baseline: dict[str, float], measure: str) -> None:
    worst = sorted(site.report.results, key=lambda result: result.ndcg)[:5]
    assert getattr(site.report, measure) >= baseline[measure], "\n\n".join(map(describe, worst))


@pytest.mark.parametrize("measure", ["section_success", "places"])
def test_no_measure_of_sections_falls_below_its_baseline(site: Site, baseline: dict[str, float], measure: str) -> None:
    wrong = [
        f"{result.query.text!r} should lead to {hit.slug}#{anchor}, and leads to {[s.anchor for s in hit.sections]}"
        for result in site.report.results
        for hit in result.hits
        for slug, anchor in result.query.sections
        if slug == hit.slug and anchor not in [section.anchor for section in hit.sections[:1]]
    ]
    assert getattr(site.report, measure) >= baseline[measure], "\n".join(wrong)


def test_readers_find_the_answer_first_nearly_always(site: Site) -> None:
    assert site.report.mrr >= LEAST_MRR


def test_the_colophon_claims_no_more_than_is_measured(site: Site) -> None:
    colophon = " ".join((ROOT / "content" / "pages" / "colophon.md").read_text(encoding="utf-8").split())
    stated = re.search(r"On the (\d+) queries .* mean reciprocal rank of ([01]\.\d{3})\.", colophon)
    assert stated is not None
    assert int(stated[1]) == len(judged())
    assert float(stated[2]) <= round(site.report.mrr, 3)


# The file and the report, without the site.


def test_sections_grade_their_article_and_an_article_has_the_best_of_its_grades() -> None:
    text = '[[queries]]\ntext = "a"\nrelevant = { "x#one" = 3, "x" = 1, "x#two" = 2, "y" = 1 }'
    (query,), problems = parse_relevance(text, "relevance.toml")
    assert problems == ()
    assert query == JudgedQuery("a", {"x": 3, "y": 1}, {("x", "one"): 3, ("x", "two"): 2}, line=1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[queries]", "relevance.toml:1: this file is not TOML"),
        ('[[queries]]\nquery = "a"', "relevance.toml:2: 'query' is not a known key: the keys are relevant, text"),
        ('\n[[queries]]\nrelevant = { "x" = 3 }', "relevance.toml:2: 'text' must be what a reader types"),
        ('[[queries]]\ntext = " "\nrelevant = { "x" = 3 }', "relevance.toml:1: 'text' must be what a reader types"),
        (f'[[queries]]\ntext = "{"a" * 201}"\nrelevant = {{ "x" = 3 }}', "relevance.toml:1: 'text' has 201 characters"),
        ('[[queries]]\ntext = "a"', "relevance.toml:1: 'relevant' must name articles with their grades"),
        ('[[queries]]\ntext = "a"\nrelevant = {}', "relevance.toml:1: 'relevant' must name articles with their grades"),
        (
            '[[queries]]\ntext = "a"\nrelevant = { "x" = 4 }',
            "relevance.toml:1: the grade of 'x' must be one of: 1 touches",
        ),
        (
            '[[queries]]\ntext = "a"\nrelevant = { "x" = true }',
            "relevance.toml:1: the grade of 'x' must be one of: 1 touches",
        ),
    ],
)
def test_problems_of_the_file_name_their_line_and_what_to_do(text: str, problem: str) -> None:
    queries, problems = parse_relevance(text, "relevance.toml")
    assert queries == ()
    assert [str(one)[: len(problem)] for one in problems] == [problem]


def test_a_query_is_judged_once() -> None:
    table = '[[queries]]\ntext = "a"\nrelevant = { "x" = 3 }\n'
    queries, problems = parse_relevance(table * 2, "relevance.toml")
    assert [query.line for query in queries] == [1]
    assert [str(problem) for problem in problems] == ["relevance.toml:4: 'a' is judged twice: first on line 1"]


def test_judgements_of_missing_articles_are_problems() -> None:
    query = JudgedQuery("a", {"x": 3, "gone": 1}, {("x", "nowhere"): 3, ("gone", "s"): 1}, line=7)
    problems = check_relevance([query], [make_article("x")], "relevance.toml")
    assert [str(problem) for problem in problems] == [
        "relevance.toml:7: there is no article 'gone'",
        "relevance.toml:7: 'x' has no section '#nowhere'",
    ]


def evaluated(engine: LocalEngine, queries: Iterable[JudgedQuery]) -> RelevanceReport:
    """How ``engine`` answers ``queries``."""
    return asyncio.run(evaluate(EmbeddedEngine(engine, InlineCpu()), queries))


def report_of(*queries: JudgedQuery) -> RelevanceReport:
    engine = MemoryEngine(
        "1",
        [
            make_article("first", title="Kafka kafka kafka"),
            make_article("second", title="Kafka kafka"),
            make_article("third", title="Outbox"),
        ],
    )
    return evaluated(engine, queries)


QUERY = partial(JudgedQuery, sections={}, line=1)


def test_a_hit_that_only_mentions_the_subject_is_no_success() -> None:
    report = report_of(QUERY("kafka", {"first": 1, "second": 2}), QUERY("outbox", {"third": 3}))
    assert [result.reciprocal_rank for result in report.results] == [1 / 2, 1]
    assert (report.mrr, report.success) == (3 / 4, 1 / 2)
    assert report.results[1].ndcg == 1


def test_where_nothing_more_than_touches_that_is_the_answer() -> None:
    assert report_of(QUERY("kafka", {"first": 1})).success == 1


def test_a_hit_leads_right_when_its_first_section_is_a_judged_one() -> None:
    engine = MemoryEngine("1", [make_article("first", sections=(("One", "the relay"), ("Two", "a relay")))])
    (hit,) = engine.search(SearchQuery("relay")).hits
    first, second, *_ = [section.anchor for section in hit.sections]
    right = JudgedQuery("relay", {"first": 3}, {("first", first): 3, ("first", "elsewhere"): 1}, line=1)
    wrong = JudgedQuery("relay", {"first": 3}, {("first", second): 3, ("absent", first): 3}, line=1)
    report = evaluated(engine, [right, right, wrong])
    assert [(result.leads, result.leads_right) for result in report.results] == [(1, 1), (1, 1), (1, 0)]
    assert report.section_success == pytest.approx(2 / 3)


def test_losses_are_described_with_the_actual_first_hit_and_its_score() -> None:
    report = report_of(QUERY("kafka", {"second": 3}), QUERY("nothing", {"first": 3}))
    first, second = losses(report, [])
    assert losses(report, ["kafka"]) == (second,)
    assert describe(first).splitlines()[0] == "'kafka' should find second (3)"
    assert describe(first).splitlines()[1].startswith("  1. first ")
    assert describe(second).splitlines()[1:] == ["  found nothing"]
