"""Where the words of a query stand in the documents of the window: how close together, all in the title, all in one
heading.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.search import schema
from services.search.whoosh_engine.array_file import Array
from services.search.whoosh_engine.generation import F64, I64, Bools, Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch
from services.search.whoosh_engine.pack import PLACE_SHIFT
from services.search.whoosh_engine.postings import entry_weights, occurrences

#: Words further than this from where the query has them are not close.
MAX_DEVIATION = 10
#: One word of several in a title says little; from two on it is what the article is about.
MIN_TITLE_WORDS = 2
#: Of a word with fewer occurrences all are looked at, rather than those of the window picked out first: the picking costs
#: as much as looking at so many.
FEW_OCCURRENCES = 1024


@dataclass(frozen=True, slots=True)
class Evidence:
    """Each array is parallel to the candidates and between 0 and 1."""

    closeness: F64
    in_title: F64
    in_heading: F64


def gather(generation: Generation, matches: Sequence[GroupMatch], candidates: I64) -> Evidence:
    """The evidence in ``candidates`` (ascending document numbers), for at least two groups.

    Closeness: for each two neighbouring words of the query, 1 / (1 + d), where d is by how many positions their
    nearest pair of occurrences misses the distance that the query has; averaged over the pairs, each weighted with the
    smaller rarity of its two words. Words in order side by side give 1.
    """
    if len(generation.segments) == 1:
        return _in_segment(generation.segments[0], 0, matches, candidates)
    found = []
    for index, segment in enumerate(generation.segments):
        first, last = candidates.searchsorted((segment.base, segment.base + segment.documents)).tolist()
        if first < last:
            found.append(_in_segment(segment, index, matches, candidates[first:last] - segment.base))
    return Evidence(
        np.concatenate([one.closeness for one in found]),
        np.concatenate([one.in_title for one in found]),
        np.concatenate([one.in_heading for one in found]),
    )


def _in_segment(segment: Segment, index: int, matches: Sequence[GroupMatch], documents: I64) -> Evidence:
    window = _Window(segment, documents)
    words = [_Word(window, match.parts[index]) if match.df else None for match in matches]
    present = [word for word in words if word is not None]
    in_title = _share_in_title(window, present, len(matches))
    if len(present) == len(matches):
        in_heading = _with_heading_of_all(window, present)
    else:
        in_heading = np.zeros(len(documents))
    return Evidence(_closeness(matches, words, window), in_title, in_heading)


class _Window:
    """The documents (ascending) that are looked at in one segment."""

    def __init__(self, segment: Segment, documents: I64) -> None:
        self.segment = segment
        self.documents = documents

    @cached_property
    def borders(self) -> Array:
        """For each document the slots of its title, of its headings, and of what comes next, one after the other."""
        titles = self.documents << schema.FIELD_BITS
        return np.concatenate((titles, titles + schema.HEADINGS, titles + (schema.HEADINGS + 1))).astype(np.uint32)


class _Word:
    """Where one group of the query stands in the window."""

    def __init__(self, window: _Window, match: SegmentMatch) -> None:
        self._window = window
        self._match = match
        self._whole = match.whole
        #: All its places, ascending, if they are at hand as they are.
        self.whole: I64 | None = None
        if self._whole is not None:
            self.whole = window.segment.places[self._whole.begin : self._whole.end]

    @cached_property
    def within(self) -> I64:
        """Its places in the window, ascending."""
        return self._places(self._window.documents)

    @property
    def few(self) -> I64:
        """Places, ascending: all of them if they are few, else those in the window."""
        return self.within if self.whole is None or len(self.whole) > FEW_OCCURRENCES else self.whole

    @property
    def all(self) -> I64:
        """Places, ascending: at least those in the window."""
        return self.within if self.whole is None else self.whole

    def _places(self, documents: I64) -> I64:
        segment = self._window.segment
        found = [segment.places.take(occurrences(segment, run, documents).numbers) for run in self._match.runs]
        for spans in self._match.spans:
            inside = np.isin(spans.slots >> schema.FIELD_BITS, documents)
            found.append(spans.places[inside])
        if len(found) == 1 and len(self._match.runs) == 1 and self._match.runs[0].is_ascending:
            return found[0]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

    def _slots(self) -> Array:
        """The slots in which it stands, ascending."""
        segment, found = self._window.segment, []
        for run in self._match.runs:
            slots = segment.entry_slots[run.first : run.last]
            weights = entry_weights(segment, run) if run.is_partial else None
            found.append(slots if weights is None else slots[weights > 0.0])
        found += [spans.slots.astype(np.uint32) for spans in self._match.spans]
        if len(found) == 1 and (not self._match.runs or self._match.runs[0].is_ascending):
            return found[0]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint32)

    @cached_property
    def _fields(self) -> Bools:
        """For the title and the headings of each document whether it stands there, one after the other."""
        at = self._slots().searchsorted(self._window.borders)
        count = len(self._window.documents)
        has: Bools = at[count:] > at[:-count]
        return has

    @property
    def in_title(self) -> Bools:
        """Per document of the window."""
        return self._fields[: len(self._window.documents)]

    @property
    def in_headings(self) -> Bools:
        """Per document of the window."""
        return self._fields[len(self._window.documents) :]

    def headings(self, documents: I64) -> set[int]:
        """The sections in whose heading it stands, in ``documents`` (ascending)."""
        segment = self._window.segment
        found = [occurrences(segment, run, documents).numbers for run in self._match.runs]
        numbers = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        numbers = numbers[segment.kinds.take(numbers) & (schema.FIELD_SLOTS - 1) == schema.HEADINGS]
        places = [segment.places.take(numbers)]
        for spans in self._match.spans:
            is_heading = spans.slots & (schema.FIELD_SLOTS - 1) == schema.HEADINGS
            places.append(spans.places[is_heading & np.isin(spans.slots >> schema.FIELD_BITS, documents)])
        return set(segment.sections_at(np.concatenate(places)).tolist())


def _share_in_title(window: _Window, words: Sequence[_Word], groups: int) -> F64:
    """The share of the groups that stand in the title, if two or more do."""
    count = np.zeros(len(window.documents))
    for word in words:
        count += word.in_title
    count[count < MIN_TITLE_WORDS] = 0.0
    count /= groups
    return count


def _with_heading_of_all(window: _Window, words: Sequence[_Word]) -> F64:
    """1 where one heading has all groups."""
    has = np.zeros(len(window.documents))
    possible = words[0].in_headings
    for word in words[1:]:
        possible = possible & word.in_headings
    rows = possible.nonzero()[0]
    if not len(rows):
        return has
    documents = window.documents[rows]
    common = words[0].headings(documents)
    for word in words[1:]:
        common &= word.headings(documents)
    if common:
        sections = np.fromiter(common, dtype=np.int64, count=len(common))
        has[window.documents.searchsorted(window.segment.documents_of_sections(sections))] = 1.0
    return has


def _closeness(matches: Sequence[GroupMatch], words: Sequence[_Word | None], window: _Window) -> F64:
    total, weights = np.zeros(len(window.documents)), 0.0
    for number in range(len(matches) - 1):
        left, right = words[number], words[number + 1]
        # The rarer word of a pair says how much it means that both are close; log as in the idf, without its offset.
        weight = 1.0 / (1.0 + math.log1p(max(matches[number].df, matches[number + 1].df)))
        weights += weight
        if left is None or right is None:
            continue
        distance = matches[number + 1].group.position - matches[number].group.position
        # The places of one are looked for among those of the other: the fewer among the more.
        if len(left.all) <= len(right.all):
            best = _nearest(left.few, right.all, distance, window)
        else:
            best = _nearest(right.few, left.all, -distance, window)
        if best is not None:
            best *= weight
            total += best
    total /= weights
    return total


def _nearest(places: I64, others: I64, distance: int, window: _Window) -> F64 | None:
    """For each document of the window 1 / (1 + d) for the least d by which one of ``others`` misses being ``distance``
    behind one of ``places``; 0 where none comes near. None where none does anywhere.
    """
    if not len(others):
        return None
    wanted = places + distance
    at = others.searchsorted(wanted)
    miss = others.take(at, mode="clip")
    miss -= wanted
    np.abs(miss, out=miss)
    at -= 1
    before = others.take(at, mode="clip")
    before -= wanted
    np.abs(before, out=before)
    np.minimum(miss, before, out=miss)
    close = (miss < MAX_DEVIATION).nonzero()[0]
    if not len(close):
        return None
    best = np.zeros(window.segment.documents)
    np.maximum.at(best, places.take(close) >> PLACE_SHIFT, 1.0 / (1.0 + miss.take(close)))
    return best.take(window.documents)
