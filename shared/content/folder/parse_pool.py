"""Parsing many sources: in this process while they are few, in all processors when they are many. Blocking."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field

from shared.content.article import Article
from shared.content.folder.asset import Asset
from shared.content.parsing.cross_links import linked_sources
from shared.content.folder.packed_body import Keep, pack_article
from shared.content.parsing.parse import parse_article
from shared.content.problem import InvalidContent, Problem
from shared.content.folder.verified import VerifiedRecord

#: Parsing takes about a second a megabyte, and starting a process half a second: below two megabytes one process is
#: quicker.
POOL_FROM_CHARS = 2_000_000
#: Sources handed to a process at a time: about half a second of work, so that stopping is prompt.
_BATCH = 32
_MAX_PROCESSES = 16
_STOP_CHECK_S = 0.2


@dataclass(frozen=True, slots=True)
class ParseTask:
    """One source to parse. ``keep`` says what is wanted of the article."""

    source: str
    text: str
    assets: Mapping[str, Asset] = field(default_factory=dict)
    verified: VerifiedRecord = field(default_factory=dict)
    keep: Keep = pack_article


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of a task: what is kept of its article, or the problems that keep it from being one.

    ``sources`` are the source files that it links to, ``samples`` the digests of its code samples.
    """

    source: str
    article: Article | None
    problems: tuple[Problem, ...] = ()
    sources: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


class ParseStopped(Exception):
    """``stop`` was set while parsing: nobody waits for the result any more."""


#: Told how many of how many sources are parsed.
Progress = Callable[[int, int], None]


def parse_tasks(
    tasks: Sequence[ParseTask], stop: threading.Event, progress: Progress = lambda _done, _total: None
) -> list[Parsed]:
    """Parse all ``tasks``, in any order. Raises ParseStopped soon after ``stop`` is set."""
    processes = min(_processors(), _MAX_PROCESSES)
    if processes > 1 and sum(len(task.text) for task in tasks) >= POOL_FROM_CHARS:
        return _parse_in_pool(tasks, processes, stop, progress)
    results = []
    for task in tasks:
        if stop.is_set():
            raise ParseStopped
        results.append(_parse(task))
        progress(len(results), len(tasks))
    return results


def _parse(task: ParseTask) -> Parsed:
    try:
        article = parse_article(task.source, task.text, assets=task.assets, verified=task.verified)
    except InvalidContent as error:
        return Parsed(task.source, None, error.problems)
    samples = tuple(sample.digest for sample in article.samples)
    return Parsed(task.source, task.keep(article), sources=linked_sources(article), samples=samples)


def _parse_batch(tasks: Iterable[ParseTask]) -> list[Parsed]:
    return [_parse(task) for task in tasks]


def _parse_in_pool(
    tasks: Sequence[ParseTask], processes: int, stop: threading.Event, progress: Progress
) -> list[Parsed]:
    # Spawned, not forked: this process has threads, and a fork would copy their locks as they happen to be.
    context = multiprocessing.get_context("spawn")
    results: list[Parsed] = []
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start_worker) as pool:
        batches = (tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH))
        waiting: set[Future[list[Parsed]]] = {pool.submit(_parse_batch, batch) for batch in batches}
        while waiting:
            done, waiting = wait(waiting, timeout=_STOP_CHECK_S, return_when=FIRST_COMPLETED)
            for future in done:
                results += future.result()
                progress(len(results), len(tasks))
            if stop.is_set():
                pool.shutdown(wait=False, cancel_futures=True)
                raise ParseStopped
    return results


def _start_worker() -> None:
    """Ctrl-C is for the parent to handle; a parent that is killed takes its workers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _processors() -> int:
    """The processors that this process may use (a container's share, not the machine's)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
