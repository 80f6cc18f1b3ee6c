"""The port over an engine in this process: no answer comes from files that changed while it was computed."""

from __future__ import annotations

import pytest

from services.search.cpu import InlineCpu
from services.search.embedded import ATTEMPTS, EmbeddedEngine
from services.search.engine import IndexDamaged
from shared.search.contract import SearchQuery, SearchResults
from tests.search_service.articles import make_article
from tests.search_service.memory_engine import MemoryEngine


class Writes(MemoryEngine):
    """An engine whose files are written to during its first ``writes`` searches."""

    def __init__(self, writes: int, error: Exception | None = None) -> None:
        super().__init__("one", [make_article("relay", text="A relay.")])
        self.writes = writes
        self.error = error
        self.asked = 0

    def search(self, query: SearchQuery) -> SearchResults:
        """Search, and be written to."""
        self.asked += 1
        if self.asked <= self.writes:
            self.changes += 1
            if self.error is not None:
                raise self.error
        return super().search(query)


async def ask(engine: MemoryEngine) -> int:
    return (await EmbeddedEngine(engine, InlineCpu()).search(SearchQuery("relay"))).total


async def test_an_answer_from_files_that_changed_meanwhile_is_computed_again() -> None:
    engine = Writes(1)
    assert await ask(engine) == 1
    assert engine.asked == 2


@pytest.mark.parametrize("error", [None, IndexError("garbled")])
async def test_no_answer_and_no_odd_error_comes_from_damaged_files(error: Exception | None) -> None:
    engine = Writes(1, error)
    engine.is_damaged = True
    with pytest.raises(IndexDamaged):
        await ask(engine)
    assert engine.asked == 1


async def test_an_error_of_unchanged_files_is_what_it_was() -> None:
    class Faulty(MemoryEngine):
        def search(self, query: SearchQuery) -> SearchResults:
            raise IndexError(query.text)

    with pytest.raises(IndexError):
        await ask(Faulty("one", []))


async def test_nothing_is_read_from_files_that_have_changed_before_they_are_checked() -> None:
    """Reading the mapping of a truncated file ends the process."""
    engine = Writes(0)
    engine.changes, engine.is_damaged = 1, True
    with pytest.raises(IndexDamaged):
        await ask(engine)
    assert engine.asked == 0


async def test_files_that_change_without_end_are_given_up() -> None:
    engine = Writes(100)
    with pytest.raises(IndexDamaged):
        await ask(engine)
    assert engine.asked == ATTEMPTS
