"""The LocalStore over an index directory. Readers follow only the manifest; ``index_writer`` replaces it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from services.search.arrays.index_format import index_digest
from services.search.engine import IndexDamaged, IndexUnavailable, SyncReport
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.manifest import DAMAGES, Manifest, ManifestReader
from services.search.engine_whoosh.store.opening import open_generation
from services.search.text.dictionaries import Dictionaries
from shared.content.article import Article

if TYPE_CHECKING:
    from services.search.engine_whoosh.store.index_writer import IndexWriter


#: Attempts to open a generation while a writer replaces it.
OPEN_ATTEMPTS = 5


class WhooshIndexStore:
    """The LocalStore of the embedded engine. See the Protocol for its contract."""

    def __init__(self, directory: Path, synonyms_path: Path | None = None, words_path: Path | None = None) -> None:
        self._directory = directory
        self._dictionaries = Dictionaries(synonyms_path, words_path)
        self._manifest = ManifestReader(directory, index_digest())
        self._writer: IndexWriter | None = None
        #: The manifest that was opened last, and its engine for as long as anybody uses it.
        self._opened: Manifest | None = None
        self._engine: Callable[[], WhooshEngine | None] = lambda: None

    def current(self) -> str | None:
        """The name of the newest complete generation of this format, or None. Raises IndexDamaged.

        A rebuild after damage has the same articles and so the same name, but other files: until it is opened, its name
        has a suffix, so that readers open it. Files that have changed since they were read are read again.

        While a deleted index is built again, the newest one is that which is open: it is complete.
        """
        current = self._manifest.read()
        if current is not None and self._manifest.files.is_suspect(current.segments):
            self._manifest.retire_if_damaged()
            current = self._manifest.read()
        if current is None and self._manifest.is_damaged():
            raise IndexDamaged(f"{self._directory}: the index is damaged, and is built again")
        if current is None:
            return None
        if self._opened is not None and self._is_ahead(self._opened, current):
            return self._dictionaries.named(self._opened.generation)
        name, opened = self._dictionaries.named(current.generation), self._opened
        is_rebuilt = opened is not None and opened.generation == current.generation and opened != current
        return f"{name}-{current.updated}" if is_rebuilt else name

    def open(self) -> WhooshEngine:
        """Open the newest complete generation. Raises IndexUnavailable."""
        current = self._manifest.read()
        if current is None:
            raise IndexUnavailable(f"{self._directory}: there is no index yet")
        for attempt in range(1, OPEN_ATTEMPTS + 1):
            try:
                engine = self._open(current)
            except (*DAMAGES, OSError) as error:
                # A writer may have replaced the generation after its manifest was read.
                again = self._manifest.read()
                if again is None or again == current or attempt == OPEN_ATTEMPTS:
                    raise IndexUnavailable(f"{self._directory}: the index cannot be read: {error}") from error
                current = again
            else:
                self._opened, self._engine = current, weakref.ref(engine)
                return engine
        raise AssertionError("unreachable")

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Bring the index up to date. Raises IndexNotWritable."""
        self._writer = self._writer or self._open_writer()
        report = self._writer.sync(articles, progress)
        return replace(report, generation=self._dictionaries.named(report.generation))

    def verify(self) -> bool:
        """See IndexStore."""
        return self._manifest.retire_if_damaged()

    def close(self) -> None:
        """Wait until the Whoosh index is up to date with the last sync."""
        if self._writer is not None:
            self._writer.finish()

    def _is_ahead(self, opened: Manifest, current: Manifest) -> bool:
        """Whether ``opened`` answers from more articles than ``current``, which is being built from nothing."""
        if current.documents >= min(opened.documents, current.wanted):
            return False
        if not {one.name for one in opened.segments}.isdisjoint(one.name for one in current.segments):
            return False
        engine = self._engine()
        return engine is not None and engine.is_unchanged()

    def _open_writer(self) -> IndexWriter:
        # Loading Whoosh takes a sixth of the start-up time, and a process that only answers does not need it.
        from services.search.engine_whoosh.store.index_writer import IndexWriter  # noqa: PLC0415

        return IndexWriter(self._manifest)

    def _open(self, manifest: Manifest) -> WhooshEngine:
        name = self._dictionaries.named(manifest.generation)
        generation, files = open_generation(self._manifest.files, manifest, name=name)
        return WhooshEngine(generation, *self._dictionaries.load(), files=files)
