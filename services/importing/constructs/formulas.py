"""Formulas in prose: in the signs of this site, and left alone by everything that reads signs in prose."""

from __future__ import annotations

import re
from bisect import bisect_right

from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft

#: No formula is longer than some thousand characters.
_FORMULA = re.compile(
    r"(?<![\\$])\$\$(?!\$)(?:(?!\$\$).){1,4000}?\$\$|(?<![\\$\w])\$(?=[^\s$])[^$\n]{0,400}?(?<=[^\s\\])\$(?![\d$])",
    re.DOTALL,
)
#: ``\(x\)`` and ``\[x\]``; with two backslashes where the old tool took one of them away.
_INLINE = re.compile(r"(?<!\\)\\{1,2}\((?P<formula>(?:(?!\\\)).){1,400}?)\\{1,2}\)")
_DISPLAY = re.compile(
    r"^(?P<indent>[ \t]*)\\{1,2}\[(?P<formula>(?:(?!\\\]).){1,4000}?)\\{1,2}\][ \t]*$", re.DOTALL | re.MULTILINE
)
#: kramdown: two signs on a line with other words are a formula in that line.
_KRAMDOWN = re.compile(r"(?<![\\$])\$\$[ \t]*(?P<formula>[^$\n]{1,400}?)[ \t]*\$\$(?!\$)")
_GITHUB = re.compile(r"(?<!\$)\$`([^`\n]{1,400})`\$")


def convert_formulas(draft: Draft, context: Context) -> None:
    r"""``\(x\)``, ``\[x\]`` and GitHub's formulas in code as formulas between dollar signs."""
    if "$`" in draft.text:
        draft.sub(_GITHUB, lambda match: _written(draft, match, match[1], "$"), "text")
    if context.site.kind == "jekyll" and "$$" in draft.text:
        draft.sub(_KRAMDOWN, lambda match: _in_line(draft, match))
    if context.option("math_brackets") and "\\" in draft.text:
        draft.sub(_DISPLAY, lambda match: match["indent"] + _written(draft, match, match["formula"], "$$"))
        draft.sub(_INLINE, lambda match: _written(draft, match, match["formula"], "$"))


def _in_line(draft: Draft, match: re.Match[str]) -> str | None:
    before = draft.text[: match.start()].rpartition("\n")[2]
    after = draft.text[match.end() :].partition("\n")[0]
    if not before.strip(" \t>") and not after.strip():
        return None
    return _written(draft, match, match["formula"], "$")


def _written(draft: Draft, match: re.Match[str], formula: str, sign: str) -> str:
    draft.report("converted", "formula", match.start(), match[0][:40])
    inner = formula.strip()
    return f"{sign}\n{inner}\n{sign}" if "\n" in inner and sign == "$$" else f"{sign}{inner}{sign}"


class Formulas:
    """The formulas of a text between dollar signs."""

    def __init__(self, text: str) -> None:
        self._spans = [match.span() for match in _FORMULA.finditer(text)] if "$" in text else []

    def __contains__(self, offset: int) -> bool:
        at = bisect_right(self._spans, (offset, len(self._spans) and self._spans[-1][1])) - 1
        return at >= 0 and self._spans[at][0] <= offset < self._spans[at][1]
