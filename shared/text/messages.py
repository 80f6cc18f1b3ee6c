"""Our texts for readers, marked for the catalogues of render. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

#: Translates a message, without filling it in.
Translate = Callable[[str], str]


def message(text: str) -> str:
    """Mark ``text`` as a message: ``make messages`` puts it into the catalogues, and what shows it translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Label:
    """A message in HTML with the values that fill its placeholders, ``%(name)s``."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def html(self, translate: Translate) -> str:
        """The label, escaped for text and attributes alike."""
        return escape(translate(self.text) % self.values)
