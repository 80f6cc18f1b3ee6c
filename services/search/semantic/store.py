"""Snapshots of vectors on the disk, beside the index.

    INDEX_DIR/vectors/CURRENT     says which snapshot is the newest (JSON, replaced atomically)
    INDEX_DIR/vectors/{name}/     one snapshot: places.json, keys.npy, scales.npy, vectors.npy

Snapshots are complete when they are named, and never changed: readers map their arrays and follow CURRENT alone. Like
the index, they are derived: whatever cannot be read counts as not there.
"""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson

from services.search.semantic.table import ArticleRows, VectorTable
from shared.process.regular import read_regular

POINTER = "CURRENT"
_ARRAYS = ("keys", "scales", "vectors")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The contents of CURRENT: the newest snapshot, its model, and how many of all passages have a vector."""

    name: str
    model: str
    done: int
    total: int


class SnapshotStore(Protocol):
    """Stores snapshots of vectors: on the disk, or in the cluster of the index."""

    @property
    def limits(self) -> str:
        """Limits of the vectors here, as the end of a sentence; "" for none."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Hold the right to write for as long as the context lasts. Raises IndexNotWritable, IndexUnavailable."""
        ...

    def open(self, model: str) -> VectorTable | None:
        """The newest snapshot that ``model`` made, or None. Raises IndexUnavailable."""
        ...

    def write(self, table: VectorTable, total: int) -> None:
        """Make ``table``, with vectors of some of ``total`` passages, the newest snapshot.

        Raises OSError, IndexNotWritable and IndexUnavailable.
        """
        ...

    def remove(self) -> None:
        """Remove all vectors. Raises IndexUnavailable."""
        ...


class VectorStore:
    """The vectors of one index on disk. One process writes at a time; any number read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @classmethod
    def beside(cls, index_dir: Path) -> VectorStore:
        """The vectors of the index in ``index_dir``.

        A name with a hyphen would be an index of another schema.
        """
        return cls(index_dir / "vectors")

    @property
    def limits(self) -> str:
        """See SnapshotStore. There are none: readers map the vectors of the whole site."""
        return ""

    def writing(self) -> AbstractContextManager[None]:
        """See SnapshotStore. One process writes to a directory."""
        return nullcontext()

    def current(self) -> Snapshot | None:
        """The newest snapshot, or None before the first or if CURRENT is damaged."""
        try:
            return Snapshot(**orjson.loads(read_regular(self._directory / POINTER)))
        except (OSError, ValueError, TypeError):
            return None

    def open(self, model: str | None = None) -> VectorTable | None:
        """The newest snapshot, mapped; None if none can be read or another model made it."""
        for _ in range(3):  # a writer may remove the snapshot between the two reads
            snapshot = self.current()
            if snapshot is None or model not in {None, snapshot.model}:
                return None
            try:
                return self._read(snapshot)
            except (OSError, ValueError, TypeError, LookupError, EOFError):
                continue
        return None

    def write(self, table: VectorTable, total: int) -> None:
        """Make ``table``, with vectors of some of ``total`` passages, the newest snapshot. Raises OSError."""
        folder = self._directory / table.name
        if not folder.exists():
            new = self._directory / "new"
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            for name in _ARRAYS:
                with (new / f"{name}.npy").open("wb") as file:
                    np.save(file, getattr(table, name))
                    file.flush()
                    os.fsync(file.fileno())
            (new / "places.json").write_bytes(orjson.dumps(table.articles))
            new.rename(folder)
        snapshot = Snapshot(table.name, table.model, len(table.vectors), total)
        pointer = self._directory / f"{POINTER}.new"
        pointer.write_bytes(orjson.dumps(snapshot))
        pointer.replace(self._directory / POINTER)
        self._remove_others(table.name)

    def remove(self) -> None:
        """Remove all vectors."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _remove_others(self, name: str) -> None:
        for path in self._directory.iterdir():
            if path.is_dir() and path.name != name:
                shutil.rmtree(path, ignore_errors=True)

    def _read(self, snapshot: Snapshot) -> VectorTable:
        folder = self._directory / snapshot.name
        keys, scales, vectors = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS)
        places = orjson.loads(read_regular(folder / "places.json"))
        articles = tuple(ArticleRows(one["slug"], tuple(one["anchors"]), one["digest"]) for one in places)
        rows = sum(len(article.anchors) for article in articles)
        if not len(keys) == len(scales) == len(vectors) == rows:
            raise ValueError(f"{folder}: files of different lengths")
        return VectorTable(snapshot.name, snapshot.model, articles, keys, vectors, scales)


def snapshot_name(model: str, articles: tuple[ArticleRows, ...], keys: bytes) -> str:
    """Names the contents of a snapshot: the texts, their places, and the model."""
    return blake2b(model.encode() + b"\0" + orjson.dumps(articles) + b"\0" + keys, digest_size=8).hexdigest()
