"""Strict tables: a mapping from a file becomes a typed value, or problems that name key, value and fix.

YAML and TOML reach it as mappings with line numbers.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from shared.content.problem import InvalidContent, Problem
from shared.text.nearest import nearest

#: Dotted key → 1-based line.
Lines = Mapping[str, int]

#: An invalid value is quoted up to this many characters: enough to find it, short enough for one line.
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 60

#: `extra` may nest; a hundred levels are an attack or an accident.
MAX_DEPTH = 20


class Table(BaseModel):
    """A table of settings: frozen, no unknown keys, no silent conversions.

    Each field's description says which values it takes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


T = TypeVar("T", bound=Table)

#: Returns what to write in place of an unknown key, or ``None``.
Advice = Callable[[str], str | None]


def no_advice(_key: str) -> None:
    """No advice."""


def validate_table(
    model: type[T],
    data: Mapping[str, Any],
    *,
    source: str,
    lines: Lines,
    context: object = None,
    advice: Advice = no_advice,
) -> T:
    """Validate ``data`` as ``model``. Raises InvalidContent with one problem for each invalid key.

    ``context`` is for the validators of the model. ``advice`` says what to write instead of an unknown key of the
    outermost table.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        misspelt = {_meant(model, detail) for detail in details if detail["type"] == "extra_forbidden"}
        # A required key under a misspelt name is one mistake, not two.
        told = (one for one in details if one["type"] != "missing" or one["loc"] not in misspelt)
        raise InvalidContent(sorted(_problem(model, detail, source, lines, advice) for detail in told)) from error


def unknown_key(name: str, known: tuple[str, ...]) -> str:
    """Return the message for an unknown key: the nearest known one, or all of them."""
    guess = nearest(name.rpartition(".")[2], known)
    others = "; others go under extra" if "extra" in known else ""
    hint = f"did you mean {guess!r}?" if guess else f"the keys are {', '.join(sorted(known))}{others}"
    return f"{name!r} is not a known key: {hint}"


def line_of(key: str, lines: Lines) -> int:
    """The line of the longest known prefix of a dotted key; 1 if there is none."""
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return lines.get(key, 1)


def show(value: object) -> str:
    """An invalid value for a message: text in quotation marks, any other as YAML and TOML write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    return "nothing" if value is None else _REPR.repr(value)


def _meant(model: type[Table], detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return the location that an unknown key was probably meant for."""
    owner, _ = _describe(model, detail["loc"])
    return (*detail["loc"][:-1], nearest(str(detail["loc"][-1]), tuple(owner.model_fields)) or "")


def _problem(model: type[Table], detail: ErrorDetails, source: str, lines: Lines, advice: Advice) -> Problem:
    location = detail["loc"]
    key = ".".join(map(str, location))
    owner, takes = _describe(model, location)
    if detail["type"] == "extra_forbidden":
        hint = advice(key) if len(location) == 1 else None
        message = f"{key!r} is not a known key: {hint}" if hint else unknown_key(key, tuple(owner.model_fields))
    elif detail["type"] == "missing":
        message = f"{key} is missing: it takes {takes}"
    elif detail["type"] == "value_error":
        message = f"{key}: {detail['ctx']['error']}"
    elif detail["type"] == "string_too_short":
        message = f"{key} is empty: it takes {takes}"
    else:
        message = f"{key}: {show(detail['input'])} is not {takes}"
        if detail["type"] == "string_type" and isinstance(detail["input"], bool | int | float | date | time):
            message += ': write it in "quotes", because YAML and TOML read it as something else'
    return Problem(source, line_of(key, lines), message)


def _describe(model: type[Table], location: tuple[int | str, ...]) -> tuple[type[Table], str]:
    """The innermost table of ``location``, and the valid values of the innermost known key."""
    owner, takes, item = model, "a table", "a table"
    for part in location:
        if isinstance(part, int):
            takes = item
            continue
        field = owner.model_fields.get(part)
        if field is None:  # a key of a table with keys of the author's own
            takes = item
            continue
        takes = item = field.description or takes
        if isinstance(field.json_schema_extra, dict):
            item = str(field.json_schema_extra.get("item", item))
        owner = _table_of(field.annotation) or owner
    return owner, takes


def _table_of(annotation: Any) -> type[Table] | None:
    """The table inside an annotation such as ``Series | None`` or ``list[Link]``."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        table = _table_of(inner)
        if table is not None:
            return table
    return None


def too_deep(source: str, data: object, lines: Lines) -> list[Problem]:
    """A problem for each key of ``data`` whose value is nested too deeply; for a list, one problem."""
    message = f"the front matter is nested deeper than {MAX_DEPTH} levels"
    if isinstance(data, dict):
        deep = [key for key, value in data.items() if is_too_deep({key: value})]
        return [Problem(source, line_of(str(key), lines), message) for key in deep]
    return [Problem(source, 2, message)] if is_too_deep(data) else []


def is_too_deep(value: object) -> bool:
    """Whether tables and lists are nested deeper than a person writes (or, by a reference, infinitely).

    Level by level and each value once: references make copies that cost YAML nothing but a walk everything.
    """
    level = {id(value): value}
    for _ in range(MAX_DEPTH):
        below: dict[int, object] = {}
        for one in level.values():
            inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            below |= {id(item): item for item in inner if isinstance(item, dict | list)}
        if not below:
            return False
        level = below
    return True
