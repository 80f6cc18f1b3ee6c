"""The program that keeps the index up to date: a process of its own, so that building never delays an answer.

It reads content, syncs the store, and writes each state as one line of JSON to its standard output. It can be killed at
any time: the store keeps the last complete generation. It ends with its parent.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace

from services.search.engine import IndexDamaged, IndexNotWritable, IndexStore, IndexUnavailable, SyncReport
from services.search.indexing.content_source import Content, follow_content
from services.search.indexing.state import IndexerState, encode_state
from services.search.opening import open_store
from services.search.second_stage import ArticleFollower, StageState, open_follower
from shared.content.article import Article
from shared.process.child import exit_with_parent
from shared.process.logger import get_logger
from shared.process.logs import configure_logging
from shared.process.loop import run_loop
from shared.process.memory import release_memory
from shared.telemetry.starting import exporting_traces
from shared.telemetry.tracing import trace
from shared.web.settings import Settings, load_settings

#: Pauses before the next attempt to write, in seconds; they double up to the second.
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0
#: Seconds after which an idle indexer checks whether its index still exists.
LOOK_S = 5.0
#: The shortest time between two checks of the index files against their digests, in seconds.
VERIFY_S = 15.0
#: The time between them is at least this multiple of their processor time: they take 1 % of a processor.
VERIFY_PAUSE = 100
#: The shortest interval between reports of progress, in seconds.
PROGRESS_S = 0.2
#: Release memory after the first load, and after a sync of at least this many articles.
MANY_ARTICLES = 500

log = get_logger("indexer")

Report = Callable[[IndexerState], None]


class Indexer:
    """Syncs a store with content as it changes."""

    def __init__(
        self, store: IndexStore, report: Report, *, retry_first_s: float = RETRY_FIRST_S, look_s: float = LOOK_S
    ) -> None:
        self._store = store
        self._report = report
        self._retry_first_s = retry_first_s
        self._look_s = look_s
        self._latest: Content | None = None
        self._is_new = False
        self._is_ended = False
        self._changed = asyncio.Event()
        self._is_settled = False
        self._verified_at = 0.0
        self._verify_every_s = VERIFY_S
        self._told_at = 0.0
        self.state = IndexerState()
        #: Receives the articles of the index after each sync.
        self.follower: ArticleFollower | None = None

    async def run(self, contents: AsyncIterator[Content]) -> None:
        """Sync the newest of ``contents``, skipping stale ones, and retry failed writes.

        Returns when ``contents`` ends and the last one is synced.
        """
        await self._verify()
        self._tell(phase="loading", generation=await self._current())
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(contents))
            retry_s: float | None = None
            while not (reading.done() and retry_s is None and not self._changed.is_set()):
                if await self._wait(retry_s) and self._latest is not None:
                    retry_s = await self._sync(self._latest, retry_s)

    async def _read(self, contents: AsyncIterator[Content]) -> None:
        try:
            async for content in contents:
                self._latest, self._is_new = content, True
                self._changed.set()
        finally:
            self._is_ended = True
            self._changed.set()

    async def _wait(self, retry_s: float | None) -> bool:
        """Wait for a change, the retry time or a lost index; return whether to sync."""
        try:
            async with asyncio.timeout(retry_s or self._look_s):
                await self._changed.wait()
        except TimeoutError:
            self._is_new = self._is_new or (retry_s is None and await self._is_lost())
        else:
            # Edits without a pause must not postpone the check for damage.
            if self._is_verification_due():
                await self._verify()
        self._changed.clear()
        # The end of the contents sets the event too, but is not a change.
        is_due, self._is_new = self._is_new or retry_s is not None, False
        return is_due

    async def _is_lost(self) -> bool:
        """Whether the synced generation is gone (an emptied directory) or damaged."""
        if not self.state.is_content_known:
            return False
        if self._is_verification_due() and not await self._verify():
            return True
        return await self._current(unknown=self.state.generation) is None

    def _is_verification_due(self) -> bool:
        return self.state.is_content_known and time.monotonic() - self._verified_at >= self._verify_every_s

    async def _verify(self) -> bool:
        """Check that the index can be read as it was written.

        The next check waits by processor time, not by the clock: on a busy machine even a small index takes seconds.
        """
        started = time.process_time()
        is_good = await self._store.verify()
        self._verified_at = time.monotonic()
        self._verify_every_s = max(VERIFY_S, (time.process_time() - started) * VERIFY_PAUSE)
        return is_good

    async def _current(self, unknown: str | None = None) -> str | None:
        """The generation of the store; ``unknown`` if the store is unavailable: a sync will report the reason."""
        try:
            return await self._store.current()
        except IndexDamaged:
            return None
        except IndexUnavailable:
            return unknown

    async def _sync(self, content: Content, retry_s: float | None) -> float | None:
        """Sync ``content``; return the pause before the next attempt, or None if none is needed."""
        self._record_problems(content)
        if content.articles is None:
            self._tell(phase="idle")
            return None
        self._tell(phase="indexing", done=0, total=len(content.articles), is_content_known=True)
        try:
            report = await asyncio.to_thread(self._write, content.articles)
        except IndexNotWritable as error:
            pause_s = self._pause_after(retry_s)
            log.error("index not written", error=str(error), retry_in_s=pause_s)  # noqa: TRY400 - no fault of the program
            self._tell(phase="retrying", error=f"{error}; it is tried again in {pause_s:g} s")
            return pause_s
        if report.is_change:
            counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
            log.info("index synced", generation=report.generation, seconds=round(report.seconds, 3), **counts)
        self._tell(phase="idle", generation=report.generation, error="", seconds=report.seconds)
        if self.follower is not None:
            self.follower.follow(content.articles, content.language)
        if not report.stale or self._is_ended:
            return None
        # A file that is again what it was when it was loaded makes no new content, so nothing else would sync it.
        pause_s = self._pause_after(retry_s)
        log.info("files changed while they were indexed", articles=report.stale, again_in_s=pause_s)
        return pause_s

    def _pause_after(self, pause_s: float | None) -> float:
        """The pause before the next attempt, after one of ``pause_s``."""
        return min(pause_s * 2, RETRY_MOST_S) if pause_s else self._retry_first_s

    def _write(self, articles: tuple[Article, ...]) -> SyncReport:
        """Sync the store with ``articles``, blocking."""
        with trace("index sync") as span:
            report = self._store.sync(articles, self._progress())
            span.set("perspective.articles", len(articles))
            for name in ("added", "changed", "removed", "generation"):
                span.set(f"perspective.{name}", getattr(report, name))
        if not self._is_settled or report.added + report.changed >= MANY_ARTICLES:
            self._is_settled = True
            release_memory()
        return report

    def report_meaning(self, state: StageState) -> None:
        """Report the state of the second stage."""
        self._tell(meaning=state.detail, is_meaning_missing=state.is_fault)

    def _record_problems(self, content: Content) -> None:
        """Record the content problems; log them if they changed."""
        before, self.state = self.state, self.state.with_problems(content.problems)
        if self.state.problems == before.problems:
            return
        if content.problems:
            first, count = content.problems[0], len(content.problems)
            log.warning("what has problems keeps its last good state, or is left out", problems=count, first=first)
        else:
            log.info("content is good again")

    def _progress(self) -> Callable[[int, int], None]:
        """The progress callback of one sync. It runs in the thread of the sync, so it changes no state of the loop."""
        state, self._told_at = self.state, time.monotonic()

        def progress(done: int, total: int) -> None:
            if self._is_time():
                self._report(replace(state, done=done, total=total))

        return progress

    def _is_time(self) -> bool:
        """Whether it is time to report progress again."""
        is_time = time.monotonic() - self._told_at >= PROGRESS_S
        if is_time:
            self._told_at = time.monotonic()
        return is_time

    def _tell(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type] # names are those of the fields
        self._report(self.state)


def main() -> None:
    """Index until the parent is gone; with PERSPECTIVE_WATCH=off, sync once."""
    exit_with_parent()
    settings = load_settings(os.environ)
    configure_logging(settings.log_level, settings.log_format, sys.stderr, service="indexer")
    run_loop(lambda: _run(settings))


async def _run(settings: Settings) -> None:
    with exporting_traces(os.environ, "indexer"):
        await _index(settings)


async def _index(settings: Settings) -> None:
    indexer = Indexer(open_store(settings), write_state)
    loop = asyncio.get_running_loop()

    def report(state: StageState) -> None:
        loop.call_soon_threadsafe(indexer.report_meaning, state)

    indexer.follower = open_follower(settings, report)
    async with aclosing(follow_content(settings)) as contents:
        await indexer.run(contents)
    if settings.watch == "off":
        await asyncio.Event().wait()  # otherwise the parent would restart this process


def write_state(state: IndexerState) -> None:
    """Write ``state`` to the standard output in one write, so that lines of two threads do not mix."""
    os.write(sys.stdout.fileno(), encode_state(state))
