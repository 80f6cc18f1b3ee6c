"""``python -m benchmarks.relevance``: compare the relevance of the answers with that of other engines, in one run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from benchmarks import BenchmarkError
from benchmarks.engines import opensearch
from benchmarks.measuring.report import Bar, Table, Verdict, verdict_table
from benchmarks.measuring.show import show_table
from benchmarks.relevance.anchors import ANCHOR_SETS, AnchorSet, load_anchors
from benchmarks.relevance.cluster import TOLERANCE, on_cluster
from benchmarks.relevance.collections import Collection, load_collection, load_site
from benchmarks.relevance.contestants import CONTESTANTS, DEPTH, Ranking, perspective
from benchmarks.relevance.link_texts import load_held_out
from benchmarks.relevance.meaning import by_meaning, load_questions
from services.search.relevance.evaluation import mean, ndcg, recall, reciprocal_rank

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = ROOT.parent / "shared" / "data" / "relevance.tar.xz"
#: nDCG@10 of the best peer when the bars were set, and what the site promises its readers.
BEST_PEER = {"cranfield": 0.525, "med": 0.705, "npl": 0.439}
BEST_PEER_ANCHORS = {"blog (report)": 0.582, "manual (report)": 0.818}
SITE_MRR = 0.97
#: nDCG@10 that ranking by meaning must reach; of the questions the half that had no say in the weights.
BY_MEANING = {"questions-even": 0.85, "cranfield": 0.568, "med": 0.803, "npl": 0.499}
MEANING = "Perspective, by meaning"
WITH_LINKS = "Perspective, with link texts"
#: The halves of the questions: that on which the weights were chosen, and that which is reported.
QUESTIONS = ("questions-odd", "questions-even")
NOTES = (
    "All stem English, take any word, and rank the same documents; a title weighs what serves each engine best.",
    "nDCG has linear gains. Queries in this project's own syntax (fields, filters, prefixes) are left out for all.",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """One engine on one collection: means over its queries."""

    ndcg: float
    mrr: float
    recall: float


def measure_held_out(name: AnchorSet) -> Figures:
    """The figures of Perspective on the reported half of an anchor-text set, with the link texts that it may know."""
    parts: list[tuple[int, Figures]] = []
    for collection in load_held_out(name, "report"):
        with perspective(collection) as rank:
            parts.append((len(collection.queries), measure(rank, collection)))
    count = sum(size for size, _ in parts)
    means = (sum(size * value for size, value in column) / count for column in _columns(parts))
    return Figures(*means)


def _columns(parts: list[tuple[int, Figures]]) -> Iterator[list[tuple[int, float]]]:
    for field in fields(Figures):
        yield [(size, getattr(one, field.name)) for size, one in parts]


def measure(rank: Ranking, collection: Collection) -> Figures:
    """The figures of ``rank`` on all queries of ``collection``."""
    judged = [
        (query.grades, [query.grades.get(slug, 0) for slug in rank(query.text) if slug not in query.left_out])
        for query in collection.queries
    ]
    return Figures(
        ndcg=mean([ndcg(gains, grades.values()) for grades, gains in judged]),
        mrr=mean(
            [reciprocal_rank(gains, least=min(collection.answers, max(grades.values()))) for grades, gains in judged]
        ),
        recall=mean([recall(gains, grades.values(), DEPTH) for grades, gains in judged]),
    )


def table_of(collection: Collection, figures: dict[str, Figures]) -> Table:
    """One collection, an engine a row."""
    title = f"{collection.name}: {len(collection.articles):,} documents, {len(collection.queries)} queries"
    rows = [(name, f"{one.ndcg:.3f}", f"{one.mrr:.3f}", f"{one.recall:.3f}") for name, one in figures.items()]
    return Table(title, ("engine", "nDCG@10", "MRR@10", f"recall@{DEPTH}"), tuple(rows))


def verdict_of(collection: Collection, figures: Figures) -> Verdict:
    """The bar that was set for this project on ``collection``."""
    bars = BEST_PEER | BEST_PEER_ANCHORS
    if collection.name in bars:
        bar = Bar(bars[collection.name], "at least", unit="nDCG@10")
        return Verdict(collection.name, figures.ndcg, bar)
    return Verdict(collection.name, figures.mrr, Bar(SITE_MRR, "at least", unit="MRR@10"))


def verdicts_on_cluster(collection: Collection, embedded: Figures, clustered: Figures) -> Iterator[Verdict]:
    """The differences between the two engines on ``collection``."""
    for name, one, other in (("nDCG@10", embedded.ndcg, clustered.ndcg), ("MRR@10", embedded.mrr, clustered.mrr)):
        bar = Bar(TOLERANCE, "at most", unit=name)
        yield Verdict(f"{collection.name}, difference on a cluster", abs(one - other), bar)


def verdict_by_meaning(collection: Collection, figures: Figures) -> Verdict | None:
    """The bar that was set for the second stage on ``collection``, if there is one."""
    if collection.name not in BY_MEANING:
        return None
    bar = Bar(BY_MEANING[collection.name], "at least", unit="nDCG@10")
    return Verdict(f"{collection.name}, by meaning", figures.ndcg, bar)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--archive",
    type=click.Path(path_type=Path, dir_okay=False),
    default=ARCHIVE,
    help="The public collections (relevance.tar.xz).",
)
@click.option(
    "--content", type=click.Path(path_type=Path, file_okay=False), default=ROOT / "content", help="The site's content."
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["site", *QUESTIONS, *BEST_PEER, *ANCHOR_SETS]),
    help="This collection alone.",
)
@click.option("--alone", is_flag=True, help="Without the other engines.")
@click.option(
    "--cluster", is_flag=True, help="Also on the cluster of PERSPECTIVE_OPENSEARCH_URLS, which must rank alike."
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    default=ROOT / ".perspective/model",
    help="The model of the second stage.",
)
@click.option(
    "--vectors",
    type=click.Path(path_type=Path),
    default=ROOT / ".perspective/relevance",
    help="Where vectors are kept.",
)
def main(
    *, archive: Path, content: Path, only: tuple[str, ...], alone: bool, cluster: bool, model: Path, vectors: Path
) -> None:
    """Measure nDCG@10, MRR@10 and recall@100 on the site and on public collections, with one setting for all.

    Exits with 1 where a bar is not met.
    """
    console = Console() if sys.stdout.isatty() else Console(width=120)
    loaders: dict[str, Callable[[], Collection]] = {"site": partial(load_site, content)}
    loaders |= {name: partial(load_questions, content, half) for half, name in enumerate(QUESTIONS)}
    loaders |= {name: partial(load_collection, archive, name) for name in BEST_PEER}
    # The half that nothing was tuned on.
    loaders |= {name: partial(load_anchors, name, "report") for name in ANCHOR_SETS}
    contestants = dict(list(CONTESTANTS.items())[: 1 if alone else None])
    if cluster:
        contestants[opensearch.NAME] = on_cluster
    if (model / "model.toml").is_file():
        contestants[MEANING] = partial(by_meaning, model=model, cache=vectors)
    else:
        console.print(
            f"{model}: no model, so the second stage is left out (perspective model fetches one)", style="dim"
        )
    verdicts: list[Verdict] = []
    try:
        for name in only or loaders:
            collection = loaders[name]()
            figures: dict[str, Figures] = {}
            for engine, contestant in contestants.items():
                with contestant(collection) as rank:
                    figures[engine] = measure(rank, collection)
            if name in ANCHOR_SETS:
                figures[WITH_LINKS] = measure_held_out(name)
            show_table(console, table_of(collection, figures))
            if name not in QUESTIONS:
                verdicts.append(verdict_of(collection, figures["Perspective"]))
            if opensearch.NAME in figures:
                verdicts += verdicts_on_cluster(collection, figures["Perspective"], figures[opensearch.NAME])
            if MEANING in figures and (verdict := verdict_by_meaning(collection, figures[MEANING])):
                verdicts.append(verdict)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error
    show_table(console, verdict_table(verdicts))
    for note in NOTES:
        console.print(note, style="dim")
    if not all(verdict.is_met for verdict in verdicts):
        sys.exit(1)


if __name__ == "__main__":
    main()
