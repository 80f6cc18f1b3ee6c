"""The address of a search, both ways: the parameters of ``/?…`` to a SearchQuery, and a SearchQuery to its address.
Pure.

It accepts exactly what the search service accepts (a test holds the two together), so that a page and the JSON behind
it never disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from shared.search_api import DEFAULT_SIZE, MAX_PAGE, MAX_SIZE, SORTS, SearchQuery, Sort

#: The parameters that make ``/`` a search. Anything else in the address (a campaign's mark) leaves the listing as it
#: is.
SEARCH_NAMES = frozenset({"q", "tag", "year", "series", "sort"})
MAX_TAGS = 20
MAX_NAME_CHARS = 200

_INTEGER = re.compile(r"[0-9]{1,9}")
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}

#: Names and values in order, as an address has them.
Params = Sequence[tuple[str, str]]


class BadParameter(ValueError):
    """A parameter of the wrong type or range; the message names it and what it takes."""

    def __init__(self, name: str, takes: str) -> None:
        super().__init__(f"{name} takes {takes}")
        self.name = name


def is_search(params: Params) -> bool:
    """Whether the parameters of ``/`` ask for results: a filter, an order, or a query that is more than white space."""
    return any(name in SEARCH_NAMES and value.strip() for name, value in params)


def parse_page(params: Params) -> int:
    """The number of the page asked for, 1 if none is. Raises BadParameter."""
    return _parse_int("page", _first(params).get("page", ""), MAX_PAGE, default=1)


def parse_search(params: Params, max_query_chars: int) -> SearchQuery:
    """The search that ``params`` ask for; the first of a repeated parameter counts, but ``tag`` may be repeated.

    Raises BadParameter.
    """
    first = _first(params)
    typed = first.get("q", "")
    if len(typed) > max_query_chars:
        raise BadParameter("q", f"at most {max_query_chars} characters, not {len(typed)}")
    return SearchQuery(
        text=_clean(typed),
        tags=_parse_tags(value for name, value in params if name == "tag"),
        year=_parse_year(first.get("year", "").strip()),
        series=_parse_name("series", first.get("series", "")) or None,
        sort=_parse_sort(first.get("sort", "").strip()),
        page=parse_page(params),
        size=_parse_int("size", first.get("size", ""), MAX_SIZE, default=DEFAULT_SIZE),
        exact=_parse_flag("exact", first.get("exact", "")),
    )


def query_params(query: SearchQuery) -> tuple[tuple[str, str], ...]:
    """The parameters that ask ``query``: only what differs from the defaults, in a fixed order."""
    usual = SearchQuery("")
    values = [("q", query.text), *(("tag", tag) for tag in query.tags)]
    values += [("year", str(query.year or "")), ("series", query.series or "")]
    values += [(name, str(getattr(query, name))) for name in ("sort", "page", "size")]
    values += [(name, "1" if getattr(query, name) else "") for name in ("partial", "exact", "explain")]
    return tuple((name, value) for name, value in values if value and value != str(getattr(usual, name, "")))


def search_url(query: SearchQuery) -> str:
    """The address of ``query``."""
    params = query_params(query)
    return "/?" + urlencode(params) if params else "/"


def toggle_tag(query: SearchQuery, tag: str) -> str:
    """The address of page 1 with ``tag`` taken off if it is on, else added."""
    tags = tuple(one for one in query.tags if one != tag) if tag in query.tags else (*query.tags, tag)
    return search_url(replace(query, tags=tags, page=1))


def _first(params: Params) -> Mapping[str, str]:
    return dict(reversed(params))


def _clean(typed: str) -> str:
    """``typed`` in composed form, its runs of white space and control characters as one space, none around it."""
    valid = typed.encode("utf-8", "replace").decode()
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in valid)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", spaced)).strip()


def _parse_tags(values: Iterable[str]) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag for value in values if (tag := _parse_name("tag", value))))
    if len(tags) > MAX_TAGS:
        raise BadParameter("tag", f"at most {MAX_TAGS} different tags, not {len(tags)}")
    return tags


def _parse_name(name: str, value: str) -> str:
    value = value.strip().lower()
    if len(value) > MAX_NAME_CHARS:
        raise BadParameter(name, f"a name of at most {MAX_NAME_CHARS} characters, not {len(value)}")
    return _clean(value)


def _parse_year(value: str) -> int | None:
    if value and not re.fullmatch("[0-9]{4}", value):
        raise BadParameter("year", "four digits, such as 2026")
    return int(value) if value else None


def _parse_sort(value: str) -> Sort:
    for sort in SORTS:
        if value == sort:
            return sort
    if value:
        raise BadParameter("sort", f"one of {', '.join(SORTS)}")
    return "relevance"


def _parse_flag(name: str, value: str) -> bool:
    try:
        return _FLAGS[value.strip().lower()]
    except KeyError:
        raise BadParameter(name, "0 or 1") from None


def _parse_int(name: str, value: str, most: int, *, default: int) -> int:
    value = value.strip()
    if not value:
        return default
    # int() would also take "1_0", "+1" and the digits of every script.
    if not _INTEGER.fullmatch(value) or not 1 <= int(value) <= most:
        raise BadParameter(name, f"a whole number from 1 to {most}")
    return int(value)
