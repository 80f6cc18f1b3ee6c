"""Read TOML with the line of each key, for error messages. Independent of the keys."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.content.parsing.validation import too_deep, unknown_key
from shared.content.problem import InvalidContent, Problem

#: What to do about messages of tomllib that only say that something is wrong.
_ADVICE = {
    "Invalid value": 'text stands in "quotes", and dates and numbers are written as in 2026-01-12 and 1.5',
    "Cannot overwrite a value": "the key is written twice, so keep one",
    "Expected '=' after a key in a key/value pair": 'write key = "value" (YAML stands between two lines of ---)',
    "Invalid date or datetime": "there is no such day or time",
}
#: The position in a message of tomllib.
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The keys of a block that starts on line 2 of ``source``, and the line of each. Raises InvalidContent."""
    try:
        data = tomllib.loads(block)
    except (ValueError, RecursionError) as error:  # a number with thousands of digits is a plain ValueError
        raise InvalidContent([toml_error(source, error, "the front matter", block, first_line=2)]) from error
    lines = toml_lines(block, data, first_line=2)
    if deep := too_deep(source, data, lines):
        raise InvalidContent(deep)
    return data, lines


def toml_error(source: str, error: Exception, what: str, block: str, *, first_line: int = 1) -> Problem:
    """The parser's error for ``block``, with its line. ``first_line`` is the line of the block's first."""
    place = _TOML_PLACE.search(str(error))
    line = 1
    if place:
        line = int(place[1]) if place[1] else max(1, len(block.splitlines()))
    said = _TOML_PLACE.sub("", str(error))
    advice = f": {_ADVICE[said]}" if said in _ADVICE else ""
    return Problem(source, line - 1 + first_line, f"{what} is not TOML: {said}{advice}")


def toml_lines(block: str, data: Mapping[str, Any], *, first_line: int = 1) -> dict[str, int]:
    """The line of each key of a TOML document, of tables too. ``first_line`` is the line of its first.

    Tables of an array are counted: ``queries.0`` is the first ``[[queries]]``.
    """
    lines: dict[str, int] = {}
    table, counts = "", dict[str, int]()
    for number, text in enumerate(block.splitlines(), start=first_line):
        header = re.match(r"\s*(\[\[?)\s*([\w.\-\"' ]+?)\s*\]", text)
        assignment = re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w\-.])+)\s*=""", text)
        if header and not assignment:
            name = header[2].replace('"', "").replace("'", "")
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = f"{name}.{counts[name]}"
            lines.setdefault(name, number)
            table = f"{name}."
        elif assignment:
            lines.setdefault(table + assignment[1].replace('"', "").replace("'", ""), number)
    for key in data:
        lines.setdefault(key, first_line)
    return lines


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of an array: its values as TOML gives them, and the 1-based line of its header."""

    line: int
    values: dict[str, Any]


def read_toml_tables(
    source: str, text: str, name: str, keys: Collection[str]
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """The tables ``[[name]]`` of a file that have only the keys ``keys``, and the problems of the rest."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return (), (toml_error(source, error, "this file", text),)
    lines = toml_lines(text, data)
    problems = [Problem(source, lines[key], unknown_key(key, (name,))) for key in data if key != name]
    values = data.get(name, [])
    # Only a table with a header of its own has a line.
    if not isinstance(values, list) or not all(f"{name}.{number}" in lines for number in range(len(values))):
        message = f"'{name}' must be written as tables, each under a line [[{name}]]"
        return (), (*problems, Problem(source, lines[name], message))
    entries = []
    for number, table in enumerate(values):
        path = f"{name}.{number}"
        unknown = sorted(table.keys() - set(keys))
        at = lines[path]
        problems += (Problem(source, lines.get(f"{path}.{key}", at), unknown_key(key, tuple(keys))) for key in unknown)
        if not unknown:
            entries.append(Entry(at, table))
    return tuple(entries), tuple(problems)
