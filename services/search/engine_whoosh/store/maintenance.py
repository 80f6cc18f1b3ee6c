"""Maintenance after a generation is published: merge its large segments, write the Whoosh index.

Both need only the files of the generation. For a large index they run in a process of their own, which releases its
memory when it ends.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from services.search.arrays.checked_files import SegmentFiles
from services.search.engine_whoosh.store.manifest import (
    Manifest,
    locked,
    read_manifest,
    remove_leftovers,
    write_manifest,
)
from services.search.engine_whoosh.store.segment_files import is_fragmented, merge_segments, remove_unnamed
from services.search.engine_whoosh.store.whoosh_view import WhooshView
from shared.process.memory import trim_memory, uncollected
from shared.process.pool import process_pool, result_of

#: From this many documents on, a process of its own does the work. Starting one takes half a second.
ALONE_FROM_DOCUMENTS = 2_000


def maintain(files: SegmentFiles, manifest: Manifest) -> None:
    """Merge the large segments of ``manifest``, if it is still the newest, and write the Whoosh index.

    Waits for the lock of the directory. Raises OSError, also if its process is killed, and what damaged files raise.
    """
    if _documents_to_write(files.directory, manifest) < ALONE_FROM_DOCUMENTS:
        _maintain(files, manifest, in_memory=True)
        return
    with process_pool(1) as pool:
        result_of(pool.submit(_run, files.directory, manifest))


def _documents_to_write(directory: Path, manifest: Manifest) -> int:
    """Count the documents to write: all before a merge, otherwise those missing from Whoosh (few after an edit)."""
    segments = manifest.segments
    if not is_fragmented(segments):
        segments = WhooshView(directory).missing(manifest)
    return sum(segment.documents for segment in segments)


def _run(directory: Path, manifest: Manifest) -> None:
    """Maintain the index in a process of its own, which holds the lock itself."""
    _maintain(SegmentFiles(directory), manifest, in_memory=False)


def _maintain(files: SegmentFiles, manifest: Manifest, *, in_memory: bool) -> None:
    with locked(files.directory):
        if read_manifest(files.directory) != manifest:
            return
        if is_fragmented(manifest.segments):
            manifest = _merge(files, manifest)
            trim_memory()
        WhooshView(files.directory).write(manifest, in_memory=in_memory)


def _merge(files: SegmentFiles, manifest: Manifest) -> Manifest:
    """Publish the generation of ``manifest`` as one segment, under the same name: its answers are the same."""
    try:
        with uncollected():
            segment = merge_segments(files, manifest.segments)
        merged = replace(manifest, segments=(segment,), updated=datetime.now(UTC).isoformat())
        write_manifest(files.directory, merged)
    finally:
        remove_unnamed(files.directory)
    remove_leftovers(files.directory, merged)
    return merged
