"""The text around a match, cut where a reader would cut it: at a sentence in prose, at whole lines in code. Pure; it
knows no postings.

A document's text is its runs, each led by a mark that says what it is (see ``services.search.documents``). Offsets
are bytes of UTF-8.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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

_SENTENCE_END = re.compile(rb"[.!?][\"')\]]*\s|[:;]\s|" + b"|".join(map(str.encode, "\u3002\uff01\uff1f")))
_ELLIPSIS = "…"


#: One occurrence: its first byte, the byte after it, the number of the group it belongs to, and what it counts.
Match = tuple[int, int, int, float]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The pieces, and whether they are code."""

    pieces: Marked
    is_code: bool


#: Of a section that has nothing but its heading.
NO_SNIPPET = Snippet((), is_code=False)


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


class Block(NamedTuple):
    """One run of a document: where its text begins and ends, behind its mark, and whether it is code."""

    start: int
    end: int
    is_code: bool


class Blocks(NamedTuple):
    """The runs ``first`` to ``last`` (half-open, at least one) of a document, of which each begins with a mark at one
    of ``starts``; the last ends at ``end``.
    """

    starts: Sequence[int]
    are_code: Sequence[int]
    first: int
    last: int
    end: int

    def at(self, offset: int) -> Block:
        """The run that ``offset`` stands in."""
        number = max(bisect_right(self.starts, offset, self.first, self.last) - 1, self.first)
        end = self.starts[number + 1] if number + 1 < self.last else self.end
        return Block(self.starts[number] + 1, end, bool(self.are_code[number]))


def make_snippet(blocks: Blocks, matches: Sequence[Match], read: Callable[[int, int], bytes]) -> Snippet:
    """The snippet of a section whose runs are ``blocks``, around the densest place of its ``matches`` (in order of
    start). ``read`` gives the text between two offsets.

    Without a match (the words stand in the heading alone) it is the beginning of the section.
    """
    if matches:
        focus, reach, block = _densest(blocks, matches)
    else:
        block = blocks.at(blocks.starts[blocks.first])
        focus = reach = block.start
    text = read(block.start, block.end)
    focus, reach = focus - block.start, min(reach, block.end) - block.start
    first, last = _lines(text, focus, reach) if block.is_code else _sentence(text, focus, reach)
    pieces = mark(text, first, last, _moved(matches, block.start, block.start + first))
    if not block.is_code:
        pieces = _with_ellipses(pieces, cut_before=first > 0, cut_after=last < len(text))
    return Snippet(tuple(pieces), block.is_code)


def _moved(matches: Sequence[Match], by: int, first: int) -> list[Match]:
    """The matches that end behind ``first``, with their places counted from ``by``."""
    return [(start - by, end - by, group, weight) for start, end, group, weight in matches if end > first]


def _densest(blocks: Blocks, matches: Sequence[Match]) -> tuple[int, int, Block]:
    """The run of matches of one block within a snippet's length with the most rare words, then the most, then the
    first: where it begins and ends, and the block.
    """
    block, share = blocks.at(matches[0][0]), 0.0
    best, best_score = (0, 1, block), -1.0
    counts: dict[int, int] = {}
    # Of the run that begins with ``first``: its score, and the match behind it. ``after`` is the one behind the block.
    score, last, after, count = 0.0, 0, 0, len(matches)
    for first, (start, _, group, weight) in enumerate(matches):
        if first == after:
            block = blocks.at(start)
            share = _IN_CODE if block.is_code else 1.0
            after += 1
            while after < count and matches[after][0] < block.end:
                after += 1
        limit = start + SNIPPET_BYTES - LEAD_BYTES
        while last < after and (last <= first or matches[last][1] <= limit):
            _, _, entering, its_weight = matches[last]
            seen = counts.get(entering, 0)
            counts[entering] = seen + 1
            score += _REPEATED if seen else its_weight
            last += 1
        if share * score > best_score + _REPEATED / 2:
            best, best_score = (first, last, block), share * score
        left = counts[group] = counts[group] - 1
        score -= _REPEATED if left else weight
    first, last, block = best
    return matches[first][0], matches[last - 1][1], block


def _sentence(text: bytes, focus: int, reach: int) -> tuple[int, int]:
    """From the beginning of the sentence (or of a word) to the end of one (or of a word)."""
    first, end = 0, len(text)
    lead = text[max(0, focus - LEAD_BYTES) : focus]
    if focus > LEAD_BYTES:
        breaks = [found.end() for found in _SENTENCE_END.finditer(lead)]
        space = lead.find(b" ")
        first = focus - len(lead) + (breaks[0] if breaks else space + 1)
        first = _character_border(text, first)
    else:
        breaks = [found.end() for found in _SENTENCE_END.finditer(lead)]
        if breaks and end > SNIPPET_BYTES:
            first = breaks[-1]
    limit = max(first + SNIPPET_BYTES, reach)
    if limit >= end:
        return first, end
    sentences = list(_SENTENCE_END.finditer(text, max(reach, first + SNIPPET_BYTES // 2), limit))
    if sentences:
        return first, sentences[-1].start() + len(sentences[-1][0].rstrip())
    space = text.rfind(b" ", reach, limit)
    return first, space if space > reach else _character_border(text, limit)


def _lines(text: bytes, focus: int, reach: int) -> tuple[int, int]:
    """Whole lines from that of ``focus`` on, as many as fit, at least that one (cut where it is very long)."""
    first, end = text.rfind(b"\n", 0, focus) + 1, len(text)
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
