"""What is counted of which visitor, and what is ever shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.render.insight import ledger as module
from services.render.insight.counts import RANKS, Counts, Outcome
from services.render.insight.ledger import SETTLED_S, Ledger

NOTHING = Outcome("nothing")
FOUND = Outcome("all", slugs=("outbox", "latency"))


class Times:
    """The day and the monotonic clock, as the test says."""

    def __init__(self) -> None:
        self.day = date(2026, 6, 1)
        self.now_s = 0.0

    def ledger(self, least: int = 3, days: int = 90, *, is_saved: bool = False) -> Ledger:
        return Ledger(
            least_visitors=least, days=days, today=lambda: self.day, clock=lambda: self.now_s, is_saved=is_saved
        )


@pytest.fixture
def times() -> Times:
    return Times()


def ask(ledger: Ledger, text: str, *clients: str | None, outcome: Outcome = FOUND) -> None:
    for client in clients:
        ledger.asked(client, text, outcome)


def test_query_is_shown_once_enough_visitors_typed_it(times: Times) -> None:
    ledger = times.ledger()
    ask(ledger, "outbox", "a", "b")
    assert ledger.totals() == {}
    ask(ledger, "  OutBox?", "c")
    assert ledger.totals()["outbox"].visitors == 3


def test_visitor_counts_once_for_a_query_and_day(times: Times) -> None:
    ledger = times.ledger()
    ask(ledger, "outbox", *["a"] * 50)
    assert ledger.totals() == {}
    ask(ledger, "outbox", "b", "c", "c", "b")
    assert ledger.totals()["outbox"].visitors == 3


def test_visitor_of_several_days_is_no_crowd(times: Times) -> None:
    """The key of the hashes changes every day, so a day never adds to another one's visitors."""
    ledger = times.ledger()
    for _ in range(5):
        ask(ledger, "outbox", "a", "b")
        times.day += timedelta(days=1)
    assert ledger.totals() == {}


def test_clients_that_cannot_be_told_apart_are_one_visitor(times: Times) -> None:
    ledger = times.ledger()
    ask(ledger, "outbox", None, None, None, None)
    assert ledger.totals() == {}
    assert ledger.unidentified == 4


def test_outcomes_are_counted_by_visitor_and_the_newest_is_kept(times: Times) -> None:
    ledger = times.ledger()
    ask(ledger, "saga", "a", "b", outcome=NOTHING)
    ask(ledger, "saga", "c", outcome=Outcome("some"))
    ask(ledger, "saga", "d", outcome=Outcome("corrected", "sagas"))
    counts = ledger.totals()["saga"]
    assert (counts.nothing, counts.some, counts.corrected, counts.corrected_to) == (2, 1, 1, "sagas")
    ask(ledger, "saga", "a", outcome=FOUND)  # an article was written: the same visitor finds it
    assert (ledger.totals()["saga"].last, ledger.totals()["saga"].visitors) == ("all", 4)


def test_prefixes_typed_on_the_way_are_no_queries(times: Times) -> None:
    ledger = times.ledger(least=1)
    for text in ("o", "ou", "outb", "outbox"):
        ledger.typing("a", text, FOUND)
        times.now_s += 0.3
    assert ledger.totals() == {}
    times.now_s += SETTLED_S
    assert list(ledger.totals()) == ["outbox"]


def test_opening_a_hit_settles_what_was_typed(times: Times) -> None:
    ledger = times.ledger(least=1)
    ledger.typing("a", "outb", FOUND)
    ledger.typing("a", "outbox", FOUND)
    ledger.followed("a", "outbox", "latency")
    assert list(ledger.totals()) == ["outbox"]
    assert ledger.totals()["outbox"].clicks[1] == 1
    times.now_s += SETTLED_S
    assert ledger.totals()["outbox"].visitors == 1


def test_enter_after_typing_counts_once(times: Times) -> None:
    ledger = times.ledger(least=1)
    ledger.typing("a", "outbox pat", FOUND)
    ledger.asked("a", "outbox pattern", FOUND)
    times.now_s += SETTLED_S
    assert list(ledger.totals()) == ["outbox pattern"]


