"""Background tasks of an application, restarted if they fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from shared.process.logger import get_logger
from shared.process.tasks import running_task

log = get_logger("render.background")

#: Seconds before a failed task is restarted: a persistent fault must not fill the log.
RESTART_S = 5.0


@contextlib.asynccontextmanager
async def running(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run ``work`` in the background, restarted after each logged fault, until it returns or the context ends."""
    async with running_task(_keep_running(name, work), name=name):
        yield


async def _keep_running(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await work()
        except Exception:  # the outermost handler for work that no request waits for: the site stays up
            log.exception("background work failed", work=name, again_in_s=RESTART_S)
            await asyncio.sleep(RESTART_S)
        else:
            return
