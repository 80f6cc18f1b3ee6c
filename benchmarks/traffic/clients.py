"""Clients that continue after errors: they count each answer by its status, each lost request by its reason.

``load`` measures the speed of a server. These measure what becomes of every request when a server is overloaded,
restarted or edited. They run in a process of their own, so that they do not slow down who watches.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter

import uvloop

#: A request that has no answer after this long is lost.
TIMEOUT_S = 60.0
#: The status of a request that got no whole answer.
LOST = 0


@dataclass(frozen=True, slots=True)
class Work:
    """The requests for ``port``: ``patterns`` in turn, with ``{n}`` as the number of the request.

    It ends after ``requests`` or ``seconds``, whichever comes first. With a ``rate`` (requests per second) requests
    start on time, however long the ones before take.
    """

    port: int
    patterns: Sequence[str]
    clients: int
    requests: int = 1 << 60
    seconds: float = 3600.0
    rate: float | None = None


@dataclass(slots=True)
class Answers:
    """The answers. ``latencies`` are seconds by status."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: dict[int, list[float]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """All requests."""
        return self.statuses.total()

    def add(self, status: int, seconds: float, reason: str = "") -> None:
        """Count one answer."""
        self.statuses[status] += 1
        self.latencies.setdefault(status, []).append(seconds)
        if reason:
            self.reasons[reason] += 1


def ask(work: Work) -> Answers:
    """Run ``work`` in this process, and wait for it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_ask_all(work))


@contextmanager
def asking(work: Work) -> Iterator[Future[Answers]]:
    """Run ``work`` in a process of its own inside the context; leaving it waits for the end."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield pool.submit(ask, work)
        except BaseException:  # nobody wants the answers any more, and an ended command does not wait for them
            for child in multiprocessing.active_children():
                child.kill()
            raise


async def _ask_all(work: Work) -> Answers:
    answers, numbers, started = Answers(), count(), perf_counter()
    await asyncio.gather(*(_Client(work, answers, numbers, started).run() for _ in range(work.clients)))
    answers.seconds = perf_counter() - started
    return answers


class _Client:
    """One connection at a time, opened again when it is closed."""

    def __init__(self, work: Work, answers: Answers, numbers: Iterator[int], started: float) -> None:
        self._work = work
        self._answers = answers
        self._numbers = numbers
        self._started = started
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        """Ask until the work is done."""
        end = self._started + self._work.seconds
        while (number := next(self._numbers)) < self._work.requests and perf_counter() < end:
            if self._work.rate:
                await asyncio.sleep(max(0.0, self._started + number / self._work.rate - perf_counter()))
            target = self._work.patterns[number % len(self._work.patterns)].replace("{n}", str(number))
            await self._ask_one(target)
        self._close()

    async def _ask_one(self, target: str) -> None:
        started, reason, status = perf_counter(), "", LOST
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status = await self._exchange(target)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            self._close()
        self._answers.add(status, perf_counter() - started, reason)

    async def _exchange(self, target: str) -> int:
        self._streams = self._streams or await asyncio.open_connection("127.0.0.1", self._work.port)
        reader, writer = self._streams
        writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("content-length:")[2].split("\r\n", 1)[0].strip()
        if length:
            await reader.readexactly(int(length))
        elif "transfer-encoding: chunked" in head:
            await _skip_chunks(reader)
        if "connection: close" in head:
            self._close()
        return int(head.split(" ", 2)[1])

    def _close(self) -> None:
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
            self._streams = None


async def _skip_chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")
