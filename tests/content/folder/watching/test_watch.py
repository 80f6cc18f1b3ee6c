"""Following a content folder: what is loaded when a signal comes, when time passes, and when content is broken."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Awaitable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.content.folder.loader import load_library
from shared.content.folder.watch import directory_changes, watch_library
from tests.content.articles import day, source
from tests.content.folder.watching.edits import following, one_article, write


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return one_article(tmp_path)


class Clock:
    """A clock that tests set, and a sleep that ends when they do."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._wakes = 0
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        return self._now

    async def set(self, now: datetime) -> None:
        async with self._moved:
            self._now = now
            self._moved.notify_all()

    async def wake(self) -> None:
        """End every sleep, as a machine does whose clock was set: nobody sleeps longer than half a minute."""
        async with self._moved:
            self._wakes += 1
            self._moved.notify_all()

    def sleep(self, seconds: float) -> Awaitable[None]:
        # Counted from the call, not from whenever the loop begins with what it returns: the clock may be set between.
        return self._until(self._now + timedelta(seconds=seconds), self._wakes)

    async def _until(self, until: datetime, wakes: int) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= until or self._wakes > wakes)


class Signals:
    """Changes that tests send."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bool] = asyncio.Queue()
        self.is_closed = False

    def send(self) -> None:
        self._queue.put_nowait(True)

    def end(self) -> None:
        self._queue.put_nowait(False)

    async def stream(self) -> AsyncGenerator[None]:
        try:
            while await self._queue.get():
                yield
        finally:
            self.is_closed = True


async def test_the_first_result_comes_at_once(content: Path) -> None:
    signals = Signals()
    async with contextlib.aclosing(watch_library(content, changes=signals.stream())) as results:
        assert (await following(results)).require().by_slug["a"].slug == "a"


async def test_a_given_result_is_the_first(content: Path) -> None:
    before = await load_library(content)
    async with contextlib.aclosing(watch_library(content, before, changes=Signals().stream())) as results:
        assert await following(results) is before


async def test_a_change_gives_a_new_result_and_a_signal_without_one_gives_nothing(content: Path) -> None:
    signals = Signals()
    async with contextlib.aclosing(watch_library(content, changes=signals.stream())) as results:
        before = await following(results)
        signals.send()
        signals.send()
        waiting = asyncio.ensure_future(following(results))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await write(content, "a.md", source("second"))
        signals.send()
        after = await waiting
        assert after.require().digest != before.require().digest


async def test_an_invalid_edit_gives_its_problems_and_then_the_site_again(content: Path) -> None:
    signals = Signals()
    async with contextlib.aclosing(watch_library(content, changes=signals.stream())) as results:
        before = await following(results)
        await write(content, "a.md", "---\ntitel: T\n")
        signals.send()
        broken = await following(results)
        assert broken.require().digest == before.require().digest
        assert "never closed" in str(broken.problems[0])
        await write(content, "a.md", source("first"))
        signals.send()
        assert (await following(results)).require().digest == before.require().digest


async def test_an_article_appears_and_expires_when_its_time_comes(content: Path) -> None:
    await write(content, "b.md", source(published="2026-03-01", expires="2026-03-02"))
    clock = Clock(day("2026-02-01"))
    watch = watch_library(content, changes=Signals().stream(), now=clock.now, sleep=clock.sleep)
    async with contextlib.aclosing(watch) as results:
        first = await following(results)
        for moment, expected in (("2026-03-01", {"a", "b"}), ("2026-03-02", {"a"})):
            waiting = asyncio.ensure_future(following(results))
            await asyncio.sleep(0)
            await clock.set(day(moment) - timedelta(seconds=1))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            await clock.set(day(moment))
            assert await waiting is first
            assert set(first.require().visible(clock.now()).by_slug) == expected


async def test_a_clock_that_is_set_back_shows_what_is_visible_then(content: Path) -> None:
    await write(content, "b.md", source(published="2026-03-01", expires="2026-04-01"))
    clock = Clock(day("2026-02-01"))
    watch = watch_library(content, changes=Signals().stream(), now=clock.now, sleep=clock.sleep)
    async with contextlib.aclosing(watch) as results:
        first = await following(results)
        moments = ("2026-05-01", "2026-02-01", "2026-03-02", "2026-02-01", "2027-01-01")
        for moment, expected in zip(moments, ({"a"}, {"a"}, {"a", "b"}, {"a"}, {"a"}), strict=True):
            waiting = asyncio.ensure_future(following(results))
            await asyncio.sleep(0.05)
            await clock.set(day(moment))
            await clock.wake()
            assert await waiting is first
            assert set(first.require().visible(clock.now()).by_slug) == expected


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no names that are not UTF-8")
async def test_a_name_that_is_not_utf8_is_a_problem_and_other_edits_are_followed(content: Path) -> None:
    changes = directory_changes(content, heartbeat_s=0.2)
    async with contextlib.aclosing(watch_library(content, changes=changes)) as results:
        await following(results)
        await asyncio.to_thread(
            Path(os.fsdecode(os.fsencode(content) + b"/articles/caf\xe9.md")).write_text, source("x")
        )
        broken = await following(results)
        assert [problem.message for problem in broken.problems] == ["the name is not UTF-8: rename the file"]
        assert str(broken.problems[0]).encode()
        await asyncio.to_thread(Path(os.fsdecode(os.fsencode(content) + b"/articles/caf\xe9.md")).unlink)
        assert (await following(results)).problems == ()


async def test_time_goes_on_for_the_last_good_site_while_content_is_broken(content: Path) -> None:
    await write(content, "b.md", source(published="2026-03-01"))
    clock, signals = Clock(day("2026-02-01")), Signals()
    watch = watch_library(content, changes=signals.stream(), now=clock.now, sleep=clock.sleep)
    async with contextlib.aclosing(watch) as results:
        await following(results)
        await write(content, "a.md", "broken")
        signals.send()
        broken = await following(results)
        await clock.set(day("2026-03-01"))
        assert await following(results) is broken


async def test_the_iteration_ends_with_its_changes_and_closes_them(content: Path) -> None:
    signals = Signals()
    results = watch_library(content, changes=signals.stream())
    await following(results)
    signals.end()
    assert [one async for one in results] == []
    assert signals.is_closed


async def test_a_cancelled_watch_closes_its_changes(content: Path) -> None:
    signals = Signals()

    async def follow() -> None:
        async with contextlib.aclosing(watch_library(content, changes=signals.stream())) as results:
            async for _ in results:
                pass

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert signals.is_closed
