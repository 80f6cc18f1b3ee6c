"""The results of a benchmark as values: tables of figures, and the bars with whether they are met. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Column = tuple[str, ...]
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit: on a ratio to a peer (``peer`` names it) or on a figure itself (``unit`` is its unit)."""

    limit: float
    kind: Literal["at most", "at least"] = "at most"
    peer: str = ""
    unit: str = ""

    def is_met(self, value: float) -> bool:
        """Whether ``value`` is within it."""
        return value <= self.limit if self.kind == "at most" else value >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.kind == "at most" else "≥"
        return f"{sign} {self.limit:g} {TIMES} {self.peer}" if self.peer else f"{sign} {self.limit:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One bar with the measured ratio or figure."""

    work: str
    value: float
    bar: Bar

    @property
    def is_met(self) -> bool:
        """Whether the bar is met."""
        return self.bar.is_met(self.value)

    @property
    def measured(self) -> str:
        """The value as it is written."""
        return f"{short(self.value)} {TIMES}" if self.bar.peer else f"{short(self.value)} {self.bar.unit}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures. ``notes`` say what was compared, what was warm, and what was left out."""

    title: str
    columns: Column
    rows: tuple[Column, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one benchmark."""

    tables: tuple[Table, ...] = ()
    verdicts: tuple[Verdict, ...] = field(default=())


def short(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def milliseconds(seconds: float) -> str:
    """Seconds, written as milliseconds."""
    return short(seconds * 1000)


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """All bars in one table."""
    rows = tuple((one.work, one.measured, str(one.bar), "met" if one.is_met else "not met") for one in verdicts)
    met = sum(one.is_met for one in verdicts)
    return Table("Bars", ("work", "measured", "bar", "verdict"), rows, (f"{met} of {len(verdicts)} bars are met.",))
