"""Files that survive a power failure: each is on the disk before it gets its name."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_durably(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Create or replace the file at ``path`` with what ``write`` writes, and flush it to the disk. Raises OSError.

    The file is incomplete meanwhile: readers must not know its name yet. After a failure it is removed, because a full
    disk needs its space.
    """
    try:
        with path.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def replace_file(path: Path, data: bytes) -> None:
    """Make ``data`` the bytes of the file at ``path``, or of the file that it links to, in one step; it keeps its mode.

    Raises OSError, and leaves the file as it was.
    """
    path = path.resolve()
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, name)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def fsync_directory(path: Path) -> None:
    """Flush the names in a directory to the disk, after a rename in it. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
