"""Where the words of a query stand in the documents of the window: how close together, all in the title, all in one
heading.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import F64, I64, PLACE_SHIFT, Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch, occurrences

#: Words further than this from where the query has them are not close.
MAX_DEVIATION = 10
#: One word of several in a title says little; from two on it is what the article is about.
MIN_TITLE_WORDS = 2
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
        first, last = candidates.searchsorted((segment.base, segment.base + segment.documents)).tolist()
        if first == last:
            continue
        rows = _Rows(segment, candidates[first:last] - segment.base)
        found = {number: rows.find(matches[number].parts[index]) for number in present}
        closeness[first:last] = _closeness(matches, found, rows)
        in_title[first:last] = rows.share_in_title([f.titles for f in found.values()], len(matches))
        if len(present) == len(matches):
            in_heading[first:last] = rows.with_heading_of_all([f.headings for f in found.values()])
    return Evidence(closeness, in_title, in_heading)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where one group stands: ``document << 34 | position``, the same in headings alone, and documents with it in the
    title.
    """

    places: I64
    headings: I64
    titles: I64


class _Rows:
    """The documents of the window in one segment, as rows."""

    def __init__(self, segment: Segment, documents: I64) -> None:
        self._segment = segment
        self._keep = np.zeros(segment.documents, dtype=bool)
        self._keep[documents] = True
        self._row_of = np.empty(segment.documents, dtype=np.int64)
        self._row_of[documents] = np.arange(len(documents))
        self.count = len(documents)

    def rows_of(self, places: I64) -> I64:
        """The row of each place."""
        return self._row_of.take(places >> PLACE_SHIFT)

    def find(self, match: SegmentMatch) -> _Found:
        """Where a group stands in the window."""
        found = occurrences(match.entries, self._keep)
        slots, positions = found.slots, self._segment.positions.take(found.numbers)
        for spans in match.spans:
            chosen = self._keep.take(spans.slots >> schema.FIELD_BITS)
            slots = np.concatenate((slots, spans.slots[chosen]))
            positions = np.concatenate((positions, spans.positions[chosen]))
        documents, fields = slots >> schema.FIELD_BITS, slots & _FIELD_MASK
        places = (documents << PLACE_SHIFT) | positions.astype(np.int64, copy=False)
        return _Found(places, places[fields == schema.HEADINGS], documents[fields == schema.TITLE])

    def share_in_title(self, titles: list[I64], groups: int) -> F64:
        """The share of the groups that stand in the title, if two or more do."""
        words = np.zeros(self.count)
        if sum(map(bool, map(len, titles))) < MIN_TITLE_WORDS:
            return words
        for documents in titles:
            has = np.zeros(self.count)
            has[self._row_of.take(documents)] = 1.0
            words += has
        words[words < MIN_TITLE_WORDS] = 0.0
        words /= groups
        return words

    def with_heading_of_all(self, headings: list[I64]) -> F64:
        """1 where one heading has all groups."""
        has = np.zeros(self.count)
        if not all(map(len, headings)):
            return has
        common = set(self._segment.sections_at(headings[0]).tolist())
        for places in headings[1:]:
            common &= set(self._segment.sections_at(places).tolist())
        if common:
            sections = np.fromiter(common, dtype=np.int64, count=len(common))
            has[self._row_of.take(self._segment.documents_of_sections(sections))] = 1.0
        return has


def _closeness(matches: Sequence[GroupMatch], found: dict[int, _Found], rows: _Rows) -> F64:
    total, weights = np.zeros(rows.count), 0.0
    for number in range(len(matches) - 1):
        left, right = found.get(number), found.get(number + 1)
        # The rarer word of a pair says how much it means that both are close; log as in the idf, without its offset.
        weight = 1.0 / (1.0 + math.log1p(max(matches[number].df, matches[number + 1].df)))
        weights += weight
        if left is None or right is None or not len(left.places) or not len(right.places):
            continue
        distance = matches[number + 1].group.position - matches[number].group.position
        wanted, others = left.places + distance, np.sort(right.places)
        at = others.searchsorted(wanted)
        after = np.abs(others.take(at, mode="clip") - wanted)
        miss = np.minimum(after, np.abs(others.take(at - 1, mode="clip") - wanted))
        close = np.flatnonzero(miss < MAX_DEVIATION)
        best = np.zeros(rows.count)
        np.maximum.at(best, rows.rows_of(left.places[close]), 1.0 / (1.0 + miss[close]))
        total += weight * best
    return total / weights
