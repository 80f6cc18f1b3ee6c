"""Heading anchors: `{#chosen}` or made from the words, unique in the article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from shared.content.markdown.text import plain_text
from shared.content.slug import anchorize, is_anchor, take_anchor

_ATTRIBUTES = re.compile(r"\s*\{\s*((?:[#.][\w:-]+\s*)+)\}\s*$")


def set_anchors(tokens: Sequence[Token]) -> set[str]:
    """Give every ``heading_open`` its id, and return all of them. Chosen anchors are never changed by others' words."""
    headings = [(token, tokens[index + 1]) for index, token in enumerate(tokens) if token.type == "heading_open"]
    taken: dict[str, int] = {}
    for heading, inline in headings:
        chosen = _read_attributes(heading, inline)
        if chosen and is_anchor(chosen):
            heading.attrs["id"] = take_anchor(chosen, taken)
    for heading, inline in headings:
        if "id" not in heading.attrs:
            heading.attrs["id"] = take_anchor(anchorize(plain_text(inline.children)), taken)
    return set(taken)


def _read_attributes(heading: Token, inline: Token) -> str | None:
    """Take `{#id .class}` off the end of a heading; classes go to the heading. Returns the id."""
    last = inline.children[-1] if inline.children else None
    match = _ATTRIBUTES.search(last.content) if last is not None and last.type == "text" else None
    if last is None or match is None:
        return None
    last.content = last.content[: match.start()]
    words = match[1].split()
    classes = [word[1:] for word in words if word.startswith(".")]
    if classes:
        heading.attrs["class"] = " ".join(classes)
    return next((word[1:] for word in reversed(words) if word.startswith("#")), None)
