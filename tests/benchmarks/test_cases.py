"""Benchmarks over a handful of articles: that they run and report, without a bound on time."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import InvalidMeasurement
from benchmarks.__main__ import main
from benchmarks.cases import CASES, Workbench, build, expensive, http_search, memory, queries, run_case
from benchmarks.cases.operating import overload, soak
from benchmarks.corpus import Corpus
from benchmarks.query import Query
from benchmarks.traffic.clients import Answers, Work, ask
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


def test_the_most_expensive_texts_are_as_long_as_a_query_may_be_and_compared_with_plain_ones(bench: Workbench) -> None:
    assert {len(text) for text in expensive.texts().values()} <= set(range(150, 201))
    report = expensive.run(bench)
    assert len(report.tables[0].rows) == len(expensive.texts())
    assert [verdict.bar.peer for verdict in report.verdicts] == ["a plain query"]


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
    assert callable(import_module(f"benchmarks.cases.{CASES[name]}").run)
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


def answered(**statuses: int) -> Answers:
    """Answers that took a millisecond each."""
    found = Answers(seconds=10.0)
    for name, count in statuses.items():
        for _ in range(count):
            found.add(int(name.removeprefix("s")), 0.001)
    return found


def test_a_soak_names_what_grows_and_what_is_lost() -> None:
    flat = [soak.Sample(100, 100, 100, 50, 1000, 7)] * 20
    edited = soak.Edited((0.2, 0.4), 0)
    report = soak.report(flat, edited, answered(s200=50), 100.0, "4 pages")
    assert all(verdict.is_met for verdict in report.verdicts)
    leaking = [soak.Sample(100 + 5 * number, 100, 100, 50 + number, 1000, 7) for number in range(20)]
    report = soak.report(leaking, soak.Edited((0.2,), 1), answered(s200=50, s503=1), 100.0, "4 pages")
    broken = [verdict.work for verdict in report.verdicts if not verdict.is_met]
    assert [work.partition(", ")[2].partition(":")[0] for work in broken] == [
        "render, resident MiB",
        "descriptors of all",
        "requests without a page",
        "edits not found within 8 s",
    ]


def test_an_overload_tells_refusals_from_faults() -> None:
    found = overload.Overload(
        "results", answered(s200=3, s503=5, s500=1, s0=2), [0.001] * 9, [0.003] * 9, [0.002] * 9, 10.0
    )
    assert (found.refused, found.unexpected) == (5, 3)
    (row,) = overload.table([found], "Overload").rows
    assert row[:5] == ("results", "1", "3", "5", "3")


async def test_clients_count_what_is_lost_and_go_on() -> None:
    sent: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            sent.append(head)
            await reader.readuntil(b"\r\n\r\n")
            if len(sent) % 3 == 0:
                break  # without an answer
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    work = Work(server.sockets[0].getsockname()[1], ("/a?{n}", "/b?{n}"), 1, requests=9)
    answers = await asyncio.to_thread(ask, work)
    server.close()
    assert answers.statuses == {200: 6, 0: 3}
    assert answers.reasons.total() == 3
    assert sent[:2] == [b"GET /a?0 HTTP/1.1\r\n", b"GET /b?1 HTTP/1.1\r\n"]


def test_sizes_are_chosen_by_their_pages_and_a_wrong_one_is_named() -> None:
    result = CliRunner().invoke(main, ["--only", "cluster", "--sizes", "750,751"])
    assert (result.exit_code, "751: it is one of 750, 11905, 60000" in result.output) == (2, True)
    assert Workbench(is_quick=True, chosen=("huge", "small")).sizes == ("huge", "small")
