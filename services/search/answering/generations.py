"""Follow the store: open each new generation, and close the previous one after its last answer.

Does not depend on an engine. Used from one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.search.engine import IndexDamaged, IndexStore, IndexUnavailable, SearchEngine
from shared.process.logger import get_logger
from shared.process.memory import trim_memory

#: Seconds between two checks for a newer generation, if the indexer reports none.
POLL_S = 0.5
#: The shortest time between two verifications after errors of an engine, in seconds: each reads every file.
VERIFY_S = 5.0

log = get_logger("generations")


class _Open:
    """One open generation, and the number of answers in progress on it."""

    def __init__(self, engine: SearchEngine) -> None:
        self.engine = engine
        self.leases = 0
        self.is_retired = False

    def close_if_unused(self) -> None:
        if self.is_retired and self.leases == 0:
            self.engine.close()


class Generations:
    """The current generation, and the switch to the next."""

    def __init__(
        self,
        store: IndexStore,
        on_swap: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``on_swap`` is called after the current engine has been replaced or dropped."""
        self._store = store
        self._on_swap = on_swap
        self._open: _Open | None = None
        self._refreshing = asyncio.Lock()
        #: The number of generations opened.
        self.swaps = 0
        self._clock = clock
        self._verified_at = -VERIFY_S
        #: Why the newest generation could not be opened, else "".
        self.problem = ""

    @property
    def name(self) -> str | None:
        """The name of the current generation, or None before the first."""
        return self._open.engine.generation if self._open else None

    @property
    def answers_alone(self) -> bool:
        """Whether the open generation answers without the store, as a snapshot does."""
        return self._open is not None and self._open.engine.capabilities.is_snapshot

    @contextmanager
    def lease(self) -> Iterator[SearchEngine]:
        """Lease the current engine: it stays open until the context ends. Raises IndexUnavailable before the first."""
        opened = self._open
        if opened is None:
            raise IndexUnavailable("there is no index yet")
        opened.leases += 1
        try:
            yield opened.engine
        finally:
            opened.leases -= 1
            opened.close_if_unused()

    async def refresh(self) -> bool:
        """Open the newest generation unless it is open already; return whether it was opened.

        A failure leaves the current one in use, unless its files are damaged.
        """
        async with self._refreshing:
            try:
                engine = await self._open_newer()
            except IndexDamaged as error:
                self._drop()
                self._report(str(error))
                return False
            except (IndexUnavailable, OSError) as error:
                self._report(f"the newest index cannot be opened: {error}")
                return False
            self.problem = ""
            if engine is not None:
                self._swap(engine)
                # The columns of the generation before are free now: 50 MB after all stages of a first build.
                await asyncio.to_thread(trim_memory)
            return engine is not None

    def _drop(self) -> None:
        """Stop answering: the open generation is damaged."""
        if self._open is not None:
            self.close()
            self._on_swap()

    async def is_damaged(self) -> bool:
        """Check whether the open index is damaged, and drop it if so.

        Called after an unexpected engine error; reads the files at most every ``VERIFY_S``.
        """
        async with self._refreshing:
            if self._open is None:
                return True
            if self._clock() - self._verified_at < VERIFY_S:
                return False
            is_damaged = not await self._store.verify()
            self._verified_at = self._clock()
            if is_damaged:
                self._drop()
            return is_damaged

    async def _open_newer(self) -> SearchEngine | None:
        newest = await self._store.current()
        return None if newest in {None, self.name} else await self._store.open()

    def _report(self, problem: str) -> None:
        # Checked twice a second: log the same problem only once.
        if problem != self.problem:
            log.warning("generation not opened", problem=problem, serving=self.name)
        self.problem = problem

    def _swap(self, engine: SearchEngine) -> None:
        old, self._open = self._open, _Open(engine)
        self.swaps += 1
        self._on_swap()
        before = old.engine.generation if old else None
        if before == engine.generation:  # its merged segments: no answer changes
            log.debug("generation opened from other files", generation=before)
        else:
            log.info("generation opened", generation=engine.generation, before=before)
        if old is not None:
            old.is_retired = True
            old.close_if_unused()

    async def try_refresh(self) -> None:
        """Refresh, and log any failure: a damaged index can raise anything, and the open generation stays in use."""
        try:
            await self.refresh()
        except Exception as error:
            problem = f"the newest index cannot be opened: {error!r}"
            if problem != self.problem:
                log.exception("generation not opened", serving=self.name)
            self.problem = problem

    async def follow(self, is_newer: asyncio.Event, *, poll_s: float = POLL_S) -> None:
        """Refresh whenever ``is_newer`` is set, and every ``poll_s``. Runs until cancelled."""
        while True:
            is_newer.clear()
            await self.try_refresh()
            try:
                async with asyncio.timeout(poll_s):
                    await is_newer.wait()
            except TimeoutError:
                continue

    def close(self) -> None:
        """Retire the current generation; it closes after its last answer."""
        if self._open is not None:
            self._open.is_retired = True
            self._open.close_if_unused()
            self._open = None
