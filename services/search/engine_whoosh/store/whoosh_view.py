"""The index as stock Whoosh opens it: a table of contents, and one segment per array file of a generation.

It is written after the generation is published, from the array files alone; nothing in this project reads it. If it is
missing, incomplete, or changed by another program, it is written again. Whoosh's own lock keeps writers apart.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.index import TOC

from services.search import schema
from services.search.arrays.array_file import ArrayFile
from services.search.engine_whoosh.store.manifest import Manifest, SegmentFile, put_in_place, remove
from services.search.engine_whoosh.store.whoosh_schema import whoosh_schema
from services.search.engine_whoosh.store.whoosh_segment import is_whole, write_segment
from shared.process.durable import fsync_directory, write_durably
from shared.process.logger import get_logger
from shared.process.regular import read_regular

log = get_logger("index")

#: Whoosh's default name of an index, and the prefix of its files.
INDEX_NAME = "MAIN"
_WHOOSH_FILE = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc.*|{INDEX_NAME}_[0-9a-z]+\..+")


class WhooshView:
    """The Whoosh index in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def shows(self, manifest: Manifest) -> bool:
        """Whether Whoosh sees exactly the generation of ``manifest``, so no other program has written since."""
        if self.missing(manifest):
            return False
        number = self._latest()
        segments = [self._segment(one) for one in manifest.segments]
        with contextlib.suppress(OSError):
            return read_regular(self._toc_path(number)) == _toc(segments, number)
        return False

    def missing(self, manifest: Manifest) -> tuple[SegmentFile, ...]:
        """The segments of ``manifest`` that have no whole file of Whoosh's format yet."""
        files = ((one, self._directory / _file_name(self._segment(one))) for one in manifest.segments)
        return tuple(one for one, path in files if not is_whole(path))

    def is_empty(self) -> bool:
        """Whether there is no Whoosh index at all."""
        return self._latest() == 0

    def write(self, manifest: Manifest, *, in_memory: bool = True) -> None:
        """Make Whoosh see the generation of ``manifest``, and remove what it no longer needs. Raises OSError.

        If another program is writing to the Whoosh index, it is left to the next call. The array files are read into
        memory, because truncating a mapped file would kill the process; a process of its own maps them.
        """
        lock = FileStorage(str(self._directory)).lock(f"{INDEX_NAME}_WRITELOCK")
        if not lock.acquire(blocking=False):
            log.warning("Whoosh index left as it is: another program writes to it", directory=str(self._directory))
            return
        try:
            segments = [self._segment(one) for one in manifest.segments]
            for file in self.missing(manifest):
                segment = self._segment(file)
                write = partial(
                    write_segment, segment_id=segment.segment_id(), arrays=self._arrays(file, in_memory=in_memory)
                )
                self._write_file(_file_name(segment), write)
            number = self._latest() + 1
            toc = _toc(segments, number)
            self._write_file(self._toc_path(number).name, lambda file: file.write(toc))
            self._remove_others({self._toc_path(number).name, *map(_file_name, segments)})
        finally:
            lock.release()

    def _segment(self, file: SegmentFile) -> W3Segment:
        """The entry of a segment in the table of contents: a pickle of stock classes."""
        segment = W3Segment(
            W3Codec(), INDEX_NAME, file.documents, segid=Path(file.name).stem, deleted=set(file.deleted) or None
        )
        segment.compound = True
        # Whoosh's own writer sets the total length of each field here; there is no public way.
        segment._fieldlengths = dict(zip(schema.FIELD_NUMBER, file.lengths, strict=True))  # noqa: SLF001
        return segment

    def _arrays(self, file: SegmentFile, *, in_memory: bool) -> ArrayFile:
        return ArrayFile(self._directory / file.name, in_memory=in_memory)

    def _latest(self) -> int:
        """The highest number of a table of contents, by any writer; 0 without one."""
        found = (_WHOOSH_FILE.fullmatch(path.name) for path in self._directory.iterdir())
        return max((int(match[1]) for match in found if match and match[1]), default=0)

    def _toc_path(self, number: int) -> Path:
        return self._directory / f"_{INDEX_NAME}_{number}.toc"

    def _write_file(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Write a file, which gets its name when it is complete and durable."""
        new = self._directory / f"{name}.new"
        write_durably(new, write)
        put_in_place(new, self._directory / name)
        fsync_directory(self._directory)

    def _remove_others(self, kept: set[str]) -> None:
        for path in self._directory.iterdir():
            if _WHOOSH_FILE.fullmatch(path.name) and path.name not in kept:
                with contextlib.suppress(OSError):  # it is removed with the next change
                    remove(path)


def _file_name(segment: W3Segment) -> str:
    return str(segment.make_filename(segment.COMPOUND_EXT))


def _toc(segments: list[W3Segment], number: int) -> bytes:
    """The table of contents of that number, as Whoosh writes it."""
    storage = RamStorage()
    TOC(whoosh_schema(), segments, number).write(storage, INDEX_NAME)
    with storage.open_file(f"_{INDEX_NAME}_{number}.toc") as file:
        data: bytes = file.read()
    return data
