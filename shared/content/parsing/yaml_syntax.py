"""Read YAML front matter with the line of each key, for error messages. Independent of the keys."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from shared.content.parsing.validation import MAX_DEPTH, is_too_deep, show
from shared.content.problem import InvalidContent, Problem


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
    if is_too_deep(data):
        raise InvalidContent([Problem(source, 2, f"the front matter is nested deeper than {MAX_DEPTH} levels")])
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
    """Return the YAML error, with the start of the construct if that is far from the error."""
    start, end = error.context_mark, error.problem_mark
    if error.context and start and end and start.line != end.line:
        return f"{error.problem} {error.context} that starts on line {start.line + 2}"
    return str(error.problem or error)


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
