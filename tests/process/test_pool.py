"""Processes of a pool: what they log, and what is raised for them."""

from __future__ import annotations

import errno
import importlib
import json
import os
import platform
import signal
from pathlib import Path

import pytest

from shared.process import pool as pool_module
from shared.process.logger import get_logger
from shared.process.logs import LogSettings
from shared.process.memory import limit_arenas
from shared.process.pool import NICENESS, process_pool, processors, result_of


def warn(text: str) -> int:
    get_logger("test").warning(text)
    return os.getpid()


def threads_with_numpy() -> int:
    importlib.import_module("numpy")
    return len(list(Path("/proc/self/task").iterdir()))


def find_disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the C library of GNU has arenas")
def test_its_processes_share_pools_of_memory_between_their_threads() -> None:
    """A wrong parameter would be refused."""
    with process_pool(1) as pool:
        assert result_of(pool.submit(limit_arenas)) is True


@pytest.mark.skipif(processors() < 2 or platform.system() != "Linux", reason="numpy starts a thread per processor")
def test_its_processes_start_no_threads_for_matrices() -> None:
    """On many processors, each of as many processes started as many threads, and each of these waited busily."""
    with process_pool(1) as pool:
        main_and_the_one_that_follows_its_parent = 2
        assert result_of(pool.submit(threads_with_numpy)) == main_and_the_one_that_follows_its_parent


def test_its_processes_give_way_to_this_one() -> None:
    with process_pool(1) as pool:
        assert result_of(pool.submit(os.nice, 0)) == min(os.nice(0) + NICENESS, 19)


def test_its_processes_log_as_this_one_does_and_what_ends_them_is_raised(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The output of the indexer is a channel to its parent: events of processes that it starts are not part of it."""
    monkeypatch.setattr(pool_module, "log_settings", lambda: LogSettings("info", "json", {"service": "indexer"}))
    with process_pool(1) as pool:
        assert result_of(pool.submit(warn, "article not indexed")) != os.getpid()
        with pytest.raises(OSError, match="No space left on device") as full:
            result_of(pool.submit(find_disk_full))
        assert full.value.errno == errno.ENOSPC
        with pytest.raises(ChildProcessError, match="one of its processes was killed"):
            result_of(pool.submit(be_killed))
    output, errors = capfd.readouterr()
    assert output == ""
    event = json.loads(errors.splitlines()[0])
    assert (event["event"], event["service"], event["level"]) == ("article not indexed", "indexer", "warning")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux pins processes")
def test_processors_are_the_ones_that_the_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert processors() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert processors() == len(allowed)
