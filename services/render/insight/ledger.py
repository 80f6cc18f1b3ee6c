"""Counts of all queries in memory, within bounds. Used from one event loop; does not depend on requests or files.

A visitor counts once for each query and day, so nobody can push a query up by repeating it. A query that fewer than
``least_visitors`` typed on a day stays unnamed, and is forgotten when the day (UTC) ends.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.render.insight.counts import RANKS, Counts, Outcome
from services.render.insight.queries import normalise
from services.render.insight.visitors import Visitors

#: Queries of one day that enough visitors typed, and all of all days. Beyond, new ones are not counted.
MAX_A_DAY, MAX_ALL = 1_000, 20_000
#: Queries of today that too few visitors typed so far. The least recently typed are forgotten first.
MAX_PENDING = 5_000
#: Marks of visitors of one day. Beyond, no more are counted that day.
MAX_MARKS = 200_000
#: Visitors who are typing.
MAX_TYPING = 2_000
#: What a visitor typed as-you-type counts as a query when nothing else followed for this time, in seconds.
SETTLED_S = 3.0

#: (day, query)
Key = tuple[date, str]


@dataclass(frozen=True, slots=True)
class _Typed:
    client: str
    text: str
    outcome: Outcome
    at: float


class Ledger:
    """The counts of today and of ``days`` days before. ``today`` is in UTC; ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        *,
        least_visitors: int,
        days: int,
        today: Callable[[], date],
        clock: Callable[[], float],
        is_saved: bool = False,
    ) -> None:
        """``is_saved``: ``take_unsaved`` is called regularly."""
        self.least_visitors = least_visitors
        self.days = days
        #: Searches that were not counted because their text may be private or is too long for a query.
        self.left_out = 0
        #: Searches without an address that tells visitors apart.
        self.unidentified = 0
        #: Searches that were not counted because a bound was reached.
        self.over_bound = 0
        self._is_saved = is_saved
        self._today_now = today
        self._clock = clock
        self._today = today()
        self._visitors = Visitors()
        self._marks: set[int] = set()
        self._pending: OrderedDict[str, Counts] = OrderedDict()
        self._slugs: dict[str, tuple[str, ...]] = {}
        self._typing: OrderedDict[int, _Typed] = OrderedDict()
        self._kept: dict[date, dict[str, Counts]] = {}
        self._unsaved: dict[Key, Counts] = {}

    def typing(self, client: str | None, text: str, outcome: Outcome) -> None:
        """Note a text that may be unfinished. It counts once the client has typed nothing else for a while."""
        self._advance()
        at = self._visitors.mark(client or "", "typing")
        self._typing.pop(at, None)
        self._typing[at] = _Typed(client or "", text, outcome, self._clock())
        if len(self._typing) > MAX_TYPING:
            self._typing.popitem(last=False)

    def asked(self, client: str | None, text: str, outcome: Outcome) -> None:
        """Count a query."""
        self._advance()
        self._typing.pop(self._visitors.mark(client or "", "typing"), None)
        self._count(client or "", text, outcome)

    def clicked(self, client: str | None, text: str, rank: int) -> None:
        """Count a hit that was opened, by its rank from 1. Only a visitor who typed the query today can open one."""
        query = self._finished(client or "", text)
        if query is not None:
            self._click(client or "", query, rank)

    def followed(self, client: str | None, text: str, slug: str) -> None:
        """Count an article opened from the results for ``text``."""
        query = self._finished(client or "", text)
        if query is not None and query in self._slugs:
            slugs = self._slugs[query]
            self._click(client or "", query, slugs.index(slug) + 1 if slug in slugs else RANKS + 1)

    def _finished(self, client: str, text: str) -> str | None:
        """The query for ``text``. A reader who opens a hit has finished typing."""
        self._advance()
        query = normalise(text)
        mark = self._visitors.mark(client, "typing")
        typed = self._typing.get(mark)
        if typed is not None and query is not None and normalise(typed.text) == query:
            del self._typing[mark]
            self._count(client, typed.text, typed.outcome)
        return query

    def _click(self, client: str, query: str, rank: int) -> None:
        counts = self._counts(query)
        if counts is None or self._visitors.mark(client, "asked", query) not in self._marks:
            return
        rank = min(max(rank, 1), RANKS + 1)
        if self._is_first(self._visitors.mark(client, "clicked", query, str(rank))):
            counts.add_click(rank)
            if query not in self._pending:
                self._changed(query).add_click(rank)

    def totals(self) -> Mapping[str, Counts]:
        """The counts of every query that may be shown, over all days."""
        self._advance()
        totals: dict[str, Counts] = {}
        for day in sorted(self._kept):
            for query, counts in self._kept[day].items():
                totals.setdefault(query, Counts()).add(counts)
        return totals

    @property
    def first_day(self) -> date:
        """The first day with counts; today if there are none."""
        return min(self._kept, default=self._today)

    def take_unsaved(self) -> Mapping[Key, Counts]:
        """What was counted since the last call, of queries that may be shown."""
        self._advance()
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved

    def put_back(self, unsaved: Mapping[Key, Counts]) -> None:
        """Return counts that could not be saved, for the next time."""
        for key, counts in unsaved.items():
            if key[0] >= self.first_kept:
                newer = self._unsaved.get(key, Counts())
                counts.add(newer)
                self._unsaved[key] = counts

    def add_saved(self, rows: Iterable[tuple[Key, Counts]]) -> None:
        """Add counts of earlier runs."""
        for (day, query), counts in rows:
            if day >= self.first_kept and counts.visitors >= self.least_visitors:
                here = self._kept.setdefault(day, {})
                counts.add(here.get(query, Counts()))
                here[query] = counts
        self._bound()

    def _count(self, client: str, text: str, outcome: Outcome) -> None:
        query = normalise(text)
        if query is None:
            self.left_out += 1
            return
        self.unidentified += not client
        is_new = self._is_first(self._visitors.mark(client, "asked", query))
        counts = self._counts(query)
        if counts is None:
            if not is_new:
                return
            counts = self._pending[query] = Counts()
            self._drop_oldest_pending()
        if outcome.slugs or outcome.found:
            self._slugs[query] = outcome.slugs
        if query in self._pending:
            self._pending.move_to_end(query)
            self._note(counts, outcome, is_new=is_new)
            self._keep(query, counts)
        else:
            self._note(counts, outcome, is_new=is_new)
            self._note(self._changed(query), outcome, is_new=is_new)

    @staticmethod
    def _note(counts: Counts, outcome: Outcome, *, is_new: bool) -> None:
        (counts.add_visitor if is_new else counts.note)(outcome)

    def _keep(self, query: str, counts: Counts) -> None:
        """Keep a pending query that enough visitors typed."""
        if counts.visitors < self.least_visitors:
            return
        kept = self._kept.setdefault(self._today, {})
        if len(kept) >= MAX_A_DAY:
            self.over_bound += 1
            return
        kept[query] = self._pending.pop(query)
        self._changed(query).add(counts)
        self._bound()

    def _changed(self, query: str) -> Counts:
        """The counts of a query that are still to be saved."""
        return self._unsaved.setdefault((self._today, query), Counts()) if self._is_saved else Counts()

    def _counts(self, query: str) -> Counts | None:
        return self._kept.get(self._today, {}).get(query) or self._pending.get(query)

    def _is_first(self, mark: int) -> bool:
        """Whether ``mark`` is new; if so, count it."""
        if mark in self._marks:
            return False
        if len(self._marks) >= MAX_MARKS:
            self.over_bound += 1
            return False
        self._marks.add(mark)
        return True

    def _drop_oldest_pending(self) -> None:
        if len(self._pending) > MAX_PENDING:
            forgotten, _ = self._pending.popitem(last=False)
            self._slugs.pop(forgotten, None)

    def _advance(self) -> None:
        """Begin a new day if it is due, and count what visitors have finished typing."""
        today = self._today_now()
        if today != self._today:
            self._typing.clear()  # the marks of yesterday
            self._today = today
            self._visitors.renew()
            self._marks.clear()
            self._pending.clear()
            self._slugs.clear()
            self._bound()
        settled = self._clock() - SETTLED_S
        while self._typing and (typed := next(iter(self._typing.values()))).at <= settled:
            self._typing.popitem(last=False)
            self._count(typed.client, typed.text, typed.outcome)

    @property
    def first_kept(self) -> date:
        """The first day whose counts are kept."""
        return self._today - timedelta(days=self.days)

    def _bound(self) -> None:
        """Drop past days, and the oldest ones if there is too much."""
        first = self.first_kept
        self._kept = {day: counts for day, counts in self._kept.items() if day >= first and counts}
        self._unsaved = {key: counts for key, counts in self._unsaved.items() if key[0] >= first}
        while sum(map(len, self._kept.values())) > MAX_ALL and len(self._kept) > 1:
            del self._kept[min(self._kept)]
