"""Where the work of answering is done: on the event loop while it is short, in a thread where it is not.

It knows no engine. The same question asked by several clients at once is worked out once. When more work waits than
can be done soon, more is refused: a queue without bound would answer everybody too late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from time import thread_time
from typing import TypeVar

from services.search.engine import SearchError

R = TypeVar("R")

#: Work expected to take longer than this leaves the loop. A hand-over to a thread costs about a tenth of it.
INLINE_S = 0.001
#: How fast the memory of an expensive answer fades: after ten cheap ones a third of it is left.
FADING = 0.9
#: Work in threads, waiting or under way. At the slowest answers measured (20 ms) the last one waits about a second.
MAX_WAITING = 64


class Overloaded(SearchError):
    """More work waits than can be done soon; ask again in a second."""


class WorkMeter:
    """What work of each shape costs, in seconds of CPU: up at once, down slowly: a long answer is remembered."""

    def __init__(self) -> None:
        self._expected_s: dict[Hashable, float] = {}

    def is_short(self, shape: Hashable) -> bool:
        """Whether work of this shape may be done on the loop. What was never measured is not."""
        return self._expected_s.get(shape, INLINE_S) < INLINE_S

    def observe(self, shape: Hashable, took_s: float) -> None:
        """Learn from one piece of work."""
        before = self._expected_s.get(shape, took_s)
        self._expected_s[shape] = max(took_s, before * FADING + took_s * (1 - FADING))

    def forget(self) -> None:
        """Start again: a new index may cost more or less."""
        self._expected_s.clear()


class Computing:
    """Does work, each key once at a time. Used from one event loop."""

    def __init__(self, executor: Executor, *, max_waiting: int = MAX_WAITING) -> None:
        self.meter = WorkMeter()
        self.inline = 0
        self.offloaded = 0
        self.shared = 0
        self.refused = 0
        self._executor = executor
        self._max_waiting = max_waiting
        self._under_way: dict[Hashable, asyncio.Task[bytes]] = {}

    @property
    def waiting(self) -> int:
        """Pieces of work in threads, waiting or under way."""
        return len(self._under_way)

    async def run(
        self, key: Hashable, shape: Hashable, resource: AbstractContextManager[R], work: Callable[[R], bytes]
    ) -> bytes:
        """What ``work`` returns or raises, given what ``resource`` yields; work of one ``shape`` is alike in cost.

        The resource is entered at once and left when the work is done, even if the client that asked has gone: others
        may wait for the same ``key``. Raises Overloaded.
        """
        task = self._under_way.get(key)
        if task is None:
            with ExitStack() as stack:
                value = stack.enter_context(resource)
                if self.meter.is_short(shape):
                    self.inline += 1
                    return self._measured(shape, work, value)
                if self.waiting >= self._max_waiting:
                    self.refused += 1
                    raise Overloaded("more is being asked than can be answered soon: ask again in a second")
                self.offloaded += 1
                task = asyncio.create_task(self._offload(stack.pop_all(), shape, work, value))
            self._under_way[key] = task
            task.add_done_callback(partial(self._finished, key))
        else:
            self.shared += 1
        return await asyncio.shield(task)

    async def _offload(self, stack: ExitStack, shape: Hashable, work: Callable[[R], bytes], value: R) -> bytes:
        with stack:
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._measured, shape, work, value)

    def _finished(self, key: Hashable, task: asyncio.Task[bytes]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # the client may have gone: an error nobody waits for is not an event of its own

    def _measured(self, shape: Hashable, work: Callable[[R], bytes], value: R) -> bytes:
        # CPU time of this thread: waiting for the interpreter lock says nothing about the work.
        started = thread_time()
        try:
            return work(value)
        finally:
            self.meter.observe(shape, thread_time() - started)

    async def drain(self) -> None:
        """Wait for the work under way."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
