"""Where the CPU work of answering runs: on the event loop while it is short, in a thread otherwise.

An engine gives its computations to a Cpu and awaits its I/O itself. Waiting costs no CPU time, so a Cpu would take work
that waits for short work, and it would block the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from time import thread_time
from typing import TypeVar

from services.search.engine import Overloaded
from shared.telemetry.tracing import carried

T = TypeVar("T")

#: Work expected to take longer than this runs in a thread. Handing it over costs about a tenth of this.
INLINE_S = 0.001
#: Decay of the estimate: ten cheap answers after an expensive one reduce it to a third.
DECAY = 0.9
#: Work in threads, waiting or running. At the slowest answers measured (20 ms) the last one waits about a second.
MAX_WAITING = 64


class WorkMeter:
    """The cost of work of each shape in seconds of CPU. It rises at once and falls slowly."""

    def __init__(self) -> None:
        self._expected_s: dict[Hashable, float] = {}

    def is_short(self, shape: Hashable) -> bool:
        """Whether work of this shape may run on the loop. A shape that was never measured may not."""
        return self._expected_s.get(shape, INLINE_S) < INLINE_S

    def observe(self, shape: Hashable, took_s: float) -> None:
        """Record the CPU time of one piece of work."""
        before = self._expected_s.get(shape, took_s)
        self._expected_s[shape] = max(took_s, before * DECAY + took_s * (1 - DECAY))

    def forget(self) -> None:
        """Forget all measurements: a new index may cost more or less."""
        self._expected_s.clear()


class InlineCpu:
    """Runs all work where it is called: for commands and tests, where nothing else waits."""

    async def run(self, _shape: Hashable, work: Callable[[], T]) -> T:
        """See Cpu."""
        return work()


class ThreadedCpu:
    """Runs short work on the loop and other work in threads of ``executor``. Used from one event loop.

    Beyond ``max_waiting`` it refuses work: with an unbounded queue, every answer would come too late.
    """

    def __init__(self, executor: Executor, *, max_waiting: int = MAX_WAITING) -> None:
        self.meter = WorkMeter()
        #: Counters for metrics: pieces of work by where they ran.
        self.inline = 0
        self.offloaded = 0
        self.refused = 0
        #: Pieces of work in threads, waiting or running.
        self.waiting = 0
        self._executor = executor
        self._max_waiting = max_waiting

    async def run(self, shape: Hashable, work: Callable[[], T]) -> T:
        """See Cpu. A cancelled caller returns only when its work has ended: it may hold what the work uses."""
        if self.meter.is_short(shape):
            self.inline += 1
            return self._measured(shape, work)
        if self.waiting >= self._max_waiting:
            self.refused += 1
            raise Overloaded("the service is asked more than it can answer soon: ask again in a second")
        self.offloaded += 1
        self.waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, carried(self._measured), shape, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            raise
        finally:
            self.waiting -= 1

    def _measured(self, shape: Hashable, work: Callable[[], T]) -> T:
        # CPU time of this thread, because waiting for the interpreter lock is not part of the work.
        started = thread_time()
        try:
            return work()
        finally:
            self.meter.observe(shape, thread_time() - started)
