"""Numbered cases: the same seed, kind and number are the same case, on every machine."""

from __future__ import annotations

import math
import random
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks import BenchmarkError

#: A kind that finds more faults than this stops: the rest would say the same.
MAX_FAULTS = 10


class Fault(AssertionError):
    """A service misbehaved. The message has the input and the outcome."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of generated input. ``run`` tries one case, returns its requests, and raises Fault."""

    name: str
    about: str
    run: Callable[[random.Random], int]


@dataclass(frozen=True, slots=True)
class Found:
    """A fault and the one line that repeats it."""

    kind: str
    seed: int
    case: int
    message: str

    def __str__(self) -> str:
        again = f'make fuzz ARGS="--only {self.kind} --seed {self.seed} --case {self.case}"'
        return f"{self.kind}, seed {self.seed}, case {self.case}: {self.message}\n  again: {again}"


@dataclass(slots=True)
class Tally:
    """What a kind did so far. ``slowest_s`` is the time of the slowest case."""

    kind: Kind
    cases: int = 0
    requests: int = 0
    slowest_s: float = 0.0
    faults: list[Found] = field(default_factory=list)


def case_random(seed: int, kind: str, case: int) -> random.Random:
    """The random numbers of one case."""
    return random.Random(f"{seed}/{kind}/{case}")  # noqa: S311 - repeatable, no secret


def run_kind(kind: Kind, seed: int, numbers: Iterable[int], *, seconds: float = math.inf) -> Tally:
    """Try the cases of these ``numbers`` for at most ``seconds``. Any exception of a case is a fault."""
    tally, end = Tally(kind), time.monotonic() + seconds
    for number in numbers:
        started = time.monotonic()
        try:
            tally.requests += kind.run(case_random(seed, kind.name, number))
        except Exception as error:  # noqa: BLE001 - a fault nobody foresaw is what the campaign looks for
            tally.faults.append(Found(kind.name, seed, number, _describe(error)))
        tally.cases += 1
        ended = time.monotonic()
        tally.slowest_s = max(tally.slowest_s, ended - started)
        if ended >= end or len(tally.faults) >= MAX_FAULTS:
            break
    return tally


def _describe(error: Exception) -> str:
    if isinstance(error, Fault | BenchmarkError):
        return str(error)
    return "".join(traceback.format_exception(error)[-6:]).strip()
