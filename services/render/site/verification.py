"""Parse all bodies in the background, newest first, to find problems and cache texts before a reader asks.

On a large site it uses a share of one processor, and leaves the rest to readers and the indexer. Bodies that the
indexer has parsed are read from its findings; while these arrive, nothing is parsed here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.content.article import Article
from shared.content.library import Library
from shared.content.problem import Problem, StaleBody
from shared.process.logger import get_logger

log = get_logger("render.verification")

#: Seconds of processor time at a time. On a busy machine, a chunk by the clock would be a body or two.
CHUNK_S = 0.02
#: The share of one processor that it uses on a large site.
SHARE = 0.25
#: Work that takes less time than this runs without pauses.
AT_ONCE_S = 1.0
#: More bodies than this are left to the indexer, as long as its last findings are at most this old (seconds).
MANY, PATIENCE_S = 100, 20.0
#: Seconds between two reads of these findings.
LOOK_S = 3.0
#: Seconds between two reports of problems while bodies are left.
REPORT_S = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` bodies are parsed; ``remarks`` is how many problems they have."""

    done: int = 0
    total: int = 0
    remarks: int = 0

    def describe(self) -> str:
        """Describe the progress."""
        done = f"{self.done:,} of {self.total:,} bodies verified"
        words = "remark" if self.remarks == 1 else "remarks"
        return f"{done}, {self.remarks:,} {words} for authors" if self.remarks else done


class Verification:
    """Parses the bodies of the library that it was given last.

    ``report`` is called when problems were found, ``finish`` with a library all of whose bodies are parsed.
    """

    def __init__(
        self,
        report: Callable[[], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        share: float = SHARE,
        finish: Callable[[Library], Awaitable[None]] | None = None,
    ) -> None:
        self._report = report
        self._pause = pause
        self._share = share
        self._finish = finish
        self._library: Library | None = None
        self._changed = asyncio.Event()
        self.progress = Progress()

    def follow(self, library: Library) -> None:
        """Verify ``library`` from now on; bodies that it shares with the previous one are verified already."""
        self._library = library
        self._changed.set()

    async def run(self) -> None:
        """Verify each library in turn. Runs until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._library is not None:
                await self._verify(self._library)

    async def _verify(self, library: Library) -> None:
        pending, known = await asyncio.to_thread(_pending, library)
        self.progress, total = known, len(pending)
        spent_s, heard_at, reported_at, reported = 0.0, time.monotonic(), time.monotonic(), known.remarks
        while pending and library is self._library:
            started = time.monotonic()
            if library.bodies.problems(pending[-1]) is None and await asyncio.to_thread(_sync, library, pending):
                heard_at = started
            waits = library.bodies.findings is not None and len(pending) > MANY and started - heard_at < PATIENCE_S
            found, count = await asyncio.to_thread(_verify_some, library, pending, waits=waits)
            took_s = time.monotonic() - started
            self.progress = known = Progress(known.done + count, known.total, known.remarks + len(found))
            if known.remarks > reported and (not pending or started - reported_at >= REPORT_S):
                self._report()
                reported_at, reported = started, known.remarks
            spent_s += took_s
            if waits and pending and library.bodies.problems(pending[-1]) is None:
                await self._pause(LOOK_S)  # more will be found meanwhile: each look sorts what is pending
            elif spent_s > AT_ONCE_S:
                await self._pause(took_s * (1 / self._share - 1))
        if library is not self._library:
            return
        if total:
            log.info("bodies verified", bodies=total, remarks=known.remarks, seconds=round(spent_s, 2))
        if self._finish is not None:
            await self._finish(library)


def _pending(library: Library) -> tuple[list[Article], Progress]:
    """The articles to verify, the newest last, and the progress with the others."""
    everything = (*library.articles, *library.pages)
    pending = [one for one in everything if not library.bodies.is_verified(one)]
    verified = (one for one in everything if library.bodies.is_verified(one))
    remarks = sum(len(library.bodies.problems(one) or ()) for one in verified)
    return pending[::-1], Progress(len(everything) - len(pending), len(everything), remarks)


def _sync(library: Library, pending: list[Article]) -> bool:
    """Move articles that another process has parsed to the end of ``pending``; return whether there are new ones."""
    if not library.bodies.sync():
        return False
    pending.sort(key=lambda one: library.bodies.problems(one) is not None)
    return True


def _verify_some(library: Library, pending: list[Article], *, waits: bool) -> tuple[list[Problem], int]:
    """Verify articles from the end of ``pending`` for a while; return their problems and their number.

    With ``waits``, only articles that another process has parsed.
    """
    found, left, end = list[Problem](), len(pending), time.thread_time() + CHUNK_S
    while pending and not (waits and library.bodies.problems(pending[-1]) is None):
        article = pending.pop()
        with contextlib.suppress(StaleBody):  # the next load reads the new version
            library.bodies.verify(article)
            found += library.bodies.problems(article) or ()
        if time.thread_time() >= end:
            break
    return found, left - len(pending)
