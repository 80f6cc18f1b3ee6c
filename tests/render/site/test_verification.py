"""Bodies are parsed in the background, newest first, and their problems are reported."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.render.site import verification
from services.render.site.verification import Verification
from shared.content.article import Body
from shared.content.folder import bodies
from shared.content.folder.bodies import LazyBody
from shared.content.folder.findings import Findings
from shared.content.folder.loader import load_now
from shared.content.library import Library
from shared.content.parsing.parse import parse_text
from tests.content.articles import source


async def until_verified(verified: Verification, library: Library) -> asyncio.Task[None]:
    """Wait until all bodies of ``library``, of which there are three, are verified. Returns the task, to cancel."""
    verified.follow(library)
    task = asyncio.create_task(verified.run())
    async with asyncio.timeout(10):
        while verified.progress.done < 3:
            await asyncio.sleep(0.01)
    return task


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Three articles, the second newest with a problem in its body."""
    (tmp_path / "articles").mkdir()
    for month, body in ((1, "Old."), (2, "#### Too deep"), (3, "New.")):
        text = source(body, published=f"2026-0{month}-01")
        (tmp_path / "articles" / f"m{month}.md").write_text(text)
    return load_now(tmp_path).require()


class Watcher:
    """Notes what was verified at each report and pause."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.reports = 0
        self.pauses: list[list[str]] = []

    def report(self) -> None:
        self.reports += 1

    async def pause(self, _seconds: float) -> None:
        done = [one.slug for one in self._library.articles if self._library.bodies.is_verified(one)]
        self.pauses.append(done)
        await asyncio.sleep(0)


async def test_every_body_is_parsed_newest_first_with_pauses_and_problems_are_reported(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "CHUNK_S", 1e-9)
    monkeypatch.setattr(verification, "AT_ONCE_S", -1.0)
    watcher = Watcher(library)
    verified = Verification(watcher.report, watcher.pause)
    verified.follow(library)
    task = asyncio.create_task(verified.run())
    async with asyncio.timeout(10):
        while len(watcher.pauses) < 3:
            await asyncio.sleep(0.01)
    assert watcher.pauses == [["m3"], ["m3", "m2"], ["m3", "m2", "m1"]]
    assert watcher.reports == 1
    assert verified.progress.describe() == "3 of 3 bodies verified, 1 remark for authors"
    # What is verified is not parsed again.
    verified.follow(library)
    await asyncio.sleep(0.05)
    assert len(watcher.pauses) == 3
    task.cancel()


async def test_bodies_parsed_by_the_indexer_are_not_parsed_here(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MANY", 1)
    library.bodies.findings = Findings(tmp_path / "found.bodies")
    indexer = (await asyncio.to_thread(load_now, tmp_path, wants_html=False)).require()
    indexer.bodies.findings = Findings(tmp_path / "found.bodies")
    waiting = iter(indexer.articles[1:])
    parsed: list[str] = []

    def spy(source: str, *args: Any, **options: Any) -> Body:
        parsed.append(source)
        return parse_text(source, *args, **options)

    async def pause(_seconds: float) -> None:
        """While render waits, the indexer parses one article; the newest is left to render."""
        article = next(waiting, None)
        if article is not None:
            await asyncio.to_thread(getattr, article, "body")
            parsed.clear()

    monkeypatch.setattr(bodies, "parse_text", spy)
    verified = Verification(lambda: None, pause)
    verified.follow(library)
    task = asyncio.create_task(verified.run())
    async with asyncio.timeout(10):
        while not library.bodies.is_verified(library.articles[0]):
            await asyncio.sleep(0.01)
    assert parsed == ["articles/m3.md"]
    assert verified.progress.describe() == "3 of 3 bodies verified, 1 remark for authors"
    task.cancel()


async def test_render_looks_for_what_the_indexer_has_parsed_once_in_a_while(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look takes four milliseconds at 11,905 articles. One after each few bodies took .8 s of a first start."""
    monkeypatch.setattr(verification, "MANY", 0)
    findings = library.bodies.findings = Findings(tmp_path / "found.bodies")
    waiting, events = [one.text.digest for one in library.articles if isinstance(one.text, LazyBody)], list[str]()
    learn = library.bodies.sync

    def look() -> int:
        events.append("look")
        return learn()

    async def pause(_seconds: float) -> None:
        """Meanwhile, the indexer parses an article."""
        events.append("pause")
        await asyncio.to_thread(findings.add, waiting.pop(), ())

    monkeypatch.setattr(library.bodies, "sync", look)
    task = await until_verified(Verification(lambda: None, pause), library)
    assert events == ["look", "pause"] * 3 + ["look"]
    task.cancel()


async def test_render_that_has_waited_for_an_indexer_in_vain_parses_all_bodies_without_waiting_again(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each chunk is one body, and what render finds is in the file that it reads for the findings of the indexer.
    for name, value in {"MANY": 0, "CHUNK_S": 0.0, "PATIENCE_S": 0.02}.items():
        monkeypatch.setattr(verification, name, value)
    library.bodies.findings = Findings(tmp_path / "found.bodies")
    pauses = 0

    async def pause(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        await asyncio.sleep(0.03)

    task = await until_verified(Verification(lambda: None, pause), library)
    assert pauses == 1
    task.cancel()
