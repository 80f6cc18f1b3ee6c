"""Interleaved rounds: all subjects are measured in the same minutes, so that a disturbance affects all alike."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.measuring.figures import Rounds

Work = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of a measurement: one call per query. A slow one takes part in the first ``rounds`` only (0: all)."""

    works: Sequence[Work]
    rounds: int = 0


def interleave(subjects: Mapping[str, Subject], rounds: int, *, warm_up: int = 1) -> dict[str, Rounds]:
    """Time each call of each subject, round after round; the order of the subjects rotates.

    ``warm_up`` rounds come before and do not count. Garbage is collected between subjects, and within as ever.
    """
    samples: dict[str, list[tuple[float, ...]]] = {name: [] for name in subjects}
    names = list(subjects)
    for number in range(-warm_up, rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            subject = subjects[name]
            if subject.rounds and number >= subject.rounds:
                continue
            gc.collect()
            times = _time_each(subject.works)
            if number >= 0:
                samples[name].append(times)
    return {name: Rounds(tuple(times)) for name, times in samples.items()}


def _time_each(works: Sequence[Work]) -> tuple[float, ...]:
    times = []
    for work in works:
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return tuple(times)


@contextmanager
def one_core(core: int | None = None) -> Iterator[int]:
    """Pin this process and its children to one core (the last one by default). Linux only."""
    if not hasattr(os, "sched_setaffinity"):
        yield 0
        return
    before = os.sched_getaffinity(0)
    chosen = max(before) if core is None else core
    os.sched_setaffinity(0, {chosen})
    try:
        yield chosen
    finally:
        os.sched_setaffinity(0, before)
