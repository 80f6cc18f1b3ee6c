"""Segment files that were compared with their digests, and whether they have changed since.

Reading 500 MB takes a third of a second; a ``stat`` takes a microsecond. So each process reads a file once, and again
only if its stamp changes: a write, a truncation or another file of that name changes it. Damage below the file system
does not, so the indexer reads all files from time to time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from services.search.arrays.array_file import ArrayFile, DamagedArrayFile
from shared.process.regular import open_regular

#: Bytes read at a time for a digest.
_READ_BYTES = 1 << 20


class Segment(Protocol):
    """The name of a segment's file, and the SHA-256 (hex) of its bytes."""

    @property
    def name(self) -> str:
        """The name in the directory of the index."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 (hex): most processors compute it in two fifths of the time of BLAKE2b."""
        ...


class Stamp(NamedTuple):
    """The identity and times (ns) of a file: equal stamps mean that nothing was written to it."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """The stamp in ``found``."""
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def is_of(self, found: os.stat_result) -> bool:
        """Whether ``found`` is the same file, and nothing was written to it since this stamp was taken.

        When the last name of a file is removed, ``changed`` changes too: that is not a write.
        """
        return (
            self.modified == found.st_mtime_ns
            and self.size == found.st_size
            and (self.changed == found.st_ctime_ns or not found.st_nlink)
            and self.inode == found.st_ino
            and self.device == found.st_dev
        )


class CheckedFile:
    """The mapped arrays of a segment, undamaged as long as ``is_unchanged``."""

    def __init__(self, arrays: ArrayFile, digest: str, stamp: Stamp) -> None:
        self.arrays = arrays
        self._digest = digest
        self._stamp = stamp

    def is_unchanged(self) -> bool:
        """Whether nothing was written to the file since its bytes were compared with their digest."""
        try:
            return self._stamp.is_of(os.fstat(self.arrays.descriptor))
        except OSError:
            return False

    def check(self) -> bool:
        """Whether the bytes have their digest. Reads them only if the file has changed."""
        if self.is_unchanged():
            return True
        stamp, is_good = _read(self.arrays.descriptor, self._digest)
        if is_good:
            self._stamp = stamp
        return is_good


class SegmentFiles:
    """The segment files of the index in ``directory``, each compared with its digest once.

    Any thread may use it: the result of a comparison is replaced as a whole.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        #: By name: the stamp of a file when it was read, and whether its bytes had their digest.
        self._known: dict[str, tuple[Stamp, bool]] = {}

    def open(self, segment: Segment) -> CheckedFile:
        """Map the file of ``segment``, after its bytes were compared once. Raises DamagedArrayFile, OSError."""
        arrays = ArrayFile(self.directory / segment.name)
        stamp, is_good = self._known.get(segment.name, (None, False))
        if stamp is None or not stamp.is_of(os.fstat(arrays.descriptor)):
            stamp, is_good = _read(arrays.descriptor, segment.digest)
            self._known[segment.name] = stamp, is_good
        if not is_good:
            raise DamagedArrayFile(f"{segment.name}: its bytes are not those that were written")
        return CheckedFile(arrays, segment.digest, stamp)

    def is_suspect(self, segments: Iterable[Segment]) -> bool:
        """Whether any of ``segments`` that was read is damaged, gone, or has changed since. Reads no bytes."""
        return any(self._is_suspect(segment.name) for segment in segments)

    def _is_suspect(self, name: str) -> bool:
        if (known := self._known.get(name)) is None:
            return False
        stamp, is_good = known
        try:
            return not is_good or not stamp.is_of((self.directory / name).stat())
        except OSError:
            return True

    def find_damage(self, segments: Iterable[Segment]) -> str | None:
        """The first damage in the bytes of ``segments``, or None. Reads them all, and forgets every other file."""
        known: dict[str, tuple[Stamp, bool]] = {}
        damage = None
        for segment in segments:
            try:
                with open_regular(self.directory / segment.name) as file:
                    known[segment.name] = _read(file.fileno(), segment.digest)
            except OSError as error:
                damage = f"{segment.name}: {error.strerror}"
                break
            if not known[segment.name][1]:
                damage = f"{segment.name}: its bytes are not those that were written"
                break
        self._known = known
        return damage


def _read(descriptor: int, digest: str) -> tuple[Stamp, bool]:
    """The stamp of an open file, and whether its bytes have ``digest``.

    The stamp is taken first, so that a write while the bytes are read shows as a change after it. A file that the disk
    cannot read is damaged.
    """
    stamp = Stamp.of(os.fstat(descriptor))
    try:
        return stamp, _digest(descriptor) == digest
    except OSError:
        return stamp, False


def _digest(descriptor: int) -> str:
    found, at = sha256(), 0
    while piece := os.pread(descriptor, _READ_BYTES, at):
        found.update(piece)
        at += len(piece)
    return found.hexdigest()
