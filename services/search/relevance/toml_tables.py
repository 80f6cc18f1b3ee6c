"""Arrays of tables in a TOML file with the line each begins on, so that what is wrong with one can be found. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from shared.content.problem import Problem

_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the array: its values as TOML gives them, and the 1-based line of its header."""

    line: int
    values: dict[str, Any]


def parse_tables(
    text: str, source: str, name: str, keys: Collection[str]
) -> tuple[tuple[Table, ...], tuple[Problem, ...]]:
    """The tables ``[[name]]`` of ``text`` that have no other keys than ``keys``, and what is wrong with the rest."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at and at[1] else max(1, len(text.splitlines()))
        return (), (Problem(source, line, f"not valid TOML: {_AT_LINE.sub('', str(error))}"),)
    problems = [Problem(source, 1, f"unknown key '{key}': only [[{name}]] belongs here") for key in data if key != name]
    values = data.get(name, [])
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _is_header(line, name)]
    if not isinstance(values, list) or len(lines) != len(values) or not all(isinstance(one, dict) for one in values):
        problems.append(Problem(source, 1, f"'{name}' must be written as tables, each under a line [[{name}]]"))
        return (), tuple(problems)
    tables = []
    for line, table in zip(lines, values, strict=True):
        unknown = sorted(table.keys() - set(keys))
        problems += [Problem(source, line, f"unknown key '{key}': known are {', '.join(keys)}") for key in unknown]
        if not unknown:
            tables.append(Table(line, table))
    return tuple(tables), tuple(problems)


def _is_header(line: str, name: str) -> bool:
    return re.match(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]", line) is not None
