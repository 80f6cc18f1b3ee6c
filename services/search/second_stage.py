"""Decide whether the second stage, which ranks by meaning, is enabled, and open it.

Only this module imports the package ``semantic``, and not without its extra or with PERSPECTIVE_SEMANTIC=off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from services.search.embedded import LocalStore
from services.search.reranking import RerankingStore
from shared.content.article import Article
from shared.process.logger import get_logger
from shared.web.settings import Settings

if TYPE_CHECKING:
    from services.search.engine_opensearch.stage import Stage
    from services.search.semantic.updating import VectorUpdater

#: Modules of the extra ``semantic`` that answering needs.
NEEDED = ("onnxruntime", "tokenizers")

log = get_logger("semantic")


@dataclass(frozen=True, slots=True)
class StageState:
    """The state of the second stage, for an operator. ``is_fault``: it was required by a setting but is missing."""

    detail: str
    is_off: bool = False
    is_fault: bool = False


class ArticleFollower(Protocol):
    """Receives the articles of the index after each sync."""

    def follow(self, articles: Iterable[Article], language: str) -> None:
        """Start to work on ``articles``, and return. Articles without a language are in ``language``."""
        ...


def why_off(settings: Settings) -> StageState | None:
    """Why there is no second stage, without loading it; None if there may be one."""
    if settings.semantic == "off":
        return StageState("off by PERSPECTIVE_SEMANTIC", is_off=True)
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        needs = f"{' and '.join(missing)} not installed: pip install 'perspective[semantic]'"
        return StageState(f"off: {needs}", is_off=True, is_fault=settings.semantic == "on")
    return None


def log_off(state: StageState) -> None:
    """Log why queries are ranked by words alone: a warning if a setting requires more."""
    (log.warning if state.is_fault else log.info)("queries are ranked by words alone", reason=state.detail)


def with_second_stage(local: RerankingStore, settings: Settings) -> LocalStore:
    """Add the second stage to the engines of ``local``, if it is enabled."""
    if why_off(settings) is not None:
        return local
    from services.search.semantic.stage import SemanticStore  # noqa: PLC0415 - only with the extra

    return SemanticStore(local, settings)


def cluster_stage(settings: Settings) -> Stage | None:
    """The second stage over the vectors in the cluster, if it is enabled."""
    if why_off(settings) is not None:
        return None
    from services.search.engine_opensearch.semantic.reader import ClusterStage  # noqa: PLC0415 - only with the extra

    return ClusterStage(settings.opensearch_index, settings.semantic_model)


def _open_updater(settings: Settings, report: Callable[[StageState], None] = lambda _state: None) -> VectorUpdater:
    """Open the updater of the vectors, which are beside the index: on the disk or in the cluster."""
    from services.search.semantic.store import VectorStore  # noqa: PLC0415 - only with the extra
    from services.search.semantic.updating import VectorUpdater  # noqa: PLC0415

    if settings.search_engine == "whoosh":
        return VectorUpdater(settings, VectorStore.beside(settings.index_dir), report)
    from services.search.engine_opensearch.semantic.store import ClusterVectors  # noqa: PLC0415 - another extra
    from services.search.engine_opensearch.store import cluster_of  # noqa: PLC0415

    return VectorUpdater(settings, ClusterVectors(cluster_of(settings)), report)


def embed_now(
    settings: Settings, articles: Iterable[Article], language: str, progress: Callable[[int, int], None] | None
) -> StageState:
    """Compute the vectors of ``articles`` now, if the second stage is enabled; return the result. Blocks."""
    off = why_off(settings)
    if off is not None:
        return off
    return _open_updater(settings).make(articles, language, progress)


def open_follower(settings: Settings, report: Callable[[StageState], None]) -> ArticleFollower | None:
    """The updater of the vectors, or None if the second stage is not enabled.

    ``report`` is called with each state, also from a thread.
    """
    off = why_off(settings)
    if off is not None:
        if settings.semantic != "off":
            log_off(off)
        report(off)
        return None
    return _open_updater(settings, report)
