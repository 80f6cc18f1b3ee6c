"""Inline tokens as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markdown_it.token import Token

Spans = tuple[tuple[int, int], ...]


class PlainText:
    """Builds one line of text, white space folded, and tracks which ranges of it were inline code."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._spans: list[tuple[int, int]] = []
        self._length = 0
        self._is_gap = False

    def add(self, piece: str, *, is_code: bool = False) -> None:
        """Append ``piece``; white space at its ends separates it from its neighbours."""
        folded = " ".join(piece.split())
        self._is_gap |= piece[:1].isspace()
        if not folded:
            return
        if self._is_gap and self._length:
            self._append(" ")
        start = self._length
        self._append(folded)
        if is_code:
            self._spans.append((start, self._length))
        self._is_gap = piece[-1:].isspace()

    def add_inline(self, tokens: Iterable[Token] | None) -> None:
        """Append the children of an inline token; numbers of footnotes and tags are not text."""
        for token in tokens or ():
            if token.type in {"text", "code_inline"}:
                self.add(token.content, is_code=token.type == "code_inline")
            elif token.type in {"softbreak", "hardbreak"}:
                self.add(" ")
            elif token.type == "image":
                self.add_inline(token.children)
            elif token.type == "math_inline":
                self.add(token.content)
            elif token.type == "html_inline":
                self.add(str(token.meta.get("text", "")))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    @property
    def is_empty(self) -> bool:
        """Whether only white space was added."""
        return not self._length

    @property
    def text(self) -> str:
        """The line so far."""
        return "".join(self._parts)

    @property
    def spans(self) -> Spans:
        """The ranges that were inline code, in order."""
        return tuple(self._spans)


def plain_text(tokens: Iterable[Token] | None) -> str:
    """The text of inline tokens on one line."""
    return " ".join("".join(_pieces(tokens or ())).split())


def _pieces(tokens: Iterable[Token]) -> Iterator[str]:
    """Yield the pieces that ``PlainText.add_inline`` adds."""
    for token in tokens:
        kind = token.type
        if kind in {"text", "code_inline", "math_inline"}:
            yield token.content
        elif kind in {"softbreak", "hardbreak"}:
            yield " "
        elif kind == "image":
            yield from _pieces(token.children or ())
        elif kind == "html_inline":
            yield str(token.meta.get("text", ""))
