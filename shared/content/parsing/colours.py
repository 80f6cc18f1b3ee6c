"""Colours of a site: contrast as defined by WCAG 2.2, and the nearest colour with enough of it. Pure.

Lightness is that of Oklab (https://bottosson.github.io/posts/oklab/), in which equal steps look equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import cbrt

#: WCAG 2.2, 1.4.3 and 1.4.11: the contrast of text of any size, and of controls and graphics.
TEXT_CONTRAST, LINE_CONTRAST = 4.5, 3.0
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
#: Lightness runs from 0 to 1.
_STEP, _STEPS = 0.005, 200

Rgb = tuple[float, float, float]


def parse_colour(text: str) -> str:
    """``#rgb`` or ``#rrggbb`` as the latter, in lower case. Raises ValueError."""
    if not _HEX.fullmatch(text):
        raise ValueError(f"{text!r} is not a colour, as in #0a4c92")
    digits = text[1:].lower()
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(2 * digit for digit in digits)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """``one`` with a ``share`` (0 to 1) of ``other``, mixed as sRGB values."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _hex(tuple(a + (b - a) * share for a, b in pairs))


def nearest_colour(colour: str, passes: Callable[[str], bool]) -> str | None:
    """The colour nearest to ``colour`` in lightness, with its hue, that ``passes``; None if there is none."""
    lightness, a, b = _to_oklab(colour)
    for step in range(_STEPS + 1):
        for value in (lightness - step * _STEP, lightness + step * _STEP):
            if 0 <= value <= 1 and passes(candidate := _from_oklab(value, a, b)):
                return candidate
    return None


def _channels(colour: str) -> Rgb:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, channel))):02x}" for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    red, green, blue = map(_linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklab(colour: str) -> Rgb:
    red, green, blue = map(_linear, _channels(colour))
    long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> str:
    """The colour; less saturated if sRGB has none so vivid at this lightness."""
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0):
        linear = _linear_of(lightness, a * share, b * share)
        if all(-0.0005 <= value <= 1.0005 for value in linear):
            break
    return _hex(tuple(_encoded(min(1.0, max(0.0, value))) for value in linear))


def _linear_of(lightness: float, a: float, b: float) -> Rgb:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
