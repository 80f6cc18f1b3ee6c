"""Run a program on an event loop, and end a service within its shutdown time.

Does not depend on what runs on the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeVar

from shared.process.logger import get_logger
from shared.process.memory import collect_less_often, limit_arenas

#: Seconds that closing may take beyond the time for requests. Both together stay below the 15 s of ``compose.yaml``.
CLOSING_S = 3.0
#: A parent waits this much longer than its child may take, so that the child can log why it is late.
PARENT_MARGIN_S = CLOSING_S + 1.0

log = get_logger("loop")

T = TypeVar("T")

Main = Callable[[], Coroutine[Any, Any, T]] | Callable[[], Awaitable[T]]


def run_loop(main: Main[T]) -> T:
    """Run ``main`` on a fresh event loop (uvloop if it is installed) and return what it returns."""

    async def run() -> T:
        return await main()

    limit_arenas()
    collect_less_often()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(run())


def run_service(main: Main[None]) -> None:
    """Run ``main``, and end the process with status 0 as soon as it returns. Exceptions propagate.

    Interpreter shutdown would take longest: it frees every object of a large site one by one (6 s for 3,000 pages on a
    busy machine, where closing had taken 0.05 s), and it waits for threads that still read content. All of it is
    memory, which the kernel frees at once.
    """

    async def run() -> None:
        await main()
        end_process(0)

    run_loop(run)


def end_process(status: int) -> None:
    """End this process with ``status`` after writing what it has logged, without waiting for anything else."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # the reader of its output is gone
            stream.flush()
    os._exit(status)


async def stop_signal(stop: asyncio.Event) -> None:
    """Return when SIGTERM or SIGINT arrives, or when ``stop`` is set.

    After that, a second SIGINT ends the process at once, because somebody presses Ctrl-C twice. A second SIGTERM does
    nothing: systemd sends one to a service and to each of its children, and the parent sends another.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        for number, then in ((signal.SIGTERM, signal.SIG_IGN), (signal.SIGINT, signal.SIG_DFL)):
            loop.remove_signal_handler(number)
            signal.signal(number, then)


async def run_until_stopped(works: Iterable[Coroutine[Any, Any, object]], stop: asyncio.Event) -> None:
    """Run ``works`` until a signal arrives, ``stop`` is set or one of them fails; then cancel them.

    Raises what one of them raised.
    """

    def look(done: asyncio.Task[object]) -> None:
        if not done.cancelled() and done.exception() is not None:
            stop.set()

    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(look)
    await stop_signal(stop)
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


@contextlib.contextmanager
def stopping_within(limit_s: float) -> Iterator[None]:
    """End the process with status 1 and a message if the context does not exit within ``limit_s``."""

    def give_up() -> None:
        log.error("stopped before everything was closed", limit_s=limit_s)
        end_process(1)

    # A thread, because the event loop may be what hangs.
    timer = threading.Timer(limit_s, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    try:
        import uvloop  # noqa: PLC0415 - optional: asyncio's own loop serves as well, only slower
    except ImportError:
        return None
    return uvloop.new_event_loop
