"""The outcome of each construct of the source: the lines of the report.

Does not depend on the file system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

#: ``carried``: taken as it was. ``converted``: rewritten for this site. ``left``: stands raw in the article.
#: ``dropped``: not on the page (templates stay in the file as comments). ``kept``: the file in the target was left
#: alone.
Outcome = Literal["carried", "converted", "left", "dropped", "kept"]

OUTCOMES: tuple[Outcome, ...] = ("carried", "converted", "left", "dropped", "kept")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One construct at one place. ``path`` is relative to the source; ``line`` counts from 1; ``note`` says why."""

    outcome: Outcome
    construct: str
    path: str
    line: int
    note: str = ""


@dataclass(slots=True)
class Findings:
    """All findings of one import, in order."""

    found: list[Finding] = field(default_factory=list)

    def add(self, outcome: Outcome, construct: str, path: str, line: int = 1, note: str = "") -> None:
        """Record one finding."""
        self.found.append(Finding(outcome, construct, path, line, note))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Record findings that were made elsewhere."""
        self.found.extend(findings)

    def of(self, outcome: Outcome) -> Iterator[Finding]:
        """The findings with this outcome."""
        return (one for one in self.found if one.outcome == outcome)

    def counts(self) -> dict[tuple[Outcome, str], int]:
        """Count each construct by outcome, the most frequent first."""
        totals: dict[tuple[Outcome, str], int] = {}
        for one in self.found:
            totals[one.outcome, one.construct] = totals.get((one.outcome, one.construct), 0) + 1
        order = {outcome: number for number, outcome in enumerate(OUTCOMES)}
        return dict(sorted(totals.items(), key=lambda item: (order[item[0][0]], -item[1], item[0][1])))
