"""Parse the destinations of ordinary links with one pattern each. The library parses the others, with equal results.

Does not depend on the dialect of this project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers

#: A destination without parentheses, escapes, entities and non-ASCII characters, and its end.
_DESTINATION = re.compile(r"[A-Za-z0-9/._~?=#:@%+,;$!*'-]+(?=[ )\n])")
#: An address that is already normalised: a plain host name, or a path.
_NORMAL = re.compile(
    r"(?:https?://[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,5}(?=/)|(?!//)(?=[^:]*$))[A-Za-z0-9/._~=+-]*"
    r"(?:\?[A-Za-z0-9/._~=&+-]*)?(?:#[A-Za-z0-9/._~=+-]*)?"
)


class PlainLinks(MarkdownIt):
    """A parser with a fast path for ordinary links."""

    def __init__(self, config: str, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(config, options)
        self.helpers = SimpleNamespace(  # type: ignore[assignment] # the library's is a module of these functions
            parseLinkLabel=helpers.parseLinkLabel,
            parseLinkTitle=helpers.parseLinkTitle,
            parseLinkDestination=_parse_destination,
        )

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        """Normalise a destination."""
        return url if _is_normal(url) else super().normalizeLink(url)


def _is_normal(url: str) -> bool:
    return _NORMAL.fullmatch(url) is not None and "xn--" not in url


def _parse_destination(text: str, start: int, end: int) -> Any:
    """Parse a destination; returns the same result as the library's function of this name."""
    match = _DESTINATION.match(text, start, end)
    if match is None:
        return helpers.parseLinkDestination(text, start, end)
    return SimpleNamespace(ok=True, pos=match.end(), str=match[0])
