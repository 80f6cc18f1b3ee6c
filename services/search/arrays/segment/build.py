"""Articles → in-memory segments, in this process for a few articles and in one process per core for many."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace

from services.search.arrays.segment.memory_segment import MemorySegment, invert
from services.search.text.term_table import TermTable
from shared.content.article import Article
from shared.content.problem import InvalidContent, StaleBody
from shared.process.logger import get_logger
from shared.process.memory import release_memory

log = get_logger("index")

#: Documents of a batch: enough to outweigh the cost of passing it between processes, few enough for a smooth progress
#: bar and for memory.
BATCH_DOCUMENTS = 100
#: Below this number a pool of processes costs more than it saves (starting one takes about half a second).
POOL_FROM_DOCUMENTS = 500
#: Distinct tokens in the analysis cache, some 20 MB: most tokens of a large site occur once.
MAX_TOKENS = 1 << 15
#: Batches queued for each process of the pool.
_WAITING = 2

Progress = Callable[[int, int], None]
_Result = tuple[list[int], MemorySegment | None]


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch of ``asked`` articles: the ``articles`` that could be read, in order, and their segment.

    An article whose file has changed since it was loaded is missing: the next sync adds it.
    """

    asked: int
    articles: tuple[Article, ...]
    memory_segment: MemorySegment | None


@dataclass(frozen=True, slots=True)
class Built:
    """The in-memory segment of ``articles``, in their order."""

    articles: tuple[Article, ...]
    memory_segment: MemorySegment


def build_memory_segments(articles: Sequence[Article], progress: Progress) -> Iterator[Built]:
    """The in-memory segments of the readable articles, in order. ``progress`` receives (done, total) articles."""
    for batch in counted(build_groups([articles]), progress, len(articles)):
        if batch.memory_segment is not None:
            yield Built(batch.articles, batch.memory_segment)


def counted(batches: Iterable[Batch], progress: Progress, total: int) -> Iterator[Batch]:
    """``batches``; ``progress`` receives how many of ``total`` articles were read."""
    done = 0
    for batch in batches:
        done += batch.asked
        progress(done, total)
        yield batch


def build_groups(groups: Iterable[Sequence[Article]]) -> Generator[Batch]:
    """The in-memory segments of the articles of all ``groups``, in order. No batch spans two groups.

    The pool builds the next group while one is written. Closing the generator ends the processes.
    """
    batches = [
        group[start : start + BATCH_DOCUMENTS] for group in groups for start in range(0, len(group), BATCH_DOCUMENTS)
    ]
    processes = min(len(batches), _processors())
    if sum(map(len, batches)) < POOL_FROM_DOCUMENTS or processes < 2:
        analysis = _Analysis()
        for batch in batches:
            yield analysis.build(batch)
        return
    # Spawn instead of fork: this process has threads, and a fork would copy their locks in whatever state they are.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start_process) as pool:
        waiting: deque[tuple[Sequence[Article], Future[_Result]]] = deque()
        try:
            for batch in batches:
                waiting.append((batch, pool.submit(_invert, batch)))
                if len(waiting) > processes * _WAITING:
                    yield _built(*waiting.popleft())
            pool.shutdown(wait=False)  # each process ends and releases its memory when no batch is left
            while waiting:
                yield _built(*waiting.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _built(batch: Sequence[Article], future: Future[_Result]) -> Batch:
    kept, memory_segment = future.result()
    return Batch(len(batch), tuple(batch[number] for number in kept), memory_segment)


def _processors() -> int:
    """The processors that this process may use (a container's share, not the machine's)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Analysis:
    """The cache of analysed tokens that a process keeps from batch to batch."""

    def __init__(self) -> None:
        self._table = TermTable()

    def build(self, articles: Sequence[Article]) -> Batch:
        """One batch, built in this process."""
        kept, memory_segment = self.invert(articles)
        return Batch(len(articles), tuple(articles[number] for number in kept), memory_segment)

    def invert(self, articles: Sequence[Article]) -> _Result:
        """The indices of the articles that could be read, and their segment if there are any."""
        if len(self._table) >= MAX_TOKENS:
            self._table = TermTable()  # its tokens are analysed again
            release_memory()  # a table is part of a reference cycle
        kept: list[int] = []
        memory_segment = invert(self._readable(articles, kept), self._table)
        return kept, memory_segment if kept else None

    @staticmethod
    def _readable(articles: Sequence[Article], kept: list[int]) -> Iterator[Article]:
        """The articles that could be read, with their bodies, one at a time; ``kept`` collects their indices."""
        for number, article in enumerate(articles):
            try:
                body = article.body
            except StaleBody:
                continue
            except InvalidContent as error:
                log.error("article not indexed", problem=str(error))  # noqa: TRY400 - the problem says it all
                continue
            kept.append(number)
            yield replace(article, text=body)


#: The cache of this process if it belongs to the pool.
_ANALYSIS = _Analysis()


def _invert(articles: Sequence[Article]) -> _Result:
    return _ANALYSIS.invert(articles)


def _start_process() -> None:
    """Leave Ctrl-C to the parent, and end when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
