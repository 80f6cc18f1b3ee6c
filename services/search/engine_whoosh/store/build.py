"""Articles → flats: in this process for a few, in one process per core for many. Each parses what it analyses."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace

from services.search.engine_whoosh.segment.flat import Flat, flatten
from services.search.text.term_table import TermTable
from shared.content.article import Article
from shared.content.problem import InvalidContent, StaleBody
from shared.process.logger import get_logger
from shared.process.memory import uncollected

log = get_logger("index")

#: Documents analysed together: large enough that a batch hides the cost of passing it on, small enough for a smooth
#: progress bar and for memory.
BATCH_DOCUMENTS = 250
#: Below this many a pool of processes costs more than it saves (starting one takes about half a second).
POOL_FROM_DOCUMENTS = 500
#: Distinct tokens that are kept analysed: those of 11,905 pages of documentation; some 60 MB.
MAX_TOKENS = 1 << 18
#: Batches that wait in front of each process of the pool.
_WAITING = 2

Progress = Callable[[int, int], None]
_Result = tuple[list[int], Flat | None]


@dataclass(frozen=True, slots=True)
class Built:
    """The flat of ``articles``, in their order. One whose file has changed since it was loaded is not among them: the
    next sync brings it.
    """

    articles: tuple[Article, ...]
    flat: Flat


def build_flats(articles: Sequence[Article], progress: Progress) -> Iterator[Built]:
    """The flats of ``articles`` in order. ``progress`` is told (done, total) articles."""
    batches = [articles[start : start + BATCH_DOCUMENTS] for start in range(0, len(articles), BATCH_DOCUMENTS)]
    done = 0
    for batch, kept, flat in _built(batches, len(articles)):
        done += len(batch)
        if flat is not None:
            yield Built(tuple(batch[number] for number in kept), flat)
        progress(done, len(articles))


def _built(
    batches: Sequence[Sequence[Article]], count: int
) -> Iterator[tuple[Sequence[Article], list[int], Flat | None]]:
    """Each batch with the numbers of its articles that could be read, and their flat."""
    processes = min(len(batches), _processors())
    if count < POOL_FROM_DOCUMENTS or processes < 2:
        analysis = _Analysis()
        with uncollected():
            for batch in batches:
                yield batch, *analysis.flatten(batch)
        return
    # Spawned, not forked: this process has threads, and a fork would copy their locks as they happen to be.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start_process) as pool:
        waiting: deque[tuple[Sequence[Article], Future[_Result]]] = deque()
        try:
            for batch in batches:
                waiting.append((batch, pool.submit(_flatten, batch)))
                if len(waiting) > processes * _WAITING:
                    yield waiting[0][0], *waiting.popleft()[1].result()
            while waiting:
                yield waiting[0][0], *waiting.popleft()[1].result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _processors() -> int:
    """The processors that this process may use (a container's share, not the machine's)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Analysis:
    """What a process keeps from batch to batch."""

    def __init__(self) -> None:
        self._table = TermTable()

    def flatten(self, articles: Sequence[Article]) -> _Result:
        """The numbers of the articles that could be read, and their flat where there are any."""
        if len(self._table) >= MAX_TOKENS:
            self._table = TermTable()  # what it knew is analysed again
        parsed: dict[int, Article] = {}
        for number, article in enumerate(articles):
            try:
                parsed[number] = replace(article, text=article.body)
            except StaleBody:
                continue
            except InvalidContent as error:
                log.error("article not indexed", problem=str(error))  # noqa: TRY400 - the problem says it all
        return list(parsed), flatten(parsed.values(), self._table) if parsed else None


#: That of a process of the pool.
_ANALYSIS = _Analysis()


def _flatten(articles: Sequence[Article]) -> _Result:
    return _ANALYSIS.flatten(articles)


def _start_process() -> None:
    """Ctrl-C is for the parent to handle; a parent that is killed takes its processes along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
