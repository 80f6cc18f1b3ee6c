"""Generations on disk: where they live, and how one is opened.

    INDEX_DIR/CURRENT                 says what the newest complete generation is (JSON, replaced atomically)
    INDEX_DIR/LOCK                    held by the one process that writes
    INDEX_DIR/{digest}-{random}/      one Whoosh index; the digest names schema and analysis

Readers follow CURRENT alone. How one generation replaces another is ``index_writer``'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from services.search.engine import IndexUnavailable, SyncReport
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.segment.generation import open_generation
from services.search.engine_whoosh.store.array_file import DamagedArrayFile
from services.search.engine_whoosh.store.current import Current
from services.search.engine_whoosh.store.digest import index_digest
from services.search.engine_whoosh.store.pointer import Pointer
from services.search.text.synonyms import Synonyms
from shared.content.article import Article

if TYPE_CHECKING:
    from services.search.engine_whoosh.store.index_writer import IndexWriter


class WhooshIndexStore:
    """The LocalStore of the embedded engine. See the Protocol for its contract."""

    def __init__(self, directory: Path, synonyms_path: Path | None = None) -> None:
        self._directory = directory
        self._synonyms_path = synonyms_path
        self._pointer = Pointer(directory, index_digest())

    def current(self) -> str | None:
        """The name of the newest complete generation of this schema, or None."""
        current = self._pointer.read()
        return self._named(current.generation) if current else None

    def open(self) -> WhooshEngine:
        """Open the newest complete generation. Raises IndexUnavailable."""
        current = self._pointer.read()
        if current is None:
            raise IndexUnavailable(f"{self._directory}: there is no index yet")
        for attempt in range(5):
            try:
                return self._open(current)
            except (DamagedArrayFile, OSError, ValueError, EOFError) as error:
                # A writer may have replaced the generation between the two reads.
                again = self._pointer.read()
                if again is None or again == current or attempt == 4:
                    raise IndexUnavailable(f"{self._directory}: the index cannot be read: {error}") from error
                current = again
        raise AssertionError("unreachable")

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Bring the index up to date. Raises IndexNotWritable."""
        report = self._writer.sync(articles, progress)
        return replace(report, generation=self._named(report.generation))

    @cached_property
    def _writer(self) -> IndexWriter:
        # Whoosh comes with it, a sixth of what a start takes: who answers never writes, and does not wait for it.
        from services.search.engine_whoosh.store.index_writer import IndexWriter  # noqa: PLC0415

        return IndexWriter(self._pointer)

    def _open(self, current: Current) -> WhooshEngine:
        generation = open_generation(self._directory, current, name=self._named(current.generation))
        return WhooshEngine(generation, Synonyms.load(self._synonyms_path))

    def _named(self, generation: str) -> str:
        """The name of a generation together with the synonyms: equal names mean equal answers."""
        try:
            synonyms = self._synonyms_path.read_bytes() if self._synonyms_path else b""
        except OSError:
            synonyms = b""
        return f"{generation}-{hashlib.sha256(synonyms).hexdigest()[:8]}" if synonyms else generation
