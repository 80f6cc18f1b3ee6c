"""A second event loop on a thread of its own, for what must be answered while the first is busy or stuck."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from shared.process.loop import run_loop

T = TypeVar("T")
Entered = Future[tuple[T, Callable[[], object]]]


@asynccontextmanager
async def on_loop_thread(serve: Callable[[], AbstractAsyncContextManager[T]], name: str) -> AsyncIterator[T]:
    """Enter ``serve()`` on an event loop in a thread called ``name``; the value is that of ``serve()``.

    Raises the errors of entering it. Leaving waits until it is closed, without blocking the loop of the caller.
    """
    entered: Entered[T] = Future()

    async def hold() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with serve() as value:
                entered.set_result((value, lambda: loop.call_soon_threadsafe(over.set)))
                await over.wait()
        except Exception as error:
            if entered.done():
                raise
            entered.set_exception(error)

    # A daemon: one that hangs does not keep the process alive.
    thread = threading.Thread(target=run_loop, args=(hold,), name=name, daemon=True)
    thread.start()
    try:
        value, leave = await asyncio.shield(asyncio.wrap_future(entered))
    except asyncio.CancelledError:
        entered.add_done_callback(_leave)
        raise
    except Exception:
        await asyncio.to_thread(thread.join)
        raise
    try:
        yield value
    finally:
        leave()
        await asyncio.to_thread(thread.join)


def _leave(entered: Entered[T]) -> None:
    """Close the context after its caller was cancelled."""
    if entered.exception() is None:
        entered.result()[1]()
