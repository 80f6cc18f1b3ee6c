"""Servers as child processes on a core of their own: started, waited for, measured, ended. For Linux."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

from benchmarks import InvalidMeasurement
from benchmarks.measuring.rounds import one_core

#: The checkout, where ``python -m`` finds benchmarks and services.
ROOT = Path(__file__).resolve().parents[2]
#: A server that has not answered after this long does not start.
START_S = 300.0
STOP_S = 15.0
#: How much of the output of a server that failed is shown.
ERROR_BYTES = 2_000
POLL_S = 0.002
#: Seconds without work after which a server is at rest.
REST_S = 3.0
#: The share of one processor that a server at rest may use: it looks for changes.
IDLE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Memory:
    """The resident memory of a process, in bytes. ``own`` is anonymous memory; the rest are mapped files."""

    resident: int
    own: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. ``started_s`` is the time from its start to its first answer."""

    pid: int
    port: int
    started_s: float

    def memory(self) -> Memory:
        """The resident memory of this one process."""
        return memory_of(self.pid)


@contextmanager
def serving(
    command: Sequence[str],
    *,
    port: int,
    first: str,
    core: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run ``command`` until the context ends, on ``core`` alone if named; enter at the first answer for ``first``.

    Raises InvalidMeasurement with what it wrote to standard error where it ends before, or does not answer in time.
    """
    # A file, not a pipe: nobody reads while it runs, and a pipe would fill up and hold it.
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = _spawn(command, core, {**os.environ, **(environ or {})}, errors)
        try:
            try:
                _await_answer(process, port, first)
            except InvalidMeasurement as error:
                errors.seek(max(errors.tell() - ERROR_BYTES, 0))
                raise InvalidMeasurement(f"{error}:\n{errors.read().decode(errors='replace')}") from error
            yield Server(process.pid, port, time.perf_counter() - started)
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End ``process``, by force if it does not end by itself."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _spawn(
    command: Sequence[str], core: int | None, environ: Mapping[str, str], errors: IO[bytes]
) -> subprocess.Popen[bytes]:
    with one_core(core) if core is not None else nullcontext():  # inherited
        return subprocess.Popen(list(command), cwd=ROOT, env=dict(environ), stdout=subprocess.DEVNULL, stderr=errors)


def _await_answer(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.perf_counter() + START_S
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise InvalidMeasurement(f"{process.args!r} ended with {process.returncode}")
        try:
            if fetch(port, path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(POLL_S)
    raise InvalidMeasurement(f"{process.args!r} did not answer {path} within {START_S:.0f} s")


def fetch(
    port: int, path: str, *, headers: Mapping[str, str] = MappingProxyType({}), timeout_s: float = 60.0
) -> tuple[int, bytes]:
    """Status and body of one GET on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def python_module(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with this Python."""
    return [sys.executable, "-m", module, *arguments]


def memory_of(pid: int) -> Memory:
    """The resident memory of the process now."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    kib = {name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB$", rollup, re.MULTILINE)}
    return Memory(kib["Rss"] << 10, kib["Private_Dirty"] << 10)


def proportional_bytes(pid: int) -> int:
    """The proportional set size of a process and its children: pages that several share are counted once."""
    found = 0
    for one in (pid, *children_of(pid)):
        with suppress(OSError):  # it ended meanwhile
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
            found += sum(int(size) << 10 for size in re.findall(r"^Pss: +(\d+) kB$", rollup, re.MULTILINE))
    return found


def processor_s(pid: int) -> float:
    """Seconds of processor time of a process, its children, and those of them that ended."""
    ticks = 0
    for one in (pid, *children_of(pid)):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def until_idle(pid: int) -> Iterator[None]:
    """Wait until a process and its children were idle for REST_S; yields five times a second meanwhile."""
    spent, since = processor_s(pid), time.perf_counter()
    while time.perf_counter() - since < REST_S:
        time.sleep(0.2)
        yield
        now = processor_s(pid)
        if now - spent > IDLE_SHARE * REST_S:
            spent, since = now, time.perf_counter()


def children_of(pid: int) -> list[int]:
    """The processes that ``pid`` started, by any of its threads, and those that they started."""
    return [found for child in direct_children_of(pid) for found in (child, *children_of(child))]


def direct_children_of(pid: int) -> list[int]:
    """The processes that ``pid`` started itself, by any of its threads."""
    found: list[int] = []
    with suppress(OSError):  # it ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found
