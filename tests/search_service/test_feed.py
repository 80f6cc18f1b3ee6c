"""What a worker reads from its supervisor, and what follows when it cannot."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from services.search.indexing.feed import SupervisorFeed
from services.search.indexing.state import MAX_PROBLEMS, IndexerState, encode_state
from shared.process.child import MAX_LINE_BYTES


async def test_a_worker_reads_a_state_with_long_problems_and_notices_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem may quote a value as long as its author wrote it."""
    state = IndexerState(phase="idle").with_problems(("articles/a.md:2: " + "x" * 100_000,) * MAX_PROBLEMS)
    heard: list[IndexerState] = []
    ended = asyncio.Event()
    read, write = os.pipe()
    with os.fdopen(read) as stdin, os.fdopen(write, "wb") as supervisor:
        monkeypatch.setattr(sys, "stdin", stdin)
        feed = SupervisorFeed(on_end=ended.set)
        feed.listen(heard.append)
        running = asyncio.create_task(feed.run())
        await asyncio.to_thread(supervisor.write, encode_state(state) + encode_state(IndexerState(phase="idle")))
        await asyncio.to_thread(supervisor.close)
        async with asyncio.timeout(30):
            await running
    assert len(encode_state(state)) < MAX_LINE_BYTES
    assert heard == [state, IndexerState(phase="idle")]
    assert ended.is_set()
