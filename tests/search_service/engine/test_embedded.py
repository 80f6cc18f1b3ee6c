"""The port over an engine in this process: no answer comes from files that changed while it was computed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from services.search.cpu import InlineCpu
from services.search.embedded import ATTEMPTS, EmbeddedEngine, EmbeddedStore
from services.search.engine import EngineStatus, IndexDamaged
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search import contract
from shared.search.contract import SearchQuery, SearchResults
from tests.search_service.articles import make_article
from tests.search_service.engine.memory_engine import MemoryEngine, MemoryStore


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


def mapped_bytes(directory: Path) -> int:
    """The bytes of files below ``directory`` that this process has mapped and read."""
    found, is_inside = 0, False
    for line in Path("/proc/self/smaps").read_text("utf-8").splitlines():
        if line[0] in "0123456789abcdef":
            is_inside = str(directory) in line
        elif is_inside and line.startswith("Rss:"):
            found += int(line.split()[1]) << 10
    return found


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux, where a process can see its own pages")
async def test_a_generation_that_nobody_asked_yet_takes_no_memory_for_its_files(tmp_path: Path) -> None:
    async def mapped() -> int:
        return await asyncio.to_thread(mapped_bytes, tmp_path)

    local = await asyncio.to_thread(WhooshIndexStore, tmp_path)
    await asyncio.to_thread(local.sync, [make_article("relay", text="A relay.")])
    engine = await EmbeddedStore(local, InlineCpu()).open()
    assert await mapped() == 0
    assert (await engine.search(SearchQuery("relay"))).total == 1
    assert await mapped() > 0
    engine.close()
    assert await mapped() == 0
    assert (await engine.search(SearchQuery("relay"))).total == 1, "answers in progress go on"


class Building(MemoryEngine):
    """An engine of ``wanted`` articles of which it has one."""

    wanted = 2

    def __init__(self) -> None:
        super().__init__("one", [make_article("relay", text="A relay.")])
        self.asked = 0

    def search(self, query: SearchQuery) -> SearchResults:
        """Search, and count."""
        self.asked += 1
        return super().search(query)

    def status(self) -> EngineStatus:
        """Say that it is being built."""
        return replace(super().status(), building=contract.Building(1, self.wanted) if self.wanted > 1 else None)


async def test_stages_of_a_build_after_the_first_are_not_warmed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is replaced within seconds, and typical queries map most of its files."""
    local = MemoryStore()
    store = EmbeddedStore(local, InlineCpu())

    async def searches() -> int:
        engine = Building()
        monkeypatch.setattr(local, "open", lambda: engine)
        await store.open()
        return engine.asked

    assert await searches() > 0
    assert await searches() == 0
    monkeypatch.setattr(Building, "wanted", 1)
    assert await searches() > 0
