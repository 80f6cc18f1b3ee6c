"""Start of the search service alone, with its index present: from its process to its first answer."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.cases.http_search import target
from benchmarks.engines import perspective
from benchmarks.measuring.figures import median
from benchmarks.measuring.report import Bar, Report, Table, Verdict, short
from benchmarks.running.processes import free_port, python_module, serving

BAR_S = 1.5
ROUNDS = 5


def run(bench: Workbench) -> Report:
    """On every corpus."""
    rows = []
    verdicts = []
    for size in bench.sizes:
        corpus = bench.corpus(size)
        pages = f"{len(corpus.articles):,} pages"
        directory = bench.index(corpus, perspective.NAME)
        for title, is_cached in (("index in the page cache", True), ("index read from disk", False)):
            bench.tell(f"cold start, {pages}, {title}")
            bytecode = corpus.cache_dir / "bytecode"
            took = [_start(directory, corpus.content_dir, bytecode, is_cached=is_cached) for _ in range(1 + ROUNDS)][1:]
            rows.append((f"{pages}, {title}", short(median(took)), short(max(took))))
            if not is_cached:
                verdicts.append(Verdict(f"Cold start, {pages}", median(took), Bar(BAR_S, unit="s")))
    notes = (
        (
            f"The service as it is installed (`python -m services search`), {ROUNDS} starts after one that does not "
            "count; its indexer starts beside it and reads all content, as ever."
        ),
        "From starting the process to the complete first answer of /v1/search.",
        "Everything is compiled to bytecode before, as it is in the images.",
    )
    table = Table("Cold start of the search service", ("", "median s", "worst s"), tuple(rows), notes)
    return Report((table,), tuple(verdicts))


def _start(directory: Path, content_dir: Path, bytecode: Path, *, is_cached: bool) -> float:
    """The seconds of one start. The first one leaves its compiled modules in ``bytecode``, for those after it."""
    if not is_cached:
        _drop_from_page_cache(directory)
    port = free_port()
    environ = {
        "PERSPECTIVE_CONTENT_DIR": str(content_dir),
        "PERSPECTIVE_INDEX_DIR": str(directory),
        "PERSPECTIVE_SEARCH_PORT": str(port),
        "PERSPECTIVE_WATCH": "off",
        "PERSPECTIVE_ACCESS_LOG": "false",
        # A checkout may have no bytecode, or not be allowed to write any. An installation has it: see the Dockerfile.
        "PYTHONPYCACHEPREFIX": str(bytecode),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    with serving(python_module("services", "search"), port=port, first=target("value"), environ=environ) as server:
        return server.started_s


def _drop_from_page_cache(directory: Path) -> None:
    """Have the kernel forget the files; what is not written to disk yet is written first."""
    for path in directory.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
