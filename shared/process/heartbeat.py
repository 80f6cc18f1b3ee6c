"""Measure how late an event loop is, and whether it is stuck, from any thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

#: Seconds between two beats.
BEAT_S = 0.25


class Heartbeat:
    """Beats on one event loop; any thread may ask for ``silent_s``. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        #: Called for each beat with its delay in seconds, which is the delay of any ready callback.
        self.on_beat: Callable[[float], object] = lambda _late_s: None

    @property
    def silent_s(self) -> float:
        """Seconds since the last beat."""
        return self._clock() - self._last

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._last = self._clock()
            await asyncio.sleep(BEAT_S)
            self.on_beat(max(0.0, self.silent_s - BEAT_S))
