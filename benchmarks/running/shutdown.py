"""Shut down a command that starts servers: in order, for any signal, and with no process left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from benchmarks.running.processes import children_of

#: What ends a command from outside: ``kill`` and ``timeout``, a closed terminal, Ctrl-C.
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
#: A child that ends with this process by itself, after it has freed what others of its children shared.
RESOURCE_TRACKER = b"multiprocessing.resource_tracker"


@contextmanager
def orderly_shutdown() -> Iterator[None]:
    """Leave the contexts inside at the first signal of SIGNALS; at the second, kill the processes they wait for.

    Raises SystemExit with 128 + the number of the signal, as a shell reports it. What was started inside and still runs
    when the contexts have been left is killed. A signal that the caller ignores, as ``nohup`` does, stays ignored.
    For the main thread.
    """
    before = frozenset(children_of(os.getpid()))
    asked: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) == 1:
            raise SystemExit(128 + number)
        _kill_children(before)

    handlers = {one: signal.getsignal(one) for one in SIGNALS}
    for one, handler in handlers.items():
        if handler is not signal.SIG_IGN:
            signal.signal(one, leave)
    try:
        yield
    except Exception as error:
        # A context that the signal interrupted may fail when it is left, as a pool of processes does while it starts.
        if asked:
            raise SystemExit(128 + asked[0]) from error
        raise
    finally:
        if asked:
            _kill_children(before)
        for one, handler in handlers.items():
            signal.signal(one, handler)


def _kill_children(kept: frozenset[int]) -> None:
    """Kill every process that this one started, itself or by a child, except those in ``kept``."""
    for pid in children_of(os.getpid()):
        with suppress(OSError):  # it ended meanwhile
            if pid not in kept and RESOURCE_TRACKER not in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
