"""A circuit breaker: stops calls to a failing remote for a while, so that no reader waits for it.

Closed: calls pass, and consecutive failures are counted. Open: calls fail at once until ``retry_after_s`` have passed.
Half open: one call passes as a probe, and its outcome closes or re-opens the breaker (M. Nygard, *Release It!*, 2nd
ed., chapter 5). Does not depend on HTTP; the clock is injected. The published packages read the wall clock and let
every waiting call probe at once, so this module replaces them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

BreakerState = Literal["closed", "open", "half-open"]


class BreakerOpen(Exception):
    """The call was not made; ``retry_after_s`` is the time until the next probe."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the circuit is open for another {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class CircuitBreaker:
    """Counts the failures of one remote and decides whether to call it. For one event loop: it takes no lock.

    ``clock`` is monotonic, in seconds. ``on_change`` is called with (old, new) once per change of state.
    """

    def __init__(
        self,
        *,
        failures_to_open: int,
        open_s: float,
        clock: Callable[[], float],
        on_change: Callable[[BreakerState, BreakerState], None],
    ) -> None:
        self._failures_to_open = failures_to_open
        self._open_s = open_s
        self._clock = clock
        self._on_change = on_change
        self._state: BreakerState = "closed"
        self._failures = 0
        self._reason = ""
        self._opened_at = 0.0
        self._is_probing = False

    @property
    def state(self) -> BreakerState:
        """The state after the last call; an open breaker turns half open only with the next call."""
        return self._state

    @property
    def reason(self) -> str:
        """The message of the last failure that counted; "" before the first."""
        return self._reason

    @contextmanager
    def guard(self, *failures: type[BaseException]) -> Iterator[None]:
        """Run one call under the breaker; ``failures`` are the exceptions that count against the remote.

        Raises BreakerOpen instead of running the call. Any other exception (a cancelled reader) says nothing about the
        remote: it is not counted, and after a probe that ends so, the next call probes.
        """
        is_probe = self._admit()
        try:
            yield
        except failures as error:
            self._reason = str(error)
            self._count_failure()
            raise
        else:
            self._failures = 0
            self._move("closed")
        finally:
            if is_probe:
                self._is_probing = False

    def _admit(self) -> bool:
        """Whether the next call is the probe. Raises BreakerOpen."""
        if self._state == "closed":
            return False
        wait_s = self._opened_at + self._open_s - self._clock()
        if self._state == "open" and wait_s > 0:
            raise BreakerOpen(wait_s)
        if self._is_probing:
            raise BreakerOpen(self._open_s)
        self._is_probing = True
        self._move("half-open")
        return True

    def _count_failure(self) -> None:
        self._failures += 1
        if self._state == "half-open" or self._failures >= self._failures_to_open:
            self._opened_at = self._clock()
            self._move("open")

    def _move(self, state: BreakerState) -> None:
        if state != self._state:
            old, self._state = self._state, state
            self._on_change(old, state)
