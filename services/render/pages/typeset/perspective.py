"""One-point perspective from reading time. Pure.

A series is a row of frames that recede to its vanishing point; an article alone is a room as deep as it is long.

The vanishing point comes from a hash of the series' slug, so it never moves. A frame stands as deep as the minutes of
reading before it: at depth ``d`` it is ``DEPTH / (DEPTH + d)`` of its full size. Coordinates are SVG user units with
the vanishing point as origin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

#: Minutes of reading after which a frame has half its size.
DEPTH = 14
#: Frames of a series in one drawing: of a longer one the first, the last, and those around the current part.
MAX_FRAMES = 7
#: A frame this much smaller than the one in front of it has room for its number.
_LABEL_ROOM = 13.0
#: Frames beyond this scale would be half covered by the vanishing point.
_LEAST_SCALE = 0.05
#: How far lines run beyond the nearest frame, as a multiple of its distance.
BEYOND = 14

#: Left, top, right and bottom of a frame, with the vanishing point as origin.
Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of the nearest frame."""

    width: float
    height: float


HEAD, PLATE, MARK = Canvas(240, 150), Canvas(240, 130), Canvas(56, 38)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the path of its outline and, if there is room, its number with its position."""

    path: str
    is_here: bool = False
    label: str = ""
    x: str = ""
    y: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A drawing.

    ``left`` is the distance from the nearest frame's left edge to the vanishing point; ``rays`` run from the point to
    the corners, ``beyond`` and ``low`` from the corners outwards. The current frame is the last.
    """

    view_box: str
    left: str
    right: str
    frames: tuple[Frame, ...]
    rays: str
    beyond: str
    low: str


@lru_cache(maxsize=4096)
def vanishing_point(slug: str) -> tuple[float, float]:
    """Return the vanishing point in the nearest frame, as fractions from its top left: anywhere across, and low."""
    digest = hashlib.sha256(slug.encode("utf-8", "surrogatepass")).digest()
    across, down = (int.from_bytes(digest[at : at + 4]) / 2**32 for at in (20, 24))
    return 0.22 + 0.56 * across, 0.62 + 0.18 * down


@lru_cache(maxsize=2048)
def series_view(
    slug: str, minutes: tuple[int, ...], here: int | None, canvas: Canvas, numbers: tuple[int, ...] = ()
) -> View:
    """The series ``slug`` whose parts take ``minutes`` each, with the part at index ``here`` as the current one.

    ``numbers`` are the parts' numbers; without them the frames are not labelled.
    """
    shown, depths = zip(*series_depths(minutes, here), strict=True)
    labels = [str(numbers[at]) if numbers else "" for at in shown]
    return _view(slug, depths, shown.index(here) if here is not None else None, canvas, labels)


@lru_cache(maxsize=512)
def article_view(slug: str, minutes: int, canvas: Canvas, sections: tuple[float, ...] = ()) -> View:
    """Draw the article ``slug`` alone: its far wall is at the depth of its ``minutes``.

    ``sections`` are the fractions of the article at which its sections begin; each is a plane.
    """
    planes = sorted({round(minutes * start, 1) for start in sections if 0 < start < 1} | {float(minutes)})
    return _view(slug, [0.0, *planes], 0, canvas, [""] * (len(planes) + 1))


def _chosen(count: int, here: int | None) -> list[int]:
    if count <= MAX_FRAMES:
        return list(range(count))
    if here is None:
        return sorted({round(at * (count - 1) / (MAX_FRAMES - 1)) for at in range(MAX_FRAMES)})
    return sorted({0, count - 1, *range(max(0, here - 2), min(count, here + 3))})


def boxes(slug: str, depths: Sequence[float], canvas: Canvas) -> tuple[Box, ...]:
    """The frames at ``depths``."""
    across, down = vanishing_point(slug)
    left, top = -across * canvas.width, -down * canvas.height
    scales = (max(DEPTH / (DEPTH + depth), _LEAST_SCALE) for depth in depths)
    return tuple(
        (scale * left, scale * top, scale * (left + canvas.width), scale * (top + canvas.height)) for scale in scales
    )


def corners(box: Box) -> tuple[Point, Point, Point, Point]:
    """The corners of a frame, clockwise from its top left."""
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


def outward(box: Box) -> tuple[Point, ...]:
    """The points from which lines run out of the nearest frame: its corners, then three on its edges."""
    left, top, right, _ = box
    return (*corners(box), (left, 0.45 * top), (0.25 * left, top), (right, 0.4 * top))


def series_depths(minutes: Sequence[int], here: int | None) -> tuple[tuple[int, float], ...]:
    """The parts of a series that a drawing shows, as (index, minutes of reading before it)."""
    return tuple((at, float(sum(minutes[:at]))) for at in _chosen(len(minutes), here))


def _view(slug: str, depths: Sequence[float], here: int | None, canvas: Canvas, labels: Sequence[str]) -> View:
    (nearest,) = boxes(slug, (0,), canvas)
    left, top, right, _ = nearest
    frames: list[Frame] = []
    labelled_at = float("-inf")
    for at, (x, y, end_x, end_y) in enumerate(boxes(slug, depths, canvas)):
        has_room = y - labelled_at >= _LABEL_ROOM and end_x - x > 3 * _LABEL_ROOM
        label = labels[at] if has_room else ""
        labelled_at = y if label else labelled_at
        path = f"M{_n(x)} {_n(y)}H{_n(end_x)}V{_n(end_y)}H{_n(x)}z"
        frames.append(Frame(path, at == here, label, _n(x + 6), _n(y + 14)))
    frames.sort(key=lambda frame: frame.is_here)
    *_, low = corners(nearest)
    return View(
        view_box=f"{_n(left - 1)} {_n(top - 1)} {_n(canvas.width + 2)} {_n(canvas.height + 2)}",
        left=_n(-left),
        right=_n(right),
        frames=tuple(frames),
        rays="".join(f"M0 0L{_n(x)} {_n(y)}" for x, y in corners(nearest)),
        beyond="".join(_line_beyond(point) for point in outward(nearest) if point != low),
        low=_line_beyond(low),
    )


def _line_beyond(point: Point) -> str:
    x, y = point
    return f"M{_n(x)} {_n(y)}L{_n(BEYOND * x)} {_n(BEYOND * y)}"


def _n(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{round(value, 1):g}"
