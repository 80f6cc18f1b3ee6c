"""Addresses of search pages: parse ``/?…`` as a SearchQuery, and format one as an address. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from multidict import MultiDict

from shared.search.attributes import ATTRIBUTES, BY_PARAMETER, Attribute, Value, make_filters
from shared.search.contract import SearchQuery
from shared.search.parameters import parse_search

#: The parameters that make ``/`` a search. Anything else in the address (a campaign's mark) leaves the listing as it
#: is.
SEARCH_NAMES = frozenset({"q", "sort", *BY_PARAMETER})
#: Parameters that a page accepts: incomplete words and explained scores are for programs, which request JSON.
PAGE_NAMES = SEARCH_NAMES | {"page", "size", "exact"}

#: Names and values in order, as an address has them.
Params = Sequence[tuple[str, str]]


def is_search(params: Params) -> bool:
    """Whether the parameters of ``/`` make it a search: a filter, an order, or a query that is not only white space."""
    return any(name in SEARCH_NAMES and value.strip() for name, value in params)


def parse_page_search(params: Params, max_query_chars: int) -> SearchQuery:
    """Parse the address of a results page. Raises BadParameter."""
    known = MultiDict((name, value) for name, value in params if name in PAGE_NAMES)
    return parse_search(known, max_chars=max_query_chars)


def parse_typed_search(params: Params, max_query_chars: int) -> SearchQuery:
    """Parse a query for search as you type: the last word may be incomplete. Raises BadParameter."""
    known = MultiDict((name, value) for name, value in params if name in PAGE_NAMES or name == "partial")
    return parse_search(known, max_chars=max_query_chars)


def query_params(query: SearchQuery) -> tuple[tuple[str, str], ...]:
    """The parameters of ``query`` that differ from the defaults, in a fixed order."""
    usual = SearchQuery("")
    values = [("q", query.text)]
    values += [(one.parameter, str(value)) for one in ATTRIBUTES for value in query.values(one.name)]
    values += [(name, str(getattr(query, name))) for name in ("sort", "page", "size")]
    values += [(name, "1" if getattr(query, name) else "") for name in ("partial", "exact", "explain")]
    return tuple((name, value) for name, value in values if value and value != str(getattr(usual, name, "")))


def search_url(query: SearchQuery) -> str:
    """The address of ``query``."""
    params = query_params(query)
    return "/?" + urlencode(params) if params else "/"


def toggle_url(query: SearchQuery, attribute: Attribute, value: Value) -> str:
    """The address of page 1 with ``value`` removed if it is active, else added (or replacing another)."""
    on = query.values(attribute.name)
    if value in on:
        values: tuple[Value, ...] = tuple(one for one in on if one != value)
    else:
        values = (*on, value) if attribute.is_many else (value,)
    return search_url(replace(query, filters=make_filters({**dict(query.filters), attribute.name: values}), page=1))
