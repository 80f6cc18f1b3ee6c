"""Text of others for a terminal: what would steer it is shown as an escape. Pure."""

from __future__ import annotations

import re

#: Control characters except the tab and the line feed, separators of lines and paragraphs, what changes the direction
#: of the text around it (UAX #9, section 2), and surrogates, which no output can encode.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""``text`` with each character that would steer a terminal as ``\uXXXX``; a JSON text keeps its meaning."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
