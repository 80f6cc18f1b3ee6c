"""Growth: the cost of everything at 1, 2, 4, 8 and 12 thousand pages, and the fitted exponents."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.cases import Workbench
from benchmarks.cases.change import changed
from benchmarks.cases.http_search import search_server, target
from benchmarks.cases.memory import as_typed
from benchmarks.engines import perspective
from benchmarks.measuring.figures import growth_exponent, median
from benchmarks.measuring.machine import available_cores
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.measuring.rounds import Subject, interleave, one_core
from benchmarks.query import Query, QueryKind
from benchmarks.running.processes import serving
from benchmarks.traffic.load import run_load
from shared.content.article import Article

PAGES = (1_000, 2_000, 4_000, 8_000, 11_905)
QUICK_PAGES = (250, 500, 750)
KINDS: tuple[QueryKind, ...] = ("words", "phrase", "prefix", "typo")
MIB = 1 << 20
CHANGES = 3
#: Slower than linear in pages.
BAR = 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at one size. The bar applies to latencies (``is_latency``)."""

    name: str
    unit: str
    value: float
    is_latency: bool = False

    def __str__(self) -> str:
        return milliseconds(self.value) if self.unit == "ms" else short(self.value)


def run(bench: Workbench) -> Report:
    """On parts of the largest corpus."""
    corpus = bench.corpus(bench.largest)
    sizes = QUICK_PAGES if bench.is_quick else PAGES
    found = [_measure(bench, corpus.part(pages), corpus.queries) for pages in sizes]
    rows = []
    verdicts = []
    for number, figure in enumerate(found[0]):
        values = [one[number] for one in found]
        exponent = growth_exponent(sizes, [one.value for one in values])
        rows.append((f"{figure.name}, {figure.unit}", *map(str, values), f"{exponent:.2f}"))
        if figure.is_latency:
            verdicts.append(Verdict(f"Growth of {figure.name}", exponent, Bar(BAR, unit="(exponent)")))
    notes = (
        "Value ≈ c · pages^k, least squares on logarithms: k = 0 is constant, 1 linear.",
        "Parts of the same collection; the same queries for each. Queries are whole answers in process, on one core.",
    )
    columns = ("", *(f"{pages:,}" for pages in sizes), "k")
    return Report((Table("Growth with the number of pages", columns, tuple(rows), notes),), tuple(verdicts))


def _measure(bench: Workbench, articles: Sequence[Article], queries: Sequence[Query]) -> list[Figure]:
    bench.tell(f"growth: {len(articles):,} pages")
    with bench.scratch() as scratch:
        directory = Path(scratch) / "index"
        with one_core():
            started = perf_counter()
            finish = perspective.publish(articles, directory)
            built_s = perf_counter() - started
            finish()
        size_bytes = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
        figures = [Figure("index build on one core", "s", built_s), Figure("index", "MiB", size_bytes / MIB)]
        figures += _in_process(bench, directory, queries)
        figures += _over_http(directory, queries)
        figures.append(Figure("one article changed", "ms", _change(articles, directory), is_latency=True))
        return figures


def _in_process(bench: Workbench, directory: Path, queries: Sequence[Query]) -> list[Figure]:
    started = perf_counter()
    engine = perspective.open_index(directory)
    figures = [Figure("opening the index", "ms", perf_counter() - started, is_latency=True)]
    with one_core():
        for kind in KINDS:
            works = [engine.whole(kind, query.text) for query in queries if query.kind == kind]
            took = interleave({kind: Subject(works)}, max(bench.rounds // 3, 2))[kind]
            figures.append(Figure(f"{kind}, p50", "ms", took.percentile(0.5), is_latency=True))
            figures.append(Figure(f"{kind}, p95", "ms", took.percentile(0.95), is_latency=True))
    return figures


def _over_http(directory: Path, queries: Sequence[Query]) -> list[Figure]:
    core, load_core = available_cores()[0], available_cores()[-1]
    command, port, first = search_server(perspective.NAME, str(directory))
    with serving(command, port=port, first=first, core=core) as server, one_core(load_core):
        words = [target(query.text) for query in queries if query.kind == "words"]
        every = [target(as_typed(query)) for query in queries]
        run_load(port, every, connections=1, requests=len(every))  # warm-up
        one = run_load(port, words, connections=1, requests=2 * len(words))
        many = run_load(port, words, connections=32, requests=5 * len(words))
        return [
            Figure("start to first answer", "ms", server.started_s, is_latency=True),
            Figure("/v1/search, p50", "ms", median(one.latencies), is_latency=True),
            Figure("/v1/search, 32 connections, time a request", "ms", 1 / many.throughput, is_latency=True),
            Figure("memory of the process", "MiB", server.memory().resident / MIB),
        ]


def _change(articles: Sequence[Article], directory: Path) -> float:
    copy = directory.with_name("copy")
    shutil.copytree(directory, copy)
    new = list(articles)
    took = []
    for number in range(CHANGES):
        at = len(new) * (number + 1) // (CHANGES + 1)
        new[at] = changed(new[at], number)
        started = perf_counter()
        finish = perspective.publish(new, copy)
        perspective.open_index(copy)
        took.append(perf_counter() - started)
        finish()
    return median(took)
