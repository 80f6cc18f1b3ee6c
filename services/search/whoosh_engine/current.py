"""CURRENT, the file that names the newest complete generation; and the files that belong to a generation.

It knows Whoosh's table of contents, and nothing of how an index is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import orjson
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from services.search.whoosh_engine.array_file import DamagedArrayFile
from services.search.whoosh_engine.codec import INDEX_NAME, PackedSegment

#: Whoosh's own lock beside an index: it stays.
_LOCK_SUFFIX = "LOCK"


@dataclass(frozen=True, slots=True)
class Current:
    """What CURRENT says. ``toc`` numbers the table of contents, which is a pickle: only the one that was written, as
    ``toc_digest`` says, is ever loaded."""

    directory: str
    toc: int
    toc_digest: str
    generation: str
    updated: str


def read_current(directory: Path) -> Current | None:
    """What ``directory`` serves, or None before the first generation. Raises OSError, or ValueError and TypeError where
    the file is damaged."""
    try:
        return Current(**orjson.loads((directory / "CURRENT").read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_current(directory: Path, current: Current) -> None:
    """Make ``current`` what ``directory`` serves: in one step, and on the disk. Raises OSError."""
    new = directory / "CURRENT.new"
    with new.open("wb") as file:
        file.write(orjson.dumps(current))
        file.flush()
        os.fsync(file.fileno())
    new.replace(directory / "CURRENT")
    fsync_directory(directory)


def toc_path(folder: Path, toc: int) -> Path:
    """The table of contents of that number, by the name that Whoosh gives it."""
    return folder / f"_{INDEX_NAME}_{toc}.toc"


def digest_file(path: Path) -> str:
    """Names what the file holds. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def read_segments(directory: Path, current: Current) -> list[PackedSegment]:
    """The segments of a generation. Raises DamagedArrayFile, OSError."""
    folder = directory / current.directory
    path = toc_path(folder, current.toc)
    if digest_file(path) != current.toc_digest:
        raise DamagedArrayFile(f"{path.name}: not what was written")
    segments: list[PackedSegment] = TOC.read(storage_of(folder), INDEX_NAME, gen=current.toc).segments
    return segments


def remove_leftovers(directory: Path, current: Current, segments: list[PackedSegment]) -> None:
    """Remove the files beside a generation that are no part of it: generations before it, writing that was given up."""
    folder = directory / current.directory
    storage = storage_of(folder)
    kept = {toc_path(folder, current.toc), *(segment.path(storage) for segment in segments)}
    for path in folder.iterdir():
        if path not in kept and not path.name.endswith(_LOCK_SUFFIX):
            with contextlib.suppress(OSError):  # it is removed with the next change
                path.unlink()


def storage_of(folder: Path) -> FileStorage:
    """Whoosh's view of a directory that is only read."""
    return FileStorage(str(folder), readonly=True)


def fsync_directory(path: Path) -> None:
    """Bring the names in a directory to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
