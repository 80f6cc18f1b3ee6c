"""The search endpoint over HTTP on one core, compared with the same over tantivy, at 1 and 32 connections."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from urllib.parse import quote_plus

import orjson

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.corpus import Corpus
from benchmarks.engines import perspective, tantivy_site
from benchmarks.measuring.figures import Rounds, median, median_ratio, percentile
from benchmarks.measuring.machine import available_cores
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.measuring.rounds import one_core
from benchmarks.running.processes import Server, fetch, free_port, python_module, serving
from benchmarks.traffic.load import Load, run_load

OURS, TANTIVY = perspective.NAME, tantivy_site.NAME
#: Each query of the set this often in a round, for 1 and for 32 connections.
PASSES = {1: 1, 32: 5}
LATENCY_BAR, THROUGHPUT_BAR = 1.5, 0.7
#: Of ten hits, how many both must share on average, or they do not answer the same.
LEAST_OVERLAP = 2.0


def run(bench: Workbench) -> Report:
    """Every corpus at both numbers of connections."""
    reports = [_run(bench, bench.corpus(size)) for size in bench.sizes]
    return Report(
        tuple(table for report in reports for table in report.tables),
        tuple(verdict for report in reports for verdict in report.verdicts),
    )


def search_server(name: str, index_dir: str) -> tuple[list[str], int, str]:
    """Command, port and first path of the endpoint over the engine ``name``."""
    port = free_port()
    return python_module("benchmarks.servers.search", name, index_dir, str(port)), port, target("the")


def target(text: str) -> str:
    """The path that searches for ``text``."""
    return f"/v1/search?q={quote_plus(text)}"


def _run(bench: Workbench, corpus: Corpus) -> Report:
    targets = [target(query.text) for query in corpus.asked("words")]
    server_core, load_core = available_cores()[0], available_cores()[-1]
    loads: dict[tuple[str, int], list[Load]] = {}
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name in (OURS, TANTIVY):
            directory = bench.index(corpus, name)
            command, port, first = search_server(name, str(directory))
            servers[name] = stack.enter_context(serving(command, port=port, first=first, core=server_core))
        bench.tell(f"/v1/search over HTTP, {len(corpus.articles):,} pages")
        note = _compare(servers, targets)
        stack.enter_context(one_core(load_core))
        for connections, passes in PASSES.items():
            for number in range(-1, max(bench.rounds // 2, 2)):  # one round of warm-up
                order = list(servers) if number % 2 else list(reversed(servers))
                for name in order:
                    requests = len(targets) * passes
                    load = run_load(servers[name].port, targets, connections=connections, requests=requests)
                    if number >= 0:
                        loads.setdefault((name, connections), []).append(load)
    return _report(corpus, loads, note)


def _compare(servers: dict[str, Server], targets: Sequence[str]) -> str:
    """Compare both answers, in one line. Raises InvalidMeasurement unless they answer the same query."""
    shared: list[float] = []
    sizes: dict[str, list[int]] = {name: [] for name in servers}
    without_sections = 0
    for path in targets:
        tops = []
        for name, server in servers.items():
            status, body = fetch(server.port, path)
            if status != 200:
                raise InvalidMeasurement(f"{name} answers {path} with {status}")
            hits = orjson.loads(body)["hits"]
            sizes[name].append(len(body))
            tops.append({hit["slug"] for hit in hits})
            without_sections += name == OURS and bool(hits) and not any(hit["sections"] for hit in hits)
        if all(tops):
            shared.append(10 * len(tops[0] & tops[1]) / min(map(len, tops)))
    overlap = sum(shared) / len(shared)
    if overlap < LEAST_OVERLAP or without_sections > len(targets) // 10:
        raise InvalidMeasurement(f"{overlap:.1f} of ten hits are the same, {without_sections} answers lack sections")
    bodies = ", ".join(f"{name} {median(sizes[name]) / 1024:.1f} KiB" for name in servers)
    return f"Both share {overlap:.1f} of ten hits on average; an answer takes {bodies} (median)."


def _report(corpus: Corpus, loads: dict[tuple[str, int], list[Load]], note: str) -> Report:
    pages = f"{len(corpus.articles):,} pages"
    rows: list[tuple[str, ...]] = []
    verdicts: list[Verdict] = []
    for connections in PASSES:
        ours, theirs = loads[OURS, connections], loads[TANTIVY, connections]
        throughput = median_ratio([one.throughput for one in ours], [one.throughput for one in theirs])
        for name in (OURS, TANTIVY):
            own = loads[name, connections]
            rows.append(
                (
                    f"{name}, {connections} connection{'s' if connections > 1 else ''}",
                    milliseconds(latency(own, connections, 0.5)),
                    milliseconds(latency(own, connections, 0.95)),
                    short(median(one.throughput for one in own)),
                    short(latency(own, connections, 0.5) / latency(theirs, connections, 0.5)),
                    short(1.0 if name == TANTIVY else throughput),
                )
            )
        if connections == 1:
            for label, share in (("p50", 0.5), ("p95", 0.95)):
                ratio = latency(ours, connections, share) / latency(theirs, connections, share)
                bar = Bar(LATENCY_BAR, peer=TANTIVY)
                verdicts.append(Verdict(f"/v1/search over HTTP, {pages}, {label}", ratio, bar))
        else:
            bar = Bar(THROUGHPUT_BAR, "at least", peer=TANTIVY)
            verdicts.append(Verdict(f"/v1/search, {connections} connections, {pages}, throughput", throughput, bar))
    columns = ("", "p50 ms", "p95 ms", "requests/s", "p50 ÷ tantivy", "throughput ÷ tantivy")
    notes = (
        "Word queries; ten hits with sections, snippets and facets; no cache of answers on either side.",
        "The server has one core and the load generator another; keep-alive, one round of warm-up.",
        "At 32 connections an answer waits for those before it: there throughput is what counts.",
        note,
    )
    return Report((Table(f"/v1/search over HTTP, {pages}, one core", columns, tuple(rows), notes),), tuple(verdicts))


def latency(loads: Sequence[Load], connections: int, share: float) -> float:
    """A percentile in seconds: over the queries, of each query's median over the rounds.

    Of several connections nobody knows which query met which others: there it is the median of the rounds' percentiles.
    """
    if connections == 1:
        return Rounds(tuple(load.latencies for load in loads)).percentile(share)
    return median(percentile(load.latencies, share) for load in loads)
