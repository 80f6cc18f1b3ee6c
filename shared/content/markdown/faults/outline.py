"""Check the outline of an article's headings for what confuses readers and screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from shared.content.markdown.text import plain_text
from shared.content.problem import Problem

#: The page's title is the only heading of level one.
_FIRST_LEVEL = 2
#: Longer than any heading that names a section.
MAX_HEADING_CHARS = 300


def check_headings(tokens: Sequence[Token], source: str, first_line: int) -> Iterator[Problem]:
    """Warn of headings that start too high, skip a level, are empty, or repeat an earlier one."""
    level = _FIRST_LEVEL - 1
    seen: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text, rank = plain_text(tokens[index + 1].children), int(token.tag[1])
        line = first_line + (token.map[0] if token.map else 0)
        marks = "#" * (level + 1)
        if rank < _FIRST_LEVEL:
            yield Problem(source, line, f"{text!r} is a level-one heading: the title is the only one, start at ##")
        elif rank > level + 1:
            yield Problem(source, line, f"{text!r} skips a level: write {marks} instead of {token.markup}")
        if len(text) > MAX_HEADING_CHARS:
            message = f"the heading has {len(text):,} characters: is it a paragraph that begins with {token.markup}?"
            yield Problem(source, line, message)
        if not text:
            yield Problem(source, line, "the heading is empty: say what the section is about, or remove it")
        elif seen.setdefault(text.casefold(), line) != line:
            message = f"{text!r} is also the heading on line {seen[text.casefold()]}: say how they differ"
            # Each has its own anchor, so both can be found, and archives of other tools are full of them.
            yield Problem(source, line, message, "warning")
        level = max(rank, _FIRST_LEVEL - 1)
