"""Validate a value by a JSON schema: the part of JSON Schema 2020-12 that the service's description uses.

An unknown keyword is an error, so that a description cannot promise more than is checked.
"""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_ANNOTATIONS = {"title", "description", "default", "format"}


def differences(value: Any, schema: Schema, document: Schema, where: str = "$") -> list[str]:
    """Every place at which ``value`` violates ``schema``; references are resolved in ``document``."""
    found = _type(value, schema["type"], document, where, schema) if "type" in schema else []
    if found:
        return found  # the other keywords are about values of that type
    for keyword, wanted in schema.items():
        if keyword not in _ANNOTATIONS:
            found += _CHECKS[keyword](value, wanted, document, where, schema)
    return found


def _ref(value: Any, wanted: str, document: Schema, where: str, _schema: Schema) -> list[str]:
    target: Any = document
    for step in wanted.removeprefix("#/").split("/"):
        target = target[step]
    return differences(value, target, document, where)


def _type(value: Any, wanted: str, _document: Schema, where: str, _schema: Schema) -> list[str]:
    is_it = isinstance(value, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))
    return [] if is_it else [f"{where}: {value!r} is no {wanted}"]


def _any_of(value: Any, wanted: list[Schema], document: Schema, where: str, _schema: Schema) -> list[str]:
    found = [differences(value, one, document, where) for one in wanted]
    return [] if any(not one for one in found) else [line for one in found for line in one]


def _properties(value: Any, wanted: Schema, document: Schema, where: str, _schema: Schema) -> list[str]:
    unknown = [f"{where}: {name} is not described" for name in value if name not in wanted]
    return unknown + [
        line
        for name, one in wanted.items()
        if name in value
        for line in differences(value[name], one, document, f"{where}.{name}")
    ]


def _required(value: Any, wanted: list[str], _document: Schema, where: str, _schema: Schema) -> list[str]:
    return [f"{where}: {name} is missing" for name in wanted if name not in value]


def _additional(value: Any, wanted: Schema, document: Schema, where: str, _schema: Schema) -> list[str]:
    return [line for name, one in value.items() for line in differences(one, wanted, document, f"{where}.{name}")]


def _items(value: Any, wanted: Schema, document: Schema, where: str, _schema: Schema) -> list[str]:
    return [line for n, one in enumerate(value) for line in differences(one, wanted, document, f"{where}[{n}]")]


def _prefix_items(value: Any, wanted: list[Schema], document: Schema, where: str, _schema: Schema) -> list[str]:
    pairs = enumerate(zip(value, wanted, strict=False))
    return [line for n, (one, schema) in pairs for line in differences(one, schema, document, f"{where}[{n}]")]


def _holds(test: Any) -> Any:
    def check(value: Any, wanted: Any, _document: Schema, where: str, _schema: Schema) -> list[str]:
        return [] if test(value, wanted) else [f"{where}: {value!r} against {wanted!r}"]

    return check


_CHECKS: dict[str, Any] = {
    "$ref": _ref,
    "type": _type,
    "anyOf": _any_of,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "prefixItems": _prefix_items,
    "enum": _holds(lambda value, wanted: value in wanted),
    "const": _holds(lambda value, wanted: value == wanted),
    "minItems": _holds(lambda value, wanted: len(value) >= wanted),
    "maxItems": _holds(lambda value, wanted: len(value) <= wanted),
    "maxLength": _holds(lambda value, wanted: len(value) <= wanted),
    "minimum": _holds(lambda value, wanted: value >= wanted),
    "maximum": _holds(lambda value, wanted: value <= wanted),
    "pattern": _holds(lambda value, wanted: re.search(wanted, value) is not None),
}