def test_opened_rank_counts_once_for_each_visitor_who_typed_the_query(times: Times) -> None:
    ledger = times.ledger(least=2)
    ask(ledger, "outbox", "a", "b")
    for client, rank in (("a", 1), ("a", 1), ("b", 1), ("stranger", 1), ("b", 500), ("a", 0)):
        ledger.clicked(client, "outbox", rank)
    ledger.clicked("a", "never typed", 1)
    assert ledger.totals()["outbox"].clicks == [2, *[0] * (RANKS - 1), 1]


def test_referrer_gives_the_rank_of_the_article_in_the_results(times: Times) -> None:
    ledger = times.ledger(least=1)
    ask(ledger, "outbox", "a")
    ledger.followed("a", "outbox", "latency")
    ledger.followed("a", "outbox", "elsewhere")
    ledger.followed("a", "unknown", "outbox")
    assert ledger.totals()["outbox"].clicks == [0, 1, *[0] * (RANKS - 2), 1]


def test_clicks_before_a_query_is_shown_are_kept_with_it(times: Times) -> None:
    ledger = times.ledger(least=2, is_saved=True)
    ask(ledger, "outbox", "a")
    ledger.clicked("a", "outbox", 1)
    assert ledger.take_unsaved() == {}
    ask(ledger, "outbox", "b")
    ledger.clicked("b", "outbox", 1)
    (counts,) = ledger.take_unsaved().values()
    assert (counts.visitors, counts.clicks[0]) == (2, 2)


def test_days_that_are_over_are_forgotten(times: Times) -> None:
    ledger = times.ledger(least=1, days=2)
    ask(ledger, "old", "a")
    times.day += timedelta(days=2)
    assert list(ledger.totals()) == ["old"]
    times.day += timedelta(days=1)
    assert ledger.totals() == {}


def test_secrets_are_left_out(times: Times) -> None:
    ledger = times.ledger(least=1)
    ask(ledger, "ada@example.org", "a", "b", "c")
    assert (ledger.totals(), ledger.left_out) == ({}, 3)


def test_only_changes_since_the_last_time_are_saved(times: Times) -> None:
    ledger = times.ledger(is_saved=True)
    ask(ledger, "outbox", "a", "b", "c")
    ask(ledger, "rare", "a")
    first = ledger.take_unsaved()
    assert {query: one.visitors for (_, query), one in first.items()} == {"outbox": 3}
    ask(ledger, "outbox", "d")
    ledger.put_back(first)
    assert {query: one.visitors for (_, query), one in ledger.take_unsaved().items()} == {"outbox": 4}
    assert ledger.take_unsaved() == {}


def test_counts_of_earlier_runs_are_added(times: Times) -> None:
    ledger = times.ledger(days=2)
    ask(ledger, "outbox", "a", "b", "c")
    old = times.day - timedelta(days=1)
    rows = [((old, "outbox"), 5), ((times.day, "outbox"), 4), ((old, "rare"), 2), ((old - timedelta(days=5), "x"), 9)]
    ledger.add_saved((key, Counts(visitors)) for key, visitors in rows)
    assert {query: one.visitors for query, one in ledger.totals().items()} == {"outbox": 12}


def test_memory_is_bounded(times: Times, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in {"MAX_A_DAY": 5, "MAX_PENDING": 8, "MAX_MARKS": 100, "MAX_TYPING": 4, "MAX_ALL": 9}.items():
        monkeypatch.setattr(module, name, bound)
    ledger = times.ledger(least=2)
    for _ in range(3):
        for number in range(60):
            ask(ledger, f"query {number}", "a", "b")
            ledger.typing(f"client {number}", f"typed {number}", FOUND)
        assert len(ledger._pending) <= 8
        assert len(ledger._slugs) <= 8 + 5
        assert len(ledger._marks) <= 100
        assert len(ledger._typing) <= 4
        assert len(ledger.totals()) == 5
        assert ledger.over_bound > 0
        times.day += timedelta(days=1)
    assert sum(map(len, ledger._kept.values())) <= 9
