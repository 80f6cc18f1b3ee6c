"""Open the generation that a manifest describes, mapped from its files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from services.search.arrays.array_file import ArrayFile
from services.search.arrays.segment.generation import Generation
from services.search.engine_whoosh.store.manifest import Manifest, segment_paths


def open_generation(directory: Path, manifest: Manifest, *, name: str) -> Generation:
    """Open the generation that ``manifest`` describes. Raises DamagedArrayFile, OSError."""
    paths = segment_paths(directory, manifest)
    segments = [(ArrayFile(path), segment.deleted) for path, segment in zip(paths, manifest.segments, strict=True)]
    updated = datetime.fromisoformat(manifest.updated)
    return Generation(segments, name=name, updated=updated, wanted=manifest.wanted)
