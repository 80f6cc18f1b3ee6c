"""Choose the sections of an article that a hit links to, from the positions of the words of the query.

Does not depend on snippets or stored fields.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.matching.occurrences import Occurrences, outside_sections
from services.search.arrays.ranges import is_new
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import F64, I64, Bools, Segment
from shared.search.contract import MAX_SECTIONS

#: Weight of an occurrence in the score of its section, by field number; fields with 0 belong to no section. Link texts
#: to a whole article precede its first section and count for none. See docs/search.md, Sections, for the measurements
#: behind these weights and the constants below.
_WEIGHTS = np.array([0.0, 5.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.0])
#: Upper limit of the frequency of a word in code, in occurrences in prose: a listing repeats its names.
_MOST_CODE = 4.0
#: Saturation of term frequency, higher than for articles: the section that explains a word keeps using it. Scores are
#: not normalised by length for the same reason.
_K = 4.0
#: Boost for each further word of the query that the section has.
_COVERAGE = 0.2
#: Boost if all neighbouring words of the query stand side by side in the section, in proportion if only some do.
_SIDE_BY_SIDE = 1.0
#: Boost for a heading that consists of the words of the query alone.
_EXACT_HEADING = 0.5
#: Distance in positions up to which two words count as side by side: one word may stand between them.
_MAX_STEP = 2
#: A section is shown when it scores at least this share of the article's best.
_SHOWN_SHARE = 0.35


class ChosenSections(NamedTuple):
    """The sections to show, by their ``numbers`` within the segment, ascending.

    ``in_body`` has the rows of the occurrences in the text of these sections, without headings; those of one section
    are ``in_body[firsts[i]:lasts[i]]``.

    ``of`` maps each document to the indices of its sections, best first.
    """

    numbers: I64
    in_body: I64
    firsts: I64
    lasts: I64
    of: dict[int, list[int]]


def best_sections(segment: Segment, matched: Occurrences, rarity: F64) -> ChosenSections | None:
    """The sections to show of each document; None if there are none. ``rarity`` has one number per group."""
    counted = _WEIGHTS.take(matched.fields)
    counted *= matched.weights
    counted[outside_sections(segment, matched)] = 0.0
    chosen = (counted > 0.0).nonzero()[0]
    if not len(chosen):
        return None
    inside = _Inside(
        matched.positions.take(chosen), matched.fields.take(chosen), matched.groups.take(chosen), counted.take(chosen)
    )
    sections = segment.sections_at(inside.positions)
    # Positions are in order of the text, so those of a section are adjacent.
    is_first = is_new(sections)
    firsts = is_first.nonzero()[0]
    numbers = sections.take(firsts)
    scores = _scores(segment, inside, rarity, numbers, is_first.cumsum() - 1)
    shown, of = _worth_showing(scores, inside.positions.take(firsts) >> POSITION_SHIFT)
    boundaries = np.append(firsts, len(sections))
    # A snippet is never cut from the heading, which is shown anyway, or from link texts, which are in other articles.
    is_outside = (inside.fields == schema.HEADINGS) | (inside.fields == schema.LINKS)
    if is_outside.any():
        before = np.zeros(len(sections) + 1, dtype=np.int64)
        is_outside.cumsum(out=before[1:])
        boundaries -= before.take(boundaries)
        chosen = chosen[~is_outside]
    return ChosenSections(numbers.take(shown), chosen, boundaries.take(shown), boundaries.take(shown + 1), of)


class _Inside(NamedTuple):
    """The occurrences that are in a section, with the weight of each."""

    positions: I64
    fields: I64
    groups: I64
    weights: F64


def _worth_showing(scores: F64, documents: I64) -> tuple[I64, dict[int, list[int]]]:
    """The rows of the sections to show, ascending, and the indices of those of each document, best first.

    A section is shown if it scores at least ``_SHOWN_SHARE`` of the best of its document. ``documents`` ascend.
    """
    is_first = is_new(documents)
    best = np.maximum.reduceat(scores, is_first.nonzero()[0]).take(is_first.cumsum() - 1)
    rows = (scores >= _SHOWN_SHARE * best).nonzero()[0]
    own = documents.take(rows)
    order = np.lexsort((-scores.take(rows), own))
    rows, own = rows.take(order), own.take(order)
    # Keep the first MAX_SECTIONS of each document: a later row has the same document as the row that many before it.
    is_shown = np.ones(len(rows), dtype=bool)
    np.not_equal(own[MAX_SECTIONS:], own[:-MAX_SECTIONS], out=is_shown[MAX_SECTIONS:])
    rows, own = rows[is_shown], own[is_shown]
    shown = np.sort(rows)
    of: dict[int, list[int]] = {}
    for document, place in zip(own.tolist(), shown.searchsorted(rows).tolist(), strict=True):
        of.setdefault(document, []).append(place)
    return shown, of


def _scores(segment: Segment, inside: _Inside, rarity: F64, numbers: I64, rows: I64) -> F64:
    """The score of each of the sections ``numbers``; ``rows`` has the index of the section of each occurrence.

    The sum over the groups of saturated frequency times rarity, boosted if the section has several of the words, has
    them side by side, or has a heading of just these words.
    """
    width, count = len(rarity), len(numbers)
    cells = rows * width
    cells += inside.groups
    table = np.bincount(cells, inside.weights, count * width)
    in_code = (inside.fields == schema.CODE).nonzero()[0]
    if len(in_code):
        code = np.bincount(cells.take(in_code), inside.weights.take(in_code), count * width)
        table += _MOST_CODE * code / (_MOST_CODE + code) - code
    table = table.reshape(count, width)
    scores: F64 = (table / (_K + table)) @ rarity
    if width > 1:
        scores *= 1.0 + _COVERAGE * (np.count_nonzero(table, axis=1) - 1)
        step = inside.positions[1:] - inside.positions[:-1]
        is_pair = inside.groups[1:] - inside.groups[:-1] == 1
        is_pair &= (step > 0) & (step <= _MAX_STEP)
        is_pair &= rows[1:] == rows[:-1]
        pairs = cells[:-1][is_pair]
        if len(pairs):
            scores *= 1.0 + _SIDE_BY_SIDE / (width - 1) * np.count_nonzero(_has(pairs, count, width), axis=1)
    in_heading = cells[inside.fields == schema.HEADINGS]
    if len(in_heading) >= width:
        named = _has(in_heading, count, width).all(axis=1)
        if named.any():
            first, body = (segment.arrays[name].take(numbers) for name in ("section_positions", "section_bodies"))
            named &= body - first <= width + schema.BLOCK_GAP
            scores *= 1.0 + _EXACT_HEADING * named
    return scores


def _has(cells: I64, count: int, width: int) -> Bools:
    """A table of sections by groups that is True where ``cells`` (section · width + group) has an entry."""
    table = np.zeros(count * width, dtype=bool)
    table[cells] = True
    return table.reshape(count, width)
