"""Where the words of a query stand in the documents of the window: how close together, all in the title, all in one
heading.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from services.search import schema
from services.search.whoosh_engine.array_file import Array
from services.search.whoosh_engine.generation import F64, I64, Bools, Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch
from services.search.whoosh_engine.pack import PLACE_SHIFT
from services.search.whoosh_engine.postings import entry_weights, occurrences, within

#: Words further than this from where the query has them are not close.
MAX_DEVIATION = 10
#: One word of several in a title says little; from two on it is what the article is about.
MIN_TITLE_WORDS = 2
#: Of a word with fewer occurrences all are looked at, instead of picking out those of the candidates first: that costs
#: as much as looking at so many.
FEW_OCCURRENCES = 1024


_FIELD_MASK = schema.FIELD_SLOTS - 1


def in_titles_and_headings(
    generation: Generation, matches: Sequence[GroupMatch], candidates: I64
) -> tuple[F64 | None, F64 | None]:
    """For each of ``candidates`` (ascending document numbers) the share of the groups (two or more) that stand in its
    title, 0 if only one does; and 1 where one of its headings has all groups. None where that is 0 for all.
    """
    titles: list[tuple[F64 | None, int]] = []
    headings: list[tuple[F64 | None, int]] = []
    for segment, documents, index in _in_segments(generation, candidates):
        words = [_Word(segment, documents, match.parts[index]) for match in matches if match.df]
        titles.append((_share_in_title(documents, words, len(matches)), len(documents)))
        has_all = len(words) == len(matches)
        headings.append((_with_heading_of_all(segment, documents, words if has_all else ()), len(documents)))
    return _joined(titles), _joined(headings)


def _joined(parts: Sequence[tuple[F64 | None, int]]) -> F64 | None:
    """The columns of several segments as one; each comes with its length, for one that is None."""
    if len(parts) == 1:
        return parts[0][0]
    if all(column is None for column, _ in parts):
        return None
    return np.concatenate([np.zeros(count) if column is None else column for column, count in parts])


def closeness(generation: Generation, matches: Sequence[GroupMatch], candidates: I64) -> F64:
    """How close together the groups (two or more) stand in each of ``candidates`` (ascending), between 0 and 1.

    For each two neighbouring words of the query, 1 / (1 + d), where d is by how many positions their nearest pair of
    occurrences misses the distance that the query has; averaged over the pairs, each weighted with the smaller rarity
    of its two words. Words in order side by side give 1.
    """
    found = []
    for segment, documents, index in _in_segments(generation, candidates):
        words = [_Word(segment, documents, match.parts[index]) if match.df else None for match in matches]
        found.append(_closeness(matches, words, segment, documents))
    return found[0] if len(found) == 1 else np.concatenate(found)


def _in_segments(generation: Generation, candidates: I64) -> Iterator[tuple[Segment, I64, int]]:
    """The segments that hold any of ``candidates``, with the numbers that these have there, and the segment's own."""
    if len(generation.segments) == 1:
        yield generation.segments[0], candidates, 0
        return
    for index, segment in enumerate(generation.segments):
        first, last = candidates.searchsorted((segment.base, segment.base + segment.documents)).tolist()
        if first < last:
            yield segment, candidates[first:last] - segment.base, index


