"""Overload: hundreds of clients that ask for what no cache has, and what everybody else gets meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.clients import Answers, Work, asking
from benchmarks.figures import percentile
from benchmarks.processes import fetch
from benchmarks.report import Bar, Report, Table, Verdict, milliseconds
from benchmarks.services import Service, running

CLIENTS = 400
SECONDS, QUICK_SECONDS = 30.0, 5.0
HEALTH_BAR_S = 0.1
#: What the clients ask for: results of a search nobody made before, and pages that do not exist.
KINDS = {"results": "/?q=word{n}+latency", "404": "/nothing/word{n}"}
PROBE_S = 0.05


@dataclass(frozen=True, slots=True)
class Overload:
    """One overload: what its clients got, and the seconds that everybody else waited for /healthz and for a page."""

    kind: str
    answers: Answers
    healthz: Sequence[float]
    page: Sequence[float]
    seconds: float

    @property
    def refused(self) -> int:
        """Requests that were refused with 503."""
        return self.answers.statuses[503]

    @property
    def unexpected(self) -> int:
        """Requests that got neither an answer nor a refusal."""
        return sum(count for status, count in self.answers.statuses.items() if status not in {200, 404, 503})


def run(bench: Workbench) -> Report:
    """Both services over the small corpus."""
    corpus = bench.corpus("small")
    seconds = QUICK_SECONDS if bench.is_quick else SECONDS
    with bench.scratch() as scratch:
        search = Service("search", corpus.content_dir, Path(scratch) / "search")
        render = Service("render", corpus.content_dir, Path(scratch) / "render", {"SEARCH_URL": search.address})
        with running(search, render):
            page = f"/articles/{corpus.articles[0].slug}/"
            found = [overload(render, kind, page, seconds=seconds) for kind in KINDS]
    verdicts = [
        Verdict(f"/healthz, 95th percentile, {CLIENTS} clients, {one.kind}", percentile(one.healthz, 0.95) * 1000,
                Bar(HEALTH_BAR_S * 1000, unit="ms"))
        for one in found
    ]  # fmt: skip
    return Report((table(found, f"Overload by {CLIENTS} clients, {len(corpus.articles):,} pages"),), tuple(verdicts))


def overload(render: Service, kind: str, page: str, *, clients: int = CLIENTS, seconds: float) -> Overload:
    """Overload ``render`` with requests of ``kind``, and ask for /healthz and ``page`` meanwhile."""
    work = Work(render.port, (KINDS[kind],), clients, seconds=seconds)
    healthz: list[float] = []
    pages: list[float] = []
    fetch(render.port, page)
    started = time.monotonic()
    with asking(work) as asked:
        _probe(render.port, page, asked, healthz, pages)
        answers = asked.result()
    return Overload(kind, answers, healthz, pages, time.monotonic() - started)


def _probe(port: int, page: str, asked: Future[Answers], healthz: list[float], pages: list[float]) -> None:
    """Ask for both in turn until the clients have ended; each on a new connection, as a health check does."""
    while not asked.done():
        for path, times in (("/healthz", healthz), (page, pages)):
            started = time.perf_counter()
            status, _ = fetch(port, path)
            assert status == 200, f"{path} answers {status} under overload"
            times.append(time.perf_counter() - started)
            time.sleep(PROBE_S)


def table(found: Sequence[Overload], title: str) -> Table:
    """The figures of several overloads."""
    columns = (
        "asked for",
        "answers/s",
        "answered",
        "refused (503)",
        "else",
        "refusal p50 ms",
        "/healthz p50",
        "p95",
        "p99",
        "max",
        "page p95",
    )
    rows = tuple(
        (
            one.kind,
            f"{one.answers.count / one.seconds:,.0f}",
            f"{one.answers.statuses[200] + one.answers.statuses[404]:,}",
            f"{one.refused:,}",
            f"{one.unexpected:,}",
            milliseconds(percentile(one.answers.latencies.get(503, [0.0]), 0.5)),
            *(milliseconds(percentile(one.healthz, share)) for share in (0.5, 0.95, 0.99, 1.0)),
            milliseconds(percentile(one.page, 0.95)),
        )
        for one in found
    )
    notes = (
        "The clients ask again at once, refused or not. They, both services and the probes share the cores.",
        "Milliseconds of /healthz and of an article page are those of one more client, on a new connection each time.",
    )
    return Table(title, columns, rows, notes)
