"""Recompress repeatedly requested pages in the background, with more effort: a tenth fewer bytes.

A page is sent as soon as it is rendered, compressed in milliseconds. Stronger compression takes ten times as long and
gets a share of one processor; readers and rendering keep the rest. Of a large site, a crawler asks for most pages once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

from services.render.sending.prepared import Prepared, recompress
from services.render.site.page_store import PageStore, keep_variant, same_answer

#: Its share of one processor.
SHARE = 0.25
#: The largest queue: the latest pages.
MAX_WAITING = 200
#: Half a second of work; larger bodies stay as they are.
MAX_BYTES = 500_000


class Recompression:
    """Recompresses pages, the latest first, and only while ``store`` still has the same bytes."""

    def __init__(
        self, store: PageStore, executor: Executor, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._store = store
        self._executor = executor
        self._pause = pause
        self._waiting: dict[str, Prepared] = {}
        self._given = asyncio.Event()

    def enqueue(self, path: str, prepared: Prepared) -> None:
        """Recompress the page at ``path`` when there is time."""
        if "br" not in prepared.encodings or len(prepared.variants["identity"].body) > MAX_BYTES:
            return
        self._waiting.pop(path, None)
        self._waiting[path] = prepared
        if len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._given.set()

    async def run(self) -> None:
        """Recompress each page in turn. Runs until cancelled."""
        while True:
            await self._given.wait()
            while self._waiting:
                started = time.monotonic()
                await self._recompress(*self._waiting.popitem())
                await self._pause((time.monotonic() - started) * (1 / SHARE - 1))
            self._given.clear()

    async def _recompress(self, path: str, prepared: Prepared) -> None:
        if same_answer(self._store, path, prepared) is not None:
            packed = await asyncio.get_running_loop().run_in_executor(self._executor, recompress, prepared)
            keep_variant(self._store, path, packed, "br")
