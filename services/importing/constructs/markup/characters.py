"""Icons, emoji, marks of Python-Markdown, and wiki links in a line of prose."""

from __future__ import annotations

import re
from functools import cache

import emoji

from services.importing.constructs.context import SOURCE_SCHEME, Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.markup.directives import drop

_EMOJI = re.compile(r"(?<![\w:/]):([a-z0-9_+-]{1,40}):(?![\w:])")
_ICON = re.compile(
    r"[ ]?:(?:material|fontawesome|octicons|simple|twemoji|custom|iconify|mdi|fas?|fab|bi)-[a-z0-9-]+:(?:\{[^}\n]*\})?"
)
_INLINE = (
    ("++key++", re.compile(r"(?<![\w+])\+\+([A-Za-z0-9\"'_-]+(?:\+[A-Za-z0-9\"'_-]+)*)\+\+(?![\w+])"), "kbd"),
    ("==mark==", re.compile(r"(?<![=\w])==(?=\S)([^=\n]+?)(?<=\S)==(?![=\w])"), "mark"),
    ("^^insert^^", re.compile(r"(?<!\^)\^\^(?=\S)([^^\n]+?)(?<=\S)\^\^(?!\^)"), "ins"),
    ("~sub~", re.compile(r"(?<![~\\])~(?=\S)([^~\s]{1,20})~(?!~)"), "sub"),
    ("^sup^", re.compile(r"(?<![\^\\\[])\^(?=\S)([^^\s\[\]]{1,20})\^(?!\^)"), "sup"),
)
_WIKI = re.compile(r"(?<!\[)(!?)\[\[([^\[\]|#\n]+)?(#[^\[\]|\n]+)?(?:\|([^\[\]\n]+))?\]\](?!\()")


def convert_characters(draft: Draft, context: Context) -> None:
    """Icons go; emoji become characters; ``++key++`` and the like become their element."""
    if ":" in draft.text:
        draft.sub(_ICON, lambda match: drop(draft, match, "icon"))
        draft.sub(_EMOJI, lambda match: _emoji(draft, match))
    if context.option("inline_marks"):
        for construct, pattern, tag in _INLINE:
            draft.sub(pattern, lambda match, construct=construct, tag=tag: _inline(draft, match, construct, tag))  # type: ignore[misc] # bound at once
    if context.option("wiki_links") and "[[" in draft.text:
        draft.sub(_WIKI, lambda match: _wiki(draft, match))


def _emoji(draft: Draft, match: re.Match[str]) -> str | None:
    character = _character(match[1])
    if character is None:
        return None
    draft.report("converted", ":emoji:", match.start(), match[0])
    return character


@cache
def _character(name: str) -> str | None:
    written = emoji.emojize(f":{name}:", language="alias")
    return None if written == f":{name}:" else written


def _inline(draft: Draft, match: re.Match[str], construct: str, tag: str) -> str:
    draft.report("converted", construct, match.start())
    if tag == "kbd":
        return "+".join(f"<kbd>{key.strip(chr(34)).replace('-', ' ').title()}</kbd>" for key in match[1].split("+"))
    return f"<{tag}>{match[1]}</{tag}>"


def _wiki(draft: Draft, match: re.Match[str]) -> str | None:
    page, anchor = (match[2] or "").strip(), match[3] or ""
    if not page and not anchor:
        return None
    draft.report("converted", "[[wiki link]]", match.start(), match[0][:60])
    text = (match[4] or page or anchor.lstrip("#")).strip()
    target = (
        f"{SOURCE_SCHEME}wiki:{page}{anchor.replace(' ', '-').lower()}" if page else anchor.replace(" ", "-").lower()
    )
    if match[1]:
        return f"![{text}](<{target}>)"
    return f"[{text}](<{target}>)"
