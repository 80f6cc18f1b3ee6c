"""The cost of traces: both services over this site's articles, with traces and without, at 32 connections.

With traces, a collector takes them. Costs are compared as processor time for each request, that of the thread that
sends included: it is what bounds throughput, and other work on the machine does not change it. What it costs to have
spans in the code at all is the time of a stage without a tracer, in shares of a page of results.
"""

from __future__ import annotations

import os
import timeit
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.measuring.figures import median, median_ratio
from benchmarks.measuring.machine import available_cores
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.measuring.rounds import one_core
from benchmarks.running.processes import ROOT, Server, fetch, free_port, python_module, serving
from benchmarks.traffic.load import run_load
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
REQUESTS = {"a prepared page": 20_000, "a page of results": 400}

#: The site and its search service.
Pair = tuple[Server, Server]


def run(bench: Workbench) -> Report:
    """Both kinds of pages, in rounds with traces and without in turn."""
    core, load_core = available_cores()[0], available_cores()[-1]
    costs: dict[tuple[str, str], list[float]] = {}
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
                    cost_s = _cost_s(servers[name], targets, REQUESTS[kind])
                    if number >= 0:
                        costs.setdefault((kind, name), []).append(cost_s)
        if int(fetch(collector.port, "/")[1]) == 0:
            raise InvalidMeasurement("the collector got no traces")
    return _report(costs, _stage_s())


def _cost_s(pair: Pair, targets: tuple[str, ...], requests: int) -> float:
    """The processor time of both services for each of these requests, in seconds."""
    before = sum(_processor_s(server.pid) for server in pair)
    run_load(pair[0].port, targets, connections=CONNECTIONS, requests=requests)
    return (sum(_processor_s(server.pid) for server in pair) - before) / requests


def _processor_s(pid: int) -> float:
    """The processor time that a process has taken with all of its threads, in seconds (proc(5), utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _collector() -> Iterator[Server]:
    port = free_port()
    with serving(python_module("benchmarks.servers.collector", str(port)), port=port, first="/") as server:
        yield server


@contextmanager
def _pair(folder: Path, core: int, environ: Mapping[str, str]) -> Iterator[Pair]:
    """The site, with a search service of its own."""
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
        serving(
            python_module("services", "search"), port=ports[1], first="/readyz", core=core, environ=settings
        ) as search,
        serving(
            python_module("services", "render"), port=ports[0], first="/readyz", core=core, environ=settings
        ) as server,
    ):
        yield server, search


def _stage_s() -> float:
    """Seconds of one stage without a tracer."""

    def stage() -> None:
        with tracing.stage("rank"):
            pass

    return min(timeit.repeat(stage, number=100_000, repeat=5)) / 100_000


def _report(costs: dict[tuple[str, str], list[float]], stage_s: float) -> Report:
    rows, verdicts = [], []
    for kind in TARGETS:
        off, on = costs[kind, OFF], costs[kind, ON]
        ratio = median_ratio(off, on)  # of throughputs: requests for the same processor time
        rows.append((kind, milliseconds(median(off)), milliseconds(median(on)), short(ratio)))
        verdicts.append(Verdict(f"Traces, {kind}, throughput", ratio, Bar(LEAST_THROUGHPUT, "at least", peer=OFF)))
    share = STAGES * stage_s / median(costs["a page of results", OFF])
    verdicts.append(Verdict("Stages without a tracer, share of a page of results", share, Bar(MOST_SHARE)))
    notes = (
        f"{CONNECTIONS} connections; processor time of both services for a request, in rounds in turn, medians.",
        f"A stage without a tracer takes {stage_s * 1e9:.0f} ns; {STAGES} are {share:.5f} of a page of results.",
    )
    columns = ("", f"ms {OFF}", f"ms {ON}", "throughput with ÷ without")
    return Report((Table("What traces cost", columns, tuple(rows), notes),), tuple(verdicts))
