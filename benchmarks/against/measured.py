"""Workloads in one process, run by the Python of either checkout: ``python -P measured.py``, PYTHONPATH set to it.

Each line of standard input names a piece of work; the answer is a line of JSON with ``seconds`` and ``processor_s``.
Only names that both checkouts have are imported: this file is the newer one's, all others are the checkout's own.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cases.change import changed, word_of
from benchmarks.corpus import Corpus, cache_dir, load_corpus
from benchmarks.engines import perspective

#: How many words ``word_of`` knows. An article that is edited twice in between keeps the older one.
WORDS = 10
#: How many characters of a query a reader has typed when suggestions are asked for.
TYPED = 5

Workload = Callable[[], None]


class _Stopwatch:
    """Seconds, and seconds of processor time of this process and of children that ended, from enter to exit."""

    def __enter__(self) -> _Stopwatch:
        self._started, self._processor = time.perf_counter(), _processor_s()
        return self

    def __exit__(self, *_: object) -> None:
        self.sample = {
            "seconds": time.perf_counter() - self._started,
            "processor_s": _processor_s() - self._processor,
        }


def _processor_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@contextmanager
def _measured(corpus: Corpus) -> Iterator[Mapping[str, Callable[[], dict[str, float]]]]:
    with TemporaryDirectory(dir=cache_dir()) as scratch:
        index = Path(scratch) / "index"
        perspective.build(corpus.articles, index)
        engine = perspective.open_index(index)
        queries: dict[str, Workload] = {
            kind: _all([engine.whole(kind, query.text) for query in corpus.asked(kind)])
            for kind in ("words", "phrase", "prefix", "typo")
        }
        typed = [query.text[:TYPED] for query in corpus.asked("words")]
        queries["suggest"] = _all([partial(engine.engine.suggest, text) for text in typed])
        edited = Path(scratch) / "edited"
        shutil.copytree(index, edited)
        yield {
            **{name: _timed(work) for name, work in queries.items()},
            "build": lambda: _build(corpus, Path(scratch) / "new", is_whole=False),
            "build_whole": lambda: _build(corpus, Path(scratch) / "new", is_whole=True),
            "edit": _editing(corpus, edited),
        }


def _all(works: list[Callable[[], Any]]) -> Workload:
    def run() -> None:
        for work in works:
            work()

    if sum(bool(work()) for work in works) < len(works) // 2:
        raise SystemExit("fewer than half of the queries have an answer: this would measure nothing")
    return run


def _timed(work: Workload) -> Callable[[], dict[str, float]]:
    def run() -> dict[str, float]:
        with _Stopwatch() as watch:
            work()
        return watch.sample

    return run


def _publish(corpus_articles: Any, directory: Path) -> Workload:
    """Index until readers are answered; the returned function waits for the rest. An older checkout has no rest."""
    publish = getattr(perspective, "publish", perspective.build)
    return publish(corpus_articles, directory) or (lambda: None)


def _build(corpus: Corpus, directory: Path, *, is_whole: bool) -> dict[str, float]:
    with _Stopwatch() as watch:
        finish = _publish(corpus.articles, directory)
        if is_whole:
            finish()
    if not is_whole:
        finish()
    shutil.rmtree(directory)
    return watch.sample


def _editing(corpus: Corpus, directory: Path) -> Callable[[], dict[str, float]]:
    """Each call edits another article, indexes it, opens the index again and finds the new word."""
    articles, numbers = list(corpus.articles), count()

    def run() -> dict[str, float]:
        number = next(numbers)
        at = number * 37 % len(articles)
        articles[at] = changed(corpus.articles[at], number % WORDS)
        with _Stopwatch() as watch:
            finish = _publish(articles, directory)
            top = perspective.open_index(directory).prepared("words", word_of(number % WORDS))()
        finish()
        if articles[at].slug not in top:
            raise SystemExit(f"{articles[at].slug} is not found by its new word")
        return watch.sample

    return run


def main() -> None:
    """Answer the lines of standard input until it ends."""
    corpus = load_corpus("small")
    # Not ``one_core``, which checkouts have in different modules. This process never needs the other cores again.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with _measured(corpus) as works:
        print(json.dumps(sorted(works)), flush=True)
        for line in sys.stdin:
            gc.collect()
            print(json.dumps(works[line.strip()]()), flush=True)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help must not start it
    main()
