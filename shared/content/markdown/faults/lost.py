"""Find parts of a body that no reader sees: unclosed ones, and ones that nothing refers to.

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
#: The tokens of blocks that can hold more than is shown of them.
_HELD = frozenset({"fence", "html_block", "table_open", "th_open", "tr_open", "admonition_open"})
#: Marks of quotations and lists before the text of a line.
_MARKS = re.compile(r"[\s>]*")


def find_lost(
    tokens: Sequence[Token], text: str, env: Mapping[str, Any], source: str, first_line: int
) -> list[Problem]:
    """One warning for each part of ``text`` that its page does not show. ``env`` is that of its parse."""
    lines: list[str] = []
    found: list[tuple[int, str]] = []
    columns = 0
    for index, token in enumerate(tokens):
        if token.type not in _HELD:
            continue
        # An article has at least one line, and \r\n became \n when its front matter was split off.
        lines = lines or text.replace("\r", "\n").split("\n")
        if token.type == "fence":
            found += _open_fence(token, lines)
        elif token.type == "html_block":
            found += _open_raw(token, lines)
        elif token.type == "admonition_open":
            found += _empty_note(tokens, index)
        elif token.type == "table_open":
            columns = 0
        elif token.type == "th_open":
            columns += 1
        elif columns and (cut := _cut_row(token, columns, lines)):
            found.append(cut)
            columns = 0  # the first of a table is enough
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


def _cut_row(token: Token, columns: int, lines: Sequence[str]) -> tuple[int, str] | None:
    """The row that begins with ``token``, if it has more cells than ``columns``: the last of them are left out."""
    line = token.map[0] if token.map else 0
    row = _MARKS.sub("", lines[line], count=1).rstrip()
    # Bars that are escaped separate no cells, so there are at most as many as this.
    if row.count("|") - row.startswith("|") - row.endswith("|") < columns:
        return None
    cells = escapedSplit(row)
    count = len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")
    if count <= columns:
        return None
    message = f"this row has {count} cells, of which the table shows {columns}"
    return line, f"{message}: write \\| for a bar inside a cell, in code too"


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
