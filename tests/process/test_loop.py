"""How programs end: at once, whatever is still under way, and never later than they may."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.process.loop import run_loop

HEAD = """
import asyncio, sys, threading
from shared.process.logs import configure_logging
from shared.process.loop import end_process, run_loop, run_service, stopping_within

configure_logging("info", "json", sys.stderr)
hang = threading.Event().wait
"""


def run(root: Path, program: str) -> subprocess.CompletedProcess[str]:
    """What a program does that would wait for ever if it waited."""
    environ = {**os.environ, "PYTHONPATH": str(root)}
    command = (sys.executable, "-c", HEAD + program)
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_a_loop_of_its_own_runs_a_coroutine() -> None:
    async def answer() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run_loop(answer).startswith(("uvloop", "asyncio"))


def test_a_page_is_parsed_without_a_collection_of_garbage(root: Path) -> None:
    """Its values die with it: by default, the collector walks through them several times a page."""
    program = """
import gc
from shared.content.parsing.parse import parse_article

text = "---\\ntitle: T\\npublished: 2026-01-01\\n---\\n" + "A *word*, `code`, [a link](/).\\n\\n" * 100

async def main():
    parse_article("articles/a.md", text)  # loads the parser
    gc.collect()
    began = [one["collections"] for one in gc.get_stats()]
    parse_article("articles/a.md", text)
    print([one["collections"] for one in gc.get_stats()] == began)

run_loop(main)
"""
    ended = run(root, program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


def test_a_service_ends_without_its_threads(root: Path) -> None:
    program = """
async def main():
    asyncio.get_running_loop().run_in_executor(None, hang)
    print("closed")

run_service(main)
print("never reached")
"""
    ended = run(root, program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "closed\n", "")


def test_an_exception_of_a_service_is_raised(root: Path) -> None:
    program = """
async def main():
    raise LookupError("no content")

try:
    run_service(main)
except LookupError as error:
    print(error)
"""
    assert run(root, program).stdout == "no content\n"


@pytest.mark.parametrize(("again", "status", "output"), [("SIGTERM", 0, "closed\n"), ("SIGINT", -signal.SIGINT, "")])
def test_while_it_stops_ctrl_c_ends_a_process_at_once_and_sigterm_says_nothing_new(
    root: Path, again: str, status: int, output: str
) -> None:
    program = f"""
import os, signal
from shared.process.loop import stop_signal

async def main():
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
    await stop_signal(asyncio.Event())
    os.kill(os.getpid(), signal.{again})
    print("closed", flush=True)

run_service(main)
"""
    ended = run(root, program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, output, "")


def test_work_that_fails_ends_the_others_and_is_reported(root: Path) -> None:
    program = """
from shared.process.loop import run_until_stopped

async def wait():
    try:
        await asyncio.Event().wait()
    finally:
        print("ended")

async def fail():
    raise LookupError("failed")

async def main():
    await run_until_stopped([wait(), fail()], asyncio.Event())

try:
    run_loop(main)
except LookupError as error:
    print(error)
"""
    ended = run(root, program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "ended\nfailed\n", "")


def test_closing_that_hangs_is_given_up(root: Path) -> None:
    program = """
async def main():
    with stopping_within(0.2):
        hang()  # blocks the event loop itself

run_loop(main)
"""
    ended = run(root, program)
    assert ended.returncode == 1
    assert "stopped before everything was closed" in ended.stderr


def test_closing_in_time_ends_as_it_would(root: Path) -> None:
    program = """
with stopping_within(30):
    pass
print("closed")
"""
    ended = run(root, program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "closed\n", "")


def test_an_output_that_is_closed_does_not_keep_a_process(root: Path) -> None:
    program = """
sys.stdout.close()
end_process(3)
"""
    assert run(root, program).returncode == 3
