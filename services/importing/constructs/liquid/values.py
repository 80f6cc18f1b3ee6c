"""Evaluate expressions of Liquid and Nunjucks over known values: ``site.title | upcase``.

Pure; an unknown value is ``UNRESOLVED``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from services.importing.constructs.named import Arguments
from shared.content.slug import slugify

UNRESOLVED = object()

_ATOM = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<path>[A-Za-z_][\w-]*(?:\.[\w-]+|\[\s*(?:\"[^\"]*\"|'[^']*'|\d+)\s*\])*))"
)
_STEP = re.compile(r"\.([\w-]+)|\[\s*(?:\"([^\"]*)\"|'([^']*)'|(\d+))\s*\]")
_FILTER = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:(:)|(\())?")
_COMPARISON = re.compile(r"(.+?)\s*(==|!=|contains)\s*(.+)$")
_WORDS = {"true": True, "false": False, "nil": None, "null": None, "empty": "", "blank": ""}


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """The value of ``expression``, or ``UNRESOLVED``."""
    value, at = _atom(expression, 0, variables)
    while value is not UNRESOLVED:
        rest = expression[at:]
        if not rest.strip():
            return value
        pipe = re.match(r"\s*\|", rest)
        match = _FILTER.match(expression, at + pipe.end()) if pipe else None
        if match is None:
            return UNRESOLVED
        arguments, at = _filter_arguments(expression, match, variables)
        function = _FILTERS.get(match[1])
        if function is None or UNRESOLVED in arguments:
            return UNRESOLVED
        try:
            value = function(value, *arguments)
        except (TypeError, ValueError, AttributeError, KeyError, IndexError):
            return UNRESOLVED
    return UNRESOLVED


def decide(condition: str, variables: Mapping[str, Any]) -> bool | None:
    """Whether the condition of an ``if`` holds; ``None`` if that is unknown."""
    if re.search(r"\b(?:and|or|in|not|is)\b|[<>]", condition):
        return None
    comparison = _COMPARISON.match(condition.strip())
    if comparison is None:
        value = evaluate(condition, variables)
        return None if value is UNRESOLVED else value not in (None, False)
    left, right = evaluate(comparison[1], variables), evaluate(comparison[3], variables)
    if UNRESOLVED in (left, right):
        return None
    if comparison[2] == "contains":
        return str(right) in left if isinstance(left, str | list) else None
    return bool(left == right) == (comparison[2] == "==")


def arguments_of(source: str, variables: Mapping[str, Any]) -> Arguments:
    """The arguments of a tag: ``"a" b=site.x, c: "d"``. Unknown ones stay as they are written."""
    places: list[Any] = []
    names: dict[str, Any] = {}
    at = 0
    while at < len(source):
        gap = re.compile(r"[\s,]+").match(source, at)
        at = gap.end() if gap else at
        if at >= len(source):
            break
        named = re.compile(r"([A-Za-z_][\w-]*)\s*[=:](?!//)\s*").match(source, at)
        if named:
            at = named.end()
        value, end = _atom(source, at, variables)
        if value is UNRESOLVED:
            word = re.compile(r"[^\s,]+").match(source, at)
            end = word.end() if word else at + 1
            value = source[at:end]
        if named:
            names[named[1].lower()] = value
        else:
            places.append(value)
        at = max(end, at + 1)
    return Arguments(places, names)


def _atom(expression: str, at: int, variables: Mapping[str, Any]) -> tuple[Any, int]:
    match = _ATOM.match(expression, at)
    if match is None:
        return UNRESOLVED, at
    if match["text"] is not None:
        return re.sub(r"\\(.)", r"\1", match["text"][1:-1]), match.end()
    if match["number"] is not None:
        return (float if "." in match["number"] else int)(match["number"]), match.end()
    return _look_up(match["path"], variables), match.end()


def _look_up(path: str, variables: Mapping[str, Any]) -> Any:
    first = re.match(r"[\w-]+", path)
    name = first[0] if first else ""
    if name in _WORDS and name == path:
        return _WORDS[name]
    value: Any = variables.get(name, UNRESOLVED)
    for step in _STEP.finditer(path, len(name)):
        key: str = next(group for group in step.groups() if group is not None)
        if isinstance(value, Mapping):
            value = value.get(key, UNRESOLVED)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return UNRESOLVED
    return value


def _filter_arguments(expression: str, match: re.Match[str], variables: Mapping[str, Any]) -> tuple[list[Any], int]:
    at = match.end()
    values: list[Any] = []
    while match[2] or match[3]:
        gap = re.compile(r"[\s,]*").match(expression, at)
        at = gap.end() if gap else at
        if match[3] and expression[at : at + 1] == ")":
            return values, at + 1
        value, end = _atom(expression, at, variables)
        if end == at:
            break
        values.append(value)
        at = end
        if not expression[at:].lstrip().startswith((",", ")")):
            break
    return values, at


def shown(value: Any) -> str | None:
    """A value as a template prints it; ``None`` for tables and lists of tables, which have no such form."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return "".join(map(str, value))
    return None


