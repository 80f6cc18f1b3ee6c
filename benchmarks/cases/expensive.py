"""Processor time of the most expensive texts of 200 characters, relative to a plain query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, permutations
from string import ascii_lowercase
from time import process_time

from benchmarks.cases import Workbench
from benchmarks.corpus import Size
from benchmarks.engines import perspective
from benchmarks.measuring.figures import percentile
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds
from services.search.engine_whoosh.engine import WhooshEngine
from shared.search.contract import MAX_QUERY_CHARS, SearchQuery

#: The most expensive text costs at most as much as this many plain queries.
BAR = 20.0
#: Plain queries that are measured, and times that each text is: the fastest counts.
PLAIN = 100
TIMES = 3
COMMON = "the of and to in is for you this that with on be are it if can as not an use from or by a".split()
NAMES = "class function type member value data code error pointer object file compiler operator template".split()
MISTYPED = (
    "outbxq kuberentse pattenrs functoin compilre memoyr stakc qeury proecss threda lokcing vetcor itertor".split()
)


def texts() -> dict[str, str]:
    """Texts that are made to be expensive, each as long as one may be."""
    words = {
        "prefixes of one letter": (f"{letter}*" for letter in cycle(ascii_lowercase)),
        "prefixes of two letters": (f"{a}{b}*" for a in ascii_lowercase for b in "aeioustrln"),
        "prefixes in a field": (f"body:{letter}*" for letter in ascii_lowercase),
        "stop words": cycle(COMMON),
        "letters": cycle(ascii_lowercase),
        "common words": cycle(NAMES),
        "phrases of two stop words": (f'"{a} {b}"' for a, b in permutations(COMMON, 2)),
        "phrases of three stop words": (f'"{a} {b} {c}"' for a, b, c in permutations(COMMON, 3)),
        "phrases of common words": (f'"{a} {b}"' for a, b in permutations(NAMES, 2)),
        "hyphens": (f"{a}-{b}" for a, b in permutations(COMMON, 2)),
        "one compound": ["-".join(COMMON * 5)],
        "names in code": (f"{a}_{b}" for a, b in permutations(NAMES, 2)),
        "either of many": (f"{a} OR" for a in cycle(COMMON)),
        "exclusions": (f"-{a}" for a in cycle(COMMON)),
        "options": (f"--{a}" for a in cycle(COMMON)),
        "fields": (f"body:{a}" for a in cycle(COMMON)),
        "typos": cycle(MISTYPED),
        "words without spaces": (a + b + c for a, b, c in permutations(NAMES, 3)),
        "versions": (f"{a}.{b}" for a in range(1, 10) for b in range(9)),
    }
    return {name: " ".join(_fitting(own)) for name, own in words.items()}


def _fitting(words: Iterable[str]) -> Iterator[str]:
    """As many of ``words`` as a query may have, the last one cut."""
    left = MAX_QUERY_CHARS
    for word in words:
        if left <= 0:
            return
        yield word[:left]
        left -= len(word) + 1


def run(bench: Workbench) -> Report:
    """Every text on every corpus."""
    reports = [_measure(bench, size) for size in bench.sizes]
    return Report(
        tuple(table for one in reports for table in one.tables),
        tuple(verdict for one in reports for verdict in one.verdicts),
    )


def _measure(bench: Workbench, size: Size) -> Report:
    corpus = bench.corpus(size)
    pages = f"{len(corpus.articles):,} pages"
    bench.tell(f"the most expensive texts, {pages}")
    engine = perspective.open_index(bench.index(corpus, perspective.NAME)).engine
    plain = percentile([cost(engine, query.text) for query in corpus.asked("words")[:PLAIN]], 0.5)
    costs = {name: cost(engine, text) for name, text in texts().items()}
    expensive = sorted(costs.items(), key=lambda one: -one[1])
    rows = tuple((name, milliseconds(seconds), f"{seconds / plain:.1f}") for name, seconds in expensive)
    table = Table(
        f"The most expensive texts, {pages}",
        ("text", "processor time, ms", "plain queries"),
        rows,
        (f"A plain query takes {milliseconds(plain)} ms. Whole answers, warm, the fastest of {TIMES}.",),
    )
    return Report(
        (table,), (Verdict(f"Most expensive text, {pages}", expensive[0][1] / plain, Bar(BAR, peer="a plain query")),)
    )


def cost(engine: WhooshEngine, text: str) -> float:
    """The processor time of one whole answer, in seconds: the least of several."""
    engine.search(SearchQuery(text))
    found = []
    for _ in range(TIMES):
        started = process_time()
        engine.search(SearchQuery(text))
        found.append(process_time() - started)
    return min(found)
