"""A first start of 60,000 pages beside one of 11,905: first page, memory, and queries on the indexes they build."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.cases.starting.cold_start import Start, both, start_of
from benchmarks.corpus import PAGES, Size, content_of
from benchmarks.engines import perspective
from benchmarks.measuring.figures import Rounds
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.measuring.rounds import Subject, interleave, one_core

SIZES: tuple[Size, Size] = ("large", "huge")
FIRST_PAGE_S = 15.0
MEMORY_MIB = 1_430.0  # 1.5 GB
QUERY_RATIO = 3.0
MIB = 1 << 20


def run(bench: Workbench) -> Report:
    """One start of each site, then its word queries in process. A quick run leaves it out."""
    if bench.is_quick:
        return Report()
    words = [query.text for query in bench.corpus("large").asked("words")]
    starts: list[Start] = []
    subjects: dict[str, Subject] = {}
    with ExitStack() as stack:
        for size in SIZES:
            bench.tell(f"first start of {PAGES[size]:,} pages")
            scratch, content = Path(stack.enter_context(bench.scratch())), content_of(size)
            for path in (content / "articles").iterdir():
                path.read_bytes()  # what the disk takes is not ours
            with both(content, scratch) as (server, search_port):
                starts.append(start_of(server, search_port))
            engine = perspective.open_index(scratch / "index")
            subjects[size] = Subject([engine.whole("words", text) for text in words])
        bench.tell("word queries on both indexes")
        with one_core():
            rounds = interleave(subjects, bench.rounds)
    return _report(starts, [rounds[size] for size in SIZES])


def _report(starts: Sequence[Start], rounds: Sequence[Rounds]) -> Report:
    p50s = [one.percentile(0.5) for one in rounds]
    rows = (
        ("first page, s", *(short(one.first_page_s) for one in starts)),
        ("an article asked for then, s", *(short(one.article_s) for one in starts)),
        ("first search answer, s", *(short(one.first_answer_s) for one in starts)),
        ("search complete, s", *(short(one.complete_s) for one in starts)),
        ("processor time until then, s", *(short(one.processor_s) for one in starts)),
        ("peak memory, MiB", *(short(one.peak_bytes / MIB) for one in starts)),
        ("memory at rest, MiB", *(short(one.rest_bytes / MIB) for one in starts)),
        ("word queries, whole answers: p50 ms", *map(milliseconds, p50s)),
        ("the same, p95 ms", *(milliseconds(one.percentile(0.95)) for one in rounds)),
    )
    notes = (
        "`perspective serve`, one first start of each site with nothing kept; memory as in the table of cold starts.",
        "All files were read once before, so that the disk is not measured.",
        "The larger site has the articles of the smaller one five times, with slugs and titles of their own.",
    )
    columns = ("", *(f"{PAGES[size]:,} pages" for size in SIZES))
    huge = starts[-1]
    pages = f"{PAGES[SIZES[-1]]:,} pages"
    verdicts = (
        Verdict(f"First page, {pages}", huge.first_page_s, Bar(FIRST_PAGE_S, unit="s")),
        Verdict(f"Peak memory, {pages}", huge.peak_bytes / MIB, Bar(MEMORY_MIB, unit="MiB")),
        Verdict(f"Word queries, {pages}", p50s[-1] / p50s[0], Bar(QUERY_RATIO, peer=f"{PAGES[SIZES[0]]:,} pages")),
    )
    return Report((Table(f"First start, {pages}", columns, rows, notes),), verdicts)
