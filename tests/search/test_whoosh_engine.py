"""The embedded engine passes the contract that every engine has to pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.engine_whoosh.store.store import WhooshIndexStore
from tests.search_service.engine_contract import EngineContract, OpenStore


class TestWhooshEngine(EngineContract):
    @pytest.fixture
    def open_stores(self, tmp_path: Path) -> OpenStore:
        return lambda: WhooshIndexStore(tmp_path / "index")
