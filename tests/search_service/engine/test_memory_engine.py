"""The engine that other tests use satisfies the contract itself."""

from __future__ import annotations

import pytest

from tests.search_service.engine.engine_contract import EngineContract
from tests.search_service.engine.memory_engine import Disk, MemoryStore, embedded
from tests.search_service.engine.store_contract import OpenStore


class TestMemoryEngine(EngineContract):
    """See EngineContract."""

    @pytest.fixture
    def open_stores(self) -> OpenStore:
        """Stores over one disk."""
        disk = Disk()
        return lambda: embedded(MemoryStore(disk))
