"""CURRENT, the file that names the newest complete generation; and the files that belong to a generation.

It knows how Whoosh names its files, and neither Whoosh nor how an index is written: who reads needs no more than what
CURRENT says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import orjson

#: The name of the index within its directory, which Whoosh puts into the names of its files.
INDEX_NAME = "articles"
#: Whoosh's own lock beside an index: it stays.
_LOCK_SUFFIX = "LOCK"


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """One segment of a generation: the name of its array file, and the numbers of its documents that are deleted,
    ascending."""

    name: str
    deleted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Current:
    """What CURRENT says: all that reading a generation takes.

    ``toc`` numbers Whoosh's table of contents, from which the writer goes on. It is a pickle: only the one that was
    written, as ``toc_digest`` says, is ever loaded. ``wanted`` is how many articles the content had when it was
    written: an index of fewer is still being built.
    """

    directory: str
    toc: int
    toc_digest: str
    generation: str
    updated: str
    segments: tuple[SegmentFile, ...]
    wanted: int = 0


def read_current(directory: Path) -> Current | None:
    """What ``directory`` serves, or None before the first generation. Raises OSError, or ValueError, TypeError and
    LookupError where the file is damaged."""
    try:
        said = orjson.loads((directory / "CURRENT").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    segments = tuple(SegmentFile(one["name"], tuple(one["deleted"])) for one in said["segments"])
    return Current(**{**said, "segments": segments})


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


def segment_paths(directory: Path, current: Current) -> list[Path]:
    """The array files of a generation, in the order of its documents."""
    return [directory / current.directory / segment.name for segment in current.segments]


def digest_file(path: Path) -> str:
    """Names what the file holds. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def remove_leftovers(directory: Path, current: Current) -> None:
    """Remove the files beside a generation that are no part of it: generations before it, writing that was given up."""
    folder = directory / current.directory
    kept = {toc_path(folder, current.toc), *segment_paths(directory, current)}
    for path in folder.iterdir():
        if path not in kept and not path.name.endswith(_LOCK_SUFFIX):
            with contextlib.suppress(OSError):  # it is removed with the next change
                path.unlink()


def fsync_directory(path: Path) -> None:
    """Bring the names in a directory to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
