"""Soak test: ten minutes at four fifths of capacity with an edit every two seconds. Reports what grows."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Workbench
from benchmarks.measuring.figures import median, percentile
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.running.processes import children_of, memory_of
from benchmarks.running.services import Service, running
from benchmarks.traffic.clients import Answers, Work, asking

SECONDS, QUICK_SECONDS = 600.0, 30.0
#: How long capacity is measured, by clients that ask without a pause.
CAPACITY_S = 15.0
SHARE = 0.8
CLIENTS = 16
EDIT_EVERY_S = 2.0
SAMPLE_EVERY_S = 5.0
#: What the second half of the time may have more than the first.
GROWTH_BAR = 1.1
MIB = 1 << 20
ARTICLE = "---\ntitle: Soak\nsummary: It is edited every two seconds.\npublished: 2025-01-01\n---\n\nThe word {word}.\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """The resources of the services at one time: resident bytes and open descriptors by process, and bytes on disk."""

    render_bytes: int
    search_bytes: int
    indexer_bytes: int
    descriptors: int
    index_bytes: int
    index_files: int


@dataclass(frozen=True, slots=True)
class Edited:
    """Edits that were followed. ``lags`` are the seconds until search found each; ``late`` were not found in time."""

    lags: tuple[float, ...]
    late: int


def run(bench: Workbench) -> Report:
    """Both services over a copy of the small corpus."""
    corpus = bench.corpus("small")
    seconds = QUICK_SECONDS if bench.is_quick else SECONDS
    articles = [f"/articles/{article.slug}/" for article in corpus.articles[:200]]
    words = [f"/?q={query.text.replace(' ', '+')}" for query in corpus.asked("words")[:60]]
    # Of five requests, three are for articles, one for the listing, one for results.
    paths = [path for number, path in enumerate(articles) for path in ((path, *_between(words, number)))]
    with bench.scratch() as scratch:
        content = Path(shutil.copytree(corpus.content_dir, Path(scratch) / "content", symlinks=False))
        search = Service("search", content, Path(scratch) / "search")
        render = Service("render", content, Path(scratch) / "render", {"SEARCH_URL": search.address})
        with running(search, render):
            search.wait(lambda: len(search.titles()) >= len(corpus.articles), "complete")
            bench.tell("capacity")
            capacity = _capacity(render, paths)
            bench.tell(f"{seconds:.0f} s at {SHARE * capacity:.0f} requests/s")
            work = Work(render.port, paths, CLIENTS, seconds=seconds, rate=SHARE * capacity)
            with asking(work) as asked:
                samples, edited = _watch(render, search, content, asked)
                answers = asked.result()
            render.check_log()
            search.check_log()
    return report(samples, edited, answers, capacity, f"{len(corpus.articles):,} pages")


def _between(words: Sequence[str], number: int) -> tuple[str, ...]:
    return ("/", words[number % len(words)]) if number % 3 == 0 else ()


def _capacity(render: Service, paths: Sequence[str]) -> float:
    """Requests per second of clients that ask for these without a pause, after each was asked once."""
    with asking(Work(render.port, paths, CLIENTS, requests=len(paths))) as asked:
        asked.result()
    with asking(Work(render.port, paths, CLIENTS, seconds=CAPACITY_S)) as asked:
        answers = asked.result()
    return answers.count / answers.seconds


def _watch(render: Service, search: Service, content: Path, asked: Future[Answers]) -> tuple[list[Sample], Edited]:
    """Edit and sample until the clients have ended."""
    samples: list[Sample] = []
    lags: list[float] = []
    late = number = 0
    next_sample = time.monotonic()
    while not asked.done():
        number += 1
        started = time.monotonic()
        _edit(content, number)
        found = _wait_found(search, word_of(number), started + 4 * EDIT_EVERY_S)
        late += found is None
        lags += () if found is None else (found - started,)
        if time.monotonic() >= next_sample:
            samples.append(sample(render, search))
            next_sample += SAMPLE_EVERY_S
        time.sleep(max(0.0, started + EDIT_EVERY_S - time.monotonic()))
    return samples, Edited(tuple(lags), late)


def word_of(number: int) -> str:
    """A word that no other article has, of letters alone: one with digits also finds its parts."""
    return "qzx" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _edit(content: Path, number: int) -> None:
    new = content / "articles" / ".soak.new"
    new.write_text(ARTICLE.format(word=word_of(number)))
    new.replace(content / "articles" / "soak.md")


def _wait_found(search: Service, word: str, deadline: float) -> float | None:
    """The time at which search finds ``word``; None if it does not before ``deadline``."""
    while time.monotonic() < deadline:
        status, body = search.get(f"/v1/search?q={word}&exact=1&size=1")
        if status == 200 and b'"total":1,' in body:
            return time.monotonic()
        time.sleep(0.05)
    return None


def sample(render: Service, search: Service) -> Sample:
    """Sample both services now."""
    indexers = children_of(search.pid)
    index = [path.stat().st_size for path in search.index.rglob("*") if path.is_file()]
    descriptors = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (render.pid, search.pid, *indexers))
    indexer_bytes = sum(memory_of(pid).resident for pid in indexers)
    return Sample(
        memory_of(render.pid).resident,
        memory_of(search.pid).resident,
        indexer_bytes,
        descriptors,
        sum(index),
        len(index),
    )


#: What must not grow, and what is shown beside it.
FIGURES: tuple[tuple[str, Callable[[Sample], float], bool], ...] = (
    ("render, resident MiB", lambda one: one.render_bytes / MIB, True),
    ("search, resident MiB", lambda one: one.search_bytes / MIB, True),
    ("indexer, resident MiB", lambda one: one.indexer_bytes / MIB, True),
    ("descriptors of all", lambda one: one.descriptors, True),
    ("index, MiB", lambda one: one.index_bytes / MIB, True),
    ("index, files", lambda one: one.index_files, False),
)


def report(samples: Sequence[Sample], edited: Edited, answers: Answers, capacity: float, pages: str) -> Report:
    """The figures, and whether the second half holds more than the quarter before it."""
    first, second = samples[len(samples) // 4 : len(samples) // 2], samples[len(samples) // 2 :]
    rows, verdicts = [], []
    for name, of, is_bound in FIGURES:
        before, after = median([of(one) for one in first]), median([of(one) for one in second])
        rows.append((name, short(before), short(after), short(max(of(one) for one in samples)), short(after / before)))
        if is_bound:
            verdicts.append(Verdict(f"Soak, {name}: growth", after / before, Bar(GROWTH_BAR, unit="(ratio)")))
    lost = answers.count - answers.statuses[200]
    verdicts.append(Verdict("Soak, requests without a page", lost, Bar(0, unit="requests")))
    verdicts.append(Verdict("Soak, edits not found within 8 s", edited.late, Bar(0, unit="edits")))
    columns = ("", "second quarter, median", "second half, median", "most", "half ÷ quarter")
    return Report((Table(f"Soak, {pages}", columns, tuple(rows), notes(edited, answers, capacity)),), tuple(verdicts))


def notes(edited: Edited, answers: Answers, capacity: float) -> tuple[str, ...]:
    """The requests and edits in the meantime."""
    p50, p99 = (milliseconds(percentile(answers.latencies[200], share)) for share in (0.5, 0.99))
    lags = edited.lags or (0.0,)
    return (
        f"{answers.count:,} requests in {answers.seconds:.0f} s, {SHARE:.0%} of {capacity:,.0f}/s just before.",
        f"Answers by status: {dict(answers.statuses)}.",
        f"A page takes {p50} ms (p50), {p99} ms (p99), from the request to its last byte.",
        f"{len(edited.lags) + edited.late} edits, {edited.late} of them late.",
        f"An edit is found after {short(percentile(lags, 0.5))} s (median), {short(max(lags))} s (worst).",
    )
