"""The text of one document during conversion: its code ranges, and the source line of each line.

Converters change a ``Draft`` by edits, so that a later finding still names the line of the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from services.importing.findings import Findings, Outcome

#: The text that a converter may match. ``prose`` leaves out fences, code spans, comments and raw ``pre``; ``text`` only
#: fences.
Area = Literal["prose", "text", "all"]
Edit = tuple[int, int, str]

#: Characters that no text may contain (Unicode noncharacters): they enclose the number of a stashed piece.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
_STASHED = re.compile(f"{OPEN}(\\d+){CLOSE}")

_FENCE = re.compile(r"(?P<lead>(?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)")
_OTHER_CODE = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?!Code\b)(pre|script|style|code|textarea)\b(?![^<>]*/>)[^<>]*>.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
#: What looks at the line before a place sees so much of it: a minified file is one line.
_MAX_LINE_CHARS = 2_000
_BLANK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block.

    Offsets into the text: ``start`` and ``end`` of its lines, ``code_start`` and ``code_end`` of its content.
    """

    start: int
    end: int
    code_start: int
    code_end: int
    lead: str
    mark: str
    info: str


class Draft:
    """The text of ``path``, from ``first_line`` of the source on; ``lines`` if they are not consecutive."""

    def __init__(
        self, path: str, text: str, first_line: int, findings: Findings, lines: Sequence[int] | None = None
    ) -> None:
        self.path = path
        self.findings = findings
        self._lines = list(lines or range(first_line, first_line + text.count("\n") + 1))
        self._stash: list[str] = []
        self._set(text)

    @property
    def text(self) -> str:
        """The current text."""
        return self._text

    def _set(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None
        self._fences: list[Fence] | None = None
        self._spans: dict[Area, list[tuple[int, int]]] = {}

    def line_at(self, offset: int) -> int:
        """The source line of the character at ``offset``."""
        if self._starts is None:
            self._starts = [0, *accumulate(len(line) + 1 for line in self._text.split("\n"))][:-1]
        return self._lines[min(bisect_right(self._starts, offset) - 1, len(self._lines) - 1)]

    def report(self, outcome: Outcome, construct: str, offset: int, note: str = "") -> None:
        """Record a finding at ``offset``."""
        self.findings.add(outcome, construct, self.path, self.line_at(offset), note)

    def apply(self, edits: Iterable[Edit]) -> None:
        """Apply edits. Those that overlap an earlier one are ignored."""
        parts: list[str] = []
        lines: list[int] = []
        at, row = 0, 0
        changed = False
        for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
            if start < at or self._text[start:end] == new:
                continue
            changed = True
            before, old = self._text[at:start], self._text[start:end]
            lines += self._lines[row : row + before.count("\n")]
            row += before.count("\n")
            height = old.count("\n")
            lines += [self._lines[row + min(number, height)] for number in range(new.count("\n"))]
            row += height
            parts += (before, new)
            at = end
        if changed:
            lines += self._lines[row:]
            self._lines = lines
            self._set("".join((*parts, self._text[at:])))

    def sub(
        self, pattern: re.Pattern[str], function: Callable[[re.Match[str]], str | None], area: Area = "prose"
    ) -> None:
        """Replace each match that starts in ``area`` by the result of ``function``; ``None`` leaves it."""
        edits: list[Edit] = []
        for match in self.matches(pattern, area):
            new = function(match)
            if new is not None:
                edits.append((match.start(), match.end(), new))
        self.apply(edits)

    def matches(self, pattern: re.Pattern[str], area: Area = "prose") -> Iterator[re.Match[str]]:
        """The matches that start in ``area``. One that starts in code does not hide a later one."""
        at = 0
        while True:
            match = pattern.search(self._text, at)
            if match is None:
                return
            inside = self._code_at(match.start(), area)
            if inside is None:
                yield match
                at = max(match.end(), match.start() + 1)
            else:
                at = max(inside, match.start() + 1)

    def is_code(self, offset: int, area: Area = "prose") -> bool:
        """Whether ``offset`` is in a part that ``area`` leaves out."""
        return self._code_at(offset, area) is not None

    def _code_at(self, offset: int, area: Area) -> int | None:
        """The end of the code around ``offset``, or ``None``."""
        if area == "all":
            return None
        spans = self._spans.get(area)
        if spans is None:
            fenced = [(fence.start, fence.end) for fence in self.fences()]
            spans = self._spans[area] = list(_code_stretches(self._text, fenced)) if area == "prose" else fenced
        index = bisect_right(spans, (offset, len(self._text) + 1)) - 1
        return spans[index][1] if index >= 0 and spans[index][0] <= offset < spans[index][1] else None

    def fences(self) -> list[Fence]:
        """Every fenced block, in order."""
        if self._fences is None:
            self._fences = list(find_fences(self._text))
        return self._fences

    def stash(self, piece: str) -> str:
        """Replace ``piece`` by a token until ``restore``, so that converters skip it."""
        self._stash.append(piece)
        return f"{OPEN}{len(self._stash) - 1}{CLOSE}"

    def restore(self) -> None:
        """Restore stashed pieces."""
        while OPEN in self._text:
            before = self._text
            self.sub(
                _STASHED, lambda match: self._stash[int(match[1])] if int(match[1]) < len(self._stash) else "", "all"
            )
            if self._text == before:
                return


def find_fences(text: str) -> Iterator[Fence]:
    """The fenced blocks of ``text``, those in quotations, lists and containers too."""
    at = 0
    opened: tuple[int, int, re.Match[str]] | None = None
    for line in text.split("\n"):
        end = at + len(line)
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if opened is None:
            if match and not (match["mark"][0] == "`" and "`" in match["info"]):
                opened = at, min(end + 1, len(text)), match
        elif match and _closes(match, opened[2]):
            yield _fence(opened, at, end)
            opened = None
        at = end + 1
    if opened is not None:
        yield _fence(opened, len(text), len(text))


def _closes(match: re.Match[str], opening: re.Match[str]) -> bool:
    mark = opening["mark"]
    return not match["info"].strip() and match["mark"][0] == mark[0] and len(match["mark"]) >= len(mark)


def _fence(opened: tuple[int, int, re.Match[str]], code_end: int, end: int) -> Fence:
    start, code_start, match = opened
    return Fence(start, end, min(code_start, code_end), code_end, match["lead"], match["mark"], match["info"].strip())


def _code_stretches(text: str, fenced: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Fences, code spans, comments and raw code of ``text``, in order and without overlap."""
    at = 0
    for start, end in [*fenced, (len(text), len(text))]:
        yield from _spans_between(text, at, start)
        if start < end:
            yield start, end
        at = end


def _spans_between(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    other = _OTHER_CODE.search(text, at, end)
    span = _SPAN.search(text, at, end)
    # The end of the paragraph, and the runs of backticks that do not come again in it.
    limit, single = at, set[str]()
    while at < end:
        if other and other.start() < at:
            other = _OTHER_CODE.search(text, at, end)
        if span and span.start() < at:
            span = _SPAN.search(text, at, end)
        if other and (span is None or other.start() < span.start()):
            yield other.start(), other.end()
            at = other.end()
        elif span:
            at = span.end()
            if at > limit:
                blank = _BLANK.search(text, at, end)
                limit, single = blank.start() if blank else end, set()
            closing = None if span[1] in single else _run(span[1]).search(text, at, limit)
            if closing:
                at = closing.end()
                yield span.start(), at
            else:
                single.add(span[1])
        else:
            return


def _run(marks: str) -> re.Pattern[str]:
    """The same run of backticks again: a code span ends in its paragraph, otherwise it is not one."""
    return re.compile(rf"(?<!`){marks}(?!`)")


def line_before(text: str, offset: int) -> str:
    """The line up to ``offset``: of a long one, the end."""
    start = max(0, offset - _MAX_LINE_CHARS)
    return text[max(start, text.rfind("\n", start, offset) + 1) : offset]


def indented(text: str, indent: str) -> str:
    """``text`` with ``indent`` before each line that is not empty."""
    return "\n".join(f"{indent}{line}" if line.strip() else "" for line in text.split("\n"))


def dedented(text: str) -> str:
    """``text`` without the common indent of its lines (the first line may have lost its own)."""
    lines = text.split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    first = lines[0]
    cut = min(margin, len(first) - len(first.lstrip()))
    return "\n".join([first[cut:], *(line[min(margin, len(line) - len(line.lstrip())) :] for line in lines[1:])])
