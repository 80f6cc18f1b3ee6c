"""Parts of a body that its author wrote and no reader sees: what was never closed, and what nothing leads to.

Pure. Markdown has no errors: each of these is valid, and takes text off the page without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from shared.content.problem import Problem

#: Raw HTML that only its own end closes, by its first characters.
_RAW_ENDS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))
#: Blocks that can hold more than is shown of them.
_HELD = frozenset({"fence", "html_block", "table_open"})
#: Marks of quotations and lists before the text of a line.
_MARKS = re.compile(r"[\s>]*")


def find_lost(
    tokens: Sequence[Token], text: str, env: Mapping[str, Any], source: str, first_line: int
) -> list[Problem]:
    """One warning for each part of ``text`` that its page does not show. ``env`` is that of its parse."""
    lines: list[str] = []
    found: list[tuple[int, str]] = []
    for index, token in enumerate(tokens):
        if token.type in _HELD and token.map:
            # An article has at least one line, and \r\n became \n when its front matter was split off.
            lines = lines or text.replace("\r", "\n").split("\n")
            if token.type == "fence":
                found += _open_fence(token, lines)
            elif token.type == "html_block":
                found += _open_raw(token, lines)
            else:
                found += _cut_rows(tokens, index, lines)
        elif token.type == "admonition_open":
            found += _empty_note(tokens, index)
    found += _unused_footnotes(env, text)
    return [Problem(source, line + first_line, message, "warning") for line, message in found]


def _open_fence(token: Token, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    start, end = token.map or (0, 0)
    last = _MARKS.sub("", lines[end - 1], count=1).rstrip() if start < end - 1 < len(lines) else ""
    if len(last) < len(token.markup) or last.strip(token.markup[0]):
        yield start, f"the block of code is never closed: end it with a line of {token.markup}"


def _open_raw(token: Token, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    # What the token holds is by now only what the page may show.
    start, end = token.map or (0, 0)
    written = _MARKS.sub("", "\n".join(lines[start:end]), count=1)
    for opening, closing in _RAW_ENDS:
        if written.startswith(opening) and closing not in written:
            yield start, f"{opening} is never closed, so nothing below it is shown: end it with {closing}"


def _cut_rows(tokens: Sequence[Token], index: int, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The first row of a table with more cells than it has columns, of which the last are left out."""
    columns = 0
    for token in tokens[index:]:
        if token.type == "table_close":
            return
        if token.type == "th_open":
            columns += 1
        elif token.type == "tr_open" and token.map and columns:
            cells = escapedSplit(_MARKS.sub("", lines[token.map[0]], count=1).rstrip())
            count = len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")
            if count > columns:
                message = f"this row has {count} cells, of which the table shows {columns}"
                yield token.map[0], f"{message}: write \\| for a bar inside a cell, in code too"
                return


def _empty_note(tokens: Sequence[Token], index: int) -> Iterator[tuple[int, str]]:
    """A note without a text: what was meant as its text is not indented."""
    token = tokens[index]
    end = next(
        (at for at in range(index + 1, len(tokens)) if tokens[at].type not in {"inline", "admonition_title_open"}), 0
    )
    if tokens[end].type == "admonition_title_close":
        end += 1
    if token.map and end < len(tokens) and tokens[end].type == "admonition_close":
        yield token.map[0], "the note is empty: indent its text by four spaces"


def _unused_footnotes(env: Mapping[str, Any], text: str) -> Iterator[tuple[int, str]]:
    for key, place in env.get("footnotes", {}).get("refs", {}).items():
        sign = f"[^{key[1:]}]"
        written = re.search(rf"^[ \t>]*{re.escape(sign)}:", text, re.MULTILINE) if place == -1 else None
        if written:
            line = text.count("\n", 0, written.end())
            yield line, f"the footnote {sign} is not shown: write {sign} in the text that it belongs to"
