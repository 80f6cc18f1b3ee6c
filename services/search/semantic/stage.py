"""A LocalStore whose engines rank by meaning too: index and vectors together are a generation.

Without vectors (no model, no snapshot, a damaged one), the engines of the index answer alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock

from services.search.embedded import LocalEngine
from services.search.engine import EngineStatus, SyncReport
from services.search.reranking import RerankingEngine, RerankingStore
from services.search.semantic.model import ModelUnusable, load_model, read_card
from services.search.semantic.plain import is_plain
from services.search.semantic.ranking import RankedQuery, Ranker
from services.search.semantic.store import VectorStore
from shared.content.article import Article
from shared.process.logger import get_logger
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults, Suggestion
from shared.web.settings import Settings

log = get_logger("semantic")


class SemanticEngine:
    """Adds the second stage to a RerankingEngine; without a ranker it only delegates.

    ``release`` is called when it is closed.
    """

    def __init__(self, local: RerankingEngine, ranker: Ranker | None, release: Callable[[], None]) -> None:
        self._local = local
        self._ranker = ranker
        self._release: Callable[[], None] | None = release
        self.generation = named(local.generation, ranker.version if ranker else "")

    def search(self, query: SearchQuery) -> SearchResults:
        """See LocalEngine."""
        if self._ranker and is_plain(query) and self._ranker.model.supports(query.text):
            results = RankedQuery(self._ranker, self._local, query).results()
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

    def is_unchanged(self) -> bool:
        """See LocalEngine. Vectors are in memory."""
        return self._local.is_unchanged()

    def check(self) -> bool:
        """See LocalEngine."""
        return self._local.check()

    def release_pages(self) -> None:
        """See LocalEngine."""
        self._local.release_pages()

    def close(self) -> None:
        """See LocalEngine."""
        release, self._release = self._release, None
        if release is not None:
            release()


def named(generation: str, version: str) -> str:
    """The name of a generation with index and ranker: equal names mean equal answers."""
    return f"{generation}-{version}" if version else generation


@dataclass(slots=True)
class _Shared:
    """An open engine with a reference count: while vectors are made, they change more often than the index."""

    engine: RerankingEngine
    users: int = 0


class SemanticStore:
    """Adds the second stage to the engines of a RerankingStore."""

    def __init__(self, local: RerankingStore, settings: Settings) -> None:
        self._local = local
        self._folder = settings.semantic_model
        self._vectors = VectorStore.beside(settings.index_dir)
        self._lock = Lock()
        self._shared: _Shared | None = None
        self._ranker: Ranker | None = None
        #: The version that could not be opened at the last attempt.
        self._unusable = ""

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """See LocalStore."""
        report = self._local.sync(articles, progress)
        return replace(report, generation=named(report.generation, self._version()))

    def current(self) -> str | None:
        """See LocalStore."""
        name = self._local.current()
        return None if name is None else named(name, self._version())

    def open(self) -> LocalEngine:
        """See LocalStore."""
        with self._lock:
            shared = self._newest()
            shared.users += 1
            return SemanticEngine(shared.engine, self._newest_ranker(), partial(self._release, shared))

    def verify(self) -> bool:
        """See LocalStore. Damaged vectors are made again after the next sync; until then words alone are read."""
        is_good = self._local.verify()
        return self._vectors.verify() and is_good

    def close(self) -> None:
        """See LocalStore."""
        self._local.close()

    def _newest(self) -> _Shared:
        """The newest generation of the index, opened once and shared."""
        if self._shared is None or not self._shared.users or self._shared.engine.generation != self._local.current():
            self._shared = _Shared(self._local.open())
        return self._shared

    def _release(self, shared: _Shared) -> None:
        with self._lock:
            shared.users -= 1
            if not shared.users:
                shared.engine.close()

    def _version(self) -> str:
        """The version of the ranker that ``open`` would use now, or "". Loads no model, which writers do not need."""
        snapshot = self._vectors.current()
        if snapshot is None or not snapshot.done:
            return ""
        try:
            version = f"{snapshot.name}-{read_card(self._folder).thresholds}"
        except ModelUnusable:
            return ""
        return "" if version == self._unusable else version

    def _newest_ranker(self) -> Ranker | None:
        """The ranker for the newest snapshot; None if none can be opened."""
        version = self._version()
        if not version:
            self._ranker = None
        elif self._ranker is None or self._ranker.version != version:
            try:
                self._ranker = self._open_ranker(self._ranker)
            except ModelUnusable as error:
                log.warning("queries are ranked by words alone", reason=str(error))
                self._ranker = None
            if self._ranker is None:
                self._unusable = version
        return self._ranker

    def _open_ranker(self, before: Ranker | None) -> Ranker | None:
        """Open the ranker for the newest snapshot; the model stays open while it is the same. Raises ModelUnusable."""
        table = self._vectors.open()
        if table is None:
            return None
        from services.search.semantic.packed import pack  # noqa: PLC0415 - imports onnxruntime as well

        if before is not None and before.model.digest == table.model:
            return replace(before, model=before.model.with_card(read_card(self._folder)), table=pack(table))
        model = load_model(self._folder)
        if model.digest != table.model:
            return None  # another model was chosen: its vectors come with the next sync
        from services.search.semantic.encoder import open_encoder  # noqa: PLC0415 - 25 MB, once there are vectors

        encoder = open_encoder(model)
        encoder.encode_query("warm")  # the first call is slow
        log.info("queries are ranked by meaning", model=model.name, passages=len(table.vectors))
        return Ranker(model, encoder, pack(table))