def _same(value: Any, *_: Any) -> Any:
    return value


def _day(value: Any) -> date:
    """The day in a value of front matter. Raises ValueError if it is none."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value).strip()[:10])


def _strftime(value: Any, form: str) -> str:
    """A day in the form of ``strftime``; ``%-d`` and ``%e`` are its number alone. A form with a time is refused."""
    if re.search(r"%[-0^_]?[HIMSLNkpPsTXcRr]", form) and not isinstance(value, datetime):
        raise ValueError(form)
    day = value if isinstance(value, datetime) else _day(value)
    plain = re.sub(r"%-?e|%-d", str(day.day), form)
    plain = re.sub(r"%-m", str(day.month), plain).replace("%-y", str(day.year % 100))
    return day.strftime(re.sub(r"%[-^_0]([A-Za-z])", r"%\1", plain))


_FILTERS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(
        [
            "relative_url",
            "absolute_url",
            "safe",
            "strip_html",
            "markdownify",
            "escape",
            "escape_once",
            "e",
            "xml_escape",
            "url",
            "htmlBaseUrl",
        ],
        _same,
    ),
    **dict.fromkeys(["newline_to_br", "normalize_whitespace", "smartify", "raw", "dump_safe"], _same),
    "date": _strftime,
    "date_to_string": lambda value, *_: _strftime(value, "%d %b %Y"),
    "date_to_long_string": lambda value, *_: _strftime(value, "%d %B %Y"),
    "date_to_xmlschema": lambda value, *_: (
        value.isoformat() if isinstance(value, datetime) else f"{_day(value)}T00:00:00"
    ),
    "append": lambda value, more: f"{shown(value)}{shown(more)}",
    "prepend": lambda value, more: f"{shown(more)}{shown(value)}",
    "default": lambda value, other, *_: value if value not in (None, "", False) else other,
    "upcase": lambda value: str(value).upper(),
    "upper": lambda value: str(value).upper(),
    "downcase": lambda value: str(value).lower(),
    "lower": lambda value: str(value).lower(),
    "capitalize": lambda value: str(value)[:1].upper() + str(value)[1:],
    "title": lambda value: str(value).title(),
    "strip": lambda value: str(value).strip(),
    "trim": lambda value: str(value).strip(),
    "slugify": lambda value, *_: slugify(str(value)),
    "slug": lambda value, *_: slugify(str(value)),
    "uri_escape": lambda value: quote(str(value), safe="/:?&=#%"),
    "url_encode": lambda value: quote(str(value), safe=""),
    "urlencode": lambda value: quote(str(value), safe=""),
    "replace": lambda value, old, new="": str(value).replace(str(old), str(new)),
    "remove": lambda value, old: str(value).replace(str(old), ""),
    "first": lambda value: value[0],
    "last": lambda value: value[-1],
    "size": len,
    "length": len,
    "join": lambda value, by=" ": str(by).join(map(str, value)),
    "jsonify": lambda value: json.dumps(value, ensure_ascii=False),
    "json": lambda value: json.dumps(value, ensure_ascii=False),
    "dump": lambda value, *_: json.dumps(value, ensure_ascii=False),
}
