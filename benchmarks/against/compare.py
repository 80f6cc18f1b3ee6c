"""Rounds that alternate between two checkouts, and the ratios of their times."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.against.worker import Sample
from benchmarks.against.workloads import Workload, workloads_of
from benchmarks.cases import Workbench
from benchmarks.measuring.figures import median, percentile
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds, short
from benchmarks.running.checkout import Checkout, commit_of
from benchmarks.running.processes import ROOT

#: How much slower than the older checkout anything may become.
BAR = 1.05


@dataclass(frozen=True, slots=True)
class Pair:
    """One round of one workload in both checkouts, one after the other."""

    before: Sample
    now: Sample

    @property
    def time(self) -> float:
        """The ratio of wall time."""
        return self.now.seconds / self.before.seconds

    @property
    def processor(self) -> float:
        """The ratio of processor time. Where the older took too little to be counted, there is none: 1."""
        return self.now.processor_s / self.before.processor_s if self.before.processor_s else 1.0


def compare(bench: Workbench, before: Checkout, now: Checkout) -> Report:
    """Measure ``now`` against ``before`` on the small corpus, in alternating rounds after one of warm-up."""
    corpus = bench.corpus("small")
    with ExitStack() as stack:
        works = []
        for checkout in (before, now):
            bench.tell(f"starting {checkout.name}")
            scratch = Path(stack.enter_context(bench.scratch()))
            works.append(stack.enter_context(workloads_of(checkout, corpus, scratch)))
        pairs = alternate(works[0], works[1], bench.rounds, bench.tell)
    return report(pairs, f"{commit_of(ROOT) or now.name} ÷ {before.name}")


def alternate(
    before: Mapping[str, Workload], now: Mapping[str, Workload], rounds: int, tell: Callable[[str], None]
) -> dict[str, list[Pair]]:
    """Measure ``rounds`` pairs of each workload after one of warm-up; the checkouts take turns to go first."""
    pairs: dict[str, list[Pair]] = {name: [] for name in before}
    for number in range(-1, rounds):
        for name in before:
            tell(f"round {number + 1} of {rounds}: {name}")
            gc.collect()
            if number % 2:
                second = now[name]()
                first = before[name]()
            else:
                first, second = before[name](), now[name]()
            if number >= 0:
                pairs[name].append(Pair(first, second))
    return pairs


def report(pairs: Mapping[str, Sequence[Pair]], title: str) -> Report:
    """One row of ratios for each workload, and a verdict on its time."""
    rows = tuple(
        (
            name,
            milliseconds(median(pair.before.seconds for pair in found)),
            milliseconds(median(pair.now.seconds for pair in found)),
            *_spread(pair.time for pair in found),
            *_spread(pair.processor for pair in found),
        )
        for name, found in pairs.items()
    )
    columns = ("", "before ms", "now ms", "time", "quartiles", "processor", "quartiles")
    rounds = max(map(len, pairs.values()))
    notes = (
        f"Rounds that alternate: {rounds}, after one of warm-up. Ratios are medians over them.",
        "Processor time is that of the server alone, with its children; on a busy machine it says more than the clock.",
        "No cache of answers. Servers have one core, the load another; 750 pages.",
    )
    verdicts = tuple(
        Verdict(name, median(pair.time for pair in found), Bar(BAR, peer="before")) for name, found in pairs.items()
    )
    return Report((Table(title, columns, rows, notes),), verdicts)


def _spread(ratios: Iterable[float]) -> tuple[str, str]:
    found = list(ratios)
    return short(median(found)), f"{short(percentile(found, 0.25))} to {short(percentile(found, 0.75))}"
