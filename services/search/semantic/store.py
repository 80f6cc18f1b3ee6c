"""Snapshots of vectors on the disk, beside the index.

    INDEX_DIR/vectors/CURRENT     names the newest snapshot (JSON, replaced atomically)
    INDEX_DIR/vectors/{name}/     one snapshot: places.json, keys.npy, scales.npy, vectors.npy

Snapshots are complete when they get their name, and never change: readers follow CURRENT alone. They read the arrays
into memory, because every query reads all rows; then damage to a file changes no answer. Like the index, snapshots are
derived: one that cannot be read or is damaged counts as missing.
"""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from hashlib import blake2b
from io import BytesIO
from operator import methodcaller
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson

from services.search.semantic.table import ArticleRows, VectorTable
from shared.process.durable import fsync_directory, write_durably
from shared.process.logger import get_logger
from shared.process.regular import is_there, read_regular

log = get_logger("semantic")

#: Attempts to read a snapshot: a writer may remove it after CURRENT was read.
READ_ATTEMPTS = 3

POINTER, PLACES = "CURRENT", "places.json"
_ARRAYS = ("keys", "scales", "vectors")
_FILES = (*(f"{name}.npy" for name in _ARRAYS), PLACES)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The contents of CURRENT: the newest snapshot, its model, and the passages with a vector: ``done`` of ``total``.

    ``digests`` has the BLAKE2b-128 (hex) of each of its files, by name; ``digest`` is that of the other fields.
    """

    name: str
    model: str
    done: int
    total: int
    digests: dict[str, str]
    digest: str = ""

    def sealed(self) -> Snapshot:
        """A copy with its ``digest``."""
        return replace(self, digest=_digest(orjson.dumps(replace(self, digest=""))))


class SnapshotStore(Protocol):
    """Stores snapshots of vectors: on the disk, or in the cluster of the index."""

    @property
    def limits(self) -> str:
        """The limits of ranking by these vectors, as the end of a sentence; "" for none."""
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
        """The vectors of the index in ``index_dir``."""
        return cls(index_dir / "vectors")

    @property
    def limits(self) -> str:
        """See SnapshotStore. There are none: readers hold the vectors of the whole site."""
        return ""

    def writing(self) -> AbstractContextManager[None]:
        """See SnapshotStore. One process writes to a directory."""
        return nullcontext()

    def current(self) -> Snapshot | None:
        """The newest snapshot, or None before the first or if CURRENT is damaged."""
        try:
            snapshot = Snapshot(**orjson.loads(read_regular(self._directory / POINTER)))
        except (OSError, ValueError, TypeError):
            return None
        return snapshot if snapshot == snapshot.sealed() else None

    def verify(self) -> bool:
        """Whether the newest snapshot is undamaged, or there is none; a damaged one is removed."""
        if not is_there(self._directory / POINTER):
            return True
        snapshot = self.current()
        is_good = snapshot is not None and self._is_good(snapshot)
        if not is_good and self.current() == snapshot:  # otherwise, a writer has replaced it meanwhile
            log.error("vectors damaged: they are removed and made again", directory=str(self._directory))
            self.remove()
            return False
        return True

    def _is_good(self, snapshot: Snapshot) -> bool:
        try:
            for name in _FILES:
                self._bytes(snapshot, name)
        except (OSError, ValueError, LookupError):
            return False
        return True

    def open(self, model: str | None = None) -> VectorTable | None:
        """The newest snapshot; None if none can be read or another model made it."""
        for _ in range(READ_ATTEMPTS):
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
        files = _files_of(table)
        digests = {name: _digest(data) for name, data in files.items()}
        snapshot = Snapshot(table.name, table.model, len(table.vectors), total, digests).sealed()
        if not self._is_good(snapshot):
            new, folder = self._directory / "new", self._directory / table.name
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            try:
                for name, data in files.items():
                    write_durably(new / name, methodcaller("write", data))
                fsync_directory(new)
                shutil.rmtree(folder, ignore_errors=True)
                new.rename(folder)
            finally:  # after a failure, a full disk needs the space
                shutil.rmtree(new, ignore_errors=True)
        pointer = self._directory / f"{POINTER}.new"
        write_durably(pointer, methodcaller("write", orjson.dumps(snapshot)))
        pointer.replace(self._directory / POINTER)
        fsync_directory(self._directory)
        self._remove_others(table.name)

    def remove(self) -> None:
        """Remove all vectors."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _remove_others(self, name: str) -> None:
        for path in self._directory.iterdir():
            if path.is_dir() and path.name != name:
                shutil.rmtree(path, ignore_errors=True)

    def _read(self, snapshot: Snapshot) -> VectorTable:
        keys, scales, vectors = (np.load(BytesIO(self._bytes(snapshot, f"{name}.npy"))) for name in _ARRAYS)
        places = orjson.loads(self._bytes(snapshot, PLACES))
        articles = tuple(ArticleRows(one["slug"], tuple(one["anchors"]), one["digest"]) for one in places)
        rows = sum(len(article.anchors) for article in articles)
        if not len(keys) == len(scales) == len(vectors) == rows:
            raise ValueError(f"{snapshot.name}: files of different lengths")
        return VectorTable(snapshot.name, snapshot.model, articles, keys, vectors, scales)

    def _bytes(self, snapshot: Snapshot, name: str) -> bytes:
        """The bytes of a file of ``snapshot``. Raises OSError, LookupError, ValueError if they are damaged."""
        data = read_regular(self._directory / snapshot.name / name)
        if _digest(data) != snapshot.digests[name]:
            raise ValueError(f"{snapshot.name}/{name}: its bytes are not those that were written")
        return data


def _files_of(table: VectorTable) -> dict[str, bytes]:
    """The files of a snapshot with their bytes, by name."""
    files = {}
    for name in _ARRAYS:
        file = BytesIO()
        np.save(file, getattr(table, name))
        files[f"{name}.npy"] = file.getvalue()
    return {**files, PLACES: orjson.dumps(table.articles)}


def _digest(data: bytes) -> str:
    """BLAKE2b-128 (hex) of ``data``."""
    return blake2b(data, digest_size=16).hexdigest()


def snapshot_name(model: str, articles: tuple[ArticleRows, ...], keys: bytes) -> str:
    """The name of a snapshot: a digest of its texts, their places, and the model."""
    return blake2b(model.encode() + b"\0" + orjson.dumps(articles) + b"\0" + keys, digest_size=8).hexdigest()
