"""Time from one edit of an article until a search finds the new word, in the engines and in the running service."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import orjson

from benchmarks import InvalidMeasurement
from benchmarks.cases import Workbench
from benchmarks.cases.http_search import target
from benchmarks.corpus import Corpus
from benchmarks.engines import EngineKind, perspective, whoosh_plain
from benchmarks.measuring.figures import median, median_ratio
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.running.processes import (
    Memory,
    children_of,
    fetch,
    free_port,
    memory_of,
    python_module,
    serving,
    until_idle,
)
from shared.content.article import Article, Block, Body

BAR_MS = 500.0
#: A site of this size has its own bar, from saving to an answer.
SMALLER_PAGES = 1_000
SMALLER_BAR_MS = 300.0
MIB = 1 << 20
ROUNDS = 5
#: The service parses all content before it follows changes: a few minutes for the large corpus on a small machine.
SETTLE_S = 900.0
POLL_S = 0.002
FOUND_S = 30.0


def run(bench: Workbench) -> Report:
    """On the largest corpus."""
    corpus = bench.corpus(bench.largest)
    pages = f"{len(corpus.articles):,} pages"
    engines = {name: _in_engine(bench, corpus, kind) for name, kind in bench.kinds.items()}
    service, memory = _in_service(bench, corpus, corpus.articles)
    smaller, _ = _in_service(bench, corpus, corpus.part(SMALLER_PAGES))
    ours = engines[perspective.NAME]
    rows = [
        (f"{name}, in process", milliseconds(median(took)), short(median_ratio(took, engines[whoosh_plain.NAME])))
        for name, took in engines.items()
    ]
    rows.append(("Perspective, from saving the file to an answer over HTTP", milliseconds(median(service)), ""))
    smaller_pages = f"{min(SMALLER_PAGES, len(corpus.articles)):,} pages"
    rows.append((f"the same on a site of {smaller_pages}", milliseconds(median(smaller)), ""))
    notes = (
        (
            f"{ROUNDS} changes, medians. In process: index the article, commit, open, and find its new word. "
            "Perspective finds out by itself which article differs; the others are told."
        ),
        "The service watches the files, parses what changed, indexes it in a process of its own and swaps.",
        (
            f"Memory then: the process that answers {short(memory[0].resident / MIB)} MiB, "
            f"the indexer, which holds all articles, {short(memory[1].resident / MIB)} MiB."
        ),
    )
    table = Table(f"One article changed, {pages}", ("", "ms", "÷ Whoosh"), tuple(rows), notes)
    verdicts = (
        Verdict(f"One article changed, {pages}, in process", median(ours) * 1000, Bar(BAR_MS, unit="ms")),
        Verdict(f"One article changed, {pages}, save to answer", median(service) * 1000, Bar(BAR_MS, unit="ms")),
        Verdict(
            f"One article changed, site of {smaller_pages}, save to answer",
            median(smaller) * 1000,
            Bar(SMALLER_BAR_MS, unit="ms"),
        ),
    )
    return Report((table,), verdicts)


def word_of(number: int) -> str:
    """A word that no article has."""
    return f"zyxwv{''.join('abcdefghij'[int(digit)] for digit in str(number))}quux"


def changed(article: Article, number: int) -> Article:
    """``article`` with a new paragraph."""
    first = article.body.sections[0]
    new = replace(first, blocks=(*first.blocks, Block("prose", f"And now {word_of(number)} as well.")))
    body = Body(sections=(new, *article.body.sections[1:]))
    return replace(article, text=body, digest=f"{article.digest}-{number}")


def _in_engine(bench: Workbench, corpus: Corpus, kind: EngineKind) -> list[float]:
    articles = list(corpus.articles)
    took = []
    with bench.scratch() as scratch:
        directory = Path(scratch) / "index"
        shutil.copytree(bench.index(corpus, kind.name), directory)
        for number in range(ROUNDS):
            bench.tell(f"one article changed: {kind.name}, {number + 1} of {ROUNDS}")
            at = len(articles) * (number + 1) // (ROUNDS + 1)
            articles[at] = changed(corpus.articles[at], number)
            took.append(_change(kind, directory, articles, articles[at], word_of(number)))
    return took


def _change(kind: EngineKind, directory: Path, articles: Sequence[Article], article: Article, word: str) -> float:
    started = perf_counter()
    finish = kind.change(directory, articles, article)
    top = kind.open(directory).prepared("words", word)()
    seconds = perf_counter() - started
    finish()
    if list(top) != [article.slug]:
        raise InvalidMeasurement(f"{kind.name} finds {list(top)} for a word that is new in {article.slug}")
    return seconds


def _in_service(
    bench: Workbench, corpus: Corpus, articles: Sequence[Article]
) -> tuple[list[float], tuple[Memory, Memory]]:
    """The seconds from each save until a search finds it, and the memory of the service and its indexer.

    The site has ``articles``.
    """
    with bench.scratch() as scratch:
        content, index = Path(scratch) / "content", Path(scratch) / "index"
        shutil.copytree(corpus.content_dir, content)
        if len(articles) == len(corpus.articles):
            shutil.copytree(bench.index(corpus, perspective.NAME), index)
        else:
            kept = {content / article.source for article in articles}
            for path in (content / "articles").glob("*.md"):
                if path not in kept:
                    path.unlink()
            perspective.build(articles, index)
        port = free_port()
        environ = {
            "PERSPECTIVE_CONTENT_DIR": str(content),
            "PERSPECTIVE_INDEX_DIR": str(index),
            "PERSPECTIVE_SEARCH_PORT": str(port),
            "PERSPECTIVE_ACCESS_LOG": "false",
        }
        command = python_module("services", "search")
        with serving(command, port=port, first=target("value"), environ=environ) as server:
            bench.tell("one article changed: waiting for the service to have read everything")
            await_idle(port)
            for _ in until_idle(server.pid):  # merging the index delays the next edit
                pass
            files = sorted((content / "articles").glob("*.md"))
            took = [
                save(port, files[len(files) * (number + 1) // (ROUNDS + 1)], word_of(number))
                for number in range(ROUNDS)
            ]
            indexer = max((memory_of(pid) for pid in children_of(server.pid)), key=lambda memory: memory.resident)
            return took, (server.memory(), indexer)


def await_idle(port: int) -> None:
    """Wait until the indexer follows changes. Raises InvalidMeasurement when that takes too long."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        indexer = orjson.loads(fetch(port, "/v1/status")[1])["indexer"]
        if indexer["phase"] == "idle":
            return
        time.sleep(0.5)
    raise InvalidMeasurement(f"the indexer is not idle after {SETTLE_S:.0f} s: {indexer}")


def save(port: int, file: Path, word: str) -> float:
    """Write ``word`` into ``file`` and return the seconds until a search finds it. Raises InvalidMeasurement."""
    text = file.read_text(encoding="utf-8")
    time.sleep(1.0)  # a person saves again only after a while
    started = perf_counter()
    file.write_text(f"{text}\n\nAnd now {word} as well.\n", encoding="utf-8")
    while perf_counter() - started < FOUND_S:
        # Exact: the word of the change before is a typo away, and would be the correction.
        if orjson.loads(fetch(port, f"{target(word)}&exact=1")[1])["total"] == 1:
            return perf_counter() - started
        time.sleep(POLL_S)
    raise InvalidMeasurement(f"{file.name} was saved with {word!r}, which is not found after {FOUND_S:.0f} s")
