"""Choose the fonts a page needs beyond English letters, so that they load first and no word mixes faces. Pure.

``tools/fonts.py`` cuts the fonts by these ranges, and ``unicode-range`` in the style sheet repeats them.
"""

# ruff: noqa: RUF001 - these very letters

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

_ENGLISH = frozenset("\u00a0°±µ·×äéöüß–—‘’“”•…−")
#: Letters that italics hardly need: the italic file leaves them to the one for Latin-1.
_NOT_ITALIC = (frozenset("#$*<>@[]^_`{|}~\\") | _ENGLISH) - frozenset("\u00a0×–—‘’“”…−")
_SUPERSCRIPTS = frozenset("¹²³")
LATIN_1 = (frozenset(map(chr, range(0xA1, 0x100))) | frozenset("Œœ€™‚„‹›′″⁄")) - _ENGLISH - _SUPERSCRIPTS
EXTENDED_A = frozenset(map(chr, (*range(0x100, 0x152), *range(0x154, 0x180), *range(0x218, 0x21C))))
GREEK = frozenset(map(chr, range(0x370, 0x400)))
SYMBOLS = frozenset("←↑→↓↔⇒⇐⇔✓✗≤≥≠≈∞√∑∏∆∂∫∅‡‰℃⁰⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄⌘⏎↵") | _SUPERSCRIPTS

#: Font file → its letters, in the order in which a page preloads them.
FURTHER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text-roman-latin1": LATIN_1,
        "text-roman-ext": EXTENDED_A,
        "text-roman-greek": GREEK,
        "text-italic-latin1": LATIN_1 | _NOT_ITALIC,
        "text-italic-ext": EXTENDED_A,
        "sans-latin1": LATIN_1,
        "sans-ext": EXTENDED_A,
        "display-latin1": LATIN_1,
        "display-ext": EXTENDED_A,
        "symbols": SYMBOLS,
    }
)

#: The letters of these files that are not ASCII; of ASCII, italics alone lack some.
_LETTERS = frozenset[str]().union(*FURTHER.values()) - frozenset(map(chr, range(0x80)))
#: Those of the sans and of the titles.
_LATIN = LATIN_1 | EXTENDED_A
_ASCII = re.compile(r"[\x00-\x7f]+")
_HEADINGS = re.compile(r"<h[1-6]\b.*?</h[1-6]>", re.DOTALL)
_ITALICS = re.compile(r"<(em|blockquote)>.*?</\1>", re.DOTALL)
#: The text in the body and title fonts; the rest of a page is in the sans.
_TEXT = re.compile(r"<(p|h[1-6])\b.*?</\1>", re.DOTALL)
_CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>|&\w+;")


def further_fonts(html: str) -> Iterable[str]:
    """The names of the font files that the letters of a page (all of its HTML) need, besides those for English."""
    # Code is in a system font, and the head has no visible text.
    body = _CODE.sub("", html.partition("</head>")[2] or html)
    letters = _LETTERS.intersection(_ASCII.sub("", body))
    latin = letters & _LATIN  # most pages have none, only an arrow
    by_voice = {
        "text-roman": letters,
        "text-italic": frozenset("".join(_MARKUP.sub("", match[0]) for match in _ITALICS.finditer(body))),
        "sans": latin and latin.intersection(_TEXT.sub("", body)),
        "display": latin and latin.intersection("".join(match[0] for match in _HEADINGS.finditer(body))),
        "symbols": letters,
    }
    for name, covered in FURTHER.items():
        voice = next(voice for voice in by_voice if name.startswith(voice))
        if not covered.isdisjoint(by_voice[voice]):
            yield name
