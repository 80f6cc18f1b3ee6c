"""Articles → flats: in this process for a few, in one process per core for many."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from services.search.engine_whoosh.segment.flat import Flat, flatten
from services.search.text.term_table import TermTable
from shared.content.article import Article

#: Documents analysed together: large enough that a batch hides the cost of passing it on, small enough for a smooth
#: progress bar.
BATCH_DOCUMENTS = 500
#: Below this many a pool of processes costs more than it saves (starting one takes about 0.3 s).
POOL_FROM_DOCUMENTS = 2_000
#: Distinct tokens that are kept analysed: those of 11,905 pages of documentation; some 60 MB.
MAX_TOKENS = 1 << 18


class BuildProgress:
    """Adds up finished documents for the caller's ``progress(done, total)``."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self._done = 0

    def add(self, documents: int, total: int) -> None:
        """``documents`` more of ``total`` are done."""
        self._done += documents
        self._tell(self._done, total)


def build_flats(articles: Sequence[Article], progress: BuildProgress) -> Iterator[Flat]:
    """The flats of ``articles`` in order."""
    batches = [articles[start : start + BATCH_DOCUMENTS] for start in range(0, len(articles), BATCH_DOCUMENTS)]
    processes = min(
        len(batches), os.process_cpu_count() if hasattr(os, "process_cpu_count") else len(os.sched_getaffinity(0))
    )
    if len(articles) < POOL_FROM_DOCUMENTS or processes < 2:
        table = TermTable()
        for batch in batches:
            table = _bounded(table)
            yield flatten(batch, table)
            progress.add(len(batch), len(articles))
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for batch, flat in zip(batches, pool.map(_Analysis.flatten, batches), strict=True):
            yield flat
            progress.add(len(batch), len(articles))


def _bounded(table: TermTable) -> TermTable:
    """``table``, or a new one where it takes much memory: what it knows is then analysed again."""
    return table if len(table) < MAX_TOKENS else TermTable()


class _Analysis:
    """What each process of the pool keeps from batch to batch."""

    table = TermTable()

    @classmethod
    def flatten(cls, articles: Sequence[Article]) -> Flat:
        cls.table = _bounded(cls.table)
        return flatten(articles, cls.table)
