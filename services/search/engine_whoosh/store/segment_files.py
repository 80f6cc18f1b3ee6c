"""The array files of segments: write them, name them, merge them, and plan merges.

Until a generation names it, a file has another extension, so that nobody removes it while others are written.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.search import schema
from services.search.arrays.array_file import ArrayFile, ArrayWriter, DamagedArrayFile, write_arrays
from services.search.arrays.checked_files import SegmentFiles
from services.search.arrays.segment.memory_segment import invert
from services.search.arrays.segment.merge import merge
from services.search.arrays.segment.pack import pack
from services.search.engine_whoosh.store.manifest import ARRAYS_EXTENSION, SegmentFile, remove
from services.search.text.term_table import TermTable
from shared.content.article import Article

#: The extension of a file that no generation names yet.
NEW_EXTENSION = ".new"
#: More small segments than this are merged into one: each costs every query about 50 µs.
MAX_SMALL_SEGMENTS = 3
#: A segment with fewer documents than this, or a tenth of the largest, is small.
SMALL_SEGMENT_DOCUMENTS = 100
#: A segment is rewritten when more than this share of it is deleted.
MAX_DELETED_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class SegmentMaker:
    """Writes the segment of a batch of articles to ``directory``, in any process."""

    directory: Path

    def __call__(self, articles: Iterable[Article], table: TermTable) -> SegmentFile | None:
        """Write the segment of ``articles``; None without any article. ``name_file`` makes it part of the index.

        Raises OSError, and DamagedArrayFile if the file is not what was written.
        """
        memory_segment = invert(articles, table)
        if not memory_segment.records:
            return None
        path = self.directory / f"{secrets.token_hex(8)}{ARRAYS_EXTENSION}"
        writer = write_arrays(_new(path), pack(memory_segment))
        return _described(_new(path), path.name, writer)


def merge_segments(files: SegmentFiles, segments: Sequence[SegmentFile]) -> SegmentFile:
    """Write one segment with the live documents of ``segments``, in order, and name its file.

    Raises OSError, and DamagedArrayFile if a segment is damaged.
    """
    path = files.directory / f"{secrets.token_hex(8)}{ARRAYS_EXTENSION}"
    merged = list(map(files.open, segments))
    writer = ArrayWriter(_new(path))
    try:
        merge([(file.arrays, one.deleted) for file, one in zip(merged, segments, strict=True)], writer)
    finally:
        writer.close()
        if not all(file.check() for file in merged):  # it can raise anything, or get a valid digest in the merged file
            raise DamagedArrayFile("a segment changed while it was merged")
    return name_file(files.directory, _described(_new(path), path.name, writer))


def name_file(directory: Path, segment: SegmentFile) -> SegmentFile:
    """Give the file of a new ``segment`` its name; return ``segment``. Raises OSError."""
    path = directory / segment.name
    _new(path).replace(path)
    return segment


def remove_unnamed(directory: Path) -> None:
    """Remove the files that were never named, which a failed or killed build leaves."""
    for path in directory.glob(f"*{ARRAYS_EXTENSION}{NEW_EXTENSION}"):
        with contextlib.suppress(OSError):  # it is removed with the next change
            remove(path)


def delete(segments: Sequence[SegmentFile], numbers: Iterable[int]) -> tuple[SegmentFile, ...]:
    """``segments`` without the documents ``numbers``, which are numbered through all segments."""
    deleted = sorted(numbers)
    changed, base = [], 0
    for segment in segments:
        end = base + segment.documents
        own = {number - base for number in deleted if base <= number < end}
        changed.append(replace(segment, deleted=tuple(sorted(own.union(segment.deleted)))))
        base = end
    return tuple(changed)


def plan_merge(segments: Sequence[SegmentFile]) -> tuple[tuple[SegmentFile, ...], tuple[SegmentFile, ...]]:
    """``(segments to keep, segments to merge into one)``, given live ones."""
    small, sparse = _small(segments), [one for one in segments if is_sparse(one)]
    is_due = sparse or len(small) > MAX_SMALL_SEGMENTS
    merged = [one for one in segments if is_due and (one in small or one in sparse)]
    return tuple(one for one in segments if one not in merged), tuple(merged)


def live(segments: Iterable[SegmentFile]) -> tuple[SegmentFile, ...]:
    """The ``segments`` that have a live document."""
    return tuple(one for one in segments if len(one.deleted) < one.documents)


def is_sparse(segment: SegmentFile) -> bool:
    """Whether enough documents are deleted to rewrite ``segment``."""
    return len(segment.deleted) > segment.documents * MAX_DELETED_SHARE


def is_fragmented(segments: Sequence[SegmentFile]) -> bool:
    """Whether several segments are large, as after a large build, or one is sparse: both slow every query."""
    return len(segments) - len(_small(segments)) > 1 or any(map(is_sparse, segments))


def _small(segments: Sequence[SegmentFile]) -> list[SegmentFile]:
    largest = max((segment.documents for segment in segments), default=0)
    limit = max(SMALL_SEGMENT_DOCUMENTS, largest // 10)
    return [segment for segment in segments if segment.documents < limit and segment.documents < largest]


def _described(path: Path, name: str, writer: ArrayWriter) -> SegmentFile:
    """The entry of the manifest for the segment in the file ``path``, which will be called ``name``.

    ``writer`` wrote it, and compares it with what was written. Raises OSError, DamagedArrayFile.
    """
    lengths = ArrayFile(path)["doc_lengths"].reshape(-1, len(schema.FIELDS))
    totals = tuple(lengths.sum(axis=0, dtype=int).tolist())
    return SegmentFile(name, len(lengths), (), totals, writer.digest())


def _new(path: Path) -> Path:
    return path.with_name(path.name + NEW_EXTENSION)
