"""The text around a match, cut at a sentence in prose and at whole lines in code.

Pure: it has no access to postings. Offsets are bytes of UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import AnyStr

from shared.search.contract import Marked

#: The length of a snippet in bytes: about two lines of a result list.
SNIPPET_BYTES = 220
#: Bytes before the first match within which the sentence may begin.
LEAD_BYTES = 110
#: Lines of code shown, at most.
CODE_LINES = 3

# Every alternative begins with one of the bytes in the first line, so that the regex engine scans for those alone. The
# last two are the full stop, exclamation mark and question mark of scripts without spaces.
_SENTENCE_END = re.compile(
    rb"""[.!?:;\xe3\xef]
    (?: (?<=[.!?]) [\"')\]]* \s | (?<=[:;]) \s | (?<=\xe3) \x80\x82 | (?<=\xef) \xbc[\x81\x9f] )""",
    re.VERBOSE,
)
_ELLIPSIS = "…"


def mark(
    text: bytes, start: int, end: int, begins: Sequence[int], stops: Sequence[int], *, base: int = 0
) -> list[tuple[str, bool]]:
    """Split ``text[start:end]`` into pieces, with the matches from ``begins`` (ascending) to ``stops`` marked.

    Matches that overlap or touch are marked as one. Offsets are relative to ``base`` bytes before the text.
    """
    raw = text[start:end]
    shown, size = raw.decode("utf-8", "replace"), end - start
    if len(shown) < size:  # a range of bytes may begin or end inside a character
        pieces = _pieces(raw, size, base + start, begins, stops)
        return [(piece.decode("utf-8", "replace"), is_match) for piece, is_match in pieces]
    return list(_pieces(shown, size, base + start, begins, stops))


def _pieces(
    shown: AnyStr, size: int, base: int, begins: Sequence[int], stops: Sequence[int]
) -> Iterator[tuple[AnyStr, bool]]:
    at = first = last = 0
    for one, other in zip(begins, stops, strict=True):
        begin, stop = one - base, other - base
        if begin >= size:
            break
        if stop <= last:
            continue
        if begin > last:
            if last:
                if first > at:
                    yield shown[at:first], False
                yield shown[first:last], True
                at = last
            first = begin
        last = stop
    if last:
        if first > at:
            yield shown[at:first], False
        yield shown[first:last], True
        at = last
    if at < size:
        yield shown[at:], False


def cut(
    text: bytes,
    focus: int,
    reach: int,
    begins: Sequence[int],
    stops: Sequence[int],
    *,
    is_code: bool,
    base: int = 0,
) -> Marked:
    """The snippet of the block ``text`` around ``focus`` to ``reach``, with its matches marked.

    All four offsets are relative to ``base`` bytes before the text.
    """
    focus, reach = focus - base, reach - base
    first, last = _lines(text, focus, reach) if is_code else _sentence(text, focus, reach)
    pieces = mark(text, first, last, begins, stops, base=base)
    return tuple(pieces if is_code else _with_ellipses(pieces, cut_before=first > 0, cut_after=last < len(text)))


def _sentence(text: bytes, focus: int, reach: int) -> tuple[int, int]:
    """The range of a prose snippet: from the start of a sentence, or of a word, to the end of one."""
    first, end = 0, len(text)
    if focus > LEAD_BYTES:
        lead = focus - LEAD_BYTES
        found = _SENTENCE_END.search(text, lead, focus)
        first = _character_boundary(text, found.end() if found else max(text.find(b" ", lead, focus) + 1, lead))
    elif end > SNIPPET_BYTES:
        for found in _SENTENCE_END.finditer(text, 0, focus):
            first = found.end()
    limit = max(first + SNIPPET_BYTES, reach)
    if limit >= end:
        return first, end
    last = 0
    for found in _SENTENCE_END.finditer(text, max(reach, first + SNIPPET_BYTES // 2), limit):
        last = found.start() + len(found[0].rstrip())
    if last:
        return first, last
    space = text.rfind(b" ", reach, limit)
    return first, space if space >= reach else _character_boundary(text, limit)


def _lines(text: bytes, focus: int, reach: int) -> tuple[int, int]:
    """The range of a code snippet: lines from that of ``focus`` on, at least one (truncated if it is very long)."""
    first, end = text.rfind(b"\n", 0, focus) + 1, len(text)
    if focus - first > SNIPPET_BYTES:
        first = _character_boundary(text, focus - LEAD_BYTES)
    last = first
    for _ in range(CODE_LINES):
        line_end = text.find(b"\n", last, end)
        line_end = end if line_end < 0 else line_end
        if last > first and line_end - first > SNIPPET_BYTES and last > reach:
            break
        last = min(line_end + 1, end)
    last = last - 1 if last > first and text[last - 1 : last] == b"\n" else last
    return first, last if last - first <= 2 * SNIPPET_BYTES else _character_boundary(text, first + 2 * SNIPPET_BYTES)


def _character_boundary(text: bytes, at: int) -> int:
    """``at``, moved back to the start of a character."""
    while at > 0 and at < len(text) and text[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _with_ellipses(pieces: list[tuple[str, bool]], *, cut_before: bool, cut_after: bool) -> list[tuple[str, bool]]:
    if cut_before and pieces and not (pieces[0][0][:1].isupper()):
        pieces.insert(0, (_ELLIPSIS + " ", False))
    if cut_after and pieces and not pieces[-1][0].rstrip().endswith((".", "!", "?")):
        pieces.append((" " + _ELLIPSIS, False))
    return pieces
