"""Which run of a section its snippet is cut from, and where, for all sections of a page in one pass.

Pure arithmetic on offsets; it reads no text.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.search.arrays.matching.ranges import ranges
from services.search.arrays.segment.segment import F64, I64, Segment
from services.search.arrays.showing.sections import ChosenSections, Matched
from services.search.arrays.showing.snippets import LEAD_BYTES, SNIPPET_BYTES
from services.search.indexing.documents import HEADING_MARK

#: Matches of a section that are looked at: the rest can hardly be denser.
MAX_MATCHES = 64
#: How far from the densest place a snippet may reach, in bytes.
_REACH = 2 * SNIPPET_BYTES
#: What a word that stands there already adds to a place.
_REPEATED = 0.01
#: What a word in a block of code counts: between equals, prose is read.
_IN_CODE = 0.85


class Window(NamedTuple):
    """The run ``start`` to ``end`` of a text, without its mark, and the densest place in it, ``focus`` to ``reach``.

    All are bytes of the segment's text; so are ``begins`` and ``stops``, the matches around it, in order of begin.
    """

    start: int
    end: int
    focus: int
    reach: int
    is_code: bool
    begins: list[int]
    stops: list[int]


def windows_of(segment: Segment, matched: Matched, chosen: ChosenSections, rarity: F64) -> list[Window | None]:
    """The window of each of the ``chosen`` sections of ``matched``; None for one that is nothing but its heading.

    ``rarity`` is that of each group.
    """
    counts = np.minimum(chosen.lasts - chosen.firsts, MAX_MATCHES)
    rows = chosen.in_body.take(ranges(chosen.firsts, counts))
    with_matches = counts.nonzero()[0]
    if len(with_matches) == len(counts):
        return list(_densest(segment, matched, rows, counts, rarity))
    unmatched = (counts == 0).nonzero()[0]
    windows: list[Window | None] = [None] * len(counts)
    for at, window in zip(unmatched.tolist(), _beginnings(segment, chosen.numbers.take(unmatched)), strict=True):
        windows[at] = window
    if len(with_matches):
        for at, dense in zip(
            with_matches.tolist(),
            _densest(segment, matched, rows, counts.take(with_matches), rarity),
            strict=True,
        ):
            windows[at] = dense
    return windows


def _densest(segment: Segment, matched: Matched, rows: I64, counts: I64, rarity: F64) -> list[Window]:
    """For each section, the snippet-sized window with the most rare words; ties: most matches, then the first.

    A window lies in one block. ``rows`` of ``matched`` are taken, ``counts`` of them for each section.
    """
    count = len(rows)
    starts, groups = matched.starts.take(rows), matched.groups.take(rows)
    borders = segment.block_starts
    blocks = borders.searchsorted(starts, "right") - 1
    # A window begins with each match: it ends where the snippet would, or where the block does.
    limits = np.minimum(starts + (SNIPPET_BYTES - LEAD_BYTES), borders.take(blocks + 1) - 1)
    stops = starts.searchsorted(limits, "right")
    spans = np.empty(2 * count, dtype=np.int64)
    spans[::2] = numbers = np.arange(count)
    spans[1::2] = stops
    # For the place of a snippet, the rarest word counts 1.
    table = np.zeros((len(rarity), count + 1))
    table[groups, numbers] = (rarity / rarity.max()).take(groups) * matched.weights.take(rows)
    scores = np.maximum.reduceat(table, spans, axis=1)[:, ::2].sum(axis=0)
    scores += _REPEATED * (stops - numbers)
    is_code = segment.block_is_code.take(blocks)
    scores[is_code] *= _IN_CODE
    begins = counts.cumsum() - counts
    best = np.maximum.reduceat(scores, begins)
    good = (scores >= (best - _REPEATED / 2).repeat(counts)).nonzero()[0]
    at = good.take(good.searchsorted(begins))
    block = blocks.take(at)
    first, last, focus = borders.take(block), borders.take(block + 1), starts.take(at)
    match_ends = matched.ends.take(rows)
    columns = (
        first + 1,
        last,
        focus,
        match_ends.take(stops.take(at) - 1),
        is_code.take(at),
        starts.searchsorted(np.maximum(first, focus - _REACH)),
        starts.searchsorted(np.minimum(last, focus + _REACH)),
    )
    all_starts, all_ends = starts.tolist(), match_ends.tolist()
    return [
        Window(start, end, begin, min(reach, end), code, all_starts[one:other], all_ends[one:other])
        for start, end, begin, reach, code, one, other in zip(*[column.tolist() for column in columns], strict=True)
    ]


#: The greatest mark that no text of a section stands behind: link texts, which come last in it, have the one below.
_LAST_MARK = ord(HEADING_MARK)
#: Runs of a section that are looked at for one that reads as a sentence.
_OPENING_RUNS = 8
_SENTENCE_ENDS = (b".", b"!", b"?", b":", b"\xe2\x80\xa6", b"\xe3\x80\x82")


def opening_of(segment: Segment, section: int) -> Window | None:
    """The first run of ``section`` that reads as a sentence, or else its first: a row of a table says little alone.

    None where it is nothing but its heading.
    """
    borders, text = segment.block_starts, segment.arrays["doc_text"]
    first = int(borders.searchsorted(segment.section_starts(np.array([section]))[0]))
    if int(text[borders[first]]) == ord(HEADING_MARK):
        first += 1
    opening: Window | None = None
    for at in range(first, min(first + _OPENING_RUNS, len(borders) - 1)):
        start, end = int(borders[at]), int(borders[at + 1])
        if int(text[start]) <= _LAST_MARK:
            break
        window = Window(start + 1, end, start + 1, start + 1, bool(segment.block_is_code[at]), [], [])
        if not window.is_code and segment.text(start, end).rstrip().endswith(_SENTENCE_ENDS):
            return window
        opening = opening or window
    return opening


def _beginnings(segment: Segment, sections: I64) -> list[Window | None]:
    """The first run behind the heading of each section whose matches are all in its heading.

    None where a link text or another heading follows, or nothing.
    """
    borders, text = segment.block_starts, segment.arrays["doc_text"]
    blocks = borders.searchsorted(segment.section_starts(sections)) + 1
    firsts, lasts = borders.take(blocks), borders.take(blocks + 1, mode="clip")
    has = text.take(firsts, mode="clip") > _LAST_MARK
    has &= firsts < borders[-1]
    is_code = segment.block_is_code.take(blocks, mode="clip")
    rows = zip(firsts.tolist(), lasts.tolist(), is_code.tolist(), has.tolist(), strict=True)
    return [
        Window(first + 1, last, first + 1, first + 1, code, [], []) if one else None for first, last, code, one in rows
    ]
