"""Front matter in the syntax of any tool. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.importing.reading.data_files import BadData, read_json, read_toml, read_yaml

_FENCES = {"---": read_yaml, "+++": read_toml, ";;;": read_json}
_LANGUAGES = {"": None, "yaml": read_yaml, "yml": read_yaml, "toml": read_toml, "json": read_json, "js": read_json}
#: The keys with which Pelican or MultiMarkdown front matter may start; other prose with a colon is prose.
_LINE_KEYS = frozenset(
    [
        "author",
        "authors",
        "category",
        "date",
        "description",
        "keywords",
        "lang",
        "modified",
        "slug",
        "status",
        "subtitle",
        "summary",
        "tags",
        "template",
        "title",
        "translation",
        "save_as",
        "url",
        "redirect",
    ]
)
_LINE_KEY = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*)|[ \t]*)$")


@dataclass(frozen=True, slots=True)
class Foreign:
    """An article split in two. ``lines`` are those of its keys, ``body_line`` is the first line of ``body``.

    ``problem`` says why the front matter had to be guessed, with ``problem_line``; "" if it was valid.
    """

    data: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str
    body_line: int
    form: str
    problem: str = ""
    problem_line: int = 1


def read_front_matter(text: str, *, has_line_form: bool = False) -> Foreign:
    """``text`` as a table and the rest. ``has_line_form``: ``Title: …`` lines without any fence count as a table."""
    start = len(text) - len(text.lstrip("\n \t"))
    skipped = text.count("\n", 0, start)
    rest = text[start:]
    opening = re.match(r"(---|\+\+\+|;;;)[ \t]*([a-z]*)[ \t]*\n", rest)
    if opening and opening[2] in _LANGUAGES:
        found = _fenced(rest, opening, skipped)
        if found:
            return found
    if rest.startswith("{") and not rest.startswith(("{%", "{{", "{#", "{/*")):
        found = _json(rest, skipped)
        if found:
            return found
    first = _LINE_KEY.match(rest.partition("\n")[0])
    if has_line_form and first and first[1].lower() in _LINE_KEYS:
        return _lines(rest, skipped)
    return Foreign({}, {}, text, 1, "none")


def _fenced(rest: str, opening: re.Match[str], skipped: int) -> Foreign | None:
    fence = re.escape(opening[1])
    end = "(?:---|\\.\\.\\.)" if opening[1] == "---" else fence
    closing = re.compile(rf"^{end}[ \t]*(?:\n|\Z)", re.MULTILINE).search(rest, opening.end())
    if closing is None:
        return None
    block, body = rest[opening.end() : closing.start()], rest[closing.end() :]
    first_line = skipped + 2
    body_line = skipped + 1 + rest.count("\n", 0, closing.end())
    if not closing[0].endswith("\n"):
        body_line += 1
    read = _LANGUAGES.get(opening[2]) or _FENCES[opening[1]]
    lines = _key_lines(block, first_line)
    form = {read_yaml: "YAML", read_toml: "TOML", read_json: "JSON"}[read]
    try:
        data = read(block)
    except BadData as error:
        data = _lenient(block)
        return Foreign(data, lines, body, body_line, form, str(error), first_line + error.line - 1)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        # A thematic break, prose, and another break: this is no front matter.
        return None
    return Foreign({str(key): value for key, value in data.items()}, lines, body, body_line, form)


def _json(rest: str, skipped: int) -> Foreign | None:
    try:
        data, end = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not rest[end:].startswith(("\n", "")):
        return None
    lines = _key_lines(rest[:end], skipped + 1)
    body = rest[end:].removeprefix("\n")
    return Foreign(data, lines, body, skipped + rest.count("\n", 0, end) + 2, "JSON")


def _lines(rest: str, skipped: int) -> Foreign:
    """``Title: …`` lines to the first empty one; an indented line continues the value before it."""
    data: dict[str, Any] = {}
    lines: dict[str, int] = {}
    key, taken = "", 0
    for number, line in enumerate(rest.split("\n"), start=1):
        match = _LINE_KEY.match(line)
        if match:
            key = match[1].lower()
            data[key] = (match[2] or "").strip()
            lines[key] = skipped + number
        elif line.startswith((" ", "\t")) and line.strip() and key:
            data[key] = f"{data[key]}\n{line.strip()}".strip()
        else:
            break
        taken = number
    body = "\n".join(rest.split("\n")[taken:])
    return Foreign(data, lines, body, skipped + taken + 1, "lines")


def _lenient(block: str) -> dict[str, Any]:
    """Front matter that is invalid in its language: parse ``key: value`` lines as text."""
    data: dict[str, Any] = {}
    key = ""
    for line in block.split("\n"):
        match = re.match(r"([A-Za-z_][\w-]*)[ \t]*[:=][ \t]*(.*)$", line)
        item = re.match(r"[ \t]*-[ \t]+(.*)$", line)
        if match:
            key = match[1]
            data[key] = _scalar(match[2])
        elif (item and key and data.get(key) in ("", [])) or (item and isinstance(data.get(key), list)):
            data[key] = [*(data[key] or []), _scalar(item[1])]
    return data


def _scalar(literal: str) -> Any:
    literal = literal.strip()
    try:
        value = read_yaml(literal)
    except BadData:
        value = literal
    if isinstance(value, dict | list) and not literal.startswith(("[", "{")):
        value = literal
    return literal.strip("\"'") if value is None or isinstance(value, dict) else value


def _key_lines(block: str, first_line: int) -> dict[str, int]:
    lines: dict[str, int] = {}
    for number, line in enumerate(block.split("\n"), start=first_line):
        match = re.match(r"[ \t]*[\"']?([A-Za-z_][\w-]*)[\"']?[ \t]*[:=]", line)
        if match:
            lines.setdefault(match[1], number)
    return lines
