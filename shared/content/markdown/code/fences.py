"""Fenced code: the info string, and samples that can be verified. Does not depend on HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token

from shared.content.article import CodeSample
from shared.content.parsing.highlight import is_known_language
from shared.content.parsing.validation import unknown_key
from shared.content.problem import Problem
from shared.content.slug import slugify
from shared.text.digest import digest_of

RUNNABLE_LANGUAGES = frozenset({"python", "sql"})
PARSED_LANGUAGES = frozenset({"yaml", "yml", "json", "toml"})
#: The group of SQL samples that need a PostgreSQL server.
POSTGRESQL_GROUP = "postgresql"

#: Languages of diagrams: shown from an SVG file beside the article, if there is one.
DIAGRAM_LANGUAGES = frozenset({"mermaid", "dot", "graphviz", "plantuml", "d2"})

_ATTRIBUTES = ("title", "hl", "ins", "del", "numbers", "svg", "run", "noparse", "include")
#: Synonyms in other tools: Hugo, Zola, Jekyll, Material, Docusaurus, Eleventy, Astro (Expressive Code), Pelican.
_SYNONYMS = {
    "add": "ins",
    "caption": "title",
    "file": "title",
    "filename": "title",
    "hide_lines": "",
    "highlight": "hl",
    "highlight_lines": "hl",
    "hl_lines": "hl",
    "label": "title",
    "line-numbers": "numbers",
    "linenos": "numbers",
    "linenostart": "numbers",
    "linenums": "numbers",
    "linenumbers": "numbers",
    "lineno-start": "numbers",
    "mark": "hl",
    "name": "title",
    "number-lines": "numbers",
    "path": "title",
    "rm": "del",
    "show-line-numbers": "numbers",
    "showlinenumbers": "numbers",
    "start": "numbers",
    "startline": "numbers",
}
#: Words for other tools, without meaning here.
_IGNORED = re.compile(
    r"annotate|caption-.*|class|codeblock|compile_fail|copy|coloriz.*|edition20\d\d|editable|frame|ignore|live|metastring"
    r"|no[-_]?(?:run|copy|wrap|check|test|eval|editor|line-?numbers)|noinline_nohl|playground|preview|react-?live|select|should_panic"
    r"|text_only|twoslash|wrap|collapse|diff|anchorlinenos|anchor_linenos|lineanchors|guess_?syntax|style|tabwidth|theme|hide_lines"
)
_VALUE = r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|\{[^{}]*\}|\[[^\[\]]*\]|[^\s,{}]+'
_WORD = re.compile(rf"([.#]?[\w-]+)(?:\s*=\s*({_VALUE}))?")
_LINES_GROUP = re.compile(r"\{\s*([\d,\s-]+)\s*\}")
_MAX_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class Fence:
    """One block of code as written.

    ``marked_lines``, ``inserted_lines`` and ``deleted_lines`` count from 1. ``first_number`` is the number shown before
    the first line, ``None`` without numbers. ``drawing`` is the file drawn from it. ``sample`` is set if it can be
    verified.
    """

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
    inserted_lines: frozenset[int] = frozenset()
    deleted_lines: frozenset[int] = frozenset()
    first_number: int | None = None
    drawing: str | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """A parsed info string: the language, the attributes under their names here, and unknown words."""

    language: str
    attributes: Mapping[str, str]
    unknown: tuple[str, ...]


@lru_cache(maxsize=1 << 8)  # most blocks of a site name one of a few languages, and nothing else
def parse_info(info: str) -> Info:
    """Parse an info string, in the syntax of any of the tools that articles come from.

    ``python title="x" hl="1,3"``, ``js {1,3}``, ``js{1,3}``, ``{.python hl_lines="1 3" linenums="1"}``, ``go
    {linenos=table,hl_lines=[8,"15-17"]}``, ``rust,ignore``.
    """
    info = info.strip()
    rest = info
    language = ""
    if not info.startswith("{"):
        first = re.match(r"[^\s,{}\[:]*", info)
        language = first[0] if first else ""
        rest = info[len(language) :]
    attributes: dict[str, str] = {}
    unknown: list[str] = []
    group = _LINES_GROUP.search(rest)
    if group and not re.search(r"=\s*$", rest[: group.start()]):
        attributes["hl"] = group[1]
        rest = rest[: group.start()] + " " + rest[group.end() :]
    for word in _WORD.finditer(rest):
        name, value = word[1], _unquoted(word[2] or "")
        if name.startswith("."):
            language = language or name[1:]
            continue
        if name.startswith("#"):
            continue
        lower = name.lower()
        own = name if name in _ATTRIBUTES else _SYNONYMS.get(lower)
        if own:
            if own != "numbers" or value.lower() not in {"false", "0", "no"}:
                _set(attributes, own, value, name=lower)
        elif own is None and not _IGNORED.fullmatch(lower):
            unknown.append(name)
    return Info(language.lower(), attributes, tuple(unknown))


def _set(attributes: dict[str, str], own: str, value: str, *, name: str) -> None:
    """Set an attribute. Among several ways to number lines, the one with a number sets the start."""
    if own == "numbers":
        is_start = name in {"linenostart", "startline", "start", "lineno-start"} or value.isdigit()
        if is_start or "numbers" not in attributes:
            attributes["numbers"] = value if value.isdigit() else "1"
    else:
        attributes[own] = value


def _unquoted(value: str) -> str:
    """A value without its quotation marks or brackets."""
    if len(value) >= 2 and value[0] + value[-1] in {'""', "''"}:
        return value[1:-1].replace('\\"', '"')
    if len(value) >= 2 and value[0] + value[-1] in {"{}", "[]"}:
        return value[1:-1].replace('"', "").replace("'", "")
    return value


def parse_fence(token: Token, source: str, line: int) -> Fence:
    """A ``fence`` or ``code_block`` token as a Fence, without its sample."""
    info = parse_info(token.info if token.type == "fence" else "")
    language, attributes = info.language, info.attributes
    problems = [
        Problem(source, line, f"code block: {unknown_key(name, _ATTRIBUTES)}", "warning") for name in info.unknown
    ]
    if language.startswith("diff-"):
        language = "diff"
    marks: dict[str, frozenset[int]] = {}
    for name in ("hl", "ins", "del"):
        written = attributes.get(name)
        lines = _parse_lines(written, token.content.count("\n")) if written else frozenset()
        if lines is None:
            message = f'{name}="{written}" does not name lines of this block, as in {name}="3-5,9"'
            problems.append(Problem(source, line, message))
        marks[name] = lines or frozenset()
    if "run" in attributes and language not in RUNNABLE_LANGUAGES:
        problems.append(Problem(source, line, f"a {language or 'plain'} block cannot run: only python and sql do"))
    if not is_known_language(language):
        problems.append(Problem(source, line, f"{language!r} is not a language that can be coloured", "warning"))
    return Fence(
        language=language,
        code=token.content,
        line=line,
        title=attributes.get("title") or None,
        marked_lines=marks["hl"],
        is_runnable="run" in attributes and language in RUNNABLE_LANGUAGES,
        group=attributes.get("run") or None,
        is_parsed=language in PARSED_LANGUAGES and "noparse" not in attributes,
        problems=tuple(problems),
        inserted_lines=marks["ins"],
        deleted_lines=marks["del"],
        first_number=min(int(attributes["numbers"]), _MAX_NUMBER) if "numbers" in attributes else None,
        drawing=attributes.get("svg"),
    )


def drawing_names(fence: Fence, number: int) -> tuple[str, ...]:
    """The possible files of a diagram, the expected one first; it is the ``number``-th of the article."""
    titled = (f"{slugify(fence.title)}.svg",) if fence.title and slugify(fence.title) else ()
    chosen = (fence.drawing,) if fence.drawing else ()
    return (*chosen, *titled, f"{fence.language}-{number}.svg", f"diagram-{number}.svg")


def _parse_lines(text: str, count: int) -> frozenset[int] | None:
    """``3-5,9`` or ``3-5 9`` as numbers of lines of a block with ``count``; ``None`` when it is something else."""
    numbers: set[int] = set()
    for part in filter(None, re.split(r"[,\s]+", re.sub(r"\s*-\s*", "-", text))):
        bounds = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", part)
        if bounds is None:
            return None
        numbers.update(range(int(bounds[1]), int(bounds[2] or bounds[1]) + 1))
    return None if 0 in numbers or max(numbers, default=0) > count else frozenset(numbers)


def build_samples(fences: Sequence[Fence], is_followed: Sequence[bool]) -> Iterator[CodeSample | None]:
    """The sample of each fence, or ``None``. ``is_followed`` is true for a fence directly before another one."""
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
            digest=digest_of(fence.language, *earlier, fence.code, expected or ""),
        )
        earlier.append(fence.code)
