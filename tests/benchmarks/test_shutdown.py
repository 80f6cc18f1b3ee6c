"""A command that starts servers leaves none behind, whichever signal ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks import CorpusMissing
from benchmarks.corpus import data_dir
from benchmarks.running.processes import ROOT, children_of, free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks read /proc")

#: How long a busy machine may take for a start or an end.
PATIENCE_S = 90.0
#: Answers every GET. The stubborn one does not end by SIGTERM.
SERVER = "import http.server; http.server.test(http.server.SimpleHTTPRequestHandler, port={port})"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVER
#: A command that serves until it is ended, and waits for the server as long as it takes.
COMMAND = """
import sys, time
from benchmarks.running import processes
from benchmarks.running.shutdown import orderly_shutdown

processes.STOP_S = 3600.0
with orderly_shutdown(), processes.serving([sys.executable, "-c", sys.argv[1]], port=int(sys.argv[2]), first="/"):
    time.sleep(3600)
"""
#: A command whose load on a server lasts for an hour.
LOADING = """
import sys
from benchmarks.running.shutdown import orderly_shutdown
from benchmarks.traffic.clients import Work, asking

with orderly_shutdown(), asking(Work(int(sys.argv[1]), ("/",), clients=1)) as answers:
    answers.result()
"""

#: A command whose context fails when it is left, as a pool of processes does that a signal interrupts at its start.
HALF_STARTED = """
import os, signal
from contextlib import contextmanager
from benchmarks.running.shutdown import orderly_shutdown

@contextmanager
def half_started():
    try:
        yield
    finally:
        raise RuntimeError("not started")

with orderly_shutdown(), half_started():
    os.kill(os.getpid(), signal.SIGTERM)
"""


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of this Python; killed on leaving, with what it started."""
    with subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            kill_all((*children_of(process.pid), process.pid))


def kill_all(pids: Sequence[int]) -> None:
    """SIGKILL for each of them that still runs."""
    for pid in filter(runs, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait(is_done: Callable[[], bool]) -> bool:
    """Whether ``is_done`` comes true in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not (done := is_done()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return done


def left_behind(process: subprocess.Popen[bytes], started: Sequence[int], *numbers: signal.Signals) -> list[int]:
    """Send the signals, wait for the end, and return those of ``started`` that still run; they are killed."""
    try:
        for number in numbers:
            process.send_signal(number)
            time.sleep(0.5)  # two at once are one
        process.wait(PATIENCE_S)
        # Services end with their parent by themselves, a moment later.
        wait(lambda: not any(map(runs, started)))
        return [pid for pid in started if runs(pid)]
    finally:
        kill_all(started)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_servers_of_a_command(number: signal.Signals) -> None:
    port = free_port()
    with command("-c", COMMAND, SERVER.format(port=port), str(port)) as process:
        assert wait(lambda: _accepts(port))
        (server,) = children_of(process.pid)
        assert left_behind(process, [server], number) == []
        assert process.returncode == 128 + number


def test_a_second_signal_ends_a_server_that_does_not_end_when_asked() -> None:
    port = free_port()
    with command("-c", COMMAND, STUBBORN.format(port=port), str(port)) as process:
        assert wait(lambda: _accepts(port))
        (server,) = children_of(process.pid)
        assert left_behind(process, [server], signal.SIGINT, signal.SIGINT) == []
        assert process.returncode == 128 + signal.SIGINT


def test_a_signal_ends_a_load_that_would_last_for_an_hour() -> None:
    port = free_port()
    with command("-c", SERVER.format(port=port)), command("-c", LOADING, str(port)) as process:
        assert wait(lambda: len(children_of(process.pid)) >= 2)  # the resource tracker too
        assert left_behind(process, children_of(process.pid), signal.SIGTERM) == []
        assert process.returncode == 128 + signal.SIGTERM


def test_a_context_that_cannot_be_left_does_not_change_the_status() -> None:
    with command("-c", HALF_STARTED) as process:
        assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    "arguments",
    [
        ("benchmarks", "--quick", "--only", "overload"),
        ("tests.campaign", "fuzz", "--only", "requests", "--seconds", "3600"),
        ("tests.campaign", "torture", "--only", "overload"),
    ],
    ids=["benchmarks", "fuzz", "torture"],
)
def test_commands_that_start_services_end_them(arguments: tuple[str, ...]) -> None:
    if arguments[0] == "benchmarks" and not _has_corpora():
        pytest.skip("the corpora are not there")
    with command("-m", *arguments) as process:
        assert wait(lambda: any(_is_service(pid) for pid in children_of(process.pid)))
        assert left_behind(process, children_of(process.pid), signal.SIGTERM) == []
        assert process.returncode == 128 + signal.SIGTERM


def _has_corpora() -> bool:
    try:
        return data_dir().is_dir()
    except CorpusMissing:
        return False


def _is_service(pid: int) -> bool:
    try:
        return b"\0services\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _accepts(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
