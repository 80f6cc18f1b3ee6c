"""Work is done once, where it belongs, and not without bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from services.search.answering.computing import INLINE_S, Computing, Overloaded, WorkMeter


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """Two threads."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


class Gate:
    """Work that waits until it is let through, and a resource that knows whether it is held."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.times = 0
        self.held = 0

    @contextmanager
    def resource(self) -> Iterator[str]:
        """Held while the work needs it."""
        self.held += 1
        try:
            yield "resource"
        finally:
            self.held -= 1

    def work(self, resource: str) -> bytes:
        """Wait, then answer."""
        self.times += 1
        assert self.event.wait(10)
        return resource.encode()


async def test_the_same_work_wanted_at_once_is_done_once(executor: ThreadPoolExecutor) -> None:
    gate, computing = Gate(), Computing(executor)
    runs = [asyncio.create_task(computing.run("key", "shape", gate.resource(), gate.work)) for _ in range(5)]
    await asyncio.sleep(0.01)
    gate.event.set()
    assert await asyncio.gather(*runs) == [b"resource"] * 5
    assert (gate.times, computing.offloaded, computing.shared) == (1, 1, 4)
    assert computing.waiting == 0


async def test_a_client_that_goes_leaves_the_answer_to_the_others(executor: ThreadPoolExecutor) -> None:
    gate, computing = Gate(), Computing(executor)
    first = asyncio.create_task(computing.run("key", "shape", gate.resource(), gate.work))
    second = asyncio.create_task(computing.run("key", "shape", gate.resource(), gate.work))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    assert gate.held == 1
    gate.event.set()
    assert await second == b"resource"
    assert gate.held == 0


async def test_the_resource_is_held_until_the_work_is_done_even_if_nobody_waits(executor: ThreadPoolExecutor) -> None:
    gate, computing = Gate(), Computing(executor)
    only = asyncio.create_task(computing.run("key", "shape", gate.resource(), gate.work))
    await asyncio.sleep(0.01)
    only.cancel()
    await asyncio.sleep(0.01)
    assert gate.held == 1
    gate.event.set()
    await computing.drain()
    assert gate.held == 0


async def test_more_than_can_be_done_soon_is_refused(executor: ThreadPoolExecutor) -> None:
    gate, computing = Gate(), Computing(executor, max_waiting=3)
    runs = [asyncio.create_task(computing.run(key, "shape", gate.resource(), gate.work)) for key in range(3)]
    await asyncio.sleep(0.01)
    with pytest.raises(Overloaded):
        await computing.run("one more", "shape", gate.resource(), gate.work)
    assert (computing.refused, gate.held) == (1, 3)
    gate.event.set()
    await asyncio.gather(*runs)
    assert await computing.run("one more", "shape", gate.resource(), gate.work) == b"resource"


async def test_short_work_stays_on_the_loop_once_it_was_measured(executor: ThreadPoolExecutor) -> None:
    computing = Computing(executor)
    threads: list[int] = []

    def work(_: str) -> bytes:
        threads.append(threading.get_ident())
        return b""

    for key in range(3):
        await computing.run(key, "shape", Gate().resource(), work)
    assert threads[0] != threading.get_ident()
    assert threads[1:] == [threading.get_ident()] * 2
    assert (computing.offloaded, computing.inline) == (1, 2)


async def test_long_work_leaves_the_loop(executor: ThreadPoolExecutor) -> None:
    computing = Computing(executor)
    computing.meter.observe("shape", INLINE_S * 5)
    await computing.run("key", "shape", Gate().resource(), lambda _: b"")
    assert (computing.offloaded, computing.inline) == (1, 0)


@pytest.mark.parametrize("took_s", [0.0, INLINE_S * 2])
async def test_what_work_raises_reaches_everyone_who_waits(executor: ThreadPoolExecutor, took_s: float) -> None:
    computing = Computing(executor)
    computing.meter.observe("shape", took_s)

    def fail(_: str) -> bytes:
        raise LookupError("no such thing")

    gate = Gate()
    runs = [computing.run("key", "shape", gate.resource(), fail) for _ in range(3)]
    assert [type(one) for one in await asyncio.gather(*runs, return_exceptions=True)] == [LookupError] * 3
    assert computing.waiting == 0


def test_the_meter_remembers_long_work_and_forgives_it_slowly() -> None:
    meter = WorkMeter()
    assert not meter.is_short("never measured")
    meter.observe("shape", 0.0001)
    assert meter.is_short("shape")
    meter.observe("shape", 0.02)
    assert not meter.is_short("shape")
    for _ in range(20):
        meter.observe("shape", 0.0001)
    assert not meter.is_short("shape")
    for _ in range(40):
        meter.observe("shape", 0.0001)
    assert meter.is_short("shape")
    meter.forget()
    assert not meter.is_short("shape")