class _Word:
    """Where one group of the query stands in the documents (ascending) that are looked at in one segment.

    Of a family all occurrences are evidence, those of its inflections in code as well.
    """

    def __init__(self, segment: Segment, documents: I64, match: SegmentMatch) -> None:
        self._segment = segment
        self._documents = documents
        self._match = match
        self._family = match.family
        #: All its places, ascending, if they are at hand as they are.
        self.whole: I64 | None = None
        if self._family is not None:
            self.whole = segment.places[self._family.begin : self._family.end]

    @cached_property
    def within(self) -> I64:
        """Its places in the documents, ascending."""
        if self.whole is not None:
            return self.whole.take(within(self.whole, self._documents))
        segment, match = self._segment, self._match
        found = [segment.places.take(occurrences(segment, run, self._documents).numbers) for run in match.runs]
        inside = (np.isin(spans.slots >> schema.FIELD_BITS, self._documents) for spans in match.spans)
        found += [spans.places[chosen] for spans, chosen in zip(match.spans, inside, strict=True)]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

    @property
    def few(self) -> I64:
        """Places, ascending: all of them if they are few, else those in the documents."""
        return self.within if self.whole is None or len(self.whole) > FEW_OCCURRENCES else self.whole

    @property
    def most(self) -> I64:
        """Places, ascending: all of them, or at least those in the documents."""
        return self.within if self.whole is None else self.whole

    def in_title(self, title_slots: Array) -> Bools:
        """For each of the slots (ascending) whether it stands there."""
        slots = self._slots()
        if not len(slots):
            return np.zeros(len(title_slots), dtype=bool)
        has: Bools = slots.take(slots.searchsorted(title_slots), mode="clip") == title_slots
        return has

    def _slots(self) -> Array:
        """The slots in which it stands, ascending."""
        segment, match = self._segment, self._match
        if self._family is not None:
            return segment.entry_slots[self._family.first : self._family.last]
        found = [spans.slots.astype(np.uint32) for spans in match.spans]
        for run in match.runs:
            slots, weights = segment.entry_slots[run.first : run.last], entry_weights(segment, run)
            found.append(slots if weights is None else slots[weights > 0.0])
        return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint32)

    def headings(self) -> Array:
        """The sections in whose heading it stands, ascending."""
        segment = self._segment
        if self._family is not None:
            first, last = segment.family_headings[self._family.family : self._family.family + 2]
            return segment.heading_sections[first:last]
        found = [spans.places[spans.slots & _FIELD_MASK == schema.HEADINGS] for spans in self._match.spans]
        for run in self._match.runs:
            numbers = occurrences(segment, run, self._documents).numbers
            found.append(segment.places.take(numbers[segment.kinds.take(numbers) & _FIELD_MASK == schema.HEADINGS]))
        places = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        return np.unique(segment.sections_at(places)).astype(np.uint32)


def _share_in_title(documents: I64, words: Sequence[_Word], groups: int) -> F64 | None:
    """The share of the groups that stand in the title, if two or more do."""
    title_slots = (documents << schema.FIELD_BITS).astype(np.uint32)
    count = np.zeros(len(documents))
    for word in words:
        count += word.in_title(title_slots)
    several = count >= MIN_TITLE_WORDS
    return count * several / groups if several.any() else None


def _with_heading_of_all(segment: Segment, documents: I64, words: Sequence[_Word]) -> F64 | None:
    """1 where one heading has all groups (None without groups)."""
    common: Array | None = None
    for word in words:
        sections = word.headings()
        if common is not None and len(sections):
            common = common[sections.take(sections.searchsorted(common), mode="clip") == common]
        else:
            common = sections
        if not len(common):
            break
    if common is None or not len(common):
        return None
    has = np.zeros(segment.documents)
    has[segment.documents_of_sections(common)] = 1.0
    return has.take(documents)


def _closeness(matches: Sequence[GroupMatch], words: Sequence[_Word | None], segment: Segment, documents: I64) -> F64:
    total: F64 | None = None
    weights = 0.0
    for number in range(len(matches) - 1):
        left, right = words[number], words[number + 1]
        # The rarer word of a pair says how much it means that both are close; log as in the idf, without its offset.
        weight = 1.0 / (1.0 + math.log1p(max(matches[number].df, matches[number + 1].df)))
        weights += weight
        if left is None or right is None:
            continue
        distance = matches[number + 1].group.position - matches[number].group.position
        # The places of one are looked for among those of the other: the fewer among the more.
        if len(left.most) <= len(right.most):
            best = _nearest(left.few, right.most, distance, segment)
        else:
            best = _nearest(right.few, left.most, -distance, segment)
        if best is not None:
            added = best.take(documents)
            added *= weight
            total = added if total is None else total + added
    return np.zeros(len(documents)) if total is None else np.divide(total, weights, out=total)


def _nearest(places: I64, others: I64, distance: int, segment: Segment) -> F64 | None:
    """For each document 1 / (1 + d) for the least d by which one of ``others`` misses being ``distance``
    behind one of ``places``; 0 where none comes near. None where none does anywhere.
    """
    if not len(others):
        return None
    wanted = places + distance
    at = others.searchsorted(wanted)
    # Read without a sign, what is no neighbour on that side (before the first, behind the last) is very far.
    behind = (others.take(at, mode="clip") - wanted).view(np.uint64)
    at -= 1
    before = (wanted - others.take(at, mode="clip")).view(np.uint64)
    miss = np.minimum(behind, before)
    close = (miss < MAX_DEVIATION).nonzero()[0]
    if not len(close):
        return None
    best = np.zeros(segment.documents)
    np.maximum.at(best, places.take(close) >> PLACE_SHIFT, 1.0 / (1.0 + miss.take(close)))
    return best
