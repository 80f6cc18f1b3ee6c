"""Links between source files: ``[the relay](../outbox/index.md)`` becomes the permalink of what that file is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

# In sanitised HTML "<a" begins a tag and nothing else, and an attribute's value holds no quote.
_LINK = re.compile(r'(<a\b[^<>]*?\bhref=")/([^"#?]+\.md)(?=["#?])')


def resolve_links(html: str, permalinks: Mapping[str, str]) -> str:
    """``html`` with its links to source files turned into ``permalinks``; one to a file that is none stays."""
    if ".md" not in html:
        return html
    return _LINK.sub(lambda link: link[1] + permalinks.get(unquote(link[2]), f"/{link[2]}"), html)
