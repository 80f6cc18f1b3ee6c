"""Fixtures of the tests of search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    """The engine over the ``ARTICLES`` of a module of tests."""
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"))
    store.sync(request.module.ARTICLES)
    found = store.open()
    assert isinstance(found, WhooshEngine)
    yield found
    found.close()
