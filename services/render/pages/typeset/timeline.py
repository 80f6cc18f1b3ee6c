"""An axis of time and the articles on it: a stroke at the date of each, as tall as its reading time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.render.pages.contexts import Tick

#: The coordinate of the right end. Strokes have whole coordinates, so a tag has at most this many.
WIDTH = 600
#: Room at both ends for a stroke and half a label.
_MARGIN = 8
#: The baseline of the strokes, and the units of height per minute.
_BASE, _UNITS_PER_MINUTE, _TALLEST = 34, 2, 30
#: Labels of the axis at most.
_MAX_TICKS = 6
#: Past these shares of the axis, a label is set before its tick: on a phone, and on every screen.
_LATE, _LAST = 0.65, 0.9
#: Months between two labels.
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


@dataclass(frozen=True, slots=True)
class Axis:
    """The days from ``first`` to ``last`` as coordinates from 0 to ``WIDTH``."""

    first: int
    last: int
    ticks: tuple[Tick, ...]

    def x(self, day: int) -> int:
        """The coordinate of a day (as ``date.toordinal``)."""
        days = max(1, self.last - self.first)
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * (day - self.first) / days)

    def strokes(self, articles: Iterable[tuple[date, int]]) -> str:
        """An SVG path with a stroke for each (date, minutes); of two on one coordinate the taller."""
        tallest: dict[int, int] = {}
        for day, minutes in articles:
            x = self.x(day.toordinal())
            height = min(_TALLEST, max(3, _UNITS_PER_MINUTE * minutes))
            tallest[x] = max(height, tallest.get(x, 0))
        return "".join(f"M{x} {_BASE}v-{height}" for x, height in sorted(tallest.items()))


def build_axis(days: Sequence[date], label: Callable[[date], str]) -> Axis:
    """The axis of the days that ``days`` span; without any it has no ticks. ``label`` names the month of a day."""
    if not days:
        return Axis(0, 1, ())
    first, last = min(days), max(days)
    axis = Axis(first.toordinal(), last.toordinal(), ())
    months = [divmod(month, 12) for month in range(_month(first) + 1, _month(last) + 1)]
    ticks: list[Tick] = []
    for step in _STEPS:
        ticks = [
            _tick(axis, date(year, month + 1, 1), label) for year, month in months if (12 * year + month) % step == 0
        ]
        if len(ticks) <= _MAX_TICKS:
            break
    return Axis(axis.first, axis.last, tuple(ticks))


def _month(day: date) -> int:
    """The month as a number of months."""
    return 12 * day.year + day.month - 1


def _tick(axis: Axis, first: date, label: Callable[[date], str]) -> Tick:
    x = axis.x(first.toordinal())
    share = x / WIDTH
    return Tick(str(x), f"{share:.1%}", label(first), is_late=share > _LATE, is_last=share > _LAST)
