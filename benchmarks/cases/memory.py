"""Resident memory of a search process after 290 queries, in a process of its own for each engine."""

from __future__ import annotations

from urllib.parse import quote_plus

from benchmarks.cases import Workbench
from benchmarks.cases.http_search import search_server
from benchmarks.corpus import Corpus
from benchmarks.engines import perspective, whoosh_plain
from benchmarks.measuring.report import Bar, Report, Table, Verdict, short
from benchmarks.query import Query
from benchmarks.running.processes import Memory, fetch, serving

MIB = 1 << 20
RATIO_BAR, MEBIBYTES_BAR = 1.5, 400.0
#: Whoosh gets no prefix on the large corpus: the longest takes most of a minute, and holds no memory afterwards.
TOO_SLOW = frozenset({"prefix"})


def run(bench: Workbench) -> Report:
    """On the largest corpus."""
    corpus = bench.corpus(bench.largest)
    pages = f"{len(corpus.articles):,} pages"
    found = {name: _measure(bench, corpus, name) for name in bench.kinds}
    ours, whoosh = found[perspective.NAME], found[whoosh_plain.NAME]
    rows = tuple(
        (name, short(memory.resident / MIB), short(memory.own / MIB), short(memory.resident / whoosh.resident))
        for name, memory in found.items()
    )
    notes = (
        "One serving process (aiohttp, orjson, the engine), just started, after 290 queries over HTTP.",
        "Resident counts mapped index files that were touched; of these the kernel keeps one copy for all processes.",
    )
    table = Table(
        f"Memory of a search process, {pages}", ("", "resident MiB", "of it its own", "÷ Whoosh"), rows, notes
    )
    return Report(
        (table,),
        (
            Verdict(f"Memory, {pages}", ours.resident / whoosh.resident, Bar(RATIO_BAR, peer="Whoosh")),
            Verdict(f"Memory, {pages}", ours.resident / MIB, Bar(MEBIBYTES_BAR, unit="MiB")),
        ),
    )


def as_typed(query: Query) -> str:
    """The query in the syntax that all engines share."""
    return {"phrase": f'"{query.text}"', "prefix": f"{query.text}*"}.get(query.kind, query.text)


def _measure(bench: Workbench, corpus: Corpus, name: str) -> Memory:
    directory = bench.index(corpus, name)
    bench.tell(f"memory of {name}, {len(corpus.articles):,} pages")
    left_out = TOO_SLOW if name == whoosh_plain.NAME and corpus.size == "large" else frozenset()
    command, port, first = search_server(name, str(directory))
    with serving(command, port=port, first=first) as server:
        for query in corpus.queries:
            if query.kind not in left_out:
                fetch(port, f"/v1/search?q={quote_plus(as_typed(query))}")
        return server.memory()
