"""Heading anchors: `{#chosen}` or made from the words, unique in the article, and former ids."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from shared.content.markdown.text import plain_text
from shared.content.rules import HeadingIds
from shared.content.slug import anchorize, github_anchor, is_anchor, take_anchor, take_anchors

# A word is read in one way alone (the atomic groups): else a list that is not closed takes time that doubles with each.
_ATTRIBUTES = re.compile(r"\s*\{:?\s*((?:(?>[#.][^\s{}#]+|[\w-]+=(?:\"[^\"]*\"|'[^']*'|[^\s{}]+))\s*)+)\}\s*$")
_WORD = re.compile(r"([#.])([^\s{}#]+)|[\w-]+=(?:\"[^\"]*\"|'[^']*'|[^\s{}]+)")


def set_anchors(tokens: Sequence[Token], heading_ids: HeadingIds = "words") -> set[str]:
    """Set the id of every ``heading_open``, and return all ids.

    `{#id #old #older}` chooses the id and names former ones, whose links still work. An id chosen by the author is
    never changed; among equal headings, the first one keeps its natural id, and later ones get a number.
    """
    headings = [(token, tokens[index + 1]) for index, token in enumerate(tokens) if token.type == "heading_open"]
    taken: dict[str, int] = {}
    for heading, inline in headings:
        ids = [one for one in _read_attributes(heading, inline) if is_anchor(one)]
        if ids:
            heading.attrs["id"] = take_anchor(ids[0], taken)
            heading.meta["old_ids"] = [one for one in dict.fromkeys(ids[1:]) if one not in taken]
            taken.update(dict.fromkeys(heading.meta["old_ids"], 1))
    make, first_number = (github_anchor, 1) if heading_ids == "github" else (anchorize, 2)
    unnamed = [
        (heading, make(plain_text(inline.children))) for heading, inline in headings if "id" not in heading.attrs
    ]
    anchors = take_anchors([anchor for _, anchor in unnamed], taken, first_number=first_number)
    for (heading, _), anchor in zip(unnamed, anchors, strict=True):
        heading.attrs["id"] = anchor
    return set(taken)


def _read_attributes(heading: Token, inline: Token) -> list[str]:
    """Strip `{#id .class key=value}` from the end of a heading; classes go to the heading. Returns the ids."""
    last = inline.children[-1] if inline.children else None
    match = _ATTRIBUTES.search(last.content) if last is not None and last.type == "text" else None
    if last is None or match is None:
        return []
    last.content = last.content[: match.start()]
    words = [(word[1], word[2]) for word in _WORD.finditer(match[1])]
    classes = [name for sign, name in words if sign == "."]
    if classes:
        heading.attrs["class"] = " ".join(classes)
    return [name for sign, name in words if sign == "#"]
