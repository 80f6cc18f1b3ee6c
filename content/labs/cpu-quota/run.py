"""A CPU quota on the real kernel beside the model of it: throttled periods and the latency of requests.

Needs root and a writable cgroup (v1 with the cpu controller, or v2). Everything runs in one group, deleted at the end.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
PERIOD_MS = 100
WORK_MS, PER_SECOND = 15, 10
Result = TypeVar("Result")


class Missing(Exception):
    """The machine does not let us make a cgroup."""


class Group:
    """One cgroup with a CPU quota. ``limit_m`` is in millicores; ``None`` is no limit."""

    def __init__(self, limit_m: int | None) -> None:
        self._is_v2 = not V1.is_dir()
        self.path = (V2 if self._is_v2 else V1) / f"lab-cpu-quota-{os.getpid()}"
        quota = None if limit_m is None else limit_m * PERIOD_MS
        try:
            self.path.mkdir()
            if self._is_v2:
                (self.path / "cpu.max").write_text(f"{quota or 'max'} {PERIOD_MS * 1000}")
            else:
                (self.path / "cpu.cfs_period_us").write_text(str(PERIOD_MS * 1000))
                (self.path / "cpu.cfs_quota_us").write_text(str(quota or -1))
        except OSError as error:
            raise Missing(f"no cgroup with a CPU quota can be made here: {error}") from error

    def enter(self) -> None:
        """Move this process into the group."""
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def stat(self) -> tuple[int, int, float]:
        """Periods with work, throttled periods, and the time throttled, in milliseconds."""
        found = dict(line.split() for line in (self.path / "cpu.stat").read_text().splitlines())
        lost = int(found["throttled_usec"]) / 1000 if self._is_v2 else int(found["throttled_time"]) / 1e6
        return int(found["nr_periods"]), int(found["nr_throttled"]), lost

    def delete(self) -> None:
        """Delete the group: its process must have ended."""
        self.path.rmdir()


def burn(ms: float) -> None:
    """Use this much CPU time, however long that takes."""
    until = time.thread_time() + ms / 1000
    while time.thread_time() < until:
        pass


def spin(seconds: float) -> list[float]:
    """A busy loop of so many seconds of wall time: the CPU time that it got, in seconds."""
    until, started = time.monotonic() + seconds, time.thread_time()
    while time.monotonic() < until:
        pass
    return [time.thread_time() - started]


def arrivals(seconds: float) -> list[float]:
    """When requests arrive, in seconds: random, ten a second, the same in every run."""
    rng, now, found = random.Random(7), 0.0, []
    while (now := now + rng.expovariate(PER_SECOND)) < seconds:
        found.append(now)
    return found


def serve(seconds: float) -> list[float]:
    """Answer requests on one thread, each with 15 ms of CPU time: their latencies, in milliseconds."""
    started, latencies = time.monotonic(), []
    for arrival in arrivals(seconds):
        time.sleep(max(0.0, started + arrival - time.monotonic()))
        burn(WORK_MS)
        latencies.append((time.monotonic() - started - arrival) * 1000)
    return latencies


def model(seconds: float, limit_m: int | None) -> list[float]:
    """The same requests under the article's model: steps of 1 ms, one thread, the quota refilled every period."""
    quota = PERIOD_MS if limit_m is None else limit_m * PERIOD_MS // 1000
    now, used, latencies = 0, 0, []
    for arrival in (int(a * 1000) for a in arrivals(seconds)):
        left = WORK_MS
        while now < arrival or left:
            used = 0 if now % PERIOD_MS == 0 else used
            if now >= arrival and used < quota:
                used, left = used + 1, left - 1
            now += 1
        latencies.append(float(now - arrival))
    return latencies


def _child(group: Group, work: Callable[[float], Result], seconds: float, pipe) -> None:
    group.enter()
    pipe.send(work(seconds))


def within(
    limit_m: int | None, work: Callable[[float], Result], seconds: float
) -> tuple[Result, tuple[int, int, float]]:
    """Run work in a process of its own under a limit: its result and the group's counters."""
    context = get_context("fork")
    group = Group(limit_m)
    ours, theirs = context.Pipe()
    child = context.Process(target=_child, args=(group, work, seconds, theirs))
    child.start()
    result = ours.recv()
    counters = group.stat()
    child.join()
    group.delete()
    return result, counters


def percentile(values: Sequence[float], p: int) -> float:
    """Nearest rank."""
    return sorted(values)[min(len(values) * p // 100, len(values) - 1)]


def main() -> int:
    """Run both experiments; 3 where no cgroup can be made."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=20, help="of each measurement")
    seconds = asked.parse_args().seconds
    print(f"Linux {platform.release()}, cgroup {'v1' if V1.is_dir() else 'v2'}, {seconds:g} s each")
    try:
        print("busy loop   nr_periods  nr_throttled  time throttled   predicted  CPU time got")
        for limit in (200, 500, 1000):
            (got,), (periods, throttled, lost) = within(limit, spin, seconds)
            predicted = max(0, 1000 - limit) / 1000 * seconds
            print(f"{limit:7}m{periods:14}{throttled:14}{lost / 1000:14.2f} s{predicted:10.2f} s{got:12.2f} s")
        print("requests    throttled      p50 kernel, model      p95 kernel, model")
        for limit in (200, 300, 500, None):
            real, (periods, throttled, _) = within(limit, serve, seconds)
            said = model(seconds, limit)
            pairs = "".join(f"{percentile(real, p):13.0f}{percentile(said, p):8.0f} ms" for p in (50, 95))
            print(f"{f'{limit}m' if limit else 'none':>8}{throttled:7} of {periods:<4}{pairs}")
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
