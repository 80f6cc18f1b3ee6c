"""Fixtures of all tests: calls that block the event loop fail, and profiles of hypothesis."""

from __future__ import annotations

import gc
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

from shared.process.logs import configure_logging
from shared.web.settings import PREFIX

# Time is bounded by pytest-timeout, not per example, because the machine may be busy. Fixtures hold for all examples of
# a test, and each engine inherits the tests of the contract.
SUPPRESSED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=SUPPRESSED)
settings.register_profile("thorough", max_examples=1000, deadline=None, suppress_health_check=SUPPRESSED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

#: Variables of the environment to keep: the database of a developer, and the setting that reads no model.
KEPT = {"PERSPECTIVE_TEST_POSTGRES", "PERSPECTIVE_SEMANTIC"}
os.environ["PERSPECTIVE_SEMANTIC"] = "off"

#: The checkout.
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """A call that blocks the event loop fails the test that makes it."""
    with blockbuster_ctx() as blocker:
        # Starting a process reads one byte from the pipe on which exec fails or closes: asyncio does it in the loop.
        for function in ("os.read", "os.stat", "os.access"):
            blocker.functions[function].can_block_in("subprocess.py", {"_execute_child", "_posix_spawn", "__init__"})
        # A traceback quotes its source, which only happens for faults.
        for function in ("os.stat", "io.BufferedReader.read", "io.TextIOWrapper.read"):
            blocker.functions[function].can_block_in("linecache.py", {"checkcache", "updatecache"})
        # Coverage takes a lock when it first meets a line of a file in a thread.
        blocker.functions["threading.Lock.acquire"].can_block_in("coverage/collector.py", {"lock_data"})
        yield blocker


@pytest.fixture(autouse=True)
def events() -> Iterator[io.StringIO]:
    """All log events of a test, as JSON lines."""
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    yield stream
    logging.getLogger().handlers.clear()


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Return what a service froze to the cycle collector: the process of the tests outlives it."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the developer's settings from the environment."""
    for name in [name for name in os.environ if name.startswith(PREFIX) and name not in KEPT]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def site(root: Path) -> Path:
    """The content directory of a small valid site that has every feature."""
    return root / "tests" / "fixtures" / "site"
