"""Building the index from parsed articles: this project, Whoosh as it comes, tantivy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.cases import Workbench
from benchmarks.corpus import Corpus
from benchmarks.engines import Finish, perspective, tantivy_index, whoosh_plain
from benchmarks.measuring.figures import median, median_ratio
from benchmarks.measuring.machine import available_cores
from benchmarks.measuring.report import Bar, Report, Table, Verdict, short
from benchmarks.measuring.rounds import one_core
from shared.content.article import Article

OURS, WHOOSH = "Perspective, one core", "Whoosh, one core"
TANTIVY_RANK = "tantivy, one core, articles without what is shown"
BAR = 0.5

Build = Callable[[Sequence[Article], Path], Finish | None]


def _on_one_core(build: Build) -> Build:
    def pinned(articles: Sequence[Article], directory: Path) -> Finish | None:
        with one_core():
            return build(articles, directory)

    return pinned


def builders() -> dict[str, Build]:
    """The indexes to build, each with its builder."""
    return {
        OURS: _on_one_core(perspective.publish),
        f"{OURS}, with the Whoosh index": _on_one_core(perspective.build),
        f"Perspective, {len(available_cores())} cores": perspective.publish,
        WHOOSH: _on_one_core(whoosh_plain.build),
        TANTIVY_RANK: _on_one_core(
            lambda articles, directory: tantivy_index.build_parts(articles, directory, ("rank",), 1)
        ),
        "tantivy, one core, all that its endpoint needs": _on_one_core(
            lambda articles, directory: tantivy_index.build_parts(articles, directory, tuple(tantivy_index.SCHEMAS), 1)
        ),
    }


def run(bench: Workbench) -> Report:
    """Every corpus."""
    tables, verdicts = [], []
    for size in bench.sizes:
        corpus = bench.corpus(size)
        rounds = 3 if size == "small" or bench.rounds >= 15 else 1
        table, verdict = _measure(bench, corpus, rounds)
        tables.append(table)
        verdicts.append(verdict)
    return Report(tuple(tables), tuple(verdicts))


def _measure(bench: Workbench, corpus: Corpus, rounds: int) -> tuple[Table, Verdict]:
    took: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for number in range(rounds):
        for name, build in builders().items():
            bench.tell(f"building, {len(corpus.articles):,} pages, round {number + 1} of {rounds}: {name}")
            with bench.scratch() as scratch:
                directory = Path(scratch) / "index"
                started = perf_counter()
                finish = build(corpus.articles, directory)
                took.setdefault(name, []).append(perf_counter() - started)
                if finish is not None:
                    finish()
                sizes[name] = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    pages = f"{len(corpus.articles):,} pages"
    rows = tuple(
        (
            name,
            short(median(seconds)),
            short(sizes[name] / (1 << 20)),
            short(median_ratio(seconds, took[WHOOSH])),
            short(median_ratio(seconds, took[TANTIVY_RANK])),
        )
        for name, seconds in took.items()
    )
    notes = (
        f"From parsed articles to an index on disk, {rounds} round{'s' if rounds > 1 else ''}, medians, nothing kept.",
        "Ours is measured until readers are answered from it; the Whoosh index beside it follows in a thread.",
        "What is shown: text and offsets for snippets, sections, stored fields. Whoosh stores its fields.",
    )
    columns = ("", "s", "MiB", "÷ Whoosh", "÷ tantivy")
    verdict = Verdict(
        f"Index build, {pages}, one core", median_ratio(took[OURS], took[WHOOSH]), Bar(BAR, peer="Whoosh")
    )
    return Table(f"Index build, {pages}", columns, rows, notes), verdict
