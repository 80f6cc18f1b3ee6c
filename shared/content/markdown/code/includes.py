"""Include code of a file in an article: the file and part that a fence names, and its lines. Pure.

A fence with ``include="src/app.py#relay"`` shows the part of the file between two comments that name the region:
``region relay`` and ``endregion``, ``[start:relay]`` and ``[end:relay]`` (MkDocs), ``ANCHOR: relay`` and ``ANCHOR_END:
relay`` (mdBook), ``tag::relay[]`` and ``end::relay[]`` (Asciidoctor), or ``docregion relay`` and ``enddocregion``.
``#L3-L9`` names lines. Does not depend on the file system.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from markdown_it.token import Token

from shared.content.markdown.code.fences import parse_info
from shared.content.markdown.dialect import dialect
from shared.text.nearest import nearest

#: The longest part in characters: a longer one does not suit an article.
MAX_CHARS = 100_000

_LEAD = r"^[\W_]*(?:pragma[ \t]+|rem[ \t]+)?"
_NAME = r"[ \t]*\"?(?P<name>[\w.-]+)"
_START = re.compile(rf"{_LEAD}(?:region[ \t]|8<[\W_]*start:|ANCHOR:|tag::|docregion[ \t]){_NAME}", re.IGNORECASE)
_END = re.compile(rf"{_LEAD}(?:endregion\b|8<[\W_]*end:|ANCHOR_END:|end::|enddocregion\b)(?:{_NAME})?", re.IGNORECASE)
_LINES = re.compile(r"L?(\d{1,7})(?:-L?(\d{1,7}))?")
_OPENING = re.compile(r"(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[ \t>]*)*)(?P<marks>`{3,}|~{3,})(?P<info>[^\n]*)")
#: A fence that may include something.
_MAY_INCLUDE = (re.compile("```[^\n]*include"), re.compile("~~~[^\n]*include"))
_ATTRIBUTE = re.compile(r"[ \t]*\binclude[ \t]*=[ \t]*(?:\"[^\"]*\"|'[^']*'|[^\s}]+)")


class NoSuchPart(ValueError):
    """A file has no such region or lines; the message lists what it has."""


@dataclass(frozen=True, slots=True)
class Target:
    """The target of an include, as written: the path of a file, the part of it (may be empty), and the fence's line."""

    written: str
    line: int

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.written.partition("#")[0]

    @property
    def part(self) -> str:
        """The name of a region, lines, or nothing for the whole file."""
        return self.written.partition("#")[2]


def include_of(token: Token) -> str | None:
    """The include of the block of code ``token``; ``None`` if it has lines of its own."""
    if token.type != "fence" or "include" not in token.info:
        return None
    return parse_info(token.info).attributes.get("include")


def may_include(text: str) -> bool:
    """Whether a block of code in ``text`` may include anything. Cheap: pages on C++ are full of the word."""
    return "include" in text and any(looks.search(text) for looks in _MAY_INCLUDE)


def find_includes(body: str, first_line: int) -> tuple[Target, ...]:
    """The includes of ``body``, whose first line is ``first_line`` of its file."""
    if not may_include(body):
        return ()
    found = ((include_of(token), token) for token in dialect().parse(body))
    return tuple(Target(name, first_line + (token.map or [0])[0]) for name, token in found if name is not None)


def part_of(text: str, part: str) -> str:
    """The lines of ``text`` that ``part`` names, without their common indent and region marks.

    Raises NoSuchPart.
    """
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    regions, marks = _regions(lines)
    numbers = _LINES.fullmatch(part)
    if not part:
        start, end = 0, len(lines)
    elif numbers and part not in regions:
        start, end = int(numbers[1]) - 1, int(numbers[2] or numbers[1])
        if not 0 <= start < end <= len(lines):
            raise NoSuchPart(f"there are no lines {part}: the file has {len(lines):,}")
    elif part in regions:
        start, end = regions[part]
    else:
        guess = nearest(part, tuple(regions))
        known = f"its regions are {', '.join(sorted(regions))}" if regions else "it has none"
        raise NoSuchPart(f"there is no region {part!r}: {f'did you mean {guess!r}?' if guess else known}")
    kept = [line for at, line in enumerate(lines[start:end], start) if at not in marks]
    shown = textwrap.dedent("\n".join(kept)).strip("\n")
    if not shown.strip():
        raise NoSuchPart(f"{part or 'the file'} is empty")
    if len(shown) > MAX_CHARS:
        raise NoSuchPart(
            f"{part or 'the file'} has {len(shown):,} characters, and {MAX_CHARS:,} are shown: name a region"
        )
    return f"{shown}\n"


def _regions(lines: list[str]) -> tuple[Mapping[str, tuple[int, int]], frozenset[int]]:
    """The first and last line of each complete region, by name; and the lines that are marks."""
    regions: dict[str, tuple[int, int]] = {}
    marks: set[int] = set()
    opened: list[tuple[str, int]] = []
    for at, line in enumerate(lines):
        end = _END.match(line)
        start = None if end else _START.match(line)
        if start:
            opened.append((start["name"], at))
        elif end and opened:
            name = end["name"] if end["name"] in {one for one, _ in opened} else opened[-1][0]
            place = max(number for number, (one, _) in enumerate(opened) if one == name)
            _, first = opened.pop(place)
            regions.setdefault(name, (first + 1, at))
            marks |= {first, at}
    return regions, frozenset(marks)


def write_out(body: str, included: Mapping[str, str]) -> str:
    """``body`` with included code filled in, for readers of the Markdown, who have no other file."""
    lines = body.split("\n")
    for token in reversed(dialect().parse(body)) if included else ():
        code = included.get(include_of(token) or "")
        opening = _OPENING.match(lines[token.map[0]]) if code is not None and token.map else None
        if code is None or opening is None or token.map is None:
            continue
        longest = max((len(run) for run in re.findall(r"`+|~+", code)), default=0)
        marks = opening["marks"][0] * max(len(opening["marks"]), longest + 1)
        lead = re.sub(r"[-*+]|\d{1,9}[.)]", lambda mark: " " * len(mark[0]), opening["lead"])
        first = f"{opening['lead']}{marks}{_ATTRIBUTE.sub('', opening['info'])}"
        inner = [f"{lead}{line}".rstrip() for line in code.removesuffix("\n").split("\n")]
        lines[token.map[0] : token.map[1]] = [first, *inner, f"{lead}{marks}"]
    return "\n".join(lines)
