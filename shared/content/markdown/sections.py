"""Tokens as the sections that search indexes, and the tree of headings. Pure.

It receives the same tokens as the renderer, after their anchors were set: a section's anchor is an id of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from shared.content.article import Block, Heading, Section
from shared.content.markdown.text import PlainText, plain_text

#: Separates the cells of a table row.
CELL_SEPARATOR = " | "
#: Tokens with text of their own, beside inline ones.
_OTHER_BLOCKS = frozenset({"fence", "code_block", "math_block", "tab_open", "admonition_open", "html_block"})


@dataclass(slots=True)
class _Draft:
    anchor: str = ""
    heading: str = ""
    level: int = 1
    blocks: list[Block] = field(default_factory=list)


def collect_sections(tokens: Sequence[Token]) -> tuple[Section, ...]:
    """The sections in order. A footnote's text belongs to the section that first refers to it."""
    drafts = [_Draft()]
    current = drafts[0]
    notes: dict[int, _Draft] = {}
    row: PlainText | None = None
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            current = _Draft(str(token.attrs["id"]), plain_text(tokens[index + 1].children), int(token.tag[1]))
            drafts.append(current)
        elif token.type == "footnote_open":
            current = notes.get(token.meta["id"], current)
        elif token.type == "tr_open":
            row = PlainText()
        elif token.type == "tr_close" and row is not None:
            current.blocks += _prose(row)
            row = None
        elif token.type == "inline":
            _remember_notes(token, current, notes)
            if row is not None:
                _add_cell(row, token)
            elif tokens[index - 1].type != "heading_open":
                current.blocks += _inline_blocks(token)
        elif token.type in _OTHER_BLOCKS:
            current.blocks += _other_blocks(token)
    kept = drafts if drafts[0].blocks else drafts[1:]
    return tuple(Section(draft.anchor, draft.heading, draft.level, tuple(draft.blocks)) for draft in kept)


def _remember_notes(token: Token, current: _Draft, notes: dict[int, _Draft]) -> None:
    for child in token.children or () if "^" in token.content else ():
        if child.type == "footnote_ref":
            notes.setdefault(child.meta["id"], current)


def _add_cell(row: PlainText, token: Token) -> None:
    """Skip an empty cell, so that it leaves no separator."""
    if not row.is_empty and plain_text(token.children):
        row.add(CELL_SEPARATOR)
    row.add_inline(token.children)


def _prose(line: PlainText) -> Iterator[Block]:
    if not line.is_empty:
        yield Block("prose", line.text, code_spans=line.spans)


def _inline_blocks(token: Token) -> Iterator[Block]:
    """A paragraph is one block; a figure is two: its text alternative and its caption."""
    if "`" in token.content:
        line = PlainText()
        line.add_inline(token.children)
        yield from _prose(line)
    elif text := plain_text(token.children):  # without code there are no ranges to track
        yield Block("prose", text)
    if "![" not in token.content:
        return
    for child in token.children or ():
        if child.type == "image" and child.meta.get("is_figure") and child.attrs.get("title"):
            caption = PlainText()
            caption.add(str(child.attrs["title"]))
            yield from _prose(caption)


def _other_blocks(token: Token) -> Iterator[Block]:
    if token.type in {"fence", "code_block"}:
        code = token.content.removesuffix("\n")
        if code.strip():
            yield Block("code", code, language=token.meta["fence"].language or None)
    elif token.type == "math_block":
        yield Block("prose", " ".join(token.content.split()))
    elif token.type == "tab_open":
        yield Block("prose", " ".join(str(token.meta["title"]).split()) or "Tab")
    elif token.type == "admonition_open" and token.meta.get("title"):
        line = PlainText()
        line.add_inline(token.meta["title"])
        yield from _prose(line)
    elif token.type == "html_block":
        line = PlainText()
        line.add(str(token.meta.get("text", "")))
        yield from _prose(line)


def heading_tree(sections: Sequence[Section]) -> tuple[Heading, ...]:
    """The headings of ``sections`` as a tree: each is below the nearest earlier one of a higher rank."""
    headings = [section for section in sections if section.anchor]
    tree: list[Heading] = []
    index = 0
    while index < len(headings):
        top = headings[index]
        end = index + 1
        while end < len(headings) and headings[end].level > top.level:
            end += 1
        tree.append(Heading(top.anchor, top.heading, top.level, heading_tree(headings[index + 1 : end])))
        index = end
    return tuple(tree)
