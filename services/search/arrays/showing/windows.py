"""Choose the window of each section that its snippet is cut from, for all sections of a page in one pass.

A window is a run of text with the densest matches. Pure arithmetic on offsets: no text is read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.search.arrays.matching.occurrences import Occurrences
from services.search.arrays.ranges import ranges
from services.search.arrays.segment.segment import F64, I64, Segment
from services.search.arrays.showing.sections import ChosenSections
from services.search.arrays.showing.snippets import LEAD_BYTES, SNIPPET_BYTES
from services.search.indexing.texts import HEADING_MARK

#: Matches of a section to consider, from its beginning: the rest can hardly be denser.
MAX_MATCHES = 64
#: The distance from the start of the densest window within which matches are marked, in bytes.
_REACH = 2 * SNIPPET_BYTES
#: Score of each match of a window, whether or not its word is new: it only breaks ties.
_REPEATED = 0.01
#: Factor for windows in a block of code: between equals, prose wins.
_IN_CODE = 0.85
#: Marks up to this one lead no text of a section: they lead headings and, one below, the link texts at its end.
_LAST_MARK = ord(HEADING_MARK)
#: Blocks of a section to try for one that ends like a sentence.
_OPENING_RUNS = 8
_SENTENCE_ENDS = (b".", b"!", b"?", b":", b"\xe2\x80\xa6", b"\xe3\x80\x82")


class Window(NamedTuple):
    """The block ``start`` to ``end`` of a text, without its mark; its densest matches are from ``focus`` to ``reach``.

    All are byte offsets into the segment's text; so are ``begins`` and ``stops``, the matches around it, in order.
    """

    start: int
    end: int
    focus: int
    reach: int
    is_code: bool
    begins: list[int]
    stops: list[int]


def windows_of(segment: Segment, matched: Occurrences, chosen: ChosenSections, rarity: F64) -> list[Window | None]:
    """The window of each of the ``chosen`` sections of ``matched``; None for a section without text of its own.

    ``rarity`` has one number per group.
    """
    counts = np.minimum(chosen.lasts - chosen.firsts, MAX_MATCHES)
    rows = chosen.in_body.take(ranges(chosen.firsts, counts))
    with_matches = (counts > 0).nonzero()[0]
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


def _densest(segment: Segment, matched: Occurrences, rows: I64, counts: I64, rarity: F64) -> list[Window]:
    """For each section, the snippet-sized window with the most rare words; ties: most matches, then the first.

    A window lies in one block. ``rows`` index ``matched``: the first ``counts[0]`` belong to the first section, etc.
    """
    starts, boundaries = matched.starts.take(rows), segment.blocks.starts
    blocks = boundaries.searchsorted(starts, "right") - 1
    # One candidate window per match: it begins with the match, and ends where the snippet would, or where the block
    # does.
    limits = np.minimum(starts + (SNIPPET_BYTES - LEAD_BYTES), boundaries.take(blocks + 1) - 1)
    stops = starts.searchsorted(limits, "right")
    # The rarest word of the query has the weight 1.
    groups = matched.groups.take(rows)
    weights = (rarity / rarity.max()).take(groups) * matched.weights.take(rows)
    scores = _window_scores(groups, weights, stops, len(rarity))
    scores[segment.blocks.is_code.take(blocks)] *= _IN_CODE
    at = _first_best(scores, counts)
    ends = matched.ends.take(rows)
    return _windows_at(segment, starts, ends, at=at, stops=stops.take(at), blocks=blocks.take(at))


def _window_scores(groups: I64, weights: F64, stops: I64, width: int) -> F64:
    """The score of the window that runs from each match to ``stops``: the heaviest match of each group, summed.

    ``groups`` and ``weights`` are parallel to the matches; there are ``width`` groups.
    """
    count = len(groups)
    spans = np.empty(2 * count, dtype=np.int64)
    spans[::2] = numbers = np.arange(count)
    spans[1::2] = stops
    table = np.zeros((width, count + 1))
    table[groups, numbers] = weights
    scores: F64 = np.maximum.reduceat(table, spans, axis=1)[:, ::2].sum(axis=0)
    scores += _REPEATED * (stops - numbers)
    return scores


def _first_best(scores: F64, counts: I64) -> I64:
    """For each section, the index of the first of its best scores; section *n* has the next ``counts[n]`` of them."""
    begins = counts.cumsum() - counts
    best = np.maximum.reduceat(scores, begins)
    good = (scores >= (best - _REPEATED / 2).repeat(counts)).nonzero()[0]
    at: I64 = good.take(good.searchsorted(begins))
    return at


def _windows_at(segment: Segment, starts: I64, ends: I64, *, at: I64, stops: I64, blocks: I64) -> list[Window]:
    """The windows from match ``at`` to match ``stops``, with the matches within reach.

    ``starts`` and ``ends`` are of all matches; ``at``, ``stops`` and ``blocks`` are parallel, one per window.
    """
    first, last = segment.blocks.starts.take(blocks), segment.blocks.starts.take(blocks + 1)
    focus = starts.take(at)
    columns = (
        first + 1,
        last,
        focus,
        ends.take(stops - 1),
        segment.blocks.is_code.take(blocks),
        starts.searchsorted(np.maximum(first, focus - _REACH)),
        starts.searchsorted(np.minimum(last, focus + _REACH)),
    )
    all_starts, all_ends = starts.tolist(), ends.tolist()
    return [
        Window(start, end, begin, min(reach, end), code, all_starts[one:other], all_ends[one:other])
        for start, end, begin, reach, code, one, other in zip(*[column.tolist() for column in columns], strict=True)
    ]


def opening_of(segment: Segment, section: int) -> Window | None:
    """The first block of ``section`` that ends like a sentence, else its first: one row of a table means little.

    None if the section has no text of its own.
    """
    boundaries, text = segment.blocks.starts, segment.arrays["doc_text"]
    first = int(boundaries.searchsorted(segment.section_starts(np.array([section]))[0]))
    if int(text[boundaries[first]]) == ord(HEADING_MARK):
        first += 1
    opening: Window | None = None
    for at in range(first, min(first + _OPENING_RUNS, len(boundaries) - 1)):
        start, end = int(boundaries[at]), int(boundaries[at + 1])
        if int(text[start]) <= _LAST_MARK:
            break
        window = Window(start + 1, end, start + 1, start + 1, bool(segment.blocks.is_code[at]), [], [])
        if not window.is_code and segment.text(start, end).rstrip().endswith(_SENTENCE_ENDS):
            return window
        opening = opening or window
    return opening


def _beginnings(segment: Segment, sections: I64) -> list[Window | None]:
    """The first block after the heading of each of ``sections``, whose matches are all in the heading.

    None if a link text, another heading or nothing follows.
    """
    boundaries, text = segment.blocks.starts, segment.arrays["doc_text"]
    blocks = boundaries.searchsorted(segment.section_starts(sections)) + 1
    firsts, lasts = boundaries.take(blocks), boundaries.take(blocks + 1, mode="clip")
    has = text.take(firsts, mode="clip") > _LAST_MARK
    has &= firsts < boundaries[-1]
    is_code = segment.blocks.is_code.take(blocks, mode="clip")
    rows = zip(firsts.tolist(), lasts.tolist(), is_code.tolist(), has.tolist(), strict=True)
    return [
        Window(first + 1, last, first + 1, first + 1, code, [], []) if one else None for first, last, code, one in rows
    ]
