"""Single flight: answer a question once if several clients ask it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

R = TypeVar("R")


class _Landed(NamedTuple, Generic[R]):
    """A finished answer, for the clients that waited for it."""

    value: R


class Flights(Generic[R]):
    """Answers each question once at a time. Used from one event loop.

    The first client to ask computes the answer in its own task, so an answer that needs no waiting costs no task. If
    that client goes away, one of the others asks again.
    """

    def __init__(self) -> None:
        #: The number of times that a client waited for the answer of another.
        self.shared = 0
        self._in_flight: dict[Hashable, asyncio.Future[_Landed[R] | None]] = {}

    def __len__(self) -> int:
        return len(self._in_flight)

    async def run(self, key: Hashable, ask: Callable[[], Awaitable[R]]) -> R:
        """Return the result of ``ask``, called at most once at a time for each ``key``; its exceptions propagate."""
        while (flight := self._in_flight.get(key)) is not None:
            self.shared += 1
            if (landed := await asyncio.shield(flight)) is not None:
                return landed.value
        flight = self._in_flight[key] = asyncio.get_running_loop().create_future()
        try:
            value = await ask()
        except asyncio.CancelledError:
            flight.set_result(None)
            raise
        except BaseException as error:
            flight.set_exception(error)
            flight.exception()  # mark as retrieved: this client gets the error even if nobody else waits
            raise
        else:
            flight.set_result(_Landed(value))
            return value
        finally:
            del self._in_flight[key]

    async def drain(self) -> None:
        """Wait for the answers in flight."""
        await asyncio.gather(*self._in_flight.values(), return_exceptions=True)
