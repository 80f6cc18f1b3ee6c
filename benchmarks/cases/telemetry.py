"""What traces cost: both services over this site's articles, with traces and without, at 32 connections.

With traces, a collector takes them. Throughput without is that of the same code: what it costs to have spans in the
code at all is the time of a stage without a tracer, in shares of a search.
"""

from __future__ import annotations

import timeit
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.figures import median, median_ratio
from benchmarks.load import Load, run_load
from benchmarks.machine import available_cores
from benchmarks.processes import ROOT, Server, fetch, free_port, python_module, serving
from benchmarks.report import Bar, Report, Table, Verdict, short
from benchmarks.rounds import one_core
from shared.telemetry import tracing

OFF, ON = "without traces", "with traces"
CONNECTIONS = 32
LEAST_THROUGHPUT, MOST_SHARE = 0.95, 0.01
#: Stages that one search opens in the search service.
STAGES = 8
TARGETS: Mapping[str, tuple[str, ...]] = {
    "a prepared page": ("/articles/transactional-outbox/",),
    "a page of results": tuple(f"/?q={query}" for query in ("outbox", "latency", "zero+trust", "kafka", "postgres")),
}
REQUESTS = {"a prepared page": 4_000, "a page of results": 400}


def run(bench: Workbench) -> Report:
    """Both kinds of pages, in rounds with traces and without in turn."""
    core, load_core = available_cores()[0], available_cores()[-1]
    loads: dict[tuple[str, str], list[Load]] = {}
    with ExitStack() as stack, bench.scratch() as scratch:
        collector = stack.enter_context(_collector())
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}"}
        servers = {
            name: stack.enter_context(_pair(Path(scratch) / str(number), core, environ))
            for number, (name, environ) in enumerate({OFF: {}, ON: traced}.items())
        }
        stack.enter_context(one_core(load_core))
        for number in range(-1, max(bench.rounds // 2, 2)):  # one round of warm-up
            for kind, targets in TARGETS.items():
                bench.tell(f"{kind}, round {number + 1}")
                for name in servers if number % 2 else reversed(servers):
                    load = run_load(servers[name].port, targets, connections=CONNECTIONS, requests=REQUESTS[kind])
                    if number >= 0:
                        loads.setdefault((kind, name), []).append(load)
        if int(fetch(collector.port, "/")[1]) == 0:
            raise InvalidMeasurement("the collector got no traces")
    return _report(loads, _stage_s())


@contextmanager
def _collector() -> Iterator[Server]:
    port = free_port()
    with serving(python_module("benchmarks.servers.collector", str(port)), port=port, first="/") as server:
        yield server


@contextmanager
def _pair(folder: Path, core: int, environ: Mapping[str, str]) -> Iterator[Server]:
    """The site, asking a search service of its own."""
    ports = free_port(), free_port()
    settings = {
        **environ,
        "PERSPECTIVE_CONTENT_DIR": str(ROOT / "content"),
        "PERSPECTIVE_INDEX_DIR": str(folder / "index"),
        "PERSPECTIVE_CACHE_DIR": str(folder / "cache"),
        "PERSPECTIVE_RENDER_PORT": str(ports[0]),
        "PERSPECTIVE_SEARCH_PORT": str(ports[1]),
        "PERSPECTIVE_SEARCH_URL": f"http://127.0.0.1:{ports[1]}",
        "PERSPECTIVE_SEARCHES_PER_SECOND": "0",
        "PERSPECTIVE_SEMANTIC": "off",
        "PERSPECTIVE_WATCH": "off",
        "PERSPECTIVE_ACCESS_LOG": "false",
    }
    with (
        serving(python_module("services", "search"), port=ports[1], first="/readyz", core=core, environ=settings),
        serving(
            python_module("services", "render"), port=ports[0], first="/readyz", core=core, environ=settings
        ) as server,
    ):
        yield server


def _stage_s() -> float:
    """Seconds of one stage without a tracer."""

    def stage() -> None:
        with tracing.stage("rank"):
            pass

    return min(timeit.repeat(stage, number=100_000, repeat=5)) / 100_000


def _report(loads: dict[tuple[str, str], list[Load]], stage_s: float) -> Report:
    rows, verdicts = [], []
    for kind in TARGETS:
        off, on = ([load.throughput for load in loads[kind, name]] for name in (OFF, ON))
        ratio = median_ratio(on, off)
        rows.append((kind, short(median(off)), short(median(on)), short(ratio)))
        verdicts.append(Verdict(f"Traces, {kind}, throughput", ratio, Bar(LEAST_THROUGHPUT, "at least", peer=OFF)))
    search_s = 1 / median(load.throughput for load in loads["a page of results", OFF])
    share = STAGES * stage_s / search_s
    verdicts.append(Verdict("Stages without a tracer, share of a page of results", share, Bar(MOST_SHARE)))
    notes = (
        f"{CONNECTIONS} connections, both services on one core and the load on another; rounds in turn, medians.",
        f"A stage without a tracer takes {stage_s * 1e9:.0f} ns; {STAGES} are {share:.5f} of a page of results.",
    )
    columns = ("", f"requests/s {OFF}", f"requests/s {ON}", "with ÷ without")
    return Report((Table("What traces cost", columns, tuple(rows), notes),), tuple(verdicts))
