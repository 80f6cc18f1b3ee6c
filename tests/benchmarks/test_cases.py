"""Benchmarks over a handful of articles: that they run and report, not how fast anything is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import InvalidMeasurement
from benchmarks.__main__ import main
from benchmarks.cases import CASES, Workbench, build, http_search, memory, queries, run_case
from benchmarks.corpus import Corpus
from benchmarks.query import Query
from tests.search_service.articles import SITE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks pin cores and read /proc")

QUERIES = (
    Query("words", "message"),
    Query("words", "request"),
    Query("phrase", "outbox table"),
    Query("prefix", "certif"),
    Query("typo", "tranzactional", "transactional"),
)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A workbench whose small corpus has four articles."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    bench = Workbench(is_quick=True, rounds=2)
    bench.corpora["small"] = Corpus("small", SITE, QUERIES, tmp_path / "content", tmp_path, "digest")
    return bench


def test_queries_report_a_table_for_each_kind_with_every_engine(bench: Workbench) -> None:
    report = queries.run(bench)
    assert [table.title.partition(",")[0] for table in report.tables] == list(queries.KINDS.values())
    for table in report.tables:
        assert [row[0] for row in table.rows] == [queries.OURS, queries.WHOLE, queries.TANTIVY, queries.WHOOSH]
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert {verdict.bar.peer or verdict.bar.unit for verdict in report.verdicts} == {"tantivy", "Whoosh", "ms"}


def test_queries_refuse_to_time_engines_that_find_nothing(bench: Workbench) -> None:
    corpus = bench.corpora["small"]
    asked = (Query("words", "qqqq"), Query("words", "xxxx"))
    bench.corpora["small"] = Corpus("small", SITE, asked, corpus.content_dir, corpus.cache_dir, "digest")
    with pytest.raises(InvalidMeasurement, match="of 2 queries too few are answered by all"):
        queries.run(bench)


def test_only_queries_that_all_answer_are_timed() -> None:
    asked = [Query("words", text) for text in "abc"]
    answers = {queries.OURS: (["1"], [], ["3"]), queries.TANTIVY: (["1"], ["2"], ["3"])}
    assert queries.answered_by_all("words", asked, answers) == [0, 2]


def test_answers_that_have_nothing_in_common_are_no_comparison() -> None:
    answers = {queries.OURS: (["1"],), queries.TANTIVY: (["2"],)}
    with pytest.raises(InvalidMeasurement, match=r"share 0\.0 of ten"):
        queries.answered_by_all("words", [Query("words", "a")], answers)


def test_the_endpoint_is_measured_beside_tantivys_at_both_numbers_of_connections(bench: Workbench) -> None:
    report = http_search.run(bench)
    (table,) = report.tables
    assert [row[0] for row in table.rows] == [
        "Perspective, 1 connection",
        "tantivy, 1 connection",
        "Perspective, 32 connections",
        "tantivy, 32 connections",
    ]
    assert len(report.verdicts) == 3


def test_builds_are_measured_beside_whoosh_and_tantivy(bench: Workbench) -> None:
    report = build.run(bench)
    assert [row[0] for row in report.tables[0].rows] == list(build.builders())
    assert report.verdicts[0].bar.peer == "Whoosh"


def test_memory_is_that_of_a_process_of_its_own_for_each_engine(bench: Workbench) -> None:
    report = memory.run(bench)
    assert [row[0] for row in report.tables[0].rows] == ["Perspective", "tantivy", "Whoosh"]
    assert all(verdict.value > 0 for verdict in report.verdicts)


def test_an_index_is_built_once(bench: Workbench) -> None:
    told: list[str] = []
    bench.tell = told.append
    corpus = bench.corpus("small")
    assert bench.index(corpus, "Whoosh") == bench.index(corpus, "Whoosh")
    assert told == ["building the small index of Whoosh"]


@pytest.mark.parametrize("name", CASES)
def test_every_benchmark_that_can_be_asked_for_exists(name: str) -> None:
    assert callable(__import__(f"benchmarks.cases.{name}", fromlist=["run"]).run)
    assert run_case.__doc__


def test_the_command_names_what_it_can_run() -> None:
    result = CliRunner().invoke(main, ["--only", "nothing"])
    assert result.exit_code == 2
    assert all(name in result.output for name in CASES)


def test_the_command_says_where_corpora_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    result = CliRunner().invoke(main, ["--only", "queries"])
    assert result.exit_code == 1
    assert "set BENCH_DATA" in result.output
