"""The counts of one query on one day, and the outcome of one search. Does not depend on requests or files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shared.search.attributes import RELEVANCE
from shared.search.contract import SearchQuery, SearchResults

#: Ranks that are counted one by one; clicks on later hits are counted together.
RANKS = 10

#: ``all``: articles with all words; ``some``: only with some of them; ``corrected``: only for other words; "" unknown.
Found = Literal["all", "some", "corrected", "nothing", ""]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one search found. ``slugs`` are its first hits in order, where a click can be given a rank."""

    found: Found = ""
    corrected_to: str = ""
    slugs: tuple[str, ...] = ()


@dataclass(slots=True)
class Counts:
    """Visitors who typed a query on one day, by what they found and by the rank of the hits they opened.

    ``clicks`` has RANKS + 1 numbers, the last one for all later ranks. ``last`` is what the newest search found.
    """

    visitors: int = 0
    nothing: int = 0
    some: int = 0
    corrected: int = 0
    corrected_to: str = ""
    last: Found = ""
    clicks: list[int] = field(default_factory=lambda: [0] * (RANKS + 1))

    def add(self, other: Counts) -> None:
        """Add newer counts of the same query."""
        self.visitors += other.visitors
        self.nothing += other.nothing
        self.some += other.some
        self.corrected += other.corrected
        self.corrected_to = other.corrected_to or self.corrected_to
        self.last = other.last or self.last
        self.clicks = [one + another for one, another in zip(self.clicks, other.clicks, strict=True)]

    def add_visitor(self, outcome: Outcome) -> None:
        """Count one visitor."""
        self.visitors += 1
        self.nothing += outcome.found == "nothing"
        self.some += outcome.found == "some"
        self.corrected += outcome.found == "corrected"
        self.note(outcome)

    def note(self, outcome: Outcome) -> None:
        """Record what the newest search found, without counting a visitor."""
        self.last = outcome.found or self.last
        self.corrected_to = outcome.corrected_to or self.corrected_to

    def add_click(self, rank: int) -> None:
        """Count one opened hit; ranks begin at 1."""
        self.clicks[min(rank, RANKS + 1) - 1] += 1


def outcome_of(asked: SearchQuery, results: SearchResults | None) -> Outcome:
    """What ``results`` say about the query. A filter, another order, a later page, and no answer say nothing."""
    if results is None or asked.filters or asked.sort != RELEVANCE or asked.page > 1:
        return Outcome()
    slugs = tuple(hit.slug for hit in results.hits[:RANKS])
    if not results.total:
        return Outcome("nothing", slugs=slugs)
    if results.correction is not None:
        return Outcome("corrected", results.correction.text, slugs)
    has_all = results.with_all if results.with_all is not None else results.matched == "all"
    return Outcome("all" if has_all else "some", slugs=slugs)
