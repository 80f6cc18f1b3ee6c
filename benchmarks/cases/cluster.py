"""The embedded engine and OpenSearch over the same pages: build, answers over HTTP, processor time, memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.cases.http_search import latency, search_server, target
from benchmarks.corpus import Corpus, Size
from benchmarks.engines import opensearch, perspective
from benchmarks.figures import median
from benchmarks.load import Load, run_load
from benchmarks.processes import Server, processor_s, serving
from benchmarks.report import Report, Table, milliseconds, short

EMBEDDED, CLUSTER = perspective.NAME, opensearch.NAME
SIZES: tuple[Size, ...] = ("small", "large", "huge")
#: Each query of the set this often in a round, for 1 and for 8 connections.
PASSES = {1: 1, 8: 2}
#: Passes before anything is timed: the nodes compile what they run often.
WARM_UP = 5
MIB = 1 << 20
COLUMNS = (
    "",
    "build s",
    "build CPU s",
    "index MiB",
    "p50 ms",
    "p95 ms",
    "requests/s",
    "CPU ms a search",
    "service MiB",
    "nodes' heap MiB",
    "shards",
)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build took: seconds, and of them seconds of processor time of all that worked on it."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What answering took. ``cpu_s`` is the processor time of one search; ``service_bytes`` the memory after all."""

    p50_s: float
    p95_s: float
    throughput: float
    cpu_s: float
    service_bytes: float


def run(bench: Workbench) -> Report:
    """Every corpus, the one of 60,000 pages included. Raises ToolMissing where no cluster answers."""
    opensearch.check_cluster()
    sizes = bench.sizes if bench.is_quick else SIZES
    return Report(tuple(_run(bench, bench.corpus(size)) for size in sizes))


def _run(bench: Workbench, corpus: Corpus) -> Table:
    with bench.scratch() as scratch:
        embedded = _embedded(bench, corpus, Path(scratch) / "embedded")
        directory = Path(scratch) / "cluster"
        try:
            cluster, nodes = _on_cluster(bench, corpus, directory)
        finally:
            opensearch.remove(directory)
    notes = (
        f"{nodes} nodes, the service and the load share the cores of one machine. The index counts all its copies.",
        "Word queries, whole answers without a cache; p50 and p95 at 1 connection, requests/s at 8.",
        "A build ends when readers are answered from it. CPU is that of all processes, the nodes included.",
    )
    return Table(f"Embedded and on a cluster, {len(corpus.articles):,} pages", COLUMNS, (embedded, cluster), notes)


def _embedded(bench: Workbench, corpus: Corpus, directory: Path) -> tuple[str, ...]:
    bench.tell(f"building {len(corpus.articles):,} pages, embedded")
    used = _own_cpu_s()
    started = time.perf_counter()
    finish = perspective.publish(corpus.articles, directory)
    wall_s = time.perf_counter() - started
    finish()
    built = Built(wall_s, _own_cpu_s() - used)
    index_bytes = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    return (EMBEDDED, *_cells(built, index_bytes, _ask(bench, corpus, EMBEDDED, directory, lambda: 0.0)), "-", "-")


def _on_cluster(bench: Workbench, corpus: Corpus, directory: Path) -> tuple[tuple[str, ...], int]:
    """The row, and the number of nodes."""
    bench.tell(f"building {len(corpus.articles):,} pages on the cluster")
    used = _own_cpu_s() + opensearch.processor_s()
    started = time.perf_counter()
    opensearch.build(corpus.articles, directory)
    wall_s = time.perf_counter() - started
    built = Built(wall_s, _own_cpu_s() + opensearch.processor_s() - used)
    asked = _ask(bench, corpus, CLUSTER, directory, opensearch.processor_s)
    held = opensearch.footprint(directory)
    cells = _cells(built, held.index_bytes, asked)
    return (CLUSTER, *cells, short(held.heap_bytes / MIB), str(held.shards)), held.nodes


def _cells(built: Built, index_bytes: float, asked: Asked) -> tuple[str, ...]:
    return (
        short(built.wall_s),
        short(built.cpu_s),
        short(index_bytes / MIB),
        milliseconds(asked.p50_s),
        milliseconds(asked.p95_s),
        short(asked.throughput),
        milliseconds(asked.cpu_s),
        short(asked.service_bytes / MIB),
    )


def _own_cpu_s() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _ask(bench: Workbench, corpus: Corpus, name: str, directory: Path, nodes_s: Callable[[], float]) -> Asked:
    """What answering all word queries takes. ``nodes_s`` is the processor time of the nodes so far."""
    bench.tell(f"asking {name}, {len(corpus.articles):,} pages")
    targets = [target(query.text) for query in corpus.asked("words")]
    command, port, first = search_server(name, str(directory))
    with serving(command, port=port, first=first) as server:
        run_load(port, targets, connections=max(PASSES), requests=len(targets) * WARM_UP)
        used, loads = processor_s(server.pid) + nodes_s(), _loads(bench, server, targets)
        searches = sum(len(load.latencies) for own in loads.values() for load in own)
        cpu_s = (processor_s(server.pid) + nodes_s() - used) / searches
        one, most = min(loads), max(loads)
        return Asked(
            latency(loads[one], one, 0.5),
            latency(loads[one], one, 0.95),
            median(load.throughput for load in loads[most]),
            cpu_s,
            server.memory().resident,
        )


def _loads(bench: Workbench, server: Server, targets: Sequence[str]) -> dict[int, list[Load]]:
    """The loads by number of connections."""
    rounds = max(bench.rounds // 5, 1)
    return {
        connections: [
            run_load(server.port, targets, connections=connections, requests=len(targets) * passes)
            for _ in range(rounds)
        ]
        for connections, passes in PASSES.items()
    }
