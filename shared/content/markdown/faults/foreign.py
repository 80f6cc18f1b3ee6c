"""Syntax of other tools, and Markdown that was not finished, which a page would show literally.

Reported once for each kind, with its first line.

Pure. Examines text, never code.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from shared.content.problem import Problem


@dataclass(frozen=True, slots=True)
class Syntax:
    """One kind of foreign syntax: its pattern, its name, and what to write instead."""

    name: str
    looks: re.Pattern[str]
    instead: str


def _syntax(name: str, looks: str, instead: str) -> Syntax:
    return Syntax(name, re.compile(looks, re.MULTILINE), instead)


#: What a tag may hold. Without a bound, each of many tags that are not closed would be searched to the end of the line.
_WITHIN = ".{0,500}?"
#: Syntax of other tools. The first one that matches names the place.
KINDS = (
    _syntax(
        "a Hugo shortcode",
        rf"\{{\{{[<%]{_WITHIN}[%>]\}}\}}",
        "write Markdown instead, or import the site with `perspective import hugo`",
    ),
    _syntax("a template tag", rf"\{{%{_WITHIN}%\}}", "Liquid and Nunjucks are not run: write what it would give"),
    _syntax("a template expression", rf"\{{\{{{_WITHIN}\}}\}}", "templates are not run: write what it would give"),
    _syntax("a comment of MDX", rf"\{{/\*{_WITHIN}\*/\}}", "write <!-- … -->"),
    _syntax(
        "an import of MDX",
        r"^(?:import\s.*?\bfrom\s+|import\s+)['\"\u201c\u2018][^'\"\n]+['\"\u201d\u2019];?$",
        "remove it: components are not run",
    ),
    _syntax("an export of MDX", r"^export\s+(?:const|default|function|let)\b", "remove it: scripts are not run"),
    _syntax("a container", r"^:::+ *\{?[A-Za-z][\w-]*", "write !!! note with an indented text, or > [!NOTE]"),
    _syntax("a tab without its title", r"^===[+!]?(?: |$)", 'write === "Title" with an indented text'),
    _syntax("a snippet of Python-Markdown", r"(?:^|\s)-+8<-+\s", 'write a code block with include="path"'),
    _syntax("attributes of kramdown", r"\{::?[^{}\n]*\}", "write {.class #id} right behind the element"),
    _syntax("a wiki link", r"\[\[[^\[\]\n]+\]\]", "write [text](article.md)"),
    _syntax("an icon", r":(?:material|fontawesome|octicons|simple)-[\w-]+:", "remove it: there are no icon fonts"),
    _syntax("an emoji code", r"(?<![\w:]):[a-z][a-z0-9_+-]+:(?![\w:])", "write the character itself"),
    _syntax("keys of Python-Markdown", r"\+\+[\w-]+(?:\+[\w-]+)*\+\+", "write <kbd>Ctrl</kbd>+<kbd>C</kbd>"),
    _syntax("a marked text", r"(?<![=\w])==[^\s=](?:[^=\n]*[^\s=])?==(?![=\w])", "write <mark>…</mark>"),
)
#: What would be Markdown if it were finished. Where it is written with an escape, it is meant as text.
UNFINISHED = (
    _syntax(
        "a footnote without its text",
        r"\[\^[^\s\[\]]+\](?!:)",
        "add a line that begins with the same sign and a colon, as in [^1]: The text",
    ),
    _syntax(
        "a link without its address",
        r"(?<![\w\])])!?\[[^\[\]\n]+\]\[[^\[\]\n]*\]",
        "add a line such as [name]: /articles/other/",
    ),
    _syntax(
        "a link that cannot be read",
        r"!?\[[^\[\]\n]*\]\([^()\n]+\)",
        "write %20 for a blank in its address, and a title in quotation marks",
    ),
    _syntax(
        "a table that cannot be read",
        r"(?<=\n)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|[ \t]*(?::?-+:?[ \t]*)?$",
        "give the line of hyphens one cell for each cell of the line above it",
    ),
)


#: One of these is in every text with foreign syntax, or an emoji code (see ``may_be``). Most texts have none of them.
_SIGNS = ("{", "import", "export", ":::", "==", "8<", "[[", "++", "[^", "][", "](", "|")
_EMOJI = re.compile(":[a-z]")


def may_be(text: str) -> bool:
    """Whether ``text`` may contain foreign syntax: a cheap search before that for each kind."""
    for sign in _SIGNS:  # a generator would cost what is saved
        if sign in text:
            return True
    return _EMOJI.search(text) is not None


def find_foreign(tokens: Sequence[Token], body: str, source: str, first_line: int) -> Iterator[Problem]:
    """One warning for each kind of foreign syntax in ``tokens``, those of ``body``, with the line of the first."""
    found: dict[str, tuple[Syntax, int, str, int]] = {}
    for line, text, written in _texts(tokens, body, first_line):
        is_escaped: dict[str, bool] = {}
        for kind, below, example in _kinds_in(text):
            if kind in UNFINISHED:
                if example not in is_escaped:
                    is_escaped[example] = example not in written.replace(f"\\{example}", "")
                if is_escaped[example]:
                    continue
            _, at, shown, count = found.get(kind.name, (kind, line + below, example, 0))
            found[kind.name] = (kind, at, shown, count + 1)
    for kind, line, example, count in found.values():
        times = f", {count} times in this article" if count > 1 else ""
        shown = example if len(example) <= 60 else f"{example[:60]}…"
        yield Problem(source, line, f"{kind.name}, shown as text{times} ({shown}): {kind.instead}", "warning")


def _texts(tokens: Sequence[Token], body: str, first_line: int) -> Iterator[tuple[int, str, str]]:
    r"""The line, the text and the source of each paragraph, heading and cell that may be foreign.

    Code is replaced by a space. Only entities (``&#123;``) and escapes (``\[\[``) put together what does not stand so
    in the source.
    """
    # Few of the signs are in a body at all, and a body has a hundred paragraphs.
    signs = [sign for sign in (*_SIGNS, "&", "\\") if sign in body]
    has_emoji = _EMOJI.search(body) is not None
    for token in tokens:
        if token.type != "inline" or not token.map or not token.children:
            continue
        content = token.content
        for sign in signs:  # a generator would cost what is saved
            if sign in content:
                break
        else:
            if not has_emoji or _EMOJI.search(content) is None:
                continue
        text = "".join(
            [
                child.content if child.type == "text" else "\n" if child.type in {"softbreak", "hardbreak"} else " "
                for child in token.children
            ]
        )
        yield token.map[0] + first_line, text, content


def _kinds_in(text: str) -> Iterator[tuple[Syntax, int, str]]:
    """Each construct of ``text``: kind, line from 0, and the construct. Of two that overlap, that of the first kind."""
    taken: list[tuple[int, int]] = []
    for kind in (*KINDS, *UNFINISHED) if may_be(text) else ():
        own: list[tuple[int, int]] = []
        line = seen = 0
        for match in kind.looks.finditer(text):
            start, end = match.span()
            line, seen = line + text.count("\n", seen, start), start
            # None of those taken overlap: of all that begin before this one ends, the last one ends last.
            before = bisect_left(taken, (end,))
            if not before or taken[before - 1][1] <= start:
                own.append((start, end))
                yield kind, line, match[0].strip()
        taken = sorted((*taken, *own))
