"""Directives for a tool or an editor: tables of contents, options, cross references to code."""

from __future__ import annotations

import re

from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft

_CROSS_REFERENCE = re.compile(r"(?<![\]!\\])\[((?:`[^`\n]*`|[^\[\]`\n])+)\]\[([\w.-]*)\](?![\[(])")
_DEFINED = re.compile(r"^[ \t]{0,3}\[([^\]\n]+)\]:", re.MULTILINE)
_OPTIONS = re.compile(r"^\{::[^}\n]*/?\}[ \t]*\n?|\{:/[^}\n]*\}", re.MULTILINE)
_HIDDEN = re.compile(r"^\{::comment\}(?:(?!\{:/).){0,20000}\{:/(?:comment)?\}[ \t]*\n?", re.MULTILINE | re.DOTALL)
_TOC = re.compile(
    r"^[ \t]*(?:[*+-][ \t]+|\d+\.[ \t]+)\S[^\n]*\n[ \t]*\{:[ \t]*toc\b[^}\n]*\}[ \t]*\n?|^[ \t]*(?:\[TOC\]"
    r"|\[\[_?TOC_?\]\]|\[\[toc\]\]|\$\{toc\}|@\[toc\])[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
#: A heading with nothing below it, which remark-toc fills.
_TOC_HEADING = re.compile(
    r"^#{1,6}[ \t]+(?:table of contents|toc|contents)[ \t]*#*[ \t]*\n+(?=#{1,6} )", re.MULTILINE | re.IGNORECASE
)
_DIRECTIVE = re.compile(
    r"<!--[ \t]*(?:prettier-ignore\S*|/?markdownlint\S*|textlint\S*|eslint\S*|cspell\S*|vale\b"
    r"|spell-checker|tocstop|toc|alex\b|lint\b|omit in toc|no toc)(?:(?!-->).){0,300}-->[ \t]*\n?"
    r"|^[ \t]*\{/\*[ \t]*(?:prettier|eslint|markdownlint)(?:(?!\*/).){0,300}\*/\}[ \t]*\n?",
    re.MULTILINE,
)


def convert_directives(draft: Draft, context: Context) -> None:
    """Remove them."""
    if context.site.kind == "mkdocs-material":
        _cross_references(draft)
    draft.sub(_TOC, lambda match: drop(draft, match, "table of contents", "made by the page itself"))
    if context.site.kind == "astro":
        draft.sub(_TOC_HEADING, lambda match: drop(draft, match, "table of contents", "made by the page itself"))
    draft.sub(_DIRECTIVE, lambda match: drop(draft, match, "editor directive"), "text")
    draft.sub(_HIDDEN, lambda match: drop(draft, match, "{::comment}"))
    draft.sub(_OPTIONS, lambda match: drop(draft, match, "{::options}"))


def _cross_references(draft: Draft) -> None:
    """``[text][package.name]`` of mkdocstrings without a definition in the article: keep the text."""
    defined = {" ".join(label.split()).casefold() for label in _DEFINED.findall(draft.text)}

    def words(match: re.Match[str]) -> str | None:
        label = match[2] or match[1]
        if " ".join(label.split()).casefold() in defined or not re.fullmatch(r"[`\w.\[\]-]+", label):
            return None
        draft.report("dropped", "cross reference to program code", match.start(), f"{label}: its words stay")
        return match[1] if match[2] or "`" in match[1] else f"`{match[1]}`"

    draft.sub(_CROSS_REFERENCE, words)


def drop(draft: Draft, match: re.Match[str], construct: str, note: str = "") -> str:
    """Report a construct without output; a ``note`` says what replaces it."""
    draft.report("dropped" if not note else "converted", construct, match.start(), note or match[0].strip()[:60])
    return ""
