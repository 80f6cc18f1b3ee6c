"""Memory of the process: given back after a large piece of work, which leaves several times what stays."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator


def release_memory() -> None:
    """Collect what only refers to itself, and give free pages back to the system. A tenth of a second on a large heap.

    The C library keeps pages for later: after a first build of ten thousand articles 700 MB that nothing asks for.
    Where it knows no ``malloc_trim`` (any but GNU's), it is left to itself.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No collection of garbage inside: bulk work makes millions of values and no cycles of them.

    The collector would walk through all of them again and again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
