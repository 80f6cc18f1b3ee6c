"""Fenced code: what the words after the fence say, and the samples that can be proven. It knows no HTML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from shared.content.article import CodeSample
from shared.content.parsing.highlight import is_known_language
from shared.content.problem import Problem
from shared.content.parsing.validation import unknown_key

RUNNABLE_LANGUAGES = frozenset({"python", "sql"})
PARSED_LANGUAGES = frozenset({"yaml", "yml", "json", "toml"})
#: The group of SQL samples that need a PostgreSQL server.
POSTGRESQL_GROUP = "postgresql"

_ATTRIBUTES = ("title", "hl", "run", "noparse")
_WORD = re.compile(r'([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?')


@dataclass(frozen=True, slots=True)
class Fence:
    """One block of code as written. ``marked_lines`` count from 1; ``sample`` is there when it can be proven."""

    language: str
    code: str
    line: int
    title: str | None
    marked_lines: frozenset[int]
    is_runnable: bool
    group: str | None
    is_parsed: bool
    problems: tuple[Problem, ...]
    sample: CodeSample | None = None


def parse_fence(token: Token, source: str, line: int) -> Fence:
    """A ``fence`` or ``code_block`` token as a Fence, without its sample."""
    info = token.info.strip() if token.type == "fence" else ""
    first = re.match(r"[^\s,{}]*", info)
    language = first[0].lower() if first else ""
    attributes: dict[str, str] = {}
    problems: list[Problem] = []
    for word in _WORD.finditer(info[len(language) :]):
        name, value = word[1], word[2] if word[2] is not None else word[3] or ""
        if name in _ATTRIBUTES:
            attributes[name] = value
        elif info[len(language) : len(language) + 1].isspace():
            problems.append(Problem(source, line, f"code block: {unknown_key(name, _ATTRIBUTES)}"))
    marked = _parse_lines(attributes.get("hl", ""))
    if marked is None or any(number > token.content.count("\n") for number in marked):
        problems.append(
            Problem(source, line, f'hl="{attributes["hl"]}" does not name lines of this block, as in hl="3-5,9"')
        )
    if "run" in attributes and language not in RUNNABLE_LANGUAGES:
        problems.append(Problem(source, line, f"a {language or 'plain'} block cannot run: only python and sql do"))
    if not is_known_language(language):
        problems.append(Problem(source, line, f"{language!r} is not a language that can be coloured", "warning"))
    return Fence(
        language=language,
        code=token.content,
        line=line,
        title=attributes.get("title"),
        marked_lines=marked or frozenset(),
        is_runnable="run" in attributes and language in RUNNABLE_LANGUAGES,
        group=attributes.get("run") or None,
        is_parsed=language in PARSED_LANGUAGES and "noparse" not in attributes,
        problems=tuple(problems),
    )


def _parse_lines(text: str) -> frozenset[int] | None:
    """``3-5,9`` as line numbers; ``None`` when it is something else."""
    numbers: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        bounds = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", part)
        if bounds is None:
            return None
        numbers.update(range(int(bounds[1]), int(bounds[2] or bounds[1]) + 1))
    return None if 0 in numbers else frozenset(numbers)


def build_samples(fences: Sequence[Fence], is_followed: Sequence[bool]) -> Iterator[CodeSample | None]:
    """The sample of each fence, or ``None``. ``is_followed`` says of each whether the next block is right behind it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for index, fence in enumerate(fences):
        if not (fence.is_runnable or fence.is_parsed):
            yield None
            continue
        after = fences[index + 1] if index + 1 < len(fences) and is_followed[index] else None
        expected = after.code if fence.is_runnable and after and after.language == "output" else None
        earlier: list[str] = []
        if fence.is_runnable and fence.group:
            earlier = groups.setdefault((fence.language, fence.group), [])
        yield CodeSample(
            language=fence.language,
            code=fence.code,
            line=fence.line,
            group=fence.group if fence.is_runnable else None,
            is_runnable=fence.is_runnable,
            expected_output=expected,
            digest=_digest(fence.language, *earlier, fence.code, expected or ""),
        )
        earlier.append(fence.code)


def _digest(*parts: str) -> str:
    """SHA-256 (hex) of parts with their lengths, so that moving text between parts changes it."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()
