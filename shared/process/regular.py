"""Open files that must be regular: opening a named pipe would wait for a writer, and a device has no end."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


class NotRegular(OSError):
    """The path is a directory, a named pipe, a socket or a device."""


def open_regular(path: Path) -> BufferedReader:
    """Open ``path`` to read its bytes. Raises OSError, NotRegular among them."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegular(errno.EINVAL, "this is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def is_there(path: Path) -> bool:
    """Whether this process sees anything at ``path``: ``Path.exists`` raises PermissionError for a closed folder."""
    try:
        path.stat()
    except OSError:
        return False
    return True


def read_regular(path: Path) -> bytes:
    """The bytes of ``path``. Raises OSError, NotRegular among them."""
    with open_regular(path) as file:
        return file.read()
