"""The text around a match, cut where a reader would cut it: at a sentence in prose, at whole lines in code. Pure; it
knows no postings.

A document's text is its runs, each led by a mark that says what it is (see ``services.search.documents``). Offsets
are bytes of UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.search.documents import CODE_MARK, MARKS
from shared.search_api import Marked

#: How long a snippet is, in bytes: some two lines of a result list.
SNIPPET_BYTES = 220
#: How far before the first match a sentence may begin.
LEAD_BYTES = 110
#: Lines of code shown, at most.
CODE_LINES = 3
#: What a word that stands there already adds to a place.
_REPEATED = 0.01
#: What a word in a block of code counts: between equals, prose is read.
_IN_CODE = 0.85

_MARK = re.compile(b"[" + "".join(MARKS).encode() + b"]")
_SENTENCE_END = re.compile(rb"[.!?][\"')\]]*\s|[:;]\s|" + b"|".join(map(str.encode, "\u3002\uff01\uff1f")))
_CODE_MARK = CODE_MARK.encode()
_MARKS = tuple(mark.encode() for mark in MARKS)
_ELLIPSIS = "…"


#: One occurrence: its first byte, the byte after it, the number of the group it belongs to, and what it counts.
Match = tuple[int, int, int, float]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The pieces, and whether they are code."""

    pieces: Marked
    is_code: bool


def mark(text: bytes, start: int, end: int, matches: Sequence[Match]) -> list[tuple[str, bool]]:
    """``text[start:end]`` in pieces. ``matches`` are in order of start; those that overlap are marked as one."""
    pieces: list[tuple[str, bool]] = []
    at = start
    for begin, stop, _, _ in matches:
        if begin >= end:
            break
        first, last = max(begin, at), min(stop, end)
        if first >= last:
            continue
        if first > at:
            pieces.append((_text(text[at:first]), False))
        elif pieces and pieces[-1][1]:
            pieces[-1] = (pieces[-1][0] + _text(text[first:last]), True)
            at = last
            continue
        pieces.append((_text(text[first:last]), True))
        at = last
    if at < end:
        pieces.append((_text(text[at:end]), False))
    return pieces


def make_snippet(text: bytes, matches: Sequence[Match]) -> Snippet:
    """The snippet of a section whose runs are ``text``, around the densest place of its ``matches`` (in order of
    start).

    Without a match (the words stand in the heading alone) it is the beginning of the section.
    """
    first_match, last_match = _densest(text, matches)
    focus = matches[first_match][0] if matches else 0
    reach = matches[last_match - 1][1] if matches else 0
    block_start, block_end = _block_around(text, focus)
    is_code = text[block_start - 1 : block_start] == _CODE_MARK
    cut = _lines if is_code else _sentence
    first, last = cut(text, block_start, block_end, focus, min(reach, block_end))
    pieces = mark(text, first, last, matches)
    if not is_code:
        pieces = _with_ellipses(pieces, cut_before=first > block_start, cut_after=last < block_end)
    return Snippet(tuple(pieces), is_code)


def _densest(text: bytes, matches: Sequence[Match]) -> tuple[int, int]:
    """The run of matches (half-open) of one block within a snippet's length with the most rare words, then the most,
    then the first.
    """
    count = len(matches)
    if count < 2:
        return 0, count
    best, best_score = (0, 0), -1.0
    block_end, share = -1, 1.0  # of the block that ``first`` stands in
    counts: dict[int, int] = {}
    score, last, after = 0.0, 0, 0  # of the run; ``after`` is the first match behind the block
    for first, (start, _, group, weight) in enumerate(matches):
        if start >= block_end:
            block_start, block_end = _block_around(text, start)
            share = _IN_CODE if text[block_start - 1 : block_start] == _CODE_MARK else 1.0
            while after < count and matches[after][0] < block_end:
                after += 1
        limit = start + SNIPPET_BYTES - LEAD_BYTES
        while last < after and (last <= first or matches[last][1] <= limit):
            _, _, entering, its_weight = matches[last]
            seen = counts.get(entering, 0)
            counts[entering] = seen + 1
            score += _REPEATED if seen else its_weight
            last += 1
        if share * score > best_score + _REPEATED / 2:
            best, best_score = (first, last), share * score
        left = counts[group] = counts[group] - 1
        score -= _REPEATED if left else weight
    return best


def _block_around(text: bytes, focus: int) -> tuple[int, int]:
    """The run that ``focus`` stands in, without its mark."""
    first = max([text.rfind(mark, 0, focus + 1) for mark in _MARKS])
    found = _MARK.search(text, max(first + 1, focus))
    return first + 1, found.start() if found else len(text)


def _sentence(text: bytes, start: int, end: int, focus: int, reach: int) -> tuple[int, int]:
    """From the beginning of the sentence (or of a word) to the end of one (or of a word)."""
    first = start
    lead = text[max(start, focus - LEAD_BYTES) : focus]
    if focus - start > LEAD_BYTES:
        breaks = [found.end() for found in _SENTENCE_END.finditer(lead)]
        space = lead.find(b" ")
        first = focus - len(lead) + (breaks[0] if breaks else space + 1)
        first = _character_border(text, first)
    else:
        breaks = [found.end() for found in _SENTENCE_END.finditer(lead)]
        if breaks and end - start > SNIPPET_BYTES:
            first = start + breaks[-1]
    limit = max(first + SNIPPET_BYTES, reach)
    if limit >= end:
        return first, end
    sentences = list(_SENTENCE_END.finditer(text, max(reach, first + SNIPPET_BYTES // 2), limit))
    if sentences:
        return first, sentences[-1].start() + len(sentences[-1][0].rstrip())
    space = text.rfind(b" ", reach, limit)
    return first, space if space > reach else _character_border(text, limit)


def _lines(text: bytes, start: int, end: int, focus: int, reach: int) -> tuple[int, int]:
    """Whole lines from that of ``focus`` on, as many as fit, at least that one (cut where it is very long)."""
    first = max(text.rfind(b"\n", start, focus) + 1, start)
    if focus - first > SNIPPET_BYTES:
        first = _character_border(text, focus - LEAD_BYTES)
    last = first
    for _ in range(CODE_LINES):
        line_end = text.find(b"\n", last, end)
        line_end = end if line_end < 0 else line_end
        if last > first and line_end - first > SNIPPET_BYTES and last > reach:
            break
        last = min(line_end + 1, end)
    last = last - 1 if last > first and text[last - 1 : last] == b"\n" else last
    return first, last if last - first <= 2 * SNIPPET_BYTES else _character_border(text, first + 2 * SNIPPET_BYTES)


def _character_border(text: bytes, at: int) -> int:
    """``at``, moved back so that it does not cut a character in two."""
    while at > 0 and at < len(text) and text[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _with_ellipses(pieces: list[tuple[str, bool]], *, cut_before: bool, cut_after: bool) -> list[tuple[str, bool]]:
    if cut_before and pieces and not (pieces[0][0][:1].isupper()):
        pieces.insert(0, (_ELLIPSIS + " ", False))
    if cut_after and pieces and not pieces[-1][0].rstrip().endswith((".", "!", "?")):
        pieces.append((" " + _ELLIPSIS, False))
    return pieces


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
