"""Tags whose arguments alone determine their output."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from services.importing.constructs import dialect
from services.importing.constructs.context import SOURCE_SCHEME


def _bare(rest: str) -> str:
    return rest.strip("\"'")


def _code_title(rest: str) -> str:
    """A title for the fence below, which ``fences`` takes."""
    quoted = re.search(r"\"([^\"]*)\"|'([^']*)'", rest)
    title = next(filter(None, quoted.groups()), "") if quoted else rest
    return f"<!-- import-title: {title.replace('--', '')} -->"


def _octopress_image(rest: str) -> str | None:
    """``{% img [class] /path [width [height]] ["title" ["alt"]] %}``."""
    match = re.search(r"(?:^|\s)((?:https?:/|/|\S+/)?\S+\.\w{3,4}|/\S+)(.*)$", rest)
    if match is None:
        return None
    quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", match[2])
    texts = [first or second for first, second in quoted]
    bare = re.sub(r"^\s*\d+%?(?:\s+\d+%?)?\s*", "", re.sub(r"\"[^\"]*\"|'[^']*'", "", match[2])).strip()
    caption = texts[0] if texts else bare
    return dialect.figure(match[1], texts[1] if len(texts) > 1 else caption, caption)


#: The converter of each tag, by name.
SIMPLE: Mapping[str, Callable[[str], str | None]] = {
    "link": lambda rest: f"{SOURCE_SCHEME}/{_bare(rest).lstrip('/')}",
    "post_url": lambda rest: f"{SOURCE_SCHEME}post:{_bare(rest)}",
    "codetitle": _code_title,
    "literal": lambda rest: f"`{rest}`",
    "img": _octopress_image,
}
