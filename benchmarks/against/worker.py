"""The process of a checkout that runs workloads and measures them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import InvalidMeasurement
from benchmarks.corpus import data_dir
from benchmarks.running.checkout import Checkout
from shared.web.settings import PREFIX

SCRIPT = Path(__file__).with_name("measured.py")


@dataclass(frozen=True, slots=True)
class Sample:
    """The times of one workload. For a server, ``processor_s`` counts the processes of the server alone."""

    seconds: float
    processor_s: float


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker: it runs one workload at a time."""

    name: str
    process: subprocess.Popen[str]

    def run(self, work: str) -> Sample:
        """Run ``work`` once. Raises InvalidMeasurement if the worker ends instead of answering."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{work}\n")
        self.process.stdin.flush()
        return Sample(**json.loads(self.read_line()))

    def read_line(self) -> str:
        """The next line that it writes. Raises InvalidMeasurement at the end."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise InvalidMeasurement(f"the worker of {self.name} ended with exit code {self.process.wait()}, see above")
        return line


@contextmanager
def working(checkout: Checkout, script: Path = SCRIPT) -> Iterator[Worker]:
    """Run ``script`` in ``checkout`` until the context ends; enter when it is ready. Raises InvalidMeasurement."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environ = {**kept, "PYTHONPATH": str(checkout.path), "BENCH_DATA": str(data_dir())}
    # -P: the folder of the script is not searched for modules, only that of the checkout.
    command = [str(checkout.python), "-P", str(script)]
    with subprocess.Popen(
        command, cwd=checkout.path, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            worker = Worker(checkout.name, process)
            worker.read_line()  # the first says that it is ready
            yield worker
        finally:
            process.kill()
