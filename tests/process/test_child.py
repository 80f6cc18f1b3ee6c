"""A child process is kept running, and ends with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.process.child import NOT_STARTED, Backoff, Child, Ended, child_environ, python_command
from shared.process.tasks import running_task

QUICK = Backoff(first_s=0.01, most_s=0.02)


class Watched:
    """A child that runs ``code``, and what it said and did."""

    def __init__(self, code: str, *, again: int = 0, with_errors: bool = False) -> None:
        self.lines: list[str] = []
        self.ended: list[Ended] = []
        self._again = again
        self.child = Child(
            (sys.executable, "-c", code),
            child_environ(os.environ, PYTHONWARNINGS="error"),
            on_line=lambda line: self.lines.append(line.decode().rstrip()),
            on_end=self._end,
            on_start=lambda: self.child.send(b"hello\n"),
            backoff=QUICK,
            with_errors=with_errors,
        )

    def _end(self, ended: Ended) -> bool:
        self.ended.append(ended)
        return len(self.ended) <= self._again


async def until(condition: Callable[[], bool]) -> None:
    """Wait for ``condition``."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(watched: Watched, *, stop_s: float = 0.0) -> AsyncIterator[None]:
    """The child, until the context is left."""
    async with running_task(watched.child.run(stop_s=stop_s)):
        yield


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_its_lines_and_status_are_reported() -> None:
    watched = Watched("print('one'); print(input()); import sys; sys.exit(3)")
    assert await watched.child.run() == 3
    assert watched.lines == ["one", "hello"]
    assert watched.ended[0].describe() == "ended with status 3"
    assert watched.child.pid is None


async def test_it_is_started_again_as_often_as_wanted() -> None:
    watched = Watched("print('here')", again=2)
    assert await watched.child.run() == 0
    assert watched.lines == ["here"] * 3
    assert [one.pause_s for one in watched.ended] == [0.01, 0.02, 0.02]


async def test_a_child_that_cannot_be_started_is_tried_again() -> None:
    """As when no processes or files are left, which is when an indexer that was killed has to come back."""
    ended: list[Ended] = []

    def end(one: Ended) -> bool:
        ended.append(one)
        return len(ended) < 3

    assert await Child(("/nowhere",), {}, on_end=end, backoff=QUICK).run() == NOT_STARTED
    assert [one.pause_s for one in ended] == [0.01, 0.02, 0.02]
    assert ended[0].describe() == "could not be started ([Errno 2] No such file or directory: '/nowhere')"


async def test_a_child_whose_lines_nobody_takes_is_ended() -> None:
    """Also if it says something while it ends."""
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('bye', flush=True))\n"
        "print(os.getpid(), flush=True)\n"
        "while True: time.sleep(60)"
    )
    lines: list[bytes] = []

    def refuse(line: bytes) -> None:
        lines.append(line)
        raise BrokenPipeError

    child = Child((sys.executable, "-c", code), os.environ, on_line=refuse, on_end=lambda _ended: False)
    with pytest.raises(BrokenPipeError):
        await child.run(stop_s=30)
    assert not await asyncio.to_thread(is_alive, int(lines[0]))


async def test_a_killed_child_is_described_by_its_signal() -> None:
    watched = Watched("import time; print('up', flush=True); time.sleep(60)")
    async with running(watched):
        await until(lambda: bool(watched.lines))
        assert watched.child.pid is not None
        os.kill(watched.child.pid, signal.SIGKILL)
        await until(lambda: bool(watched.ended))
    assert watched.ended[0].describe() == "was killed by SIGKILL"


async def test_stopping_lets_it_finish_and_hears_its_last_words() -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('up', flush=True)\n"
        "time.sleep(60)"
    )
    watched = Watched(code)
    async with running(watched, stop_s=30):
        await until(lambda: watched.lines == ["up"])
    assert watched.lines == ["up", "bye"]


async def test_a_child_that_does_not_listen_is_killed() -> None:
    code = (
        "import signal, time, os\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(60)"
    )
    watched = Watched(code)
    async with running(watched, stop_s=0.1):
        await until(lambda: bool(watched.lines))
    assert not await asyncio.to_thread(is_alive, int(watched.lines[0]))


async def test_processes_of_a_child_end_with_it() -> None:
    code = (
        "import subprocess, sys\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True)\n"
        "input(); input()"
    )
    watched = Watched(code)
    async with running(watched):
        await until(lambda: bool(watched.lines))
    grandchild = int(watched.lines[0])
    for _ in range(100):
        if not await asyncio.to_thread(is_alive, grandchild):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the grandchild lives on")


async def test_an_endless_line_is_dropped_and_the_next_is_read() -> None:
    watched = Watched("print('x' * 3_000_000); print('after')")
    await watched.child.run()
    assert watched.lines[-1] == "after"


async def test_errors_are_lines_where_wanted() -> None:
    watched = Watched("import sys; print('trouble', file=sys.stderr)", with_errors=True)
    await watched.child.run()
    assert watched.lines == ["trouble"]


async def test_a_child_ends_when_its_parent_is_killed() -> None:
    parent_code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'from shared.process.child import exit_with_parent\\n"
        "import time; exit_with_parent(); print(1, flush=True); time.sleep(60)'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    watched = Watched(parent_code)
    async with running(watched):
        await until(lambda: bool(watched.lines))
        grandchild = int(watched.lines[0])
        assert await asyncio.to_thread(is_alive, grandchild)
        assert watched.child.pid is not None
        os.kill(watched.child.pid, signal.SIGKILL)
        for _ in range(200):
            if not await asyncio.to_thread(is_alive, grandchild):
                return
            await asyncio.sleep(0.05)
    pytest.fail("the child lives on")


def test_pauses_double_up_to_a_limit_and_start_again_after_a_healthy_life() -> None:
    backoff = Backoff(first_s=1, most_s=5, healthy_s=60)
    pauses = [0.0]
    for _ in range(5):
        pauses.append(backoff.next(pauses[-1], lived_s=0.1))
    assert pauses[1:] == [1, 2, 4, 5, 5]
    assert backoff.next(5, lived_s=61) == 1


def test_a_python_child_runs_with_this_interpreter() -> None:
    assert python_command("some.module", "x") == (sys.executable, "-m", "some.module", "x")
