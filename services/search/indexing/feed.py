"""Sources of the indexer's state: a child process, the supervisor, or none.

Does not depend on an engine or HTTP.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from services.search.indexing.state import IndexerState, decode_state
from shared.process.child import MAX_LINE_BYTES, Child, Ended, child_environ, lines_of, python_command
from shared.process.logger import get_logger
from shared.web.settings import Settings

Listener = Callable[[IndexerState], None]

INDEXER_MODULE = "services.search.indexing"

log = get_logger("indexer-feed")


class IndexerFeed(Protocol):
    """The last known state of the indexer. Listeners are called on the event loop for each new state."""

    @property
    def state(self) -> IndexerState:
        """The last state known."""
        ...

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with every state from now on."""
        ...

    async def run(self) -> None:
        """Follow the indexer until cancelled; returns when no more states will come."""
        ...


class _StateFeed:
    """The last known state, and its listeners."""

    def __init__(self, state: IndexerState) -> None:
        self.state = state
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """See IndexerFeed."""
        self._listeners.append(listener)

    def publish(self, state: IndexerState) -> None:
        """Set the last known state and notify the listeners."""
        self.state = state
        for listener in self._listeners:
            listener(state)


class StaticFeed(_StateFeed):
    """A feed without an indexer: the index never changes. Tests set states with ``publish``."""

    def __init__(self, state: IndexerState | None = None) -> None:
        super().__init__(state or IndexerState(phase="idle"))

    async def run(self) -> None:
        """See IndexerFeed. No state ever comes."""


class ChildFeed(_StateFeed):
    """Runs the indexer as a child of this process, and restarts it when it ends."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        super().__init__(IndexerState())
        self._child = Child(
            python_command(INDEXER_MODULE),
            child_environ(environ, **settings.to_environ()),
            on_line=self._read,
            on_end=self._ended,
        )
        self._restarts = 0

    @property
    def pid(self) -> int | None:
        """The process id of the indexer."""
        return self._child.pid

    async def run(self) -> None:
        """See IndexerFeed."""
        await self._child.run()

    def _read(self, line: bytes) -> None:
        state = decode_state(line)
        if state is None:
            log.warning("indexer wrote what is not a state", size_bytes=len(line))
        else:
            # After a restart, the error of the last process stays until the new one is idle: then it is up to date.
            error = state.error or ("" if state.phase == "idle" else self.state.error)
            self.publish(replace(state, restarts=self._restarts, error=error))

    def _ended(self, ended: Ended) -> bool:
        self._restarts += 1
        error = f"the indexer {ended.describe()}; it is started again in {ended.pause_s:g} s"
        log.error("indexer ended", how=ended.describe(), pause_s=ended.pause_s, restarts=self._restarts)
        self.publish(replace(self.state, phase="down", error=error, restarts=self._restarts))
        return True


class SupervisorFeed(_StateFeed):
    """Reads states from this process's standard input. ``on_end`` is called when the supervisor is gone."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        super().__init__(IndexerState())
        self._on_end = on_end

    async def run(self) -> None:
        """See IndexerFeed."""
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        try:
            async for line in lines_of(reader):
                state = decode_state(line)
                if state is not None:
                    self.publish(state)
            self._on_end()
        finally:
            transport.close()
