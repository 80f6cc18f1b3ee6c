"""Render and search as processes of their own: started, waited for, killed and stopped by their id."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from benchmarks import InvalidMeasurement
from benchmarks.running.checkout import THIS, Checkout
from benchmarks.running.processes import children_of, fetch, free_port
from shared.web.settings import PREFIX

#: What a busy machine may take for a start or for catching up. Nothing waits for this long where it is not wrong.
PATIENCE_S = 300.0
POLL_S = 0.05
TRACEBACK = "Traceback (most recent call last)"


@dataclass(slots=True)
class Service:
    """``perspective render`` or ``perspective search`` on a port that stays the same over restarts."""

    name: str
    content: Path
    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    #: The port of its probes and metrics, where that is not ``port``.
    management_port: int | None = None
    #: Variables of the environment that are not settings, such as a library to load before others.
    outside: dict[str, str] = field(default_factory=dict)
    checkout: Checkout = THIS

    @property
    def index(self) -> Path:
        """The directory of the index."""
        return self.data / "index"

    @property
    def log_path(self) -> Path:
        """The file that the service logs to, over all its starts."""
        return self.data / f"{self.name}-{self.port}.log"

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self.process is not None
        return self.process.pid

    def environ(self) -> dict[str, str]:
        """The environment of the service, without the settings of the person who runs this."""
        own = {
            "CONTENT_DIR": str(self.content),
            "INDEX_DIR": str(self.index),
            "CACHE_DIR": str(self.data / "cache"),
            f"{self.name.upper()}_PORT": str(self.port),
            "SEMANTIC": "off",
            "LOG_FORMAT": "json",
            "ACCESS_LOG": "false",
            "SEARCHES_PER_SECOND": "0",
            **({f"{self.name.upper()}_MANAGEMENT_PORT": str(self.management_port)} if self.management_port else {}),
            **self.settings,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return {
            **kept,
            **self.outside,
            **{f"{PREFIX}{name}": value for name, value in self.checkout.known(own).items()},
        }

    def start(self) -> None:
        """Start the process, without waiting for it."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            command = [str(self.checkout.python), "-m", "services", self.name]
            self.process = subprocess.Popen(command, cwd=self.checkout.path, env=self.environ(), stdout=log, stderr=log)

    def wait_ready(self) -> None:
        """Wait until it answers its first question."""
        path = "/healthz" if self.name == "render" else "/v1/status"
        self.wait(lambda: self.status(path) == 200 and (self.name == "search" or self.status("/") == 200), "ready")

    def wait(self, is_done: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait for a condition. Raises InvalidMeasurement with the end of the log if it does not come true."""
        deadline = time.monotonic() + patience_s
        while not is_done():
            if time.monotonic() > deadline or (self.process and self.process.poll() is not None):
                code = self.process.poll() if self.process else None
                raise InvalidMeasurement(f"{self.name} is not {what} (exit code {code}):\n{self.log()[-3000:]}")
            time.sleep(POLL_S)

    def status(self, path: str) -> int:
        """The status of one GET; 0 where nobody answers."""
        try:
            return fetch(self.port, path, timeout_s=30.0)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one GET; 0 where nobody answers."""
        try:
            return fetch(self.port, path, timeout_s=30.0)
        except (OSError, http.client.HTTPException):
            return 0, b""

    def titles(self) -> dict[str, str]:
        """The title of every article in the index by slug; empty while there is no index, or another between two pages.

        Raises InvalidMeasurement for an article that one generation lists twice.
        """
        found: dict[str, str] = {}
        generations: set[str] = set()
        for page in range(1, 1000):
            status, body = self.get(f"/v1/search?q=&size=50&page={page}")
            if status != 200:
                return {}
            answer = orjson.loads(body)
            generations.add(answer["generation"])
            if len(generations) > 1:
                return {}
            for hit in answer["hits"]:
                if hit["slug"] in found:
                    raise InvalidMeasurement(f"{hit['slug']} is listed twice")
                found[hit["slug"]] = "".join(text for text, _ in hit["title"])
            if page * 50 >= answer["total"]:
                return found
        return found

    def children(self) -> list[int]:
        """The processes that it started."""
        return children_of(self.pid)

    def kill(self) -> None:
        """Kill it and its children, as the kernel does when memory runs out."""
        assert self.process is not None
        for pid in (*self.children(), self.pid) if self.process.poll() is None else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def log(self) -> str:
        """Everything it logged, over all its starts."""
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def check_log(self) -> None:
        """Raise InvalidMeasurement for a traceback in the log."""
        if TRACEBACK in (log := self.log()):
            place = log.index(TRACEBACK)
            raise InvalidMeasurement(f"{self.name} logged a traceback: {log[max(place - 300, 0) : place + 2500]}")


@contextmanager
def running(*services: Service) -> Iterator[None]:
    """Start the services, wait until all are ready, and stop them on leaving."""
    try:
        for service in services:
            service.start()
        for service in services:
            service.wait_ready()
        yield
    finally:
        for service in services:
            service.stop()
