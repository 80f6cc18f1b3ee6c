"""An index on disk that was changed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The directory of an index over SITE, changed once: it holds two segments."""
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(SITE[:-1])
    store.sync(SITE)
    store.close()
    return tmp_path / "index"


def found(store: WhooshIndexStore, text: str) -> int:
    """How many articles the newest generation finds."""
    engine = store.open()
    try:
        return engine.search(SearchQuery(text)).total
    finally:
        engine.close()
