"""Syntax highlighting: source code to HTML with Pygments' short class names and no inline style.

The only import of Pygments.

Does not depend on Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

#: Better names than Pygments' own, and lexers that are not languages.
_LABELS = {
    "": "Text",
    "text": "Text",
    "txt": "Text",
    "output": "Output",
    "console": "Shell session",
    "shell": "Shell",
    "sh": "Shell",
    "bash": "Shell",
    "proto": "Protocol Buffers",
    "protobuf": "Protocol Buffers",
    "dockerfile": "Dockerfile",
    "http": "HTTP",
    "promql": "PromQL",
}
_PLAIN = frozenset(
    {
        "",
        "text",
        "txt",
        "plain",
        "plaintext",
        "output",
        "mermaid",
        "none",
        "csv",
        "tsv",
        "log",
        "math",
        "plantuml",
        "d2",
        "no-highlight",
        "nohighlight",
        "tree",
        "raw",
    }
)
#: Names that other highlighters know (Shiki, Prism, Chroma, highlight.js), as Pygments' name for the same language or
#: for the one nearest to it.
_ALIASES = {
    "astro": "html",
    "avsc": "json",
    "bazel": "python",
    "bzl": "python",
    "cmd": "bat",
    "command": "console",
    "conf": "ini",
    "cts": "typescript",
    "dockerignore": "text",
    "dotenv": "ini",
    "editorconfig": "ini",
    "env": "ini",
    "flow": "javascript",
    "gitignore": "text",
    "gql": "graphql",
    "graphviz": "dot",
    "hbs": "handlebars",
    "help": "text",
    "jsonc": "json",
    "jsonl": "json",
    "ldif": "text",
    "mdx": "markdown",
    "mjs": "javascript",
    "cjs": "javascript",
    "mts": "typescript",
    "njk": "jinja",
    "nunjucks": "jinja",
    "patch": "diff",
    "pgsql": "postgresql",
    "powershell-session": "pwsh-session",
    "prisma": "text",
    "shell-session": "console",
    "shellsession": "console",
    "sh-session": "console",
    "svelte": "html",
    "svg": "xml",
    "systemd": "ini",
    "terminal": "console",
    "vue": "html",
    "wasm": "wast",
    "webmanifest": "json",
    "xhtml": "html",
    "zsh-session": "console",
}
#: Pygments' lexers are regular expressions that may backtrack: beyond this many characters code stays uncoloured.
_MAX_CHARS = 100_000
#: Lines with their ends. `splitlines` would also cut at form feeds and other ends that Markdown does not count.
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@lru_cache(maxsize=256)
def _lexer(language: str) -> Lexer | None:
    language = _ALIASES.get(language, language)
    if language in _PLAIN:
        return None
    try:
        # Leading and trailing lines belong to the author: line numbers must stay correct.
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=1 << 8)
def is_known_language(language: str) -> bool:
    """Whether code in ``language`` is highlighted, or meant to be plain."""
    return _ALIASES.get(language, language) in _PLAIN or _lexer(language) is not None


def language_label(language: str) -> str:
    """The name of a language as people write it."""
    if language in _LABELS:
        return _LABELS[language]
    lexer = _lexer(language)
    return str(lexer.name) if lexer else language


@dataclass(frozen=True, slots=True)
class LineMarks:
    """Line annotations, counted from 1: highlighted, inserted, deleted; and the number shown before the first line."""

    highlighted: Collection[int] = ()
    inserted: Collection[int] = ()
    deleted: Collection[int] = ()
    first_number: int | None = None


def highlight(code: str, language: str, marks: LineMarks = LineMarks()) -> str:
    """``code`` as HTML spans. An annotated line is one ``<span>`` with ``data-line`` as its number."""
    lines = _coloured_lines(code, language)
    return "".join(_mark(line, number, marks) for number, line in enumerate(lines, start=1))


def _mark(line: str, number: int, marks: LineMarks) -> str:
    classes = [
        name
        for name, lines in (("hl", marks.highlighted), ("ins", marks.inserted), ("del", marks.deleted))
        if number in lines
    ]
    if marks.first_number is not None:
        classes.insert(0, "line")
        shown = f' data-line="{marks.first_number + number - 1}"'
    else:
        shown = ""
    return f'<span class="{" ".join(classes)}"{shown}>{line}</span>' if classes else line


def _coloured_lines(code: str, language: str) -> Iterator[str]:
    """The lines of ``code`` with their ends, each with its spans closed."""
    lexer = _lexer(language) if len(code) <= _MAX_CHARS else None
    tokens = list(lexer.get_tokens(code)) if lexer else []
    # Some lexers lose text that is not in their language: losing the colours is better.
    if "".join(value for _, value in tokens) != code:
        yield from _LINES.findall(escape(code, quote=False))
        return
    line: list[str] = []
    for kind, value in tokens:
        name = _class_name(kind)
        # A token may span lines (a docstring), but a span must not.
        for piece in _LINES.findall(value):
            end = "\n" if piece.endswith("\n") else ""
            text = escape(piece.removesuffix("\n"), quote=False)
            line.append(f'<span class="{name}">{text}</span>{end}' if name and not piece.isspace() else text + end)
            if end:
                yield "".join(line)
                line.clear()
    if line:
        yield "".join(line)


@lru_cache(maxsize=1024)
def _class_name(kind: _TokenType) -> str:
    """The short class of the nearest standard ancestor of a token type."""
    ancestor: _TokenType | None = kind
    while ancestor is not None and ancestor not in STANDARD_TYPES:
        ancestor = ancestor.parent
    return STANDARD_TYPES[ancestor] if ancestor is not None else ""
