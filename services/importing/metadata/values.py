"""Convert single values: texts, names, switches. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

_MAX_EXTRA_DEPTH = 8


def plain_value(value: Any, depth: int = 0) -> Any:
    """A value that every YAML parser reads: tables with text keys, lists, text, numbers, dates; shallow nesting."""
    if isinstance(value, Mapping):
        return (
            str(dict(value))
            if depth > _MAX_EXTRA_DEPTH
            else {str(key): plain_value(one, depth + 1) for key, one in value.items()}
        )
    if isinstance(value, list | tuple | set | frozenset):
        return str(list(value)) if depth > _MAX_EXTRA_DEPTH else [plain_value(one, depth + 1) for one in value]
    if value is None or isinstance(value, bool | int | float | str | datetime | date):
        return value
    return str(value)


def truth(value: object) -> bool:
    """Whether a switch is on: true, or a text that means it."""
    return value is True or (isinstance(value, str) and value.strip().lower() in {"true", "yes", "1"})


def line(value: object) -> str:
    """A text or number on one line; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return ""
    return " ".join(str(value).split())


def texts(value: object) -> list[str]:
    """A list of texts: from a list, from a text with commas, or from the words of Jekyll's ``tags: a b``."""
    if isinstance(value, Mapping):
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [line(one) for one in value if line(one)] + [
            line(one.get("name") or one.get("label")) for one in value if isinstance(one, Mapping)
        ]
    text = line(value)
    return [part.strip() for part in text.split(",") if part.strip()]


def people(value: object) -> Iterator[str]:
    """The names in a text, a table, or a list of either, without e-mail addresses."""
    if isinstance(value, Mapping):
        name = line(value.get("name") or value.get("title") or value.get("login"))
        if name:
            yield name
    elif isinstance(value, str):
        for part in re.split(r"\s*[;]\s*|\s*,\s+(?!(?:Jr|Sr|PhD|MD|III|II)\b)", value.strip()):
            if part.strip():
                yield re.sub(r"\s*<[^>]*@[^>]*>", "", " ".join(part.split()))
    elif isinstance(value, Sequence):
        for one in value:
            if isinstance(one, str):
                yield re.sub(r"\s*<[^>]*@[^>]*>", "", " ".join(one.split()))
            else:
                yield from people(one)
