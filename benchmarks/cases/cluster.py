"""The embedded engine and OpenSearch over the same pages: build, answers over HTTP, processor time, memory.

With ``--keep`` the indexes stay, in the cache and in the cluster, and the next run only measures the answers.
"""

from __future__ import annotations

import contextlib
import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.cases.http_search import latency, search_server, target
from benchmarks.corpus import Corpus, Size
from benchmarks.engines import opensearch, perspective
from benchmarks.measuring.figures import median, percentile
from benchmarks.measuring.report import Report, Table, milliseconds, short
from benchmarks.running.processes import Memory, Server, processor_s, serving
from benchmarks.traffic.load import Load, run_load
from services.search.engine import SyncReport
from shared.content.article import Article

EMBEDDED, CLUSTER = perspective.NAME, opensearch.NAME
SIZES: tuple[Size, ...] = ("small", "large", "huge")
#: Each query of the set this often in a round, by the number of connections.
PASSES = {1: 1, 4: 2, 8: 2}
#: Passes before anything is timed: the nodes compile what they run often.
WARM_UP = 3
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Built:
    """The time of a build: wall time, and processor time of all its processes."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Answering:
    """The cost of answering: loads by number of connections, and the processor time of one search, nodes included.

    ``memory`` is that of the service after all of it.
    """

    loads: dict[int, list[Load]]
    cpu_s: float
    memory: Memory


@dataclass(frozen=True, slots=True)
class Measured:
    """One engine over one corpus. ``nodes`` is None for the embedded one."""

    built: Built
    index_bytes: int
    answering: Answering
    nodes: opensearch.Footprint | None = None


def run(bench: Workbench) -> Report:
    """Every corpus, the one of 60,000 pages included. Raises ToolMissing if no cluster answers."""
    opensearch.check_cluster()
    sizes = bench.chosen or (bench.sizes if bench.is_quick else SIZES)
    return Report(tuple(_run(bench, bench.corpus(size)) for size in sizes))


def _run(bench: Workbench, corpus: Corpus) -> Table:
    with _directory(bench, corpus) as directory:
        embedded = _embedded(bench, corpus, directory)
        clustered = _on_cluster(bench, corpus, directory / CLUSTER)
    nodes = clustered.nodes
    assert nodes is not None
    notes = (
        f"{nodes.nodes} nodes, the service and the load share the cores of one machine. The index has all its copies.",
        "Word queries, whole answers without a cache. In brackets: the least and the most of the rounds.",
        "A build ends when readers are answered from it. Processor time is that of all processes, the nodes included.",
        "Memory: what the processes wrote themselves; in brackets with the files that they map.",
    )
    rows = tuple(zip(_labels(), _cells(embedded), _cells(clustered), strict=True))
    return Table(f"Embedded and on a cluster, {len(corpus.articles):,} pages", ("", EMBEDDED, CLUSTER), rows, notes)


@contextlib.contextmanager
def _directory(bench: Workbench, corpus: Corpus) -> Iterator[Path]:
    """The directory of both indexes; unless they are kept, all of them are removed afterwards."""
    if bench.keeps:
        yield corpus.index_dir("cluster")
        return
    with bench.scratch() as scratch:
        directory = Path(scratch)
        try:
            yield directory
        finally:
            opensearch.remove(directory / CLUSTER)


def _embedded(bench: Workbench, corpus: Corpus, directory: Path) -> Measured:
    bench.tell(f"building {len(corpus.articles):,} pages, embedded")
    built = _built(corpus, directory / EMBEDDED, perspective.sync, lambda: 0.0)
    files = [path.stat().st_size for path in (directory / EMBEDDED).rglob("*") if path.is_file()]
    return Measured(built, sum(files), _ask(bench, corpus, EMBEDDED, directory / EMBEDDED, lambda: 0.0))


def _on_cluster(bench: Workbench, corpus: Corpus, directory: Path) -> Measured:
    bench.tell(f"building {len(corpus.articles):,} pages on the cluster")
    built = _built(corpus, directory, opensearch.sync, opensearch.processor_s)
    asked = _ask(bench, corpus, CLUSTER, directory, opensearch.processor_s)
    nodes = opensearch.footprint(directory)
    return Measured(built, nodes.index_bytes, asked, nodes)


def _built(
    corpus: Corpus,
    directory: Path,
    sync: Callable[[Sequence[Article], Path], SyncReport],
    nodes_s: Callable[[], float],
) -> Built:
    """Build the index; if an earlier run has built all of it, return the time of that."""
    directory.mkdir(parents=True, exist_ok=True)
    figures = directory.with_suffix(".json")
    used, started = _own_cpu_s() + nodes_s(), time.perf_counter()
    report = sync(corpus.articles, directory)
    built = Built(time.perf_counter() - started, _own_cpu_s() + nodes_s() - used)
    if not report.is_change and figures.exists():
        return Built(**json.loads(figures.read_text(encoding="utf-8")))
    figures.write_text(json.dumps(asdict(built)), encoding="utf-8")
    return built


def _labels() -> tuple[str, ...]:
    connections = [f"{count} client{'s' if count > 1 else ''}" for count in PASSES]
    return (
        "build, s",
        "build, s of processor time",
        "index, MiB",
        "p50 at 1 client, ms",
        "p95 at 1 client, ms",
        *(f"requests/s, {name}" for name in connections),
        "a search, ms of processor time",
        "memory of the service, MiB",
        "memory of the nodes, MiB",
        "shards",
    )


def _cells(one: Measured) -> tuple[str, ...]:
    loads, nodes = one.answering.loads, one.nodes
    return (
        short(one.built.wall_s),
        short(one.built.cpu_s),
        short(one.index_bytes / MIB),
        _percentile(loads[1], 0.5),
        _percentile(loads[1], 0.95),
        *(_spread([load.throughput for load in own]) for own in loads.values()),
        milliseconds(one.answering.cpu_s),
        _memory(one.answering.memory),
        _memory(nodes.memory) if nodes and nodes.memory else "-",
        str(nodes.shards) if nodes else "-",
    )


def _percentile(loads: Sequence[Load], share: float) -> str:
    """A percentile at one connection, with those of the single rounds, in milliseconds."""
    rounds = [percentile(load.latencies, share) for load in loads]
    return f"{milliseconds(latency(loads, 1, share))} ({milliseconds(min(rounds))} to {milliseconds(max(rounds))})"


def _spread(values: Sequence[float]) -> str:
    return f"{short(median(values))} ({short(min(values))} to {short(max(values))})"


def _memory(memory: Memory) -> str:
    return f"{short(memory.own / MIB)} ({short(memory.resident / MIB)})"


def _own_cpu_s() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _ask(bench: Workbench, corpus: Corpus, name: str, directory: Path, nodes_s: Callable[[], float]) -> Answering:
    """Measure answering all word queries. ``nodes_s`` is the processor time of the nodes so far."""
    bench.tell(f"asking {name}, {len(corpus.articles):,} pages")
    targets = [target(query.text) for query in corpus.asked("words")]
    command, port, first = search_server(name, str(directory))
    with serving(command, port=port, first=first) as server:
        run_load(port, targets, connections=1, requests=len(targets) * WARM_UP)
        used, loads = processor_s(server.pid) + nodes_s(), _loads(bench, server, targets)
        searches = sum(len(load.latencies) for own in loads.values() for load in own)
        cpu_s = (processor_s(server.pid) + nodes_s() - used) / searches
        return Answering(loads, cpu_s, server.memory())


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
