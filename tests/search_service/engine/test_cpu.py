"""Computations run inline or in threads by their cost, within a bound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.search.cpu import INLINE_S, InlineCpu, ThreadedCpu, WorkMeter
from services.search.engine import Overloaded


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """Two threads."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


class Gate:
    """Work that waits until the test releases it."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.ended = 0

    def work(self) -> str:
        """Wait, then answer."""
        assert self.event.wait(10)
        self.ended += 1
        return "done"


async def test_more_than_can_be_done_soon_is_refused(executor: ThreadPoolExecutor) -> None:
    gate, cpu = Gate(), ThreadedCpu(executor, max_waiting=3)
    runs = [asyncio.create_task(cpu.run("shape", gate.work)) for _ in range(3)]
    await asyncio.sleep(0.01)
    with pytest.raises(Overloaded):
        await cpu.run("shape", gate.work)
    assert (cpu.refused, cpu.waiting) == (1, 3)
    gate.event.set()
    await asyncio.gather(*runs)
    assert await cpu.run("shape", gate.work) == "done"
    assert cpu.waiting == 0


async def test_a_caller_that_goes_away_returns_only_when_its_work_has_ended(executor: ThreadPoolExecutor) -> None:
    """It may hold resources that the work uses: the files of a generation."""
    gate, cpu = Gate(), ThreadedCpu(executor)
    caller = asyncio.create_task(cpu.run("shape", gate.work))
    await asyncio.sleep(0.01)
    caller.cancel()
    await asyncio.sleep(0.01)
    assert not caller.done()
    gate.event.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert (gate.ended, cpu.waiting) == (1, 0)


async def test_short_work_stays_on_the_loop_once_it_was_measured(executor: ThreadPoolExecutor) -> None:
    cpu = ThreadedCpu(executor)
    threads = [await cpu.run("shape", threading.get_ident) for _ in range(3)]
    assert threads[0] != threading.get_ident()
    assert threads[1:] == [threading.get_ident()] * 2
    assert (cpu.offloaded, cpu.inline) == (1, 2)


async def test_long_work_leaves_the_loop(executor: ThreadPoolExecutor) -> None:
    cpu = ThreadedCpu(executor)
    cpu.meter.observe("shape", INLINE_S * 5)
    assert await cpu.run("shape", threading.get_ident) != threading.get_ident()
    assert (cpu.offloaded, cpu.inline) == (1, 0)


@pytest.mark.parametrize("took_s", [0.0, INLINE_S * 2])
async def test_an_exception_of_the_work_reaches_its_caller(executor: ThreadPoolExecutor, took_s: float) -> None:
    cpu = ThreadedCpu(executor)
    cpu.meter.observe("shape", took_s)

    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        await cpu.run("shape", fail)
    assert cpu.waiting == 0


async def test_where_nothing_else_waits_work_runs_where_it_is_called() -> None:
    assert await InlineCpu().run("shape", threading.get_ident) == threading.get_ident()


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
