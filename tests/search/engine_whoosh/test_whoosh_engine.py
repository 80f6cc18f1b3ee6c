"""The embedded engine passes the contract that every engine has to pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE
from tests.search_service.engine_contract import EngineContract
from tests.search_service.store_contract import OpenStore, timeless


class TestWhooshEngine(EngineContract):
    @pytest.fixture
    def open_stores(self, tmp_path: Path) -> OpenStore:
        return lambda: EmbeddedStore(WhooshIndexStore(tmp_path / "index"), InlineCpu())


def test_answers_come_from_any_thread(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(SITE)
    engine = store.open()
    texts = ["message", "relay", "request", "the average", ""] * 8
    expected = [timeless(engine.search(SearchQuery(text))) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert [timeless(one) for one in pool.map(lambda text: engine.search(SearchQuery(text)), texts)] == expected
    engine.close()
