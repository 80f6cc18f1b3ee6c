"""YAML and TOML as mappings with the line of each key, so that whatever is wrong with a value can say where it stands.

It knows no key by name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from shared.content.problem import InvalidContent, Problem
from shared.content.parsing.validation import show, unknown_key

#: Where a message of tomllib says what it is about.
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
#: `extra` may nest; a hundred levels are an attack or an accident.
_MAX_DEPTH = 20


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc] # both are loaders
    """YAML 1.1 without objects. A date that does not exist stays text, so that its own check can name it."""

    def construct_yaml_timestamp(self, node: Any) -> object:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def read_yaml(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The keys of a block that starts on line 2 of ``source``, and the line of each. Raises InvalidContent."""
    loader = _Loader(block)
    try:
        node = loader.get_single_node()
        data = {} if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        raise InvalidContent([Problem(source, line, f"the front matter is not YAML: {_explain(error)}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidContent([Problem(source, 1, f"the front matter is not YAML: {error}")]) from error
    finally:
        loader.dispose()
    if _is_too_deep(data):
        raise InvalidContent([Problem(source, 2, f"the front matter is nested deeper than {_MAX_DEPTH} levels")])
    if not isinstance(data, dict):
        raise InvalidContent([Problem(source, 2, f"the front matter is not a table of keys: {show(data)}")])
    lines: dict[str, int] = {}
    problems = list(_map_lines(source, node, "", lines))
    problems += (
        Problem(source, 2, f"{show(key)} is not a key: keys are text") for key in data if not isinstance(key, str)
    )
    if problems:
        raise InvalidContent(problems)
    return data, lines


def _explain(error: yaml.MarkedYAMLError) -> str:
    """What YAML says; where it lost the thread far from its start, where that was."""
    start, end = error.context_mark, error.problem_mark
    if error.context and start and end and start.line != end.line:
        return f"{error.problem} {error.context} that starts on line {start.line + 2}"
    return str(error.problem or error)


def _is_too_deep(value: object) -> bool:
    """Whether tables and lists are nested deeper than a person writes (or, by a reference, without an end).

    Level by level and each value once: references make copies that cost YAML nothing and a walk everything.
    """
    level = {id(value): value}
    for _ in range(_MAX_DEPTH):
        below: dict[int, object] = {}
        for one in level.values():
            inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            below |= {id(item): item for item in inner if isinstance(item, dict | list)}
        if not below:
            return False
        level = below
    return True


def _map_lines(source: str, node: yaml.Node | None, prefix: str, lines: dict[str, int]) -> list[Problem]:
    """Fill ``lines`` with the line of each key; one written twice is a problem (YAML keeps the last, silently)."""
    problems: list[Problem] = []
    pairs: list[tuple[Hashable, int, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [
            (key.value, key.start_mark.line, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
        ]
    elif isinstance(node, yaml.SequenceNode) and prefix:
        pairs = [(number, item.start_mark.line, item) for number, item in enumerate(node.value)]
    for key, line, value in pairs:
        path = f"{prefix}{key}"
        if path in lines:
            problems.append(
                Problem(source, line + 2, f"{path} is written twice (first on line {lines[path]}): keep one")
            )
        lines[path] = line + 2
        # Two levels are all that the keys have; `extra` may be of any depth (and refer to itself).
        if prefix.count(".") < 2:
            problems += _map_lines(source, value, f"{path}.", lines)
    return problems


def read_toml(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The keys of a block that starts on line 2 of ``source``, and the line of each. Raises InvalidContent."""
    try:
        data = tomllib.loads(block)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
        raise InvalidContent([toml_error(source, error, "the front matter", block, first_line=2)]) from error
    if _is_too_deep(data):
        raise InvalidContent([Problem(source, 2, f"the front matter is nested deeper than {_MAX_DEPTH} levels")])
    return data, toml_lines(block, data, first_line=2)


def toml_error(source: str, error: Exception, what: str, block: str, *, first_line: int = 1) -> Problem:
    """What a TOML parser says of ``block``, with the line it means. ``first_line`` is the line of its first."""
    place = _TOML_PLACE.search(str(error))
    line = 1
    if place:
        line = int(place[1]) if place[1] else max(1, len(block.splitlines()))
    return Problem(source, line - 1 + first_line, f"{what} is not TOML: {_TOML_PLACE.sub('', str(error))}")


def toml_lines(block: str, data: Mapping[str, Any], *, first_line: int = 1) -> dict[str, int]:
    """The line of each key of a TOML document, of tables too. ``first_line`` is the line of its first.

    Tables of an array are counted: ``queries.0`` is the first ``[[queries]]``.
    """
    lines: dict[str, int] = {}
    table, counts = "", dict[str, int]()
    for number, text in enumerate(block.splitlines(), start=first_line):
        header = re.match(r"\s*(\[\[?)\s*([\w.\-\"' ]+?)\s*\]", text)
        assignment = re.match(r"\s*([\w\-\"'.]+)\s*=", text)
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
    """The tables ``[[name]]`` of a file that have no other keys than ``keys``, and what is wrong with the rest."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return (), (toml_error(source, error, "this file", text),)
    lines = toml_lines(text, data)
    problems = [Problem(source, lines[key], unknown_key(key, (name,))) for key in data if key != name]
    values = data.get(name, [])
    # Only a header of its own gives a table a line.
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
