"""Settings → the store of the engine that they name: the only module that chooses one.

Does not depend on HTTP: the indexer opens a store too.
"""

from __future__ import annotations

from pathlib import Path

from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore
from services.search.engine import Cpu, IndexStore
from services.search.second_stage import cluster_stage, with_second_stage
from shared.web.settings import Settings, SettingsError


def open_store(settings: Settings, cpu: Cpu | None = None) -> IndexStore:
    """The store of the engine that the settings name; its engines compute on ``cpu`` (by default inline).

    Opens no file and no connection. Raises SettingsError if the engine is not installed.
    """
    synonyms = settings.content_dir / "synonyms.toml"
    if settings.search_engine == "opensearch":
        return _open_cluster(settings, synonyms, cpu or InlineCpu())
    from services.search.engine_whoosh.store.store import WhooshIndexStore  # noqa: PLC0415 - tests with a double load no engine

    local = WhooshIndexStore(settings.index_dir, synonyms, settings.content_dir / "words.txt")
    return EmbeddedStore(with_second_stage(local, settings), cpu or InlineCpu())


def _open_cluster(settings: Settings, synonyms: Path, cpu: Cpu) -> IndexStore:
    try:
        from services.search.engine_opensearch.store import (  # noqa: PLC0415 - only with the extra
            OpenSearchStore,
            cluster_of,
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"PERSPECTIVE_SEARCH_ENGINE=opensearch needs the extra opensearch ({error.name} is not installed): "
            "pip install 'perspective[opensearch]'"
        ) from error
    words = settings.content_dir / "words.txt"
    return OpenSearchStore(cluster_of(settings), synonyms, cpu, words_path=words, stage=cluster_stage(settings))
