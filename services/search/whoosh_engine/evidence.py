"""Where the words of a query stand in the documents of the window: how close together, all in the title, all in one
heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import F64, I64, Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch, occurrences

#: Words further than this from where the query has them are not close.
MAX_DEVIATION = 10
#: One word of several in a title says little; from two on it is what the article is about.
MIN_TITLE_WORDS = 2
#: A row (document of the window) and a position as one sortable number.
_ROW_SHIFT = 34
_FIELD_MASK = schema.FIELD_SLOTS - 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Each array is parallel to the candidates and between 0 and 1."""

    closeness: F64
    in_title: F64
    in_heading: F64


def gather(generation: Generation, matches: Sequence[GroupMatch], candidates: I64) -> Evidence:
    """The evidence in ``candidates`` (ascending document numbers), for at least two groups.

    Closeness: for each two neighbouring words of the query, 1 / (1 + d), where d is by how many positions their
    nearest pair of occurrences misses the distance
    that the query has; averaged over the pairs, each weighted with the smaller rarity of its two words. Words in
    order side by side give 1.
    """
    closeness, in_title, in_heading = (np.zeros(len(candidates)) for _ in range(3))
    present = [number for number, match in enumerate(matches) if match.df]
    for index, segment in enumerate(generation.segments):
        first, last = np.searchsorted(candidates, (segment.base, segment.base + segment.documents))
        if first == last:
            continue
        rows = _Rows(segment, candidates[first:last] - segment.base)
        found = {number: rows.find(matches[number].parts[index]) for number in present}
        closeness[first:last] = _closeness(matches, found, int(last - first))
        words_in_title = np.add.reduce([f.in_title for f in found.values()]) if found else np.zeros(int(last - first))
        in_title[first:last] = np.where(words_in_title >= MIN_TITLE_WORDS, words_in_title / len(matches), 0.0)
        if len(present) == len(matches):
            in_heading[first:last] = rows.with_heading_of_all([f.headings for f in found.values()])
    return Evidence(closeness, in_title, in_heading)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where one group stands: sorted ``row << 34 | position``; rows with it in the title; sections with it in the
    heading.
    """

    keys: I64
    in_title: F64
    headings: I64


class _Rows:
    """The documents of the window in one segment, as rows."""

    def __init__(self, segment: Segment, documents: I64) -> None:
        self._segment = segment
        self._documents = documents
        self._keep = np.zeros(segment.documents, dtype=bool)
        self._keep[documents] = True
        self._row_of = np.empty(segment.documents, dtype=np.int64)
        self._row_of[documents] = np.arange(len(documents))

    def find(self, match: SegmentMatch) -> _Found:
        found = occurrences(match.entries, self._keep)
        slots, positions = [found.slots], [self._segment.positions.take(found.numbers).astype(np.int64)]
        for spans in match.spans:
            chosen = self._keep[spans.slots >> schema.FIELD_BITS]
            slots.append(spans.slots[chosen])
            positions.append(spans.positions[chosen])
        all_slots = _concatenated(slots)
        all_positions = _concatenated(positions)
        documents = all_slots >> schema.FIELD_BITS
        rows = self._row_of.take(documents)
        fields = all_slots & _FIELD_MASK
        in_title = np.zeros(len(self._documents))
        in_title[rows[fields == schema.TITLE]] = 1.0
        is_heading = fields == schema.HEADINGS
        headings = self._section_keys(documents[is_heading], all_positions[is_heading])
        return _Found(rows << _ROW_SHIFT | all_positions, in_title, headings)

    def _section_keys(self, documents: I64, positions: I64) -> I64:
        if not len(documents):
            return np.zeros(0, dtype=np.int64)
        sections = np.sort(self._segment.sections_at(documents, positions))
        is_first = np.ones(len(sections), dtype=bool)
        is_first[1:] = sections[1:] != sections[:-1]
        return sections[is_first]

    def with_heading_of_all(self, headings: list[I64]) -> F64:
        common = headings[0]
        for other in headings[1:]:
            common = np.intersect1d(common, other, assume_unique=True)
        has = np.zeros(len(self._documents))
        if len(common):
            has[self._row_of[self._segment.documents_of_sections(common)]] = 1.0
        return has


def _closeness(matches: Sequence[GroupMatch], found: dict[int, _Found], rows: int) -> F64:
    total, weights = np.zeros(rows), 0.0
    for number in range(len(matches) - 1):
        left, right = found.get(number), found.get(number + 1)
        # The rarer word of a pair says how much it means that both are close; log as in the idf, without its offset.
        weight = 1.0 / (1.0 + np.log1p(max(matches[number].df, matches[number + 1].df)))
        weights += weight
        if left is None or right is None or not len(left.keys) or not len(right.keys):
            continue
        distance = matches[number + 1].group.position - matches[number].group.position
        total += weight * _pair(left.keys, np.sort(right.keys), distance, rows)
    return total / weights


def _pair(left: I64, right: I64, distance: int, rows: int) -> F64:
    """Per row (``right`` is sorted), 1 / (1 + d) of the pair that misses ``distance`` least; 0 from ``MAX_DEVIATION``
    on.
    """
    wanted = left + distance
    at = right.searchsorted(wanted)
    after = right[np.minimum(at, len(right) - 1)]
    before = right[np.maximum(at - 1, 0)]
    miss = np.minimum(np.abs(after - wanted), np.abs(before - wanted))
    close = np.flatnonzero(miss < MAX_DEVIATION)
    best = np.zeros(rows)
    np.maximum.at(best, left[close] >> _ROW_SHIFT, 1.0 / (1.0 + miss[close]))
    return best


def _concatenated(arrays: list[I64]) -> I64:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)
