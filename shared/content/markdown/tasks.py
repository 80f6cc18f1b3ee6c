"""Task lists: ``- [ ]`` and ``- [x]`` at the start of a list item (GitHub Flavored Markdown, 5.3).

The existing plugin searches backwards from each item for its list, which takes quadratic time on a long list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

_BOX = re.compile(r"\[([ xX])\]\s+")


def mark_tasks(tokens: Sequence[Token]) -> None:
    """Turn the box at the start of an item into a ``task_box`` token; set GitHub's classes on the item and its list."""
    lists: list[Token] = []
    for index, token in enumerate(tokens):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(token)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "inline" and lists and index >= 2 and tokens[index - 2].type == "list_item_open":
            _mark(token, tokens[index - 2], lists[-1])


def _mark(inline: Token, item: Token, owner: Token) -> None:
    first = inline.children[0] if inline.children else None
    box = _BOX.match(first.content) if first is not None and first.type == "text" else None
    if first is None or box is None or inline.children is None:
        return
    first.content = first.content[box.end() :]
    inline.children.insert(0, Token("task_box", "input", 0, meta={"is_done": box[1] != " "}))
    item.attrSet("class", "task-list-item")
    owner.attrSet("class", "contains-task-list")
