"""Files that may not be read, also for root: CI runs as root, to whom modes mean nothing."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: capabilities(7): the third version of the system call, and the capabilities that ignore the modes of files.
_VERSION = 0x20080522
_DAC = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@contextmanager
def unprivileged() -> Iterator[None]:
    """Let the modes of files count for this thread, as they do for an ordinary user. For Linux, or without root."""
    if os.geteuid() != 0:
        yield
        return
    assert sys.platform == "linux", "root may read everything: run the tests as an ordinary user"
    before = _capabilities()
    _set_capabilities((before[0] & ~_DAC, *before[1:]))
    try:
        yield
    finally:
        _set_capabilities(before)


def _capabilities() -> tuple[int, ...]:
    """Effective, permitted and inheritable capabilities of this thread: the first 32, then the rest."""
    values = (ctypes.c_uint32 * 6)()
    _call("capget", values)
    return tuple(values)


def _set_capabilities(values: tuple[int, ...]) -> None:
    _call("capset", (ctypes.c_uint32 * 6)(*values))


def _call(name: str, values: ctypes.Array[ctypes.c_uint32]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION, 0)
    if getattr(libc, name)(header, values) != 0:
        raise OSError(ctypes.get_errno(), name)
