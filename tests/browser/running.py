"""Starts the services as processes on free ports, waits until they serve, and ends them by their id."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.running.processes import end

#: Seconds that a service may take to serve: a loaded machine indexes slowly.
START_S = 60


@contextlib.contextmanager
def running(
    arguments: tuple[str, ...], ready: str, log: Path, settings: Mapping[str, str] | None = None
) -> Iterator[None]:
    """``perspective`` with ``arguments``, serving as soon as the address ``ready`` answers 200; ended on exit."""
    environment = {**os.environ, **(settings or {}), "PERSPECTIVE_LOG_FORMAT": "json"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", *arguments], stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _wait(process, ready, log)
            yield
        finally:
            end(process)


def _wait(process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not _answers(ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the services do not serve {ready}:\n{log.read_text()[-4000:]}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 # an address of this machine
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
