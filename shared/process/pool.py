"""Processes that do part of the work of this one at low priority: they log as it does, and leave Ctrl-C to it.

They end with this one. Each can be killed at any time, by an operator or because memory runs out: that is a
ChildProcessError for the caller.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from shared.process.logs import LogSettings, log_as, log_settings
from shared.process.memory import limit_arenas

Result = TypeVar("Result")

#: Added to the niceness of this process, so that building on all processors delays no answers.
NICENESS = 10
#: Values that may come into being before the cycle collector looks at them. A batch of 300 articles keeps more than a
#: hundred thousand until it is written, and 3,000 articles leave 467 in cycles.
YOUNG_VALUES = 500_000


def processors() -> int:
    """The processors that this process may use: the ones it is pinned to, not all of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_pool(processes: int) -> ProcessPoolExecutor:
    """A pool of that many processes.

    Spawned instead of forked: this process has threads, and a fork would copy their locks in whatever state they are.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_start_process, initargs=(log_settings(),))


def result_of(future: Future[Result]) -> Result:
    """The result of a task. Raises what it raised, and ChildProcessError if a process of the pool was killed."""
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise ChildProcessError(
            "one of its processes was killed: if memory ran out, raise the limit of this service"
        ) from error


def _start_process(logging: LogSettings | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # without permission to lower the priority, go on
        os.nice(NICENESS)
    if logging is not None:
        log_as(logging)
    limit_arenas()
    # Before numpy is imported: each thread of its library for matrices begins with .06 s of waiting for work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.freeze()
    gc.set_threshold(YOUNG_VALUES, 50, 100)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
