"""Blocks that hold Markdown: notes, GitHub's alerts, tabs, and raw HTML with ``markdown="1"``.

Alerts and raw HTML are found in tokens after the parse; notes and tabs are rules of the parser. An alert becomes the
same tokens as ``!!! note``, so renderer, sections and search handle one kind of note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.admon.index import admonition
from mdit_py_plugins.utils import is_code_block

from shared.text.messages import message

#: ``> [!NOTE]``, optionally with ``+`` or ``-`` to open or close it, and a title (GitHub, Obsidian).
_ALERT = re.compile(r"\[!([A-Za-z]+)\]([+-]?)[ \t]*(.*)")
#: Kinds of notes in other tools, by their equivalent here.
KINDS = {
    "abstract": "note",
    "attention": "warning",
    "bug": "danger",
    "caution": "warning",
    "error": "danger",
    "failure": "danger",
    "hint": "tip",
    "info": "note",
    "quote": "note",
    "success": "tip",
    "summary": "note",
    "todo": "note",
    "tldr": "note",
}
#: The titles of notes without one.
KIND_NAMES = frozenset(
    {
        message("Abstract"),
        message("Attention"),
        message("Bug"),
        message("Caution"),
        message("Danger"),
        message("Error"),
        message("Example"),
        message("Failure"),
        message("Hint"),
        message("Important"),
        message("Info"),
        message("Note"),
        message("Question"),
        message("Quote"),
        message("Success"),
        message("Summary"),
        message("Tip"),
        message("Todo"),
        message("Warning"),
    }
)
_RAW_OPENING = re.compile(
    r"<(?P<tag>[A-Za-z][\w-]*)(?P<before>[^<>]*?)\s+markdown(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w-]+))?(?P<after>[^<>]*)>"
)
_TAB = re.compile(r'===([+!]?)[ \t]+"((?:[^"\\]|\\.)*)"[ \t]*$')


def open_alerts(tokens: Sequence[Token]) -> None:
    """Turn each quotation that begins with ``[!NOTE]`` into a note, in place: no token is added or removed."""
    depth: list[bool] = []
    for index, token in enumerate(tokens):
        if token.type == "blockquote_open":
            depth.append(_open_alert(tokens, index))
        elif token.type == "blockquote_close" and depth.pop():
            token.type = "admonition_close"


def _open_alert(tokens: Sequence[Token], index: int) -> bool:
    paragraph, inline = tokens[index + 1], tokens[index + 2] if index + 2 < len(tokens) else None
    if paragraph.type != "paragraph_open" or inline is None or not inline.children:
        return False
    first = inline.children[0]
    mark = _ALERT.match(first.content) if first.type == "text" else None
    if mark is None:
        return False
    kind, fold = mark[1].lower(), mark[2]
    end = next((at for at, child in enumerate(inline.children) if child.type == "softbreak"), None)
    title = [replace(first, content=mark[3]), *inline.children[1:end]] if mark[3] else inline.children[1:end]
    note = tokens[index]
    note.type, note.markup = "admonition_open", "[!]"
    classes = ["admonition", kind]
    if fold:
        classes += ["is-collapsible", "collapsible-open" if fold == "+" else "collapsible-closed"]
    note.attrs = {"class": " ".join(classes)}
    note.meta = {"title": title or [_text(kind.capitalize())]}
    note.content = "title"
    # The rest of the first line becomes the note's first paragraph; a note without text is not shown.
    inline.children = [] if end is None else inline.children[end + 1 :]
    inline.content = inline.content.partition("\n")[2]
    if not inline.children:
        paragraph.hidden = tokens[index + 3].hidden = True
    return True


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def known_kind(classes: str) -> str:
    """The classes of a note with the kind that is drawn: ``admonition info`` becomes ``admonition info note``."""
    kinds = [KINDS[name] for name in classes.split() if name in KINDS]
    return " ".join(dict.fromkeys([*classes.split(), *kinds]))


def notes_plugin(parser: MarkdownIt) -> None:
    """``!!! note`` and ``??? note`` with an indented body, as in Python-Markdown."""
    parser.use(admon_plugin)
    parser.block.ruler.at("admonition", _note, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _note(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
    """The plugin's rule, which two blank lines would end: between two functions in a block of code, say.

    It takes a line for blank by its indent, so blank lines above an indented one are given that indent while it runs.
    """
    if silent or state.src[state.bMarks[start] + state.tShift[start]] not in "!?":
        return admonition(state, start, end, silent)
    indent = state.blkIndent + 4
    blank: list[int] = []
    raised: dict[int, int] = {}
    for line in range(start + 1, end):
        if state.isEmpty(line):
            blank.append(line)
        elif state.sCount[line] < indent:
            break
        else:
            for one in blank:
                raised[one], state.sCount[one] = state.sCount[one], max(indent, state.sCount[one])
            blank.clear()
    try:
        return admonition(state, start, end, silent)
    finally:
        for line, count in raised.items():
            state.sCount[line] = count


def tabs_plugin(parser: MarkdownIt) -> None:
    """``=== "Title"`` with an indented body, as in Material for MkDocs; adjacent tabs are one set.

    ``===! "Title"`` starts another one.
    """
    parser.block.ruler.before("fence", "tab", _tab, {"alt": ["paragraph", "reference", "blockquote", "list", "table"]})


def _tab(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
    if is_code_block(state, start):
        return False
    opening = _TAB.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if opening is None:
        return False
    if silent:
        return True
    indent = state.sCount[start] + 4
    last = start
    for line in range(start + 1, end):
        if not state.isEmpty(line):
            if state.sCount[line] < indent:
                break
            last = line
    token = state.push("tab_open", "details", 1)
    token.map = [start, last + 1]
    token.meta = {"title": re.sub(r"\\(.)", r"\1", opening[2])}
    if opening[1] == "!":
        token.meta["starts_set"] = True
    saved = state.parentType, state.lineMax, state.blkIndent
    state.parentType, state.lineMax, state.blkIndent = "tab", last + 1, indent
    state.md.block.tokenize(state, start + 1, last + 1)
    state.parentType, state.lineMax, state.blkIndent = saved
    state.push("tab_close", "details", -1)
    state.line = last + 1
    return True


def group_tabs(tokens: list[Token]) -> None:
    """Wrap each run of adjacent tabs in ``tabs_open`` and ``tabs_close``, and number the sets, in place."""
    if not any(token.type == "tab_open" for token in tokens):
        return
    grouped: list[Token] = []
    sets: list[int] = []
    count = 0
    for index, token in enumerate(tokens):
        if token.type == "tab_open":
            token.meta["is_first"] = not grouped or grouped[-1].type != "tab_close"
            if token.meta["is_first"]:
                count += 1
                sets.append(count)
                grouped.append(Token("tabs_open", "div", 1, map=token.map))
            token.meta["set"] = sets[-1]
        grouped.append(token)
        if token.type == "tab_close" and not _continues(tokens, index + 1):
            sets.pop()
            grouped.append(Token("tabs_close", "div", -1))
    tokens[:] = grouped


def _continues(tokens: Sequence[Token], index: int) -> bool:
    """Whether the token at ``index`` is a tab of the set before it."""
    return index < len(tokens) and tokens[index].type == "tab_open" and "starts_set" not in tokens[index].meta


def open_raw_blocks(parser: MarkdownIt, tokens: list[Token], env: dict[str, Any]) -> None:
    """Parse the content of raw HTML with a ``markdown`` attribute, as Python-Markdown and kramdown do, in place.

    CommonMark parses only what a blank line separates from the tag; here the rest of the tag's own block is parsed too.
    """
    if not any(token.type == "html_block" and "markdown" in token.content for token in tokens):
        return
    tokens[:] = [inner for token in tokens for inner in _open_raw_block(parser, token, env)]


def _open_raw_block(parser: MarkdownIt, token: Token, env: dict[str, Any]) -> Iterator[Token]:
    opening = _RAW_OPENING.match(token.content.lstrip()) if token.type == "html_block" else None
    if opening is None:
        yield token
        return
    text = token.content.lstrip()[opening.end() :]
    closing = f"</{opening['tag']}>"
    body, tag_end, after = text.rpartition(closing) if closing in text else (text, "", "")
    first = (token.map or [0, 0])[0]
    yield _raw(f"<{opening['tag']}{opening['before']}{opening['after']}>\n", first)
    lines = body.strip("\n").split("\n")
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    skipped = first + len(body) - len(body.lstrip("\n"))
    inside = parser.parse("\n".join(line[indent:] for line in lines), {"references": env.get("references", {})})
    if any(inner.type.startswith("footnote") for inner in inside):
        # Footnotes are numbered through the whole article, so a block must not number them again.
        inside = [replace(token, content=f"{body}\n", map=None)]
    for inner in inside:
        if opening["tag"].lower() == "figure":
            inner.meta["is_in_figure"] = True
        if inner.map:
            inner.map = [inner.map[0] + skipped, inner.map[1] + skipped]
        yield inner
    if tag_end:
        yield _raw(f"{tag_end}{after}", (token.map or [0, 1])[1] - 1)


def _raw(content: str, line: int) -> Token:
    return Token("html_block", "", 0, content=content, block=True, map=[line, line + 1])
