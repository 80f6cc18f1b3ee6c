"""The machine and the versions of a run, so that its figures can be judged. Linux and macOS."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("aiohttp", "numpy", "orjson", "pystemmer", "tantivy", "uvloop", "whoosh-reloaded")
#: Above this many runnable tasks for each core, what is measured is also the other tasks.
BUSY_LOAD_PER_CORE = 0.3


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine of a run. ``load`` is the load average over the last minute."""

    model: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: tuple[tuple[str, str], ...]
    load: float

    @property
    def is_busy(self) -> bool:
        """Whether other work was under way at the start."""
        return self.load > BUSY_LOAD_PER_CORE * self.cores

    def lines(self) -> tuple[str, ...]:
        """The description, a fact a line."""
        versions = ", ".join(f"{name} {number}" for name, number in self.packages)
        busy = " (other work was under way: trust the ratios, not the figures)" if self.is_busy else ""
        return (
            f"{self.cores} cores, {self.model}, {self.memory_gib:.0f} GiB of memory, {self.system}",
            f"{self.python}; {versions}",
            f"Load at the start: {self.load:.2f}{busy}",
        )


def describe_machine(programs: Iterable[str] = ("nginx", "wrk")) -> Machine:
    """Describe the machine as it is now."""
    found = [(name, _package_version(name)) for name in PACKAGES] + [
        (name, _program_version(name)) for name in programs
    ]
    return Machine(
        model=_model(),
        cores=len(available_cores()),
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30),
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages=tuple((name, number) for name, number in found if number),
        load=os.getloadavg()[0],
    )


def available_cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def _model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    match = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return match[1] if match else platform.processor() or platform.machine()


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _program_version(name: str) -> str:
    """The version that a program prints for -v, as nginx and wrk do; "" if it is not installed."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        return ""
    told = subprocess.run([path, "-v"], capture_output=True, text=True, check=False)
    match = re.search(r"\d+\.\d+(?:\.\d+)?", told.stdout + told.stderr)
    return match[0] if match else "installed"
