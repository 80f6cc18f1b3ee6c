"""The address of a search, both ways: the parameters of ``/?…`` to a SearchQuery, and a SearchQuery to its address.
Pure.

It accepts exactly what the search service accepts, so that a page and the JSON behind it never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from services.render.search_client import search_params
from shared.search_api import DEFAULT_SIZE, MAX_PAGE, MAX_SIZE, SORTS, SearchQuery

#: The parameters that make ``/`` a search. Anything else in the address (a campaign's mark) leaves the listing as it
#: is.
SEARCH_NAMES = frozenset({"q", "tag", "year", "series", "sort"})
MAX_TAGS = 20
MAX_FILTER_CHARS = 100
MAX_YEAR = 9999

_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


class BadParameter(ValueError):
    """A parameter of the wrong type or range; the message names it and what it takes."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


def is_search(params: Iterable[tuple[str, str]]) -> bool:
    """Whether the parameters of ``/`` ask for results: a filter, an order, or a query that is more than white space."""
    return any(name in SEARCH_NAMES and value.strip() for name, value in params)


def parse_page(value: str | None) -> int:
    """The number of a page, 1 if absent. Raises BadParameter."""
    return _parse_int("page", value, 1, MAX_PAGE, default=1)


def parse_search(params: Sequence[tuple[str, str]], max_query_chars: int) -> SearchQuery:
    """The search that ``params`` ask for; the first of a repeated single parameter counts, ``tag`` may be repeated.

    Raises BadParameter.
    """
    first: dict[str, str] = {}
    for name, value in params:
        first.setdefault(name, value)
    text = " ".join("".join(c if c.isprintable() else " " for c in first.get("q", "")).split())
    if len(text) > max_query_chars:
        raise BadParameter("q", f"takes at most {max_query_chars} characters, not {len(text)}")
    tags = tuple(dict.fromkeys(value.strip() for name, value in params if name == "tag" and value.strip()))
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_FILTER_CHARS for tag in tags):
        raise BadParameter("tag", f"takes at most {MAX_TAGS} tags of at most {MAX_FILTER_CHARS} characters")
    sort = first.get("sort", "") or "relevance"
    if sort not in SORTS:
        raise BadParameter("sort", f"takes one of {', '.join(SORTS)}")
    year = first.get("year", "").strip()
    return SearchQuery(
        text=text,
        tags=tags,
        year=_parse_int("year", year, 1, MAX_YEAR, default=1) if year else None,
        series=_parse_series(first.get("series", "")),
        sort=sort,
        page=parse_page(first.get("page")),
        size=_parse_int("size", first.get("size"), 1, MAX_SIZE, default=DEFAULT_SIZE),
        exact=_parse_flag("exact", first.get("exact", "")),
    )


def search_url(query: SearchQuery) -> str:
    """The address of ``query``."""
    params = search_params(query)
    return "/?" + urlencode(params) if params else "/"


def toggle_tag(query: SearchQuery, tag: str) -> str:
    """The address of page 1 with ``tag`` taken off if it is on, else added."""
    tags = tuple(one for one in query.tags if one != tag) if tag in query.tags else (*query.tags, tag)
    return search_url(replace(query, tags=tags, page=1))


def _parse_series(value: str) -> str | None:
    if len(value) > MAX_FILTER_CHARS:
        raise BadParameter("series", f"takes at most {MAX_FILTER_CHARS} characters")
    return value.strip() or None


def _parse_flag(name: str, value: str) -> bool:
    try:
        return _FLAGS[value.lower()]
    except KeyError:
        raise BadParameter(name, "takes 0 or 1") from None


def _parse_int(name: str, value: str | None, low: int, high: int, *, default: int) -> int:
    if value is None:
        return default
    # isdecimal alone would let other scripts' digits in; int would let "1_0" and spaces in.
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0
    if not low <= number <= high:
        raise BadParameter(name, f"takes a whole number from {low} to {high}")
    return number
