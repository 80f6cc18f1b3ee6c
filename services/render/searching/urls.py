"""The address of a search page, both ways: what ``/?…`` asks for, and a SearchQuery to its address. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from multidict import MultiDict

from shared.search.contract import SearchQuery
from shared.search.parameters import parse_search

#: The parameters that make ``/`` a search. Anything else in the address (a campaign's mark) leaves the listing as it
#: is.
SEARCH_NAMES = frozenset({"q", "tag", "year", "series", "sort"})
#: What a page can be asked for: words half typed and explained scores are for programs, which ask for JSON.
PAGE_NAMES = SEARCH_NAMES | {"page", "size", "exact"}

#: Names and values in order, as an address has them.
Params = Sequence[tuple[str, str]]


def is_search(params: Params) -> bool:
    """Whether the parameters of ``/`` ask for results: a filter, an order, or a query that is more than white space."""
    return any(name in SEARCH_NAMES and value.strip() for name, value in params)


def parse_page_search(params: Params, max_query_chars: int) -> SearchQuery:
    """The search that the address of a page asks for. Raises BadParameter."""
    known = MultiDict((name, value) for name, value in params if name in PAGE_NAMES)
    return parse_search(known, max_chars=max_query_chars)


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
