"""A task that runs beside the code of a context."""

from __future__ import annotations

import asyncio

import pytest

from shared.process.tasks import running_task


async def test_task_ends_with_its_context() -> None:
    async with running_task(asyncio.Event().wait(), name="waiting") as task:
        assert task.get_name() == "waiting"
        assert not task.done()
    assert task.cancelled()


async def test_result_of_a_task_that_ends_by_itself_is_kept() -> None:
    async with running_task(asyncio.sleep(0, "done")) as task:
        assert await task == "done"
    assert task.result() == "done"


async def test_fault_of_a_task_is_raised_at_the_end_of_its_context() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with running_task(fail()):
            await asyncio.sleep(0)
