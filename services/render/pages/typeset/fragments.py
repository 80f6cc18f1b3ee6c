"""Text directives: the part of an address that lets a browser mark the words that were searched for. Pure.

https://wicg.github.io/scroll-to-text-fragment/: ``#anchor:~:text=before-,words,-after``. A browser that finds no such
text goes to the anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from shared.search.contract import Marked

#: Passages marked in one section, at most: an address is not a place for a text.
MAX_PASSAGES = 3
#: Words of context on each side, which tell this passage from others with the same words.
_CONTEXT_WORDS = 3
_WORD = re.compile(r"\S+")


def text_directive(snippet: Marked) -> str:
    """``:~:text=…`` for the matches of ``snippet``, or "" if it has none."""
    directives = list(_directives(snippet))[:MAX_PASSAGES]
    return ":~:text=" + "&text=".join(directives) if directives else ""


def _directives(snippet: Marked) -> Iterator[str]:
    pieces = _joined(snippet)
    for at, (text, is_match) in enumerate(pieces):
        if not is_match or not text.strip():
            continue
        before = _WORD.findall(pieces[at - 1][0].rpartition("…")[2])[-_CONTEXT_WORDS:] if at else []
        after = _WORD.findall(pieces[at + 1][0].partition("…")[0])[:_CONTEXT_WORDS] if at + 1 < len(pieces) else []
        prefix = f"{_encode(' '.join(before))}-," if before else ""
        suffix = f",-{_encode(' '.join(after))}" if after else ""
        yield prefix + _encode(text.strip()) + suffix


def _joined(snippet: Marked) -> list[tuple[str, bool]]:
    """The pieces of ``snippet``, with matches joined that only white space separates."""
    pieces: list[tuple[str, bool]] = []
    for text, is_match in snippet:
        if is_match and len(pieces) > 1 and pieces[-2][1] and not pieces[-1][0].strip():
            gap, _ = pieces.pop()
            pieces[-1] = (pieces[-1][0] + gap + text, True)
        else:
            pieces.append((text, is_match))
    return pieces


def _encode(text: str) -> str:
    """Percent-encoded; ``-``, ``,`` and ``&`` have a meaning in a directive."""
    return quote(text, safe="").replace("-", "%2D")
