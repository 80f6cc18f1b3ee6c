"""Which sections of an article a hit leads to: the positions of its words, and which section they speak for.

Does not depend on snippets or stored fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import SegmentMatch
from services.search.arrays.matching.postings import occurrences
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import F64, I64, Bools, Segment
from shared.search.contract import MAX_SECTIONS

#: What an occurrence counts in the score of its section, by field; 0 is not in a section at all. A heading says what
#: its section is about. Link texts that lead to a whole article stand before its first section, and speak for none.
#: These and what follows: docs/search.md, Sections.
_WEIGHTS = np.array([0.0, 5.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.0])
#: What code counts at most, in words of prose: a listing repeats its names.
_MOST_CODE = 4.0
#: How fast more of the same word stops to count. Slower than for articles: the section that explains a word goes on
#: using it. Length is not held against a section for the same reason.
_K = 4.0
#: What each further word of the query adds to a section that has several.
_COVERAGE = 0.2
#: What it adds that neighbouring words of the query stand side by side, if all do.
_SIDE_BY_SIDE = 1.0
#: What it adds that the heading is the words of the query and nothing else.
_EXACT_HEADING = 0.5
#: Positions from one to the other of two that are side by side: there may be one word between them.
_MAX_STEP = 2
#: A section is shown when it scores at least this share of the article's best.
_SHOWN_SHARE = 0.35
_FIELD_MASK = schema.MAX_FIELDS - 1


class Matched(NamedTuple):
    """Occurrences in the documents of the page, in order of the text, as parallel columns.

    ``starts`` and ``ends`` are bytes of the segment's text.
    """

    positions: I64
    fields: I64
    starts: I64
    ends: I64
    groups: I64
    weights: F64


class ChosenSections(NamedTuple):
    """The sections to show, ascending: their ``numbers`` within the segment.

    ``in_body`` are the rows of the occurrences in the own text of a section, without its heading; those from ``firsts``
    to ``lasts`` (half-open) are of each section.

    ``of`` has for each document which of the sections are its own, best first.
    """

    numbers: I64
    in_body: I64
    firsts: I64
    lasts: I64
    of: dict[int, list[int]]


def matched_in(segment: Segment, documents: Sequence[int], matches: Sequence[SegmentMatch]) -> Matched:
    """Where the groups of ``matches`` (one or more) stand in ``documents`` (numbers within the segment)."""
    wanted = np.array(sorted(documents), dtype=np.int64)
    columns: tuple[list[I64], ...] = ([], [], [], [])
    counts: list[int] = []
    weights: list[F64] = []
    for match in matches:
        count = 0
        for run in match.runs:
            found = occurrences(segment, run, wanted)
            numbers = found.numbers
            taken = [
                column.take(numbers)
                for column in (segment.positions, segment.term_fields, segment.starts, segment.widths)
            ]
            for column, values in zip(columns, taken, strict=True):
                column.append(values)
            weights.append(np.ones(len(numbers)) if found.weights is None else found.weights)
            count += len(numbers)
        for spans in match.spans:
            chosen = np.isin(spans.doc_fields >> schema.FIELD_BITS, wanted).nonzero()[0]
            for column, values in zip(
                columns, (spans.positions, spans.doc_fields, spans.starts, spans.ends - spans.starts), strict=True
            ):
                column.append(values.take(chosen))
            weights.append(np.full(len(chosen), spans.weight))
            count += len(chosen)
        counts.append(count)
    if not weights:
        none = np.zeros(0, dtype=np.int64)
        return Matched(none, none, none, none, none, np.zeros(0))
    positions, fields, starts, widths = [np.concatenate(column) for column in columns]
    starts = segment.text_starts.take(positions >> POSITION_SHIFT) + starts
    order = starts.argsort(kind="stable")
    starts = starts.take(order)
    return Matched(
        positions=positions.take(order),
        fields=fields.take(order) & _FIELD_MASK,
        starts=starts,
        ends=starts + widths.take(order),
        groups=np.arange(len(matches)).repeat(counts).take(order),
        weights=np.concatenate(weights).take(order),
    )


def best_sections(segment: Segment, matched: Matched, rarity: F64) -> ChosenSections | None:
    """The sections to show of each document; None where there is none. ``rarity`` is that of each group."""
    counted = _WEIGHTS.take(matched.fields)
    counted *= matched.weights
    counted[_outside_sections(segment, matched)] = 0.0
    chosen = counted.nonzero()[0]
    if not len(chosen):
        return None
    inside = _Inside(
        matched.positions.take(chosen), matched.fields.take(chosen), matched.groups.take(chosen), counted.take(chosen)
    )
    sections = segment.sections_at(inside.positions)
    # In order of the text, the positions of a section stand together.
    is_first = _is_new(sections)
    firsts = is_first.nonzero()[0]
    numbers = sections.take(firsts)
    scores = _scores(segment, inside, rarity, numbers, is_first.cumsum() - 1)
    shown, of = _worth_showing(scores, inside.positions.take(firsts) >> POSITION_SHIFT)
    borders = np.append(firsts, len(sections))
    # What a snippet is never cut from: the heading is shown, and link texts stand in other articles.
    is_outside = (inside.fields == schema.HEADINGS) | (inside.fields == schema.LINKS)
    if is_outside.any():
        before = np.zeros(len(sections) + 1, dtype=np.int64)
        is_outside.cumsum(out=before[1:])
        borders -= before.take(borders)
        chosen = chosen[~is_outside]
    return ChosenSections(numbers.take(shown), chosen, borders.take(shown), borders.take(shown + 1), of)


def _outside_sections(segment: Segment, matched: Matched) -> I64:
    """The rows of the link texts that lead to an article as a whole: they stand before its first section."""
    links = (matched.fields == schema.LINKS).nonzero()[0]
    positions = matched.positions.take(links)
    sections = segment.sections_at(positions)
    is_outside = sections < 0
    is_outside |= segment.documents_of_sections(sections) != positions >> POSITION_SHIFT
    outside: I64 = links[is_outside]
    return outside


class _Inside(NamedTuple):
    """The occurrences that are in a section, and what each counts for its score."""

    positions: I64
    fields: I64
    groups: I64
    weights: F64


def _is_new(values: I64) -> Bools:
    """Where something else stands than before."""
    is_new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new


def _worth_showing(scores: F64, documents: I64) -> tuple[I64, dict[int, list[int]]]:
    """The rows of the sections to show, ascending, and for each document its own, best first.

    They are those that score a good share of the best of their document. ``documents`` ascend.
    """
    is_first = _is_new(documents)
    best = np.maximum.reduceat(scores, is_first.nonzero()[0]).take(is_first.cumsum() - 1)
    rows = (scores >= _SHOWN_SHARE * best).nonzero()[0]
    own = documents.take(rows)
    order = np.lexsort((-scores.take(rows), own))
    rows, own = rows.take(order), own.take(order)
    # Of each document the first few, from where another document stood before.
    is_shown = np.ones(len(rows), dtype=bool)
    np.not_equal(own[MAX_SECTIONS:], own[:-MAX_SECTIONS], out=is_shown[MAX_SECTIONS:])
    rows, own = rows[is_shown], own[is_shown]
    shown = np.sort(rows)
    of: dict[int, list[int]] = {}
    for document, place in zip(own.tolist(), shown.searchsorted(rows).tolist(), strict=True):
        of.setdefault(document, []).append(place)
    return shown, of


def _scores(segment: Segment, inside: _Inside, rarity: F64, numbers: I64, rows: I64) -> F64:
    """The score of each of the sections ``numbers``; ``rows`` says in which of them each occurrence is.

    Saturated frequency times rarity, added over the groups; more for a section that has several of the words, has them
    side by side, or is named so.
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
    """Whether each section has each group, where ``cells`` are section · width + group."""
    table = np.zeros(count * width, dtype=bool)
    table[cells] = True
    return table.reshape(count, width)
