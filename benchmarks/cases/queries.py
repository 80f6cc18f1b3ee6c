"""Queries in process, on one core: words, phrases, prefixes and typos, beside tantivy and Whoosh as it comes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.corpus import Corpus, Size
from benchmarks.engines import Top, perspective, tantivy_site, whoosh_plain
from benchmarks.figures import Rounds, median_ratio
from benchmarks.query import Query, QueryKind
from benchmarks.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.rounds import Subject, interleave, one_core

OURS, WHOLE, TANTIVY, WHOOSH = (
    "Perspective, ranking",
    "Perspective, whole answer",
    "tantivy, top ten",
    "Whoosh, top ten",
)

KINDS: dict[QueryKind, str] = {
    "words": "Word queries",
    "phrase": "Phrases",
    "prefix": "Prefixes",
    "typo": "One-typo words",
}
#: Rounds that Whoosh takes part in: it is slow enough that few are steady.
WHOOSH_ROUNDS: dict[QueryKind, int] = {"words": 5, "phrase": 5, "prefix": 1, "typo": 1}
#: What Whoosh is left out of on the large corpus: one prefix of two letters took it most of a minute.
TOO_SLOW_FOR_WHOOSH: frozenset[QueryKind] = frozenset({"prefix", "typo"})
#: Of ten slugs, how many an engine must share with tantivy on average over the word queries, or one of them is broken.
LEAST_OVERLAP = 2.0
#: The share of queries that may find nothing: some were drawn from text that an engine cuts in another way.
MOST_EMPTY = 0.2

WORD_BARS = {"small": 5.0, "large": 3.0}
OTHER_BAR = 4.0
WHOOSH_BAR = 1 / 20
WORST_PREFIX_MS = 20.0


def run(bench: Workbench) -> Report:
    """All kinds of queries on every corpus."""
    tables: list[Table] = []
    verdicts: list[Verdict] = []
    for size in bench.sizes:
        corpus = bench.corpus(size)
        for kind, title in KINDS.items():
            bench.tell(f"{title.lower()}, {len(corpus.articles):,} pages")
            table, found = _measure(bench, corpus, kind)
            tables.append(table)
            verdicts += found
    return Report(tuple(tables), tuple(verdicts))


def _measure(bench: Workbench, corpus: Corpus, kind: QueryKind) -> tuple[Table, list[Verdict]]:
    queries = corpus.asked(kind)
    ours = bench.kinds[perspective.NAME].open(bench.index(corpus, perspective.NAME))
    assert isinstance(ours, perspective.Perspective)
    peers = {TANTIVY: bench.engine(corpus, tantivy_site.NAME)}
    if corpus.size == "small" or kind not in TOO_SLOW_FOR_WHOOSH:
        peers[WHOOSH] = bench.engine(corpus, whoosh_plain.NAME)
    subjects = {
        OURS: Subject([ours.prepared(kind, query.text) for query in queries]),
        WHOLE: Subject([ours.whole(kind, query.text) for query in queries]),
        **{
            name: Subject(
                [peer.prepared(kind, query.text) for query in queries], WHOOSH_ROUNDS[kind] if name == WHOOSH else 0
            )
            for name, peer in peers.items()
        },
    }
    with one_core():
        # Once before anything is timed: what is answered, so that speed is not that of answering nothing.
        answers = {name: [work() for work in subject.works] for name, subject in subjects.items()}
        _check(kind, queries, answers)
        rounds = interleave(subjects, bench.rounds)
    return _table(corpus, kind, queries, answers, rounds), _verdicts(corpus.size, kind, rounds)


def _check(kind: QueryKind, queries: Sequence[Query], answers: dict[str, list[Top]]) -> None:
    """Raises InvalidMeasurement where an engine does not answer what was asked."""
    for name, tops in answers.items():
        if kind == "typo" and name not in {OURS, WHOLE}:
            continue  # a typo of two edits is out of their reach; the table counts them
        empty = [query.text for query, top in zip(queries, tops, strict=True) if not top]
        if len(empty) > MOST_EMPTY * len(queries):
            raise InvalidMeasurement(
                f"{name}: {len(empty)} of {len(queries)} queries found nothing, such as {empty[:5]}"
            )
    shared = overlap(answers[OURS], answers[TANTIVY])
    if kind == "words" and shared < LEAST_OVERLAP:
        raise InvalidMeasurement(
            f"{OURS} shares {shared:.1f} of ten hits with {TANTIVY}: they cannot answer the same queries"
        )


def overlap(ours: Sequence[Top], theirs: Sequence[Top]) -> float:
    """How many of the best ten two engines share, on average over the queries that both answer."""
    shared = [
        10 * len({*one} & {*other}) / min(len(one), len(other))
        for one, other in zip(ours, theirs, strict=True)
        if one and other
    ]
    return sum(shared) / len(shared) if shared else 0.0


def _table(
    corpus: Corpus, kind: QueryKind, queries: Sequence[Query], answers: dict[str, list[Top]], rounds: dict[str, Rounds]
) -> Table:
    rows = []
    for name, took in rounds.items():
        ratio = median_ratio(took.percentiles(0.5), rounds[TANTIVY].percentiles(0.5))
        rows.append(
            (
                name,
                milliseconds(took.percentile(0.5)),
                milliseconds(took.percentile(0.95)),
                f"{milliseconds(took.worst())} ({queries[took.slowest_query()].text})",
                short(ratio),
                str(len(took.samples)),
                str(sum(not top for top in answers[name])),
                f"{overlap(answers[name], answers[TANTIVY]):.1f}",
            )
        )
    return Table(
        f"{KINDS[kind]}, {len(corpus.articles):,} pages, in process",
        ("", "p50 ms", "p95 ms", "worst ms", "p50 ÷ tantivy", "rounds", "empty", "of tantivy's ten"),
        tuple(rows),
        _notes(kind, len(queries)),
    )


def _notes(kind: QueryKind, count: int) -> tuple[str, ...]:
    notes = [
        (
            f"{count} queries a round, one process on one core, from the text typed to ten slugs; "
            "one round of warm-up; no cache of answers."
        ),
        (
            "Ranking is what tantivy's top ten is compared with. "
            "The whole answer adds sections, snippets, exact total and facets."
        ),
    ]
    if kind == "prefix":
        notes.append(
            "tantivy and Whoosh give every word of a prefix the same score, so their ten are any ten; ours are ranked."
        )
    if kind == "typo":
        notes.append(
            "tantivy and Whoosh are told to look one edit away; ours finds out that nothing matches, and corrects."
        )
    return tuple(notes)


def _verdicts(size: Size, kind: QueryKind, rounds: dict[str, Rounds]) -> list[Verdict]:
    pages = "750 pages" if size == "small" else "11,905 pages"
    limit = WORD_BARS[size] if kind == "words" else OTHER_BAR
    found = []
    for label, share in (("p50", 0.5), ("p95", 0.95)):
        ours = rounds[OURS].percentiles(share)
        ratio = median_ratio(ours, rounds[TANTIVY].percentiles(share))
        found.append(Verdict(f"{KINDS[kind]}, {pages}, {label}", ratio, Bar(limit, peer="tantivy")))
        if kind == "words":
            ratio = median_ratio(ours, rounds[WHOOSH].percentiles(share))
            found.append(Verdict(f"{KINDS[kind]}, {pages}, {label}", ratio, Bar(WHOOSH_BAR, peer="Whoosh")))
    if kind == "prefix":
        worst = max(rounds[OURS].worst(), rounds[WHOLE].worst()) * 1000
        found.append(Verdict(f"Worst prefix, {pages}, whole answer", worst, Bar(WORST_PREFIX_MS, unit="ms")))
    return found
