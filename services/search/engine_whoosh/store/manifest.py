"""The manifest of a generation: CURRENT, the one file that readers follow. Does not depend on Whoosh.

    INDEX_DIR/CURRENT            the manifest of the newest complete generation (JSON, replaced atomically)
    INDEX_DIR/CURRENT.damaged    a manifest whose files are damaged: never read again
    INDEX_DIR/LOCK               held by the one process that writes
    INDEX_DIR/{id}.arrays        a segment, as the engine maps it
    INDEX_DIR/MAIN_{id}.seg      the same segment as Whoosh reads it
    INDEX_DIR/_MAIN_{n}.toc      Whoosh's table of contents, which lists the segments

A manifest names its format. Files of another format are not read, and stay until this format has a generation.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from services.search.arrays.array_file import DamagedArrayFile
from services.search.arrays.checked_files import SegmentFiles
from shared.process.durable import fsync_directory, write_durably
from shared.process.logger import get_logger
from shared.process.regular import NotRegular, is_there, read_regular

log = get_logger("index")

#: Errors of reading a generation whose files are missing, truncated or garbled. Any other error is a bug.
DAMAGES = (DamagedArrayFile, FileNotFoundError, NotRegular, UnicodeDecodeError, orjson.JSONDecodeError)
ARRAYS_EXTENSION = ".arrays"
#: The name of a manifest that was retired because its files are damaged.
DAMAGED = "CURRENT.damaged"


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """One segment of a generation.

    ``name`` is its array file, ``digest`` the SHA-256 (hex) of its bytes. ``documents`` counts its documents,
    ``deleted`` has the numbers of the deleted ones, ascending. ``lengths`` are the total lengths of the fields, in the
    order of the field table.
    """

    name: str
    documents: int
    deleted: tuple[int, ...]
    lengths: tuple[int, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The complete description of one generation. ``format`` is the digest of its index format.

    ``wanted`` is the number of articles in the content that a parser can read: an index of fewer is still being built.
    """

    format: str
    generation: str
    updated: str
    segments: tuple[SegmentFile, ...]
    wanted: int = 0

    @property
    def documents(self) -> int:
        """Count the documents that are not deleted."""
        return sum(one.documents - len(one.deleted) for one in self.segments)


def read_manifest(directory: Path) -> Manifest | None:
    """The manifest of ``directory``, or None before the first generation.

    Raises OSError, and ValueError, TypeError or LookupError if the file is damaged. Its own digest shows a flipped bit,
    which could bring deleted articles back.
    """
    try:
        read = orjson.loads(read_regular(directory / "CURRENT"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    segments = tuple(
        SegmentFile(one["name"], one["documents"], tuple(one["deleted"]), tuple(one["lengths"]), one["digest"])
        for one in read["segments"]
    )
    digest = read.pop("digest")
    manifest = Manifest(**{**read, "segments": segments})
    if manifest_digest(manifest) != digest:
        raise ValueError("its bytes are not those that were written")
    return manifest


def manifest_digest(manifest: Manifest) -> str:
    """BLAKE2b-128 (hex) of all fields of a manifest."""
    return hashlib.blake2b(orjson.dumps(manifest), digest_size=16).hexdigest()


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Publish ``manifest`` in ``directory`` atomically and durably. Raises OSError."""
    new = directory / "CURRENT.new"
    data = orjson.dumps({**asdict(manifest), "digest": manifest_digest(manifest)})
    write_durably(new, lambda file: file.write(data))
    put_in_place(new, directory / "CURRENT")
    remove(directory / DAMAGED)
    fsync_directory(directory)


def put_in_place(new: Path, path: Path) -> None:
    """Rename the file ``new`` to ``path``, replacing anything there. Raises OSError."""
    if path.is_dir():  # a file cannot replace a directory
        shutil.rmtree(path)
    new.replace(path)


def remove(path: Path) -> None:
    """Remove ``path``, whatever it is, if it exists. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def open_lock(directory: Path) -> BinaryIO:
    """Open the lock file; anything else of that name is removed. Raises OSError."""
    path = directory / "LOCK"
    if os.path.lexists(path) and not path.is_file():
        remove(path)
    return path.open("ab")


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Wait for the lock of ``directory`` and hold it. Creates the directory. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with open_lock(directory) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class ManifestReader:
    """Reads the manifest of ``directory`` for one index format."""

    def __init__(self, directory: Path, digest: str) -> None:
        self.directory = directory
        self.digest = digest
        self.files = SegmentFiles(directory)
        #: Why CURRENT could not be read at the last attempt, or "".
        self._unreadable = ""

    def is_damaged(self) -> bool:
        """Whether the newest generation was retired, and none has replaced it yet."""
        return is_there(self.directory / DAMAGED) and not is_there(self.directory / "CURRENT")

    def retire_if_damaged(self) -> bool:
        """Check the digests of the newest generation and retire it if damaged; return whether it was intact.

        No reader opens a retired generation, and the next sync builds another. While a writer holds the lock, nothing
        is checked: it may be replacing the generation.
        """
        try:
            with open_lock(self.directory) as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
                manifest = self.read()
                damage = self.files.find_damage(manifest.segments) if manifest else None
                if damage is None:
                    return not self.is_damaged()
                log.error("index damaged: it is retired and built again", directory=str(self.directory), damage=damage)
                (self.directory / "CURRENT").replace(self.directory / DAMAGED)
                return False
        except OSError:
            return True

    def read(self) -> Manifest | None:
        """The newest complete generation of this format, or None."""
        manifest = self.read_any()
        return manifest if manifest is not None and manifest.format == self.digest else None

    def read_any(self) -> Manifest | None:
        """The newest complete generation, whatever its format, or None."""
        try:
            manifest = read_manifest(self.directory)
        except (OSError, ValueError, TypeError, LookupError) as error:
            # Read twice a second: log the same damaged file only once.
            if str(error) != self._unreadable:
                log.warning("index pointer unreadable", path=str(self.directory / "CURRENT"), error=str(error))
            self._unreadable = str(error)
            return None
        self._unreadable = ""
        return manifest


def remove_leftovers(directory: Path, manifest: Manifest | None) -> None:
    """Remove array files that do not belong to ``manifest``: those of earlier generations and of failed writes."""
    kept = {segment.name for segment in manifest.segments} if manifest else set()
    for path in directory.glob(f"*{ARRAYS_EXTENSION}"):
        if path.name not in kept:
            with contextlib.suppress(OSError):  # it is removed with the next change
                remove(path)
