"""The postings and occurrences of a run in one segment, with the weight of each.

Depends on the layout of a segment (see ``layout``); computes no scores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.matching.runs import Run
from services.search.arrays.ranges import ranges
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import F64, I64, Segment

#: Up to this many positions, flags of the documents are faster than searching for each document.
FEW_POSITIONS = 4096


class Occurrences(NamedTuple):
    """Occurrences with a weight above 0: their numbers in the segment, and their weights (None: 1)."""

    numbers: I64
    weights: F64 | None


def posting_weights(segment: Segment, run: Run) -> F64 | None:
    """The weight of one occurrence of each posting of ``run``; None: 1."""
    if run.table is None:
        return None
    term_fields = segment.postings.term_fields[run.first : run.last]
    if run.is_ascending:
        return run.table.take(term_fields)
    boundaries = segment.arrays["stem_group_postings"][run.stem_group : run.last_stem_group + 1]
    return run.table.take(term_fields + np.repeat(_first_term_fields(segment, run), np.diff(boundaries)))


def _first_term_fields(segment: Segment, run: Run) -> I64:
    """The offset in the table at which the term fields of each stem group of ``run`` begin."""
    terms = segment.arrays["stem_group_terms"][run.stem_group : run.last_stem_group].astype(np.int64)
    first_term_fields: I64 = (terms - terms[0]) << schema.FIELD_BITS
    return first_term_fields


def occurrences(segment: Segment, run: Run, documents: I64 | None = None) -> Occurrences:
    """The occurrences of ``run`` with a weight above 0, by stem group, then position.

    With ``documents`` (ascending, of this segment), only those in them.
    """
    numbers = _numbers(segment, run, documents)
    if run.table is None:
        return Occurrences(numbers, None)
    weights = _weights(segment, run, run.table, numbers)
    if run.is_partial or run.is_mixed:
        counts = weights > 0.0
        numbers, weights = numbers[counts], weights[counts]
    return Occurrences(numbers, weights)


def occurrence_numbers(segment: Segment, run: Run, documents: I64 | None = None) -> I64:
    """The numbers of ``occurrences``, without their weights."""
    if run.table is not None and (run.is_partial or run.is_mixed):
        return occurrences(segment, run, documents).numbers
    return _numbers(segment, run, documents)


def _numbers(segment: Segment, run: Run, documents: I64 | None) -> I64:
    """The numbers of all occurrences of ``run``, by stem group, then position."""
    if documents is None:
        return np.arange(run.begin, run.end)
    if run.is_ascending:
        numbers = within(segment.positions[run.begin : run.end], documents)
        numbers += run.begin
        return numbers
    keep = np.zeros(segment.documents, dtype=bool)
    keep[documents] = True
    return np.flatnonzero(keep.take(segment.positions[run.begin : run.end] >> POSITION_SHIFT)) + run.begin


def _weights(segment: Segment, run: Run, table: F64, numbers: I64) -> F64:
    """The weight of each of the occurrences ``numbers`` of ``run``, whose table is ``table``."""
    term_fields = segment.term_fields.take(numbers)
    if not run.is_ascending:
        stem_groups = segment.arrays["stem_group_occurrences"].searchsorted(numbers.astype(np.uint32), side="right") - 1
        term_fields = term_fields + _first_term_fields(segment, run).take(stem_groups - run.stem_group)
    return table.take(term_fields)


def within(positions: I64, documents: I64) -> I64:
    """The indices of the ``positions`` (ascending) that lie in ``documents`` (ascending)."""
    if 0 < len(positions) <= FEW_POSITIONS and len(documents):
        is_in = np.zeros(max(int(documents[-1]), int(positions[-1]) >> POSITION_SHIFT) + 1, dtype=bool)
        is_in[documents] = True
        return is_in.take(positions >> POSITION_SHIFT).nonzero()[0]
    begins = positions.searchsorted(documents << POSITION_SHIFT)
    counts = positions.searchsorted((documents + 1) << POSITION_SHIFT)
    counts -= begins
    return ranges(begins, counts)
