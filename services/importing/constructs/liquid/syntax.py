"""Parse tags, outputs and comments of Liquid, Nunjucks and Jinja into a tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPENING = re.compile(r"\{[%{]|\{#(?=\s|-\s)")
_CLOSING = {"{%": "%}", "{{": "}}", "{#": "#}"}
#: A longer tag is prose that happens to open like one.
_MAX_TAG_CHARS = 4000
_NAME = re.compile(r"(#?[A-Za-z_][\w-]*)\s*(.*)$", re.DOTALL)
#: Blocks of the languages themselves. Any other tag is a block if its end follows.
_BRANCHES = frozenset({"else", "elsif", "elseif", "elif", "when", "empty"})
VERBATIM = frozenset({"raw", "verbatim"})


@dataclass(frozen=True, slots=True)
class Token:
    """A tag, an output (named "=") or a comment (named "#"): its range, its name, and its arguments."""

    start: int
    end: int
    name: str
    rest: str


@dataclass(slots=True)
class Node:
    """One token, or a block from its opening tag to its end. ``inner`` is the stretch between them."""

    start: int
    end: int
    name: str
    rest: str
    inner: tuple[int, int] | None = None
    children: list[Node] = field(default_factory=list)
    branches: list[Node] = field(default_factory=list)


def _tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """The tokens between two offsets."""
    at = start
    while True:
        match = _OPENING.search(text, at, end)
        if match is None:
            return
        closing = text.find(_CLOSING[match[0]], match.end(), min(end, match.end() + _MAX_TAG_CHARS))
        if closing < 0:
            at = match.end()
            continue
        words = text[match.end() : closing].strip().strip("-").strip()
        at = closing + 2
        if match[0] == "{{":
            yield Token(match.start(), at, "=", words)
        elif match[0] == "{#":
            yield Token(match.start(), at, "#", "")
        else:
            name = _NAME.match(words)
            yield Token(match.start(), at, *((name[1], name[2]) if name else ("#", words)))


def parse(text: str, start: int, end: int, deepest: int) -> list[Node]:
    """The nodes between two offsets; a block owns the tokens inside it. ``deepest`` blocks at most are nested."""
    stack = [Node(start, end, "", "")]
    tokens = list(_tokens(text, start, end))
    ends = Counter(token.name for token in tokens if token.name.startswith("end"))
    verbatim = ""
    for token in tokens:
        if verbatim and token.name != f"end{verbatim}":
            continue
        verbatim = ""
        if token.name.startswith("end"):
            ends[token.name] -= 1
            _close(stack, token.name[3:], token)
            continue
        node = Node(token.start, token.end, token.name, token.rest)
        if token.name in _BRANCHES and len(stack) > 1:
            stack[-1].branches.append(node)
            continue
        stack[-1].children.append(node)
        is_value = token.name == "set" and "=" in token.rest
        if ends[f"end{token.name}"] > 0 and not is_value and len(stack) <= deepest:
            node.inner = (token.end, token.end)
            stack.append(node)
            verbatim = token.name if token.name in VERBATIM or token.name == "comment" else ""
    # A block that is never closed is not a block.
    for node in stack[1:]:
        node.inner = None
    return _flattened(stack[0].children)


def _flattened(nodes: list[Node]) -> list[Node]:
    """The nodes, with unclosed blocks replaced by their children."""
    flat: list[Node] = []
    for node in nodes:
        flat.append(node)
        children = _flattened(node.children)
        if node.inner is None:
            flat += children
            node.children = []
        else:
            node.children = children
    return flat


def _close(stack: list[Node], name: str, token: Token) -> None:
    for index in range(len(stack) - 1, 0, -1):
        node = stack[index]
        if node.name == name or not name:
            node.inner = (node.inner or (node.end, 0))[0], token.start
            node.end = token.end
            for lost in stack[index + 1 :]:
                lost.inner = None
            del stack[index:]
            return
