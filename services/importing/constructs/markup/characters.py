"""Icons, emoji, marks of Python-Markdown, and wiki links in a line of prose."""

from __future__ import annotations

import posixpath
import re
from functools import cache

import emoji

from services.importing.constructs.context import SOURCE_SCHEME, Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.formulas import Formulas
from services.importing.constructs.markup.directives import drop

_EMOJI = re.compile(r"(?<![\w:/]):([a-z0-9_+-]{1,40}):(?![\w:])")
_ICON = re.compile(
    r"[ ]?:(?:material|fontawesome|octicons|simple|twemoji|custom|iconify|mdi|fas?|fab|bi)-[a-z0-9-]+:(?:\{[^}\n]*\})?"
)
#: Marks of Python-Markdown's extensions, by their construct: what may be converted is named by the kind's options.
ALL_MARKS = ("++key++", "==mark==", "^^insert^^", "~sub~", "^sup^")
_INLINE = (
    ("++key++", re.compile(r"(?<![\w+])\+\+([A-Za-z0-9\"'_-]+(?:\+[A-Za-z0-9\"'_-]+)*)\+\+(?![\w+])"), "kbd"),
    ("==mark==", re.compile(r"(?<![=\w])==(?=\S)([^=\n]+?)(?<=\S)==(?![=\w])"), "mark"),
    ("^^insert^^", re.compile(r"(?<!\^)\^\^(?=\S)([^^\n]+?)(?<=\S)\^\^(?!\^)"), "ins"),
    ("~sub~", re.compile(r"(?<![~\\])~(?=\S)([^~\s]{1,20})~(?!~)"), "sub"),
    ("^sup^", re.compile(r"(?<![\^\\\[])\^(?=\S)([^^\s\[\]]{1,20})\^(?!\^)"), "sup"),
)
#: Marks of an editor, by what they become: an insertion, a deletion, both, a mark, nothing.
_CRITIC = (
    (re.compile(r"\{\+\+((?:(?!\+\+\}).){1,2000}?)\+\+\}", re.DOTALL), r"<ins>\1</ins>"),
    (re.compile(r"\{--((?:(?!--\}).){1,2000}?)--\}", re.DOTALL), r"<del>\1</del>"),
    (
        re.compile(r"\{~~((?:(?!~>|~~\}).){1,2000}?)~>((?:(?!~~\}).){0,2000}?)~~\}", re.DOTALL),
        r"<del>\1</del><ins>\2</ins>",
    ),
    (re.compile(r"\{==((?:(?!==\}).){1,2000}?)==\}", re.DOTALL), r"<mark>\1</mark>"),
    (re.compile(r"[ ]?\{>>(?:(?!<<\}).){1,2000}?<<\}", re.DOTALL), ""),
)
#: Code in a line that names its language, as pymdownx reads it.
_CODE_LANGUAGE = re.compile(r"(?<!`)(`+)(?:#!|:::)[a-z][\w+#-]*[ ]+(?=[^`\n]+\1(?!`))")
#: What Obsidian shows to nobody: comments, and the names of blocks.
_HIDDEN = re.compile(
    r"^[ \t]*%%(?:(?!%%).){0,4000}?%%[ \t]*\n|%%(?:(?!%%).){0,4000}?%%|[ ]\^[A-Za-z0-9-]+[ ]*$",
    re.DOTALL | re.MULTILINE,
)
_WIKI = re.compile(r"(?<!\[)(!?)\[\[([^\[\]|#\n]+)?(#[^\[\]|\n]+)?(?:\|([^\[\]\n]+))?\]\](?!\()")


def convert_characters(draft: Draft, context: Context) -> None:
    """Remove icons; convert emoji to characters, and ``++key++`` and the like to their element."""
    if ":" in draft.text:
        draft.sub(_ICON, lambda match: drop(draft, match, "icon"))
        draft.sub(_EMOJI, lambda match: _emoji(draft, match))
    if context.option("critic"):
        for pattern, written in _CRITIC:
            draft.sub(pattern, lambda match, written=written: _critic(draft, match, written))  # type: ignore[misc] # bound at once
    if "`#!" in draft.text or "`:::" in draft.text:
        draft.sub(_CODE_LANGUAGE, lambda match: _without_language(draft, match), "text")
    marks = context.option("inline_marks") or ()
    for construct, pattern, tag in _INLINE:
        if construct in marks:
            formulas = Formulas(draft.text)
            draft.sub(
                pattern,
                lambda match, construct=construct, tag=tag, formulas=formulas: (  # type: ignore[misc] # bound at once
                    None if match.start() in formulas else _inline(draft, match, construct, tag)
                ),
            )
    if context.option("hidden_comments"):
        draft.sub(_HIDDEN, lambda match: drop(draft, match, "%%comment%%" if "%%" in match[0] else "^block"))
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


def _without_language(draft: Draft, match: re.Match[str]) -> str:
    draft.report("converted", "language of code in a line", match.start(), match[0].strip("` "))
    return match[1]


def _critic(draft: Draft, match: re.Match[str], written: str) -> str:
    draft.report("converted" if written else "dropped", "critic markup", match.start(), match[0].strip()[:40])
    return match.expand(written)


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
    if match[1] and not re.search(r"\.\w{1,5}$", page):
        return f"[{text}](<{target}>)"
    if match[1]:
        size = re.search(r"(?:^|\|)(\d+)(?:x\d+)?$", text)
        text = text[: size.start()] if size and size.start() else text
        text = (
            posixpath.splitext(posixpath.basename(page))[0]
            if text == page or (size and text.isdigit()) or re.fullmatch(r"\d+x\d+", text)
            else text
        )
        return f"![{text}](<{target}>)" + (f"{{width={size[1]}}}" if size else "")
    return f"[{text}](<{target}>)"
