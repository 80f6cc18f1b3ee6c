"""Open the generation that a manifest describes, mapped from its files."""

from __future__ import annotations

from datetime import datetime

from services.search.arrays.checked_files import CheckedFile, SegmentFiles
from services.search.arrays.segment.generation import Generation
from services.search.engine_whoosh.store.manifest import Manifest


def open_generation(
    files: SegmentFiles, manifest: Manifest, *, name: str
) -> tuple[Generation, tuple[CheckedFile, ...]]:
    """Open the generation of ``manifest``; return it and its files. Raises DamagedArrayFile, OSError."""
    opened = tuple(map(files.open, manifest.segments))
    segments = [(file.arrays, segment.deleted) for file, segment in zip(opened, manifest.segments, strict=True)]
    updated = datetime.fromisoformat(manifest.updated)
    return Generation(segments, name=name, updated=updated, wanted=manifest.wanted), opened
