"""Edits on a real file system: events, polling, and directories that vanish, appear or are exchanged."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from watchfiles.main import FileChange

from shared.content.folder import watch
from shared.content.folder.watch import directory_changes, watch_library
from tests.content.articles import source
from tests.content.folder.watching.edits import PATIENCE_S, PROMISE_S, following, one_article, write


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return one_article(tmp_path)


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


async def test_a_failure_of_events_is_logged_once_until_they_are_back(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without free watches has none for weeks, and each beat tries again."""
    tries: list[int] = []

    async def fail_but_once(*_: object, **__: object) -> AsyncIterator[set[FileChange]]:
        tries.append(len(tries))
        if len(tries) == 3:
            yield set()
        raise OSError("no watch is free")

    monkeypatch.setattr(watch, "awatch", fail_but_once)
    with capture_logs() as logs:
        async with contextlib.aclosing(directory_changes(content, heartbeat_s=0.01)) as changes:
            while len(tries) < 6:
                await asyncio.wait_for(anext(changes), PATIENCE_S)
    assert [entry["reason"] for entry in logs] == ["no watch is free"] * 2


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
