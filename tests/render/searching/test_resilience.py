"""The circuit breaker, with time passed in."""

from __future__ import annotations

import pytest

from services.render.searching.breaker import BreakerOpen, BreakerState, CircuitBreaker


class Clock:
    """Seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Refused(Exception):
    """The failure that counts."""


class Remote:
    """A breaker, and what it told."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.changes: list[tuple[BreakerState, BreakerState]] = []
        self.breaker = CircuitBreaker(
            failures_to_open=3, open_s=2.0, clock=self.clock, on_change=lambda *change: self.changes.append(change)
        )

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(Refused), self.breaker.guard(Refused):
                raise Refused

    def state(self) -> BreakerState:
        return self.breaker.state

    def succeed(self) -> None:
        with self.breaker.guard(Refused):
            pass


@pytest.fixture
def remote() -> Remote:
    return Remote()


def test_it_opens_after_enough_failures_in_a_row(remote: Remote) -> None:
    remote.fail(2)
    assert remote.state() == "closed"
    remote.fail()
    assert remote.state() == "open"
    assert remote.changes == [("closed", "open")]


def test_a_success_between_failures_starts_the_count_again(remote: Remote) -> None:
    remote.fail(2)
    remote.succeed()
    remote.fail(2)
    assert remote.state() == "closed"
    assert remote.changes == []


def test_an_open_breaker_refuses_without_calling_and_says_how_long(remote: Remote) -> None:
    remote.fail(3)
    remote.clock.now += 0.5
    called = False
    with pytest.raises(BreakerOpen) as refusal, remote.breaker.guard(Refused):
        called = True
    assert not called
    assert refusal.value.retry_after_s == pytest.approx(1.5)


def test_a_probe_that_succeeds_closes_it(remote: Remote) -> None:
    remote.fail(3)
    remote.clock.now += 2.0
    remote.succeed()
    assert remote.state() == "closed"
    assert remote.changes == [("closed", "open"), ("open", "half-open"), ("half-open", "closed")]


def test_a_probe_that_fails_opens_it_for_the_whole_time_again(remote: Remote) -> None:
    remote.fail(3)
    remote.clock.now += 2.0
    remote.fail()
    assert remote.state() == "open"
    remote.clock.now += 1.9
    with pytest.raises(BreakerOpen), remote.breaker.guard(Refused):
        pass
    remote.clock.now += 0.1
    remote.succeed()


def test_only_one_call_probes(remote: Remote) -> None:
    remote.fail(3)
    remote.clock.now += 2.0
    with remote.breaker.guard(Refused), pytest.raises(BreakerOpen), remote.breaker.guard(Refused):
        pass
    assert remote.state() == "closed"


def test_a_probe_that_is_cancelled_lets_the_next_call_probe(remote: Remote) -> None:
    remote.fail(3)
    remote.clock.now += 2.0
    with pytest.raises(KeyboardInterrupt), remote.breaker.guard(Refused):
        raise KeyboardInterrupt
    assert remote.state() == "half-open"
    remote.succeed()
    assert remote.state() == "closed"


def test_errors_that_are_not_failures_do_not_count(remote: Remote) -> None:
    for _ in range(5):
        with pytest.raises(ValueError, match="ours"), remote.breaker.guard(Refused):
            raise ValueError("ours")
    assert remote.state() == "closed"
