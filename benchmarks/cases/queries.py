"""Queries in process, on one core: words, phrases, prefixes and typos, beside tantivy and Whoosh as it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.corpus import Corpus, Size
from benchmarks.engines import Top, perspective, tantivy_site, whoosh_plain
from benchmarks.measuring.figures import Rounds, percentile
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.measuring.rounds import Subject, interleave, one_core
from benchmarks.query import Query, QueryKind

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
#: The share of queries that all must answer: some were drawn from text that an engine cuts in another way.
LEAST_ANSWERED = 0.5

WORD_BARS = {"small": 5.0, "large": 3.0}
OTHER_BAR = 4.0
WHOOSH_BAR = 1 / 20
WORST_PREFIX_MS = 20.0
#: What the hits of a page may take on top of ranking, unless ranking itself takes longer.
PAGE_MS = 1.0


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
    works = _works(bench, corpus, kind)
    with one_core():
        # Once before anything is timed: what is answered, so that speed is not that of answering nothing.
        answers = {name: [work() for work in own] for name, own in works.items()}
        fair = answered_by_all(kind, queries, {name: answers[name] for name in (OURS, WHOLE, TANTIVY)})
        subjects = {
            name: Subject([own[number] for number in fair], WHOOSH_ROUNDS[kind] if name == WHOOSH else 0)
            for name, own in works.items()
        }
        rounds = interleave(subjects, bench.rounds)
    table = _table(corpus, kind, [queries[number].text for number in fair], answers, rounds)
    return table, _verdicts(corpus.size, kind, rounds)


def _works(bench: Workbench, corpus: Corpus, kind: QueryKind) -> dict[str, list[Callable[[], Top]]]:
    """For each contestant, a function that answers each query."""
    texts = [query.text for query in corpus.asked(kind)]
    ours = perspective.open_index(bench.index(corpus, perspective.NAME))
    works = {
        OURS: [ours.prepared(kind, text) for text in texts],
        WHOLE: [ours.whole(kind, text) for text in texts],
        TANTIVY: [bench.engine(corpus, tantivy_site.NAME).prepared(kind, text) for text in texts],
    }
    if corpus.size == "small" or kind not in TOO_SLOW_FOR_WHOOSH:
        whoosh = bench.engine(corpus, whoosh_plain.NAME)
        works[WHOOSH] = [whoosh.prepared(kind, text) for text in texts]
    return works


def answered_by_all(kind: QueryKind, queries: Sequence[Query], answers: Mapping[str, Sequence[Top]]) -> list[int]:
    """The numbers of the queries that every one of ``answers`` has hits for: only these are timed.

    Raises InvalidMeasurement if they are few, or where the hits of a ranked kind have little in common.
    """
    fair = [number for number in range(len(queries)) if all(tops[number] for tops in answers.values())]
    if len(fair) < LEAST_ANSWERED * len(queries):
        counts = ", ".join(f"{name} {sum(bool(top) for top in tops)}" for name, tops in answers.items())
        raise InvalidMeasurement(f"{KINDS[kind]}: of {len(queries)} queries too few are answered by all ({counts})")
    shared = overlap(answers[OURS], answers[TANTIVY])
    if kind in {"words", "phrase"} and shared < LEAST_OVERLAP:
        raise InvalidMeasurement(f"{KINDS[kind]}: {OURS} and {TANTIVY} share {shared:.1f} of ten hits")
    return fair


def overlap(ours: Sequence[Top], theirs: Sequence[Top]) -> float:
    """The number of the best ten that two engines share, on average over the queries that both answer."""
    shared = [
        10 * len({*one} & {*other}) / min(len(one), len(other))
        for one, other in zip(ours, theirs, strict=True)
        if one and other
    ]
    return sum(shared) / len(shared) if shared else 0.0


def _table(
    corpus: Corpus, kind: QueryKind, timed: Sequence[str], answers: dict[str, list[Top]], rounds: dict[str, Rounds]
) -> Table:
    rows = []
    for name, took in rounds.items():
        ratio = took.percentile(0.5) / rounds[TANTIVY].percentile(0.5)
        rows.append(
            (
                name,
                milliseconds(took.percentile(0.5)),
                milliseconds(took.percentile(0.95)),
                f"{milliseconds(took.worst())} ({timed[took.slowest_query()]})",
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
        _notes(kind, len(timed), len(corpus.asked(kind))),
    )


def _notes(kind: QueryKind, timed: int, asked: int) -> tuple[str, ...]:
    notes = [
        (
            f"{timed} of {asked} queries a round: those that ours and tantivy both answer. One process, one core; "
            "from the text typed to ten slugs; "
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
        ours = rounds[OURS].percentile(share)
        ratio = ours / rounds[TANTIVY].percentile(share)
        found.append(Verdict(f"{KINDS[kind]}, {pages}, {label}", ratio, Bar(limit, peer="tantivy")))
        if kind == "words":
            ratio = ours / rounds[WHOOSH].percentile(share)
            found.append(Verdict(f"{KINDS[kind]}, {pages}, {label}", ratio, Bar(WHOOSH_BAR, peer="Whoosh")))
    if kind == "words":
        hits = percentile(
            [one - other for one, other in zip(rounds[WHOLE].of_queries(), rounds[OURS].of_queries(), strict=True)], 0.5
        )
        limit = max(PAGE_MS, rounds[OURS].percentile(0.5) * 1000)
        found.append(Verdict(f"Ten hits with their sections, {pages}, p50", hits * 1000, Bar(limit, unit="ms")))
    if kind == "prefix":
        worst = max(rounds[OURS].worst(), rounds[WHOLE].worst()) * 1000
        found.append(Verdict(f"Worst prefix, {pages}, whole answer", worst, Bar(WORST_PREFIX_MS, unit="ms")))
    return found
