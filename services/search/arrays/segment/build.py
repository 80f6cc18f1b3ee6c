"""Build segments or documents from batches of articles: a few in this process, many in one process per processor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from services.search.text.term_table import TermTable
from shared.content.article import Article
from shared.content.problem import InvalidContent, StaleBody
from shared.process.logger import get_logger
from shared.process.memory import trim_memory
from shared.process.pool import process_pool, processors, result_of

log = get_logger("index")

#: Documents of a batch whose result is passed between processes: enough to outweigh the cost of passing it, few enough
#: for a smooth progress bar and for memory.
BATCH_DOCUMENTS = 100
#: A batch is split if its words would be more than these for each of a full number of articles: memory grows with the
#: words. The largest batches of 11,905 pages took 60 MB more, which their processes kept.
LONG_WORDS = 1_000
#: Below this number of articles, a pool of processes costs more than it saves: starting one takes half a second.
POOL_FROM_DOCUMENTS = 500
#: Distinct tokens in the analysis cache, some 20 MB: most tokens of a large site occur once.
MAX_TOKENS = 1 << 15
#: Batches queued for each process of the pool.
_WAITING = 2

Progress = Callable[[int, int], None]
Made = TypeVar("Made")
#: Builds the result of a batch of articles. It is pickled for the processes: a function or a frozen dataclass.
Make = Callable[[Iterable[Article], TermTable], Made]
#: Which articles of a batch could be read, how many are stale, and what was made.
_Result = tuple[list[int], int, Made | None]


@dataclass(frozen=True, slots=True)
class Batch(Generic[Made]):
    """The result ``made`` of a batch of ``asked`` articles. ``articles`` are those that could be read, in order.

    An article whose file has changed since it was loaded is missing: the next sync adds it. ``stale`` counts them.
    """

    asked: int
    articles: tuple[Article, ...]
    made: Made | None
    stale: int = 0


def counted(batches: Iterable[Batch[Made]], progress: Progress, total: int) -> Iterator[Batch[Made]]:
    """Yield ``batches``, and report to ``progress`` how many of ``total`` articles were read."""
    done = 0
    for batch in batches:
        done += batch.asked
        progress(done, total)
        yield batch


def build_groups(
    groups: Iterable[Sequence[Article]], make: Make[Made], batch_documents: int = BATCH_DOCUMENTS
) -> Generator[Batch[Made]]:
    """Yield the results of ``make`` for the articles of all ``groups``, in order. No batch spans two groups.

    A group smaller than ``batch_documents`` for each process is split evenly, in batches of at least BATCH_DOCUMENTS.
    The pool builds the next group while one is written. Closing the generator ends the processes. Raises
    ChildProcessError if one of them is killed.
    """
    batches = [batch for group in groups for batch in _split(group, batch_documents)]
    processes = min(len(batches), processors())
    if sum(map(len, batches)) < POOL_FROM_DOCUMENTS or processes < 2:
        analysis = _Analysis()
        for batch in batches:
            yield analysis.build(batch, make)
        return
    with process_pool(processes) as pool:
        waiting: deque[tuple[Sequence[Article], Future[_Result[Made]]]] = deque()
        try:
            for batch in batches:
                waiting.append((batch, pool.submit(_make, batch, make)))
                if len(waiting) > processes * _WAITING:
                    yield _built(*waiting.popleft())
            while waiting:
                built = _built(*waiting.popleft())
                if not waiting:
                    # The processes end and release their memory before the last stage is published and merged. Without
                    # waiting, they would be there for another second.
                    pool.shutdown()
                yield built
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _split(group: Sequence[Article], most: int) -> Iterator[Sequence[Article]]:
    """Split ``group`` into batches of at most ``most`` articles, even ones if it is small (see ``build_groups``).

    A batch with more than LONG_WORDS words for each of ``most`` articles is split evenly.
    """
    even = -(-len(group) // processors())
    size = min(most, max(even, BATCH_DOCUMENTS))
    for start in range(0, len(group), size):
        batch = group[start : start + size]
        words = sum(article.word_count for article in batch)
        step = -(-len(batch) // max(1, -(-words // (most * LONG_WORDS))))
        yield from (batch[first : first + step] for first in range(0, len(batch), step))


def _built(batch: Sequence[Article], future: Future[_Result[Made]]) -> Batch[Made]:
    return _batch(batch, result_of(future))


def _batch(articles: Sequence[Article], result: _Result[Made]) -> Batch[Made]:
    kept, stale, made = result
    return Batch(len(articles), tuple(articles[number] for number in kept), made, stale)


class _Analysis:
    """The cache of analysed tokens that a process keeps from batch to batch."""

    def __init__(self) -> None:
        self._table = TermTable()

    def build(self, articles: Sequence[Article], make: Make[Made]) -> Batch[Made]:
        """One batch, built in this process."""
        return _batch(articles, self.make(articles, make))

    def make(self, articles: Sequence[Article], make: Make[Made]) -> _Result[Made]:
        """The articles that could be read, the number of stale ones, and the result of ``make``; None without any."""
        if len(self._table) >= MAX_TOKENS:
            self._table = TermTable()  # its tokens are analysed again
            trim_memory()
        kept: list[int] = []
        stale: list[int] = []
        made = make(self._readable(articles, kept, stale), self._table)
        return kept, len(stale), made if kept else None

    @staticmethod
    def _readable(articles: Sequence[Article], kept: list[int], stale: list[int]) -> Iterator[Article]:
        """The articles that could be read, with their bodies, one at a time; the lists collect indices."""
        for number, article in enumerate(articles):
            try:
                body = article.body
            except StaleBody:
                stale.append(number)
                continue
            except InvalidContent as error:
                log.error("article not indexed", problem=str(error))  # noqa: TRY400 - the problem says it all
                continue
            kept.append(number)
            yield replace(article, text=body)


#: The cache of this process if it belongs to the pool.
_ANALYSIS = _Analysis()


def _make(articles: Sequence[Article], make: Make[Made]) -> _Result[Made]:
    result = _ANALYSIS.make(articles, make)
    trim_memory()  # one batch of long articles takes as much memory as ten others
    return result
