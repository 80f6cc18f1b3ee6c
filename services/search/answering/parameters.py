"""Parse the parameters of completions and related articles. Pure; does not depend on an HTTP framework.

``shared/search/parameters.py`` parses those of a search, for both services.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.search.contract import MAX_QUERY_CHARS
from shared.search.parameters import Parameters, parse_integer, parse_text

#: The largest number of completions or related articles per request.
MAX_LISTED = 20
DEFAULT_SUGGESTIONS = 8
DEFAULT_RELATED = 4


@dataclass(frozen=True, slots=True)
class SuggestQuery:
    """A request for completions."""

    text: str
    size: int


def parse_suggest(parameters: Parameters, *, max_chars: int = MAX_QUERY_CHARS) -> SuggestQuery:
    """Parse a request for completions. Raises BadParameter."""
    size = parse_integer(parameters, "size", default=DEFAULT_SUGGESTIONS, most=MAX_LISTED)
    return SuggestQuery(parse_text(parameters, max_chars, keep_end=True), size)


def parse_related_size(parameters: Parameters) -> int:
    """Parse the number of related articles. Raises BadParameter."""
    return parse_integer(parameters, "size", default=DEFAULT_RELATED, most=MAX_LISTED)
