"""Configuration and data of other tools as plain values. Pure; no object of the source is ever constructed or run."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

from services.importing.reading.js_data import read_js

#: Merge keys (``<<``) multiply: more pairs than this in one mapping are an attack.
_MAX_PAIRS = 10_000
#: More nodes than this, aliases followed, are an attack or no configuration.
_MAX_VALUES = 200_000


class BadData(Exception):
    """A text is not in the format of its name. ``line`` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc] # both are loaders
    """YAML 1.1, in which a tag of another program (``!!python/name:…``, ``!ENV``) becomes a value without meaning."""

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MAX_PAIRS:
            raise yaml.YAMLError("a mapping grows without end by merge keys")

    def construct_yaml_timestamp(self, node: Any) -> object:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value

    def construct_foreign(self, suffix: str, node: Any) -> object:  # noqa: ARG002 - the signature of a multi constructor
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        if isinstance(node, yaml.SequenceNode):
            # mkdocs: !ENV [NAME, default]
            return self.construct_sequence(node, deep=True)[-1:] or None
        return None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)
_Loader.add_multi_constructor("", _Loader.construct_foreign)


def read_yaml(text: str) -> Any:
    """A YAML document as plain values. Raises BadData."""
    loader = _Loader(text)
    try:
        value = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadData(str(error.problem or error), mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise BadData(str(error)) from error
    finally:
        loader.dispose()
    _check_size(value)
    return value


def read_toml(text: str) -> dict[str, Any]:
    """A TOML document as plain values. Raises BadData."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadData(str(error)) from error


def read_json(text: str) -> Any:
    """A JSON document as plain values; comments and trailing commas are forgiven. Raises BadData."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise BadData("nested without end") from error
    except ValueError as error:
        value = read_js(f"export default {text}").get("default")
        if isinstance(value, dict | list):
            return value
        raise BadData(str(error)) from error


def read_python(text: str) -> dict[str, Any]:
    """The assignments of literals at the top of a Python file (``SITENAME = "…"``). Nothing is run. Raises BadData."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadData(f"not Python: {error}", getattr(error, "lineno", None) or 1) from error
    values: dict[str, Any] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                try:
                    values[target.id] = ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                    continue
    return values


def read_data(path: str, text: str) -> Any:
    """The plain values of a file, by its suffix. Raises BadData."""
    suffix = path.rpartition(".")[2].lower()
    if suffix in {"yml", "yaml"}:
        return read_yaml(text)
    if suffix == "toml":
        return read_toml(text)
    if suffix in {"json", "json5", "jsonc"}:
        return read_json(text)
    if suffix == "py":
        return read_python(text)
    if suffix in {"js", "cjs", "mjs", "ts", "mts", "cts"}:
        return read_js(text)
    raise BadData(f"a file of the kind .{suffix} is not read")


def table(value: object, *keys: str) -> dict[str, Any]:
    """The table at ``keys`` in ``value``; an empty one if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return {str(name): inner for name, inner in value.items()} if isinstance(value, Mapping) else {}


def text(value: object) -> str:
    """``value`` as one line of text; "" for anything but text and numbers."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _check_size(value: object) -> None:
    """Raise BadData if following every alias meets more than ``_MAX_VALUES`` values, or never ends."""
    count, level = 0, [value]
    while level:
        below: list[object] = []
        for one in level:
            inner = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
            below.extend(inner)
        count += len(below)
        if count > _MAX_VALUES:
            raise BadData("more values than configuration has")
        level = below
