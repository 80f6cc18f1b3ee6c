"""One child process, restarted with exponential backoff when it ends.

Does not depend on what the child does.

The child ends when its standard input is closed (``exit_with_parent``), so that even a killed parent leaves none
behind. A child leads a process group of its own: a terminal's Ctrl-C reaches only the parent, which then ends its
children in order, and processes started by the child end with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

#: The status of a command that cannot be started, as a shell has it.
NOT_STARTED = 126
#: The longest line that is read from another process: a state with its problems is shorter.
MAX_LINE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses before the next start: doubled each time, and ``first_s`` again after a child that lived ``healthy_s``."""

    first_s: float = 0.5
    most_s: float = 30.0
    healthy_s: float = 60.0

    def next(self, before_s: float, lived_s: float) -> float:
        """The pause after a child that lived ``lived_s``, where the pause before it was ``before_s`` (0: none)."""
        if before_s == 0 or lived_s >= self.healthy_s:
            return self.first_s
        return min(before_s * 2, self.most_s)


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a child, or ``error`` if it could not be started, and the time of the next start."""

    code: int
    pause_s: float
    error: str = ""

    def describe(self) -> str:
        """Describe the exit status, or the signal that killed it."""
        if self.error:
            return f"could not be started ({self.error})"
        if self.code < 0:
            return f"was killed by {signal.Signals(-self.code).name}"
        return f"ended with status {self.code}"


class Child:
    """A command that is kept running. ``on_line`` gets its lines of output; ``on_end`` decides whether to restart."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        on_end: Callable[[Ended], bool],
        on_line: Callable[[bytes], None] = lambda _line: None,
        on_start: Callable[[], None] = lambda: None,
        backoff: Backoff = Backoff(),
        with_errors: bool = False,
    ) -> None:
        """``with_errors`` gives ``on_line`` its error output too; else that goes to this process's standard error."""
        self._command = command
        self._environ = environ
        self._on_start = on_start
        self._on_line = on_line
        self._on_end = on_end
        self._backoff = backoff
        self._errors = subprocess.STDOUT if with_errors else None
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The current process id."""
        return self._process.pid if self._process else None

    def send(self, line: bytes) -> None:
        """Write to the child's input; discarded if it is not running."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line)

    async def run(self, *, stop_s: float = 0.0) -> int:
        """Keep it running until ``on_end`` returns False; return its last exit status.

        When cancelled, it first ends the child: SIGTERM, then SIGKILL after ``stop_s`` (0: at once).
        """
        loop = asyncio.get_running_loop()
        pause_s = 0.0
        while True:
            started = loop.time()
            code, error = NOT_STARTED, ""
            try:
                process = await self._start()
            except OSError as failure:  # no memory, processes or files are left: there may be some later
                error = str(failure)
            else:
                code = await self._run_once(process, stop_s)
            pause_s = self._backoff.next(pause_s, loop.time() - started)
            if not self._on_end(Ended(code, pause_s, error)):
                return code
            await asyncio.sleep(pause_s)

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            limit=MAX_LINE_BYTES,
        )

    async def _run_once(self, process: Process, stop_s: float) -> int:
        self._process = process
        try:
            self._on_start()
            return await self._follow(process)
        finally:
            # Also after its own end: processes that it started are in its group.
            await asyncio.shield(self._end(process, stop_s))
            self._process = None

    async def _follow(self, process: Process) -> int:
        """Read its output to the end (with a full pipe it could not end), and wait for it."""
        if process.stdout is not None:
            async for line in lines_of(process.stdout):
                self._on_line(line)
        return await process.wait()

    async def _end(self, process: Process, stop_s: float) -> None:
        try:
            if process.returncode is None and stop_s > 0:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(stop_s):
                        await self._follow(process)
        finally:  # whatever becomes of its last lines
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()


async def lines_of(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines of ``reader`` to its end. A line that is longer than its limit is dropped."""
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # longer than the limit
            continue
        if not line:
            return
        yield line


def child_environ(environ: Mapping[str, str], **changes: str) -> dict[str, str]:
    """``environ`` for a child that is a Python program: with ``changes``, unbuffered."""
    return {**environ, "PYTHONUNBUFFERED": "1", **changes}


def python_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs ``module`` with this interpreter."""
    return (sys.executable, "-m", module, *arguments)


def exit_with_parent() -> None:
    """End this process and its group when its standard input is closed: call it first in a child's ``main``.

    Work in progress is lost: a child must be safe to kill at any time.
    """

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1 << 16):
                pass
        end_group()

    threading.Thread(target=wait, name="exit-with-parent", daemon=True).start()


def end_group() -> None:
    """Kill this process, and its group if it leads one."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
