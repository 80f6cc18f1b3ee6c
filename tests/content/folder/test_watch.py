from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.content.folder.loader import LoadResult, load_library
from shared.content.folder.watch import directory_changes, watch_library
from tests.content.articles import day, source

#: Longer than any test needs to wait, so that a failure says what is missing.
PATIENCE_S = 15.0
#: What issue 2 promises between a save and the new site.
PROMISE_S = 2.0


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "articles").mkdir(parents=True)
    (folder / "site.toml").write_text('title = "Site"\n')
    (folder / "articles" / "a.md").write_text(source("first"))
    return folder


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


async def write(content: Path, name: str, text: str) -> None:
    await asyncio.to_thread((content / "articles" / name).write_text, text)


async def following(results: AsyncIterator[LoadResult]) -> LoadResult:
    return await asyncio.wait_for(anext(results), PATIENCE_S)


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


def save(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("saved"))


def save_atomically(content: Path) -> None:
    """As editors do: write beside, then rename over."""
    beside = content / "articles" / ".a.md.tmp"
    beside.write_text(source("saved"))
    beside.rename(content / "articles" / "a.md")


def rename_article(content: Path) -> None:
    (content / "articles" / "a.md").rename(content / "articles" / "c.md")


def remove_article(content: Path) -> None:
    (content / "articles" / "a.md").unlink()


def add_folder(content: Path) -> None:
    (content / "articles" / "folder").mkdir()
    (content / "articles" / "folder" / "index.md").write_text(source())


def add_another(content: Path) -> None:
    (content / "articles" / "another.md").write_text(source())


def exchange_directory(content: Path) -> None:
    """As deployments do: a whole new tree takes the name of the old one."""
    new = content.parent / "new"
    shutil.copytree(content, new)
    (new / "articles" / "a.md").write_text(source("deployed"))
    content.rename(content.parent / "old")
    new.rename(content)


@pytest.mark.parametrize(
    "edit",
    [save, save_atomically, rename_article, remove_article, add_folder, exchange_directory],
    ids=lambda edit: edit.__name__,
)
async def test_an_edit_is_followed_within_the_promised_time(content: Path, edit: Callable[[Path], None]) -> None:
    async with contextlib.aclosing(watch_library(content)) as results:
        before = await following(results)
        took: list[float] = []
        # The second edit finds what the first left behind: the watch survived it.
        for change in (edit, add_another):
            waiting = asyncio.ensure_future(following(results))
            await asyncio.sleep(0.2)
            started = time.monotonic()
            await asyncio.to_thread(change, content)
            after = await waiting
            took.append(time.monotonic() - started)
            assert after.require().digest != before.require().digest
            before = after
    # Of two, the quicker: a machine that is busy with other tests is no reason to fail.
    assert min(took) < PROMISE_S


async def test_a_directory_that_vanishes_and_comes_back_is_followed(content: Path) -> None:
    away = content.parent / "away"
    async with contextlib.aclosing(watch_library(content)) as results:
        before = await following(results)
        await asyncio.to_thread(content.rename, away)
        assert "no such folder" in str((await following(results)).problems[0])
        await asyncio.to_thread(away.rename, content)
        assert (await following(results)).require().digest == before.require().digest
        await asyncio.to_thread(save, content)
        assert (await following(results)).require().digest != before.require().digest


async def test_a_directory_may_appear_after_the_watch(tmp_path: Path) -> None:
    content = tmp_path / "content"
    async with contextlib.aclosing(watch_library(content)) as results:
        assert (await following(results)).library is None
        await asyncio.to_thread(os.makedirs, content / "articles")
        assert (await following(results)).require().articles == ()


async def test_a_place_without_events_is_followed_by_its_beat(content: Path) -> None:
    """Whatever the file system says, the directory is polled once a beat."""
    async with contextlib.aclosing(directory_changes(content, heartbeat_s=0.05)) as changes:
        started = time.monotonic()
        for _ in range(3):
            await asyncio.wait_for(anext(changes), PATIENCE_S)
        assert time.monotonic() - started < PROMISE_S


async def test_a_slow_look_slows_the_beat(content: Path) -> None:
    async with contextlib.aclosing(directory_changes(content, heartbeat_s=0.05)) as changes:
        await anext(changes)
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await anext(changes)
        # A look that takes 50 ms may be repeated after 50 ms / 5 % = 1 s.
        assert time.monotonic() - started > 0.8


async def test_polling_can_be_forced(content: Path) -> None:
    async with contextlib.aclosing(directory_changes(content, force_polling=True, heartbeat_s=60)) as changes:
        waiting = asyncio.ensure_future(asyncio.wait_for(anext(changes), PATIENCE_S))
        # When the first poll was made cannot be known from here: change the file until a poll sees a difference.
        for number in itertools.count():
            await write(content, "a.md", source(f"text {number}"))
            await asyncio.wait([waiting], timeout=0.3)
            if waiting.done():
                break
        await waiting


@pytest.fixture
def beside(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the one that holds the content."""
    monkeypatch.chdir(content.parent)


@pytest.mark.usefixtures("beside")
async def test_events_say_where_to_look_below_a_relative_and_a_linked_directory(content: Path) -> None:
    linked = Path("linked")
    await asyncio.to_thread(linked.symlink_to, "content")
    for directory in (Path("content"), linked):
        async with contextlib.aclosing(directory_changes(directory, heartbeat_s=30.0)) as changes:
            waiting = asyncio.ensure_future(anext(changes))
            async with asyncio.timeout(PATIENCE_S):
                for number in itertools.count():
                    if waiting.done():
                        break
                    await write(content, "a.md", source(f"{directory} {number}"))
                    await asyncio.sleep(0.2)
            assert await waiting == frozenset({"articles/a.md"})
