"""Watch the content: yield a LoadResult when files change, or when an article appears or expires.

Does not depend on the services: the caller decides what a new Library means, and keeps the last good one meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import aiofiles.os
from watchfiles import awatch
from watchfiles.main import FileChange

from shared.content.folder.loader import LoadResult, Touched, load_library
from shared.content.library import Library
from shared.process.logger import get_logger

log = get_logger("content.watch")

#: Saving in an editor is a burst of events: wait until there is none for this long, but no longer than the second
#: figure in total.
_QUIET_MS, _BURST_MS = 50, 400
#: The interval of rescans without events. They find changes that send no events: bind mounts of other systems, network
#: file systems, a replaced directory.
_HEARTBEAT_S = 1.0
#: Largest share of time spent on rescans, whose cost grows with the tree: at 11,905 articles each takes a tenth of a
#: second, so they come every ten seconds, in both services.
_HEARTBEAT_SHARE = 0.01
#: Longest sleep before reading the clock again: it may be set, and a laptop may sleep.
_MAX_SLEEP_S = 30.0


#: Sentinel at the end of a source of changes.
_END = object()


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def watch_library(
    content_dir: Path,
    previous: LoadResult | None = None,
    *,
    drafts: bool = False,
    changes: AsyncIterator[Touched] | None = None,
    now: Callable[[], datetime] = _utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[LoadResult]:
    """Yield the current site (``previous`` if given), then a LoadResult after each possible change.

    After a change of content the result is a new one; if it has no Library, its problems say why, and the last good
    Library stays in use. When an article appears or expires, the latest result comes again: ask the last good Library
    for ``visible(now)``. ``changes`` says when to load (by default on the directory's own events) and what: everything,
    or a set of paths below the directory. The iteration ends with ``changes``.
    """
    signals = _Signals(directory_changes(content_dir) if changes is None else changes)
    result = previous or await load_library(content_dir, drafts=drafts)
    alarm = _Alarm(result.library, now)
    try:
        yield result
        while True:
            event = await signals.wait(sleep(alarm.seconds()))
            if alarm.is_due():
                yield result
            if event == "end":
                return
            if event == "silence":
                continue
            loaded = await load_library(content_dir, result, drafts=drafts, touched=signals.touched)
            if loaded is not result:
                result = loaded
                alarm.follow(result.library)
                yield result
    finally:
        await signals.close()


async def directory_changes(
    content_dir: Path, *, force_polling: bool | None = None, heartbeat_s: float = _HEARTBEAT_S
) -> AsyncGenerator[Touched]:
    """Yield the paths below ``content_dir`` that may have changed; ``None`` means any.

    ``None`` comes at every heartbeat. The directory may vanish, come back, or be replaced by another. ``force_polling``
    chooses between polling and file events; ``None`` leaves the choice to the watching library.
    """
    beat, failure = _Beat(heartbeat_s), _Failure()
    while True:
        identity = await _identity(content_dir)
        if identity is not None:
            roots = await asyncio.to_thread(_roots, content_dir)
            events_of = partial(
                awatch,
                roots[0],
                watch_filter=None,
                debounce=_BURST_MS,
                step=_QUIET_MS,
                rust_timeout=int(heartbeat_s * 1000),
                yield_on_timeout=True,
                force_polling=force_polling,
            )
            async for events in _until_failure(events_of, failure):
                if events:
                    yield _below(roots, (path for _, path in events))
                # Events may be lost, and the target of a link sends none: they do not postpone the full scan.
                if beat.is_due():
                    with beat.measured():
                        yield None
                if await _identity(content_dir) != identity:
                    break
        await asyncio.sleep(heartbeat_s)
        with beat.measured():
            yield None


async def _until_failure(
    events: Callable[[], AsyncIterator[set[FileChange]]], failure: _Failure
) -> AsyncIterator[set[FileChange]]:
    """Yield sets of events until the watching library fails.

    It fails when the directory is gone, the system's limit on watches is reached, or a name is not UTF-8. The caller
    then rescans everything at its heartbeat.
    """
    try:
        async for changes in events():
            failure.end()
            yield changes
    except (OSError, RuntimeError, ExceptionGroup) as error:
        cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        failure.report(str(cause))


def _roots(content_dir: Path) -> tuple[str, ...]:
    """Return the names under which events may report the directory."""
    return os.path.abspath(content_dir), os.path.realpath(content_dir)  # noqa: PTH100 - links stay as they are


def _below(roots: tuple[str, ...], paths: Iterable[str]) -> Touched:
    """``paths`` relative to the directory; ``None`` if one of them is outside."""
    touched = set()
    for path in paths:
        root = next((root for root in roots if path.startswith(root + os.sep)), None)
        if root is None:
            return None
        touched.add(path[len(root) + 1 :].replace(os.sep, "/"))
    return frozenset(touched)


async def _identity(path: Path) -> tuple[int, int] | None:
    """Return the identity of a directory (device, inode); ``None`` if there is none."""
    try:
        status = await aiofiles.os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _Failure:
    """The failure of file events that was logged last: it is tried again at each heartbeat, and logged once."""

    def __init__(self) -> None:
        self._reason = ""

    def report(self, reason: str) -> None:
        """Log ``reason``, unless it is the one before."""
        if reason != self._reason:
            self._reason = reason
            log.warning("file events are unavailable: the folder is scanned instead", reason=reason)

    def end(self) -> None:
        """Note that events arrive: the next failure is another one."""
        self._reason = ""


class _Beat:
    """Heartbeat of rescans: slower if a rescan takes longer."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._due = time.monotonic() + interval_s

    def is_due(self) -> bool:
        """Whether a rescan is due."""
        return time.monotonic() >= self._due

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Time a rescan, which runs while the generator is suspended here."""
        started = time.monotonic()
        yield
        took = time.monotonic() - started
        self._due = time.monotonic() + max(self._interval_s, took / _HEARTBEAT_SHARE)


class _Signals:
    """The source of changes, with at most one wait in progress, so that a wait cut short loses no change.

    ``touched`` is the paths of the last signal.
    """

    def __init__(self, source: AsyncIterator[Touched]) -> None:
        self._source = source
        self._next: asyncio.Future[object] | None = None
        self.touched: Touched = None

    async def wait(self, silence: Awaitable[None]) -> Literal["signal", "silence", "end"]:
        """The first of: a change, the end of the changes, the end of ``silence``."""
        self._next = self._next or asyncio.ensure_future(_next(self._source))
        timer = asyncio.ensure_future(silence)
        both: set[asyncio.Future[Any]] = {self._next, timer}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        if not self._next.done():
            return "silence"
        value, self._next = self._next.result(), None
        if value is _END:
            return "end"
        self.touched = value if isinstance(value, frozenset) else None
        return "signal"

    async def close(self) -> None:
        """Cancel a wait in progress, and close the source."""
        if self._next is not None:
            self._next.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._next
        if isinstance(self._source, AsyncGenerator):
            await self._source.aclose()


async def _next(source: AsyncIterator[Touched]) -> object:
    return await anext(source, _END)


class _Alarm:
    """Timer for the next change of the visible part of the last good Library."""

    def __init__(self, library: Library | None, now: Callable[[], datetime]) -> None:
        self._library = library
        self._now = now
        self._seen = now()

    def follow(self, library: Library | None) -> None:
        """Follow a new Library, or keep the last one if there is none."""
        if library is not None:
            self._library = library
            self._seen = self._now()

    def is_due(self) -> bool:
        """Whether the visible part changed since the last call."""
        now = self._now()
        due = self._library.next_change(self._seen) if self._library else None
        self._seen = now
        # The clock may have been set back, so compare the visible part of the Library and not times.
        return due != (self._library.next_change(now) if self._library else None)

    def seconds(self) -> float:
        """Return the longest time to sleep, in seconds."""
        due = self._library.next_change(self._seen) if self._library else None
        return _MAX_SLEEP_S if due is None else min(_MAX_SLEEP_S, max(0.0, (due - self._now()).total_seconds()))
