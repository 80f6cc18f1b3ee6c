"""Parse the parameters of a search as a SearchQuery, for pages and JSON alike.

Pure; does not depend on an HTTP framework.

What a reader *typed* is never an error, and a text that is too long is cut: only parameters set by programs can have
the wrong type or be out of range. An empty parameter counts as absent, because browsers submit empty fields; unknown
ones are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import unquote

from shared.search.attributes import ATTRIBUTES, RELEVANCE, SORTS, Attribute, Filters, Value, make_filters
from shared.search.contract import DEFAULT_SIZE, MAX_PAGE, MAX_QUERY_CHARS, MAX_SIZE, SearchQuery
from shared.text.messages import message

#: More values of one attribute than this leave no article on any site; a URL may hold thousands.
MAX_VALUES = 20
#: A tag, a series or a slug is a short name.
MAX_NAME_CHARS = 200

_INTEGER = re.compile(r"[0-9]{1,9}")
_SPACES = re.compile(r"\s+")
# Text as it stands in an address: an encoded space or letter of another alphabet, and no space.
_ENCODED = re.compile(r"(?=\S*%(?:20|[C-Fc-f][\dA-Fa-f]%[89ABab]))(?:[^\s%]|%[\dA-Fa-f]{2})+")
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


class BadParameter(ValueError):
    """A parameter has a wrong type, length or value: ``parameter`` names it, the message says what it takes.

    ``text`` is the message before ``values`` filled its placeholders, for translation; ``%(name)s`` is the parameter.
    """

    def __init__(self, parameter: str, text: str, **values: object) -> None:
        self.parameter = parameter
        self.text = text
        self.values = {"name": parameter, **values}
        super().__init__(text % self.values)


class Parameters(Protocol):
    """Names to one or more values, as a query string has them."""

    def get(self, name: str, default: str) -> str:
        """The first value of ``name``."""
        ...

    def getall(self, name: str, default: Sequence[str]) -> Sequence[str]:
        """Return all values of ``name``, in order."""
        ...


def parse_search(parameters: Parameters, *, max_chars: int = MAX_QUERY_CHARS) -> SearchQuery:
    """Parse ``parameters`` as a search. Raises BadParameter."""
    partial = _flag(parameters, "partial")
    return SearchQuery(
        text=parse_text(parameters, max_chars, keep_end=partial),
        filters=parse_filters(parameters),
        sort=_sort(parameters),
        page=parse_page(parameters),
        size=parse_integer(parameters, "size", default=DEFAULT_SIZE, most=MAX_SIZE),
        partial=partial,
        exact=_flag(parameters, "exact"),
        explain=_flag(parameters, "explain"),
    )


def parse_page(parameters: Parameters) -> int:
    """Parse the page number, 1 if there is none. Raises BadParameter."""
    return parse_integer(parameters, "page", default=1, most=MAX_PAGE)


def parse_text(parameters: Parameters, max_chars: int, *, keep_end: bool) -> str:
    """Return the query text, cleaned (see ``clean_text``): of a text longer than ``max_chars`` what fits."""
    typed = parameters.get("q", "")
    text = clean_text(typed, keep_end=keep_end)
    return text if len(text) <= max_chars else _beginning(text, max_chars)


def searched_part(parameters: Parameters, query: SearchQuery, max_chars: int) -> str | None:
    """The part of the text in ``parameters`` that ``query`` searches, None if that is all of it."""
    typed = parameters.get("q", "")
    is_cut = len(typed) > max_chars and len(clean_text(typed, keep_end=False)) > max_chars
    return query.text if is_cut else None


def _beginning(text: str, max_chars: int) -> str:
    """The whole words that fit into ``max_chars``, or part of the first word if it is longer."""
    whole, space, _ = text[: max_chars + 1].rpartition(" ")
    return whole if space else text[:max_chars]


def parse_integer(parameters: Parameters, name: str, *, default: int, most: int) -> int:
    """Parse ``name`` as an integer from 1 to ``most``; ``default`` if there is none. Raises BadParameter."""
    value = parameters.get(name, "").strip()
    if not value:
        return default
    # int() would also take "1_0", "+1" and the digits of every script.
    if not _INTEGER.fullmatch(value) or not 1 <= int(value) <= most:
        raise BadParameter(
            name,
            message("%(name)s is %(value)s: it takes a whole number from 1 to %(most)s"),
            value=_shown(value),
            most=most,
        )
    return int(value)


def clean_text(typed: str, *, keep_end: bool) -> str:
    """``typed`` in composed form with runs of white space and control characters as one space, and none around it.

    Percent-encoded text from an address (``outbox%20pattern``) is decoded.

    With ``keep_end`` a space at the end stays, because completing "out " differs from completing "out". Invalid Unicode
    (a request may contain any bytes) becomes the replacement character.
    """
    typed = _decoded(typed) if "%" in typed else typed
    valid = typed.encode("utf-8", "replace").decode("utf-8") if not typed.isascii() else typed
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in valid)
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", spaced)).lstrip()
    return text if keep_end else text.rstrip()


def _decoded(typed: str) -> str:
    """``typed`` without percent-encoding, if it is encoded once and in UTF-8."""
    if not _ENCODED.fullmatch(typed.strip()):
        return typed
    try:
        text = unquote(typed, errors="strict")
    except UnicodeDecodeError:
        return typed
    return typed if _ENCODED.fullmatch(text.strip()) else text


def parse_filters(parameters: Parameters) -> Filters:
    """Parse the values of every attribute. Raises BadParameter."""
    return make_filters({attribute.name: _values(attribute, parameters) for attribute in ATTRIBUTES})


def _values(attribute: Attribute, parameters: Parameters) -> tuple[Value, ...]:
    name = attribute.parameter
    given = parameters.getall(name, ()) if attribute.is_many else (parameters.get(name, ""),)
    values = tuple(dict.fromkeys(_value(attribute, value) for value in given if value.strip()))
    if len(values) > MAX_VALUES:
        raise BadParameter(
            name,
            message("%(name)s is given %(times)s times: at most %(most)s different values are allowed"),
            times=len(values),
            most=MAX_VALUES,
        )
    return tuple(value for value in values if value != "")


def _value(attribute: Attribute, given: str) -> Value:
    name = attribute.parameter
    if attribute.kind == "keyword":
        typed = _name(name, given)
        return attribute.value_of(typed) or typed
    value = attribute.value_of(given.strip())
    if value is None:
        takes = (
            message("%(name)s is %(value)s: it takes four digits, such as 2026")
            if attribute.kind == "date"
            else message("%(name)s is %(value)s: it takes a whole number")
        )
        raise BadParameter(name, takes, value=_shown(given.strip()))
    return value


def _name(name: str, value: str) -> str:
    value = value.strip().lower()
    if len(value) > MAX_NAME_CHARS:
        raise BadParameter(
            name,
            message("%(name)s has %(length)s characters: it takes a name of at most %(most)s"),
            length=len(value),
            most=MAX_NAME_CHARS,
        )
    return clean_text(value, keep_end=False)


def _sort(parameters: Parameters) -> str:
    value = parameters.get("sort", "").strip() or RELEVANCE
    if value not in SORTS:
        raise BadParameter(
            "sort",
            message("%(name)s is %(value)s: it takes one of %(names)s"),
            value=_shown(value),
            names=", ".join(SORTS),
        )
    return value


def _flag(parameters: Parameters, name: str) -> bool:
    value = parameters.get(name, "").strip().lower()
    if value not in _FLAGS:
        raise BadParameter(name, message("%(name)s is %(value)s: it takes 0 or 1"), value=_shown(value))
    return _FLAGS[value]


def _shown(value: str) -> str:
    """A value for an error message: short, on one line, and valid Unicode."""
    text = clean_text(value[:40], keep_end=False)
    return f'"{text}…"' if len(value) > 40 else f'"{text}"'
