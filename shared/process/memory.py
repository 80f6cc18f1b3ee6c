"""Return freed memory to the operating system after a large piece of work."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator


def release_memory() -> None:
    """Run the cycle collector, then ``malloc_trim``. Takes a tenth of a second on a large heap.

    The C library keeps pages for later: after a first build of ten thousand articles, 700 MB of unused memory. Without
    ``malloc_trim`` (any allocator but GNU's), it only collects.
    """
    gc.collect()
    trim_memory()


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
