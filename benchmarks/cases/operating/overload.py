"""Overload: hundreds of clients request uncached answers, while other requests are timed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.measuring.figures import percentile
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds
from benchmarks.running.processes import fetch, free_port
from benchmarks.running.services import Service, running
from benchmarks.traffic.clients import Answers, Work, asking

CLIENTS = 400
SECONDS, QUICK_SECONDS = 30.0, 5.0
HEALTH_BAR_S = 0.1
#: What the clients ask for: results of a search nobody made before, and pages that do not exist.
KINDS = {"results": "/?q=word{n}+latency", "404": "/nothing/word{n}", "searches": "/v1/search?q=word{n}+latency"}
#: The kinds that search is asked for itself; the others are asked of render.
OF_SEARCH = frozenset({"searches"})
PROBE_S = 0.05
PORTS = "/healthz is asked on the management port, then on the port of the service."


@dataclass(frozen=True, slots=True)
class Overload:
    """One overload: the answers of its clients, and the seconds that other clients waited for /healthz and a page.

    ``healthz`` was asked on the management port, ``own`` on the port of the service.
    """

    kind: str
    answers: Answers
    healthz: Sequence[float]
    own: Sequence[float]
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
        search, render = services(corpus.content_dir, Path(scratch))
        with running(search, render):
            page = f"/articles/{corpus.articles[0].slug}/"
            found = [overload(search, render, kind, page, seconds=seconds) for kind in KINDS]
    bar = Bar(HEALTH_BAR_S * 1000, unit="ms")
    verdicts = [
        Verdict(f"/healthz, {share * 100:.0f}th percentile, {CLIENTS} clients, {one.kind}{where}",
                percentile(times, share) * 1000, bar)
        for one in found
        for where, times, share in (("", one.healthz, 0.95), ("", one.healthz, 0.99), (", own port", one.own, 0.95))
    ]  # fmt: skip
    return Report((table(found, f"Overload by {CLIENTS} clients, {len(corpus.articles):,} pages"),), tuple(verdicts))


def services(content: Path, data: Path) -> tuple[Service, Service]:
    """Search, and render that asks it, each with a management port."""
    search = Service("search", content, data / "search", management_port=free_port())
    settings = {"SEARCH_URL": search.address}
    return search, Service("render", content, data / "render", settings, management_port=free_port())


def overload(
    search: Service, render: Service, kind: str, page: str, *, clients: int = CLIENTS, seconds: float
) -> Overload:
    """Overload the service that answers ``kind``, and meanwhile request /healthz and, of render, ``page``."""
    service, page = (search, "/v1/status") if kind in OF_SEARCH else (render, page)
    probes = Probes(service, page)
    fetch(service.port, page)
    started = time.monotonic()
    with asking(Work(service.port, (KINDS[kind],), clients, seconds=seconds)) as asked:
        probes.run(asked)
        answers = asked.result()
    return Overload(kind, answers, *probes.times, time.monotonic() - started)


class Probes:
    """Requests that a service must answer under any load. ``times`` are seconds, in the order of Overload."""

    def __init__(self, service: Service, page: str) -> None:
        self._asked = ((service.management_port or service.port, "/healthz"), (service.port, "/healthz"),
                       (service.port, page))  # fmt: skip
        self.times: tuple[list[float], list[float], list[float]] = ([], [], [])

    def run(self, asked: Future[Answers]) -> None:
        """Ask in turn until the clients have ended; each on a new connection, as a health check does."""
        while not asked.done():
            self._round()

    def _round(self) -> None:
        for (port, path), times in zip(self._asked, self.times, strict=True):
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
        "own port p95",
        "p99",
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
            *(milliseconds(percentile(one.own, share)) for share in (0.95, 0.99)),
            milliseconds(percentile(one.page, 0.95)),
        )
        for one in found
    )
    notes = (
        "The clients ask again at once, refused or not. They are one process with the priority of the services.",
        "The clients, both services and the probes share the cores.",
        "Milliseconds are those of one more client, on a new connection each time. The page of search is /v1/status.",
        PORTS,
    )
    return Table(title, columns, rows, notes)
