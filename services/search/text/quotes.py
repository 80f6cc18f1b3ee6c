"""The quotation marks of other keyboards and languages → the straight ones of the syntax. Pure."""

from __future__ import annotations

import re
from typing import Final

# Marks of this kind close each other: keyboards and word processors mix them.
_DOUBLE: Final = '"\u201c\u201d\u201e\u201f\uff02'
# Marks that point: outwards in French («a»), inwards in German (»a«), to the right in Finnish (»a»).
_POINTED: Final = ("\u00ab\u00bb", "\u2039\u203a")
_CORNERS: Final = ("\u300c\u300d", "\u300e\u300f", "\uff62\uff63")


def _pointed(left: str, right: str) -> str:
    """The pattern of a quotation in pointed marks. One between blanks is part of a path or an arrow."""
    inner = f"[^{left}{right}]*"
    return rf"{left}{inner}{right}|{left}(?!\s){inner}\Z|(?<!\w){right}(?!\s){inner}(?:(?<!\s)[{left}{right}]|\Z)"


_QUOTATION: Final = re.compile(
    "|".join(
        (
            rf"[{_DOUBLE}][^{_DOUBLE}]*(?:[{_DOUBLE}]|\Z)",
            *(_pointed(*pair) for pair in _POINTED),
            *(rf"{left}[^{left}{right}]*(?:{right}|\Z)" for left, right in _CORNERS),
        )
    )
)
_MARKS: Final = frozenset("".join((_DOUBLE, *_POINTED, *_CORNERS)))
_BLANKS: Final = str.maketrans(dict.fromkeys(_DOUBLE, " "))


def straightened(text: str) -> str:
    """``text`` with straight marks around its quotations and none inside them. Every character keeps its place."""
    return text if text.isascii() else _QUOTATION.sub(_straight, text)


def _straight(quotation: re.Match[str]) -> str:
    inner = quotation[0][1:]
    if inner[-1:] in _MARKS:
        return f'"{inner[:-1].translate(_BLANKS)}"'
    return f'"{inner.translate(_BLANKS)}'
