"""The fields and types of JSON values: what a reader of one answer may rely on in another."""

from __future__ import annotations

from collections.abc import Iterator


def fields(value: object, where: str = "$") -> Iterator[tuple[str, str]]:
    """Every place in ``value`` with the type of what is there. The elements of a list are one place."""
    match value:
        case dict():
            yield where, "object"
            for key, inner in value.items():
                yield from fields(inner, f"{where}.{key}")
        case list():
            yield where, "list"
            for inner in value:
                yield from fields(inner, f"{where}[]")
        case bool():
            yield where, "boolean"
        case int() | float():
            yield where, "number"
        case str():
            yield where, "text"
        case _:
            yield where, "null"


def missing(before: Iterator[tuple[str, str]], after: Iterator[tuple[str, str]]) -> set[str]:
    """What was in the answers ``before`` and is not in those ``after``, or is of another type there."""
    has = set(after)
    return {f"{where}: {kind}" for where, kind in set(before) - has}
