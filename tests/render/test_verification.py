"""Bodies are parsed in the background, newest first, and their problems are reported."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.render.site import verification
from services.render.site.verification import Verification
from shared.content.folder.loader import load_now
from shared.content.library import Library
from tests.content.articles import source


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
