"""Memory after a large piece of work: returned to the operating system, or kept out of the cycle collector."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator

#: Pools of memory in a process: at the peak of a first start over 11,905 pages all processes take 20 MiB less than with
#: a pool for each thread.
ARENAS = 2
#: Values that may come into being before the cycle collector looks at the young ones; 700 by default. A page of 24 kB
#: makes some thousands, which die with it and are in no cycle: with the default, a seventh of its time is collections.
YOUNG_VALUES = 20_000
#: The parameter of ``mallopt`` (malloc.h of the GNU C library).
_M_ARENA_MAX = -8


def release_memory() -> None:
    """Run the cycle collector, then ``malloc_trim``. Takes a tenth of a second on a large heap.

    The C library keeps pages for later: after a first build of ten thousand articles, 700 MB of unused memory. Without
    ``malloc_trim`` (any allocator but GNU's), it only collects.
    """
    gc.collect()
    trim_memory()


def freeze_memory() -> None:
    """Exempt everything that exists from the cycle collector for good, then ``malloc_trim``.

    For what a process keeps as long as it runs: a full collection stops all threads for a tenth of a second while it
    walks through twelve thousand articles. What is frozen is freed when nothing refers to it, as before, but not if it
    refers to itself.
    """
    gc.freeze()
    trim_memory()


def limit_arenas() -> bool:
    """Let the threads of this process share a few pools of memory of the C library; return whether it took the limit.

    Call it before they start. By default each thread has one of its own, up to eight a core, and keeps there what it
    has freed. Any allocator but GNU's takes no limit.
    """
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS))
    return False


def collect_less_often() -> None:
    """Run the cycle collector once for YOUNG_VALUES new values. What is in no cycle is freed at once, as before."""
    gc.set_threshold(YOUNG_VALUES, 10, 10)


def trim_memory() -> None:
    """Return free memory of the C library to the operating system, without a collection. Takes some milliseconds."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Suspend garbage collection: bulk work creates millions of values and no cycles.

    The collector would walk through all of them again and again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
