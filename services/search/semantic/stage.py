"""A LocalStore whose engines read queries for their meaning: index and vectors together make a generation.

Whatever the vectors lack (a model, a snapshot, one that can be read), the engines below answer alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from services.search.embedded import LocalEngine
from services.search.engine import EngineStatus, SyncReport
from services.search.reranking import RerankingEngine, RerankingStore
from services.search.semantic.model import ModelUnusable, load_model
from services.search.semantic.plain import is_plain
from services.search.semantic.reading import Reader, Reading
from services.search.semantic.store import Snapshot, VectorStore
from shared.content.article import Article
from shared.process.logger import get_logger
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults, Suggestion
from shared.web.settings import Settings

log = get_logger("semantic")


class ReadingEngine:
    """A LocalEngine with the second stage in front of it; without a reader it is what it stands in front of.

    ``release`` is called when it is closed.
    """

    def __init__(self, local: RerankingEngine, reader: Reader | None, release: Callable[[], None]) -> None:
        self._local = local
        self._reader = reader
        self._release: Callable[[], None] | None = release
        self.generation = named(local.generation, reader)

    def search(self, query: SearchQuery) -> SearchResults:
        """See LocalEngine."""
        if self._reader and is_plain(query) and self._reader.model.reads(query.text):
            results = Reading(self._reader, self._local, query).results()
        else:
            results = self._local.search(query)
        return replace(results, generation=self.generation)

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """See LocalEngine."""
        return self._local.suggest(text, limit)

    def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """See LocalEngine."""
        return self._local.related(slug, limit)

    def status(self) -> EngineStatus:
        """See LocalEngine."""
        return replace(self._local.status(), generation=self.generation)

    def close(self) -> None:
        """See LocalEngine."""
        release, self._release = self._release, None
        if release is not None:
            release()


def named(generation: str, reader: Reader | None) -> str:
    """The name of an index generation together with what reads queries: equal names mean equal answers."""
    return f"{generation}-{reader.version}" if reader else generation


@dataclass(slots=True)
class _Shared:
    """An open engine and how many use it: while vectors are made, they change more often than the index."""

    engine: RerankingEngine
    users: int = 0


class ReadingStore:
    """See LocalStore. The index is that of ``local``."""

    def __init__(self, local: RerankingStore, settings: Settings) -> None:
        self._local = local
        self._folder = settings.semantic_model
        self._vectors = VectorStore.beside(settings.index_dir)
        self._lock = Lock()
        self._shared: _Shared | None = None
        self._reader: Reader | None = None
        #: The snapshot that ``_reader`` was opened for, or that gave none.
        self._snapshot: Snapshot | None = None

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """See LocalStore."""
        report = self._local.sync(articles, progress)
        with self._lock:
            return replace(report, generation=named(report.generation, self._newest_reader()))

    def current(self) -> str | None:
        """See LocalStore."""
        name = self._local.current()
        with self._lock:
            return None if name is None else named(name, self._newest_reader())

    def open(self) -> LocalEngine:
        """See LocalStore."""
        with self._lock:
            shared = self._newest()
            shared.users += 1
            return ReadingEngine(shared.engine, self._newest_reader(), partial(self._release, shared))

    def close(self) -> None:
        """See LocalStore."""
        self._local.close()

    def _newest(self) -> _Shared:
        """The newest generation of the index, opened once for all who use it."""
        if self._shared is None or not self._shared.users or self._shared.engine.generation != self._local.current():
            self._shared = _Shared(self._local.open())
        return self._shared

    def _release(self, shared: _Shared) -> None:
        with self._lock:
            shared.users -= 1
            if not shared.users:
                shared.engine.close()

    def _newest_reader(self) -> Reader | None:
        """What reads queries with the newest snapshot. Opened when that changes, and after a failure not before."""
        snapshot = self._vectors.current()
        if snapshot != self._snapshot:
            self._snapshot = snapshot
            try:
                self._reader = self._open_reader(snapshot, self._reader)
            except ModelUnusable as error:
                log.warning("queries are read for their words alone", reason=str(error))
                self._reader = None
        return self._reader

    def _open_reader(self, snapshot: Snapshot | None, before: Reader | None) -> Reader | None:
        """The reader for ``snapshot``; the model stays open while it is the same. Raises ModelUnusable."""
        table = None if snapshot is None else self._vectors.open()
        if snapshot is None or table is None or table.name != snapshot.name or not len(table.vectors):
            return None
        if before is not None and before.model.digest == table.model:
            return replace(before, table=table)
        model = load_model(self._folder)
        if model.digest != table.model:
            return None  # another model was chosen: its vectors come with the next sync
        from services.search.semantic.encoder import open_encoder  # noqa: PLC0415 - 25 MB, once there are vectors

        encoder = open_encoder(model)
        encoder.encode_query("warm")  # the first call is slow
        log.info("queries are read for their meaning", model=model.name, passages=len(table.vectors))
        return Reader(model, encoder, table)
