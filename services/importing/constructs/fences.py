"""Convert the info strings of fences from the syntax of all tools to this site's."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from services.importing.constructs import dialect
from services.importing.constructs.draft import Draft, Fence, dedented

_BRACES = re.compile(r"(?:([\w:-]+)=)?\{([^{}]*)\}")
_WORD = re.compile(
    r"(?:(?P<key>[\w:-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>\S+)))|(?P<quoted>\"[^\"]*\"|'[^']*'|/(?:[^/\\]|\\.)+/)|(?P<word>\S+)"
)
_LINES = re.compile(r"[\d\s,\-\"'.\[\]]+")
_LANGUAGE = re.compile(r"[A-Za-z_+#][\w+#.-]*")
_TITLE_MARK = re.compile(r"<!-- import-title: (.*?) -->\s*\Z")
_MAGIC = re.compile(
    r"[ \t]*(?://|#|--|;|%|/\*|<!--|\{/\*)[ \t]*highlight-(next-line|start|end)[ \t]*(?:\*/\}?|-->)?[ \t]*$"
)
_MAGIC_INLINE = re.compile(
    r"[ \t]*(?://|#|--|;|/\*|<!--)[ \t]*\[!code (hl|highlight|focus|word:[^\]]*|\+\+|--|warning|error)\]"
    r"[ \t]*(?:\*/|-->)?[ \t]*$"
)
_TITLES = frozenset({"title", "filename", "file", "name", "caption", "label", "header"})
_MARKED = frozenset(
    {
        "hl_lines",
        "hl",
        "highlight",
        "hllines",
        "mark",
        "mark_lines",
        "lines",
        "emphasize-lines",
        "ins",
        "del",
        "add",
        "rm",
        "focus",
    }
)
_ADDED = frozenset({"ins", "add"})
_REMOVED = frozenset({"del", "rm"})
_NUMBERED = frozenset(
    {"linenums", "showlinenumbers", "linenos", "linenumbers", "numberlines", "line-numbers", "lineno", "numbers"}
)
#: Attributes for the number of the first line.
_STARTS = frozenset({"showlinenumbers", "linenostart", "startline", "start", "startfrom", "linenums", "numbers"})
#: Classes that are not languages.
_NOT_LANGUAGES = frozenset(
    {"annotate", "copy", "no-copy", "select", "numberlines", "line-numbers", "highlight", "code", "nohighlight", "wrap"}
)
#: Words that have no effect on a block here.
_HARMLESS = frozenset(
    {
        "ignore",
        "no_run",
        "should_panic",
        "compile_fail",
        "edition2018",
        "edition2021",
        "edition2024",
        "text",
        "ts2json",
        "id",
    }
)
_ALIASES = {
    "diff-js": "diff",
    "diff-ts": "diff",
    "diff-html": "diff",
    "diff-css": "diff",
    "none": "text",
    "nocode": "text",
    "plain": "text",
    "plaintext": "text",
    "txt": "text",
    "no-highlight": "text",
    "nohighlight": "text",
    "c#": "csharp",
    "objective-c": "objectivec",
}


@dataclass(slots=True)
class Info:
    """A parsed info string. ``dropped`` are words that have no meaning here."""

    language: str = ""
    title: str = ""
    lines: set[int] = field(default_factory=set)
    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    numbered: bool = False
    start: int = 1
    included: str = ""
    dropped: list[str] = field(default_factory=list)


def _marked(found: Info, key: str) -> set[int]:
    """The lines that a key marks: as added, as removed, or just highlighted."""
    return found.added if key in _ADDED else found.removed if key in _REMOVED else found.lines


def parse_info(info: str) -> Info:
    """Parse the info string of any tool."""
    found = Info()
    rest = info.strip()
    first = _LANGUAGE.match(rest)
    if first and not rest[first.end() :].startswith("="):
        found.language, rest = first[0], rest[first.end() :]
        found.language = found.language.rstrip(".")
    if re.match(r",\s*[\w-]+", rest) and re.search(r"[,]\s*(?:linenos|hl_lines|linenostart|name|hide_lines)\b", rest):
        # Zola: settings behind commas, whose lines may stand behind blanks: linenos,hl_lines=1 3-4,name=main.rs
        for word in rest.split(","):
            key, is_setting, value = word.strip().partition("=")
            if is_setting:
                _setting(key.strip().lower(), value.strip("\"' "), found, word.strip())
            else:
                _glued(key, found)
        rest = ""
    rest = _BRACES.sub(lambda match: _braces(match, found), rest)
    # ``rust,ignore``; ``js:title.js``; ``text/2-3``
    glued = re.match(r"[,/:]\S*", rest)
    if glued:
        rest = rest[glued.end() :]
        _glued(glued[0], found)
    for match in _WORD.finditer(rest):
        _word(match, found)
    found.language = _ALIASES.get(found.language.lower(), found.language.lower())
    return found


def _braces(match: re.Match[str], found: Info) -> str:
    key, inner = (match[1] or "").lower(), match[2].strip()
    if (not key or key in _MARKED) and inner and _LINES.fullmatch(inner):
        _marked(found, key).update(line_numbers(inner))
    elif key in _TITLES:
        found.title = inner.strip("\"'`")
    elif key:
        found.dropped.append(match[0])
    else:
        for word in re.finditer(
            r"([\w-]+)\s*=\s*(\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[^\s,]+)|(\.[\w+#-]+|#[\w-]+|[^\s,]+)", inner
        ):
            if word[1]:
                _setting(word[1].lower(), word[2].strip("\"'"), found, word[0])
            elif word[3].startswith("."):
                _class(word[3][1:], found)
            elif not found.language and re.fullmatch(r"[A-Za-z]\w*", word[3]):
                found.language = word[3]
            else:
                found.dropped.append(word[3])
    return " "


def _class(name: str, found: Info) -> None:
    if name.lower() in _NUMBERED:
        found.numbered = True
    elif name.lower() in _NOT_LANGUAGES:
        if name.lower() not in {"copy", "select", "highlight", "code"}:
            found.dropped.append(f".{name}")
    elif not found.language:
        found.language = name.removeprefix("language-").removeprefix("lang-")


def _glued(text: str, found: Info) -> None:
    for part in re.split(r"[,/:]", text):
        if part.lower() in _NUMBERED:
            found.numbered = True
        elif part and _LINES.fullmatch(part):
            found.lines |= line_numbers(part)
        elif part in _HARMLESS or not part:
            continue
        elif "." in part and not found.title:
            found.title = part
        else:
            found.dropped.append(part)


def _word(match: re.Match[str], found: Info) -> None:
    if match["key"]:
        value = next(group for group in (match["double"], match["single"], match["bare"]) if group is not None)
        _setting(match["key"].lower(), value, found, match[0])
    elif match["word"]:
        word = match["word"].lower()
        if word in _NUMBERED:
            found.numbered = True
        elif re.fullmatch(r"\[[^\]]+\]", word) and not found.title:
            found.title = match["word"][1:-1]  # VitePress names a tab of a group so
        elif word not in _HARMLESS:
            found.dropped.append(match["word"])
    else:
        found.dropped.append(match["quoted"])


def _setting(key: str, value: str, found: Info, written: str) -> None:
    if key in _TITLES:
        found.title = value
    elif key in _MARKED and _LINES.fullmatch(value):
        _marked(found, key).update(line_numbers(value))
    elif key in _STARTS and re.fullmatch(r"\d{1,6}", value) and int(value) > 1:
        found.numbered, found.start = True, int(value)
    elif key == "include":
        found.included = value
    elif key in _NUMBERED:
        found.numbered = value.lower() not in {"false", "0", "no"}
    else:
        found.dropped.append(written)


def line_numbers(text: str) -> set[int]:
    """``1,3-5``, ``1 3``, ``[8,"15-17"]`` as numbers; at most ten thousand lines each."""
    numbers: set[int] = set()
    for first, last in re.findall(r"(\d{1,5})(?:\s*(?:-|\.\.)\s*(\d{1,5}))?", text):
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers - {0}


def convert_fences(draft: Draft, included: Mapping[str, str]) -> None:
    """Rewrite the info string of each fence; an incomplete sample of data is marked as such.

    ``included`` is the code of blocks that name a file, by that name.
    """
    draft.apply([edit for fence in draft.fences() for edit in _edits(draft, fence, included)])


def _edits(draft: Draft, fence: Fence, included: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """The edits for one fence: the title before it, and its info string."""
    info = parse_info(fence.info)
    before = _TITLE_MARK.search(draft.text, max(0, fence.start - 300), fence.start)
    if before:
        info.title = info.title or before[1]
        yield before.start(), before.end(), ""
    code, comments = _marked_by_comments(draft, fence, info)
    yield from comments
    code = included.get(info.included) or code
    is_fragment = _is_fragment(info.language, code, fence)
    written = _written(info, code, is_fragment=is_fragment)
    if is_fragment:
        draft.report("converted", "sample that is a fragment", fence.start, "marked noparse")
    if info.dropped:
        draft.report("dropped", "fence attribute", fence.start, " ".join(info.dropped)[:80])
    if written == fence.info:
        return
    if written.split(" ")[1:] or fence.info.split(" ")[1:]:
        draft.report("converted", "fence attributes", fence.start, fence.info[:60])
    has_line_end = fence.code_start > fence.start and draft.text[fence.code_start - 1] == "\n"
    yield fence.start + len(fence.lead) + len(fence.mark), fence.code_start - int(has_line_end), written


def _marked_by_comments(draft: Draft, fence: Fence, info: Info) -> tuple[str, list[tuple[int, int, str]]]:
    """The code of ``fence`` without the comments that mark lines of it, and the edits that take them out.

    Lines that ``info`` numbers already are those without the comments, as Docusaurus counts them.
    """
    code = draft.text[fence.code_start : fence.code_end]
    if "highlight-" not in code and "[!code" not in code:
        return code, []
    edits: list[tuple[int, int, str]] = []
    kept: list[str] = []
    is_inside = is_next = False
    at = fence.code_start
    for line in code.split("\n"):
        magic, inline = _MAGIC.match(line), _MAGIC_INLINE.search(line)
        if magic:
            is_inside = magic[1] == "start" or (is_inside and magic[1] == "next-line")
            is_next = magic[1] == "next-line"
            edits.append((at, min(at + len(line) + 1, fence.code_end), ""))
        else:
            if inline:
                {"++": info.added, "--": info.removed}.get(inline[1], info.lines).add(len(kept) + 1)
                edits.append((at + inline.start(), at + len(line), ""))
            if is_inside or is_next:
                info.lines.add(len(kept) + 1)
            is_next = False
            kept.append(line[: inline.start()] if inline else line)
        at += len(line) + 1
    draft.report("converted", "comment that marks lines", fence.start)
    return "\n".join(kept), edits


def _written(info: Info, code: str, *, is_fragment: bool) -> str:
    """The info string of ``code`` in this site's syntax; line numbers beyond its end are left out."""
    height = code.count("\n") + (0 if code.endswith("\n") or not code else 1)
    return dialect.fence_info(
        info.language,
        title=info.title,
        lines=(number for number in info.lines if number <= height),
        added=(number for number in info.added if number <= height),
        removed=(number for number in info.removed if number <= height),
        first_number=info.start if info.numbered else None,
        is_fragment=is_fragment,
        included=info.included,
    )


def _is_fragment(language: str, code: str, fence: Fence) -> bool:
    """Whether a sample of data does not parse, so that a check would report it."""
    if language not in {"yaml", "yml", "json", "toml"}:
        return False
    sample = _without_lead(code, fence.lead)
    try:
        if language == "json":
            json.loads(sample)
        elif language == "toml":
            tomllib.loads(sample)
        else:
            for _ in yaml.compose_all(sample, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):
                pass
    except (ValueError, RecursionError, yaml.YAMLError):
        return True
    return False


def _without_lead(code: str, lead: str) -> str:
    """The lines of a fence without their prefix: marks of a quotation, the indent of a list."""
    if ">" in lead:
        code = "\n".join(re.sub(r"^(?:[ \t]*>)+ ?", "", line) for line in code.split("\n"))
    return dedented(f"\n{code}")[1:]
