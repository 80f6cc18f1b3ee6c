"""The occurrences of the words of a query in some documents, in order of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import SegmentMatch
from services.search.arrays.matching.postings import occurrences, within
from services.search.arrays.matching.runs import Run
from services.search.arrays.matching.sequences import Spans
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import F64, I64, Segment

_FIELD_MASK = schema.MAX_FIELDS - 1


class Occurrences(NamedTuple):
    """Occurrences in some documents, in order of the text, as parallel columns.

    ``starts`` and ``ends`` are byte offsets into the segment's text.
    """

    positions: I64
    fields: I64
    starts: I64
    ends: I64
    groups: I64
    weights: F64


def occurrences_in(segment: Segment, documents: Sequence[int], matches: Sequence[SegmentMatch]) -> Occurrences:
    """The occurrences of the groups of ``matches`` (one or more) in ``documents`` (numbers within the segment)."""
    wanted = np.array(sorted(documents), dtype=np.int64)
    found: list[_Columns] = []
    counts: list[int] = []
    for match in matches:
        own = [_of_run(segment, run, wanted) for run in match.runs]
        own += [_of_spans(spans, wanted) for spans in match.spans]
        counts.append(sum(len(columns.positions) for columns in own))
        found += own
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Occurrences(none, none, none, none, none, np.zeros(0))
    positions, term_fields, starts, widths, weights = map(np.concatenate, zip(*found, strict=True))
    starts = segment.text_starts.take(positions >> POSITION_SHIFT) + starts
    order = starts.argsort(kind="stable")
    starts = starts.take(order)
    return Occurrences(
        positions=positions.take(order),
        fields=term_fields.take(order) & _FIELD_MASK,
        starts=starts,
        ends=starts + widths.take(order),
        groups=np.arange(len(matches)).repeat(counts).take(order),
        weights=weights.take(order),
    )


class _Columns(NamedTuple):
    """Occurrences before they are sorted, as parallel columns; ``starts`` are relative to their document."""

    positions: I64
    term_fields: I64
    starts: I64
    widths: I64
    weights: F64


def _of_run(segment: Segment, run: Run, wanted: I64) -> _Columns:
    """The occurrences of one run of postings in the documents ``wanted`` (ascending)."""
    numbers, weights = occurrences(segment, run, wanted)
    return _Columns(
        segment.positions.take(numbers),
        segment.term_fields.take(numbers),
        segment.starts.take(numbers),
        segment.widths.take(numbers),
        np.ones(len(numbers)) if weights is None else weights,
    )


def _of_spans(spans: Spans, wanted: I64) -> _Columns:
    """The occurrences of one phrase or compound in the documents ``wanted``."""
    chosen = within(spans.positions, wanted)
    return _Columns(
        spans.positions.take(chosen),
        spans.doc_fields.take(chosen),
        spans.starts.take(chosen),
        (spans.ends - spans.starts).take(chosen),
        np.full(len(chosen), spans.weight),
    )


def outside_sections(segment: Segment, matched: Occurrences) -> I64:
    """The rows of link texts to an article as a whole, which stand before its first section."""
    links = (matched.fields == schema.LINKS).nonzero()[0]
    positions = matched.positions.take(links)
    sections = segment.sections_at(positions)
    is_outside = sections < 0
    is_outside |= segment.documents_of_sections(sections) != positions >> POSITION_SHIFT
    outside: I64 = links[is_outside]
    return outside
