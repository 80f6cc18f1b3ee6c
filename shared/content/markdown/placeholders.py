"""Placeholders in HTML for what must bypass the sanitizer: drawings, and labels that are translated later. Pure."""

from __future__ import annotations

from itertools import chain

from shared.text.messages import Label


class Placeholders:
    """Issues placeholders, and fills them in. No text may contain ``nonce``."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._held: list[str | Label] = []
        self.drawings = 0

    def drawing(self, markup: str) -> str:
        """The placeholder of safe ``markup``."""
        self.drawings += 1
        return self._key(markup)

    def label(self, text: str, **values: object) -> str:
        """The placeholder of the message ``text`` with ``values``."""
        return self._key(Label(text, values))

    def _key(self, held: str | Label) -> str:
        self._held.append(held)
        return f"place:{self._nonce}:{len(self._held) - 1}:"

    def fill(self, html: str) -> tuple[str | Label, ...]:
        """``html`` split at its labels, with every drawing filled in."""
        pieces: list[str | Label] = [""]
        before, *parts = html.split(f"place:{self._nonce}:")
        for piece in (before, *chain.from_iterable(map(self._filled, parts))):
            if isinstance(piece, str) and isinstance(pieces[-1], str):
                pieces[-1] += piece
            else:
                pieces.append(piece)
        return tuple(pieces)

    def _filled(self, part: str) -> tuple[str | Label, str]:
        """What a placeholder stands for, and the text after it. ``part`` begins with its number."""
        number, _, after = part.partition(":")
        return self._held[int(number)], after
