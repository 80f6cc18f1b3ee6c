"""Proximity of the words of a query in some candidates, and headings that have all of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.matching.matching import GroupMatch, SegmentMatch
from services.search.arrays.matching.postings import occurrence_numbers, within
from services.search.arrays.matching.runs import Run
from services.search.arrays.matching.sets import among
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import F64, I64, Bools, Segment

#: Pairs of words whose distance is off by this many positions or more do not count as close.
MAX_DEVIATION = 10
#: For a word with fewer occurrences, using all of them costs less than selecting those in the candidates.
FEW_OCCURRENCES = 512
#: A prefix with more occurrences than this is ignored as evidence: it is near everything.
MAX_OCCURRENCES = 200_000

#: 1 / (1 + d) for each deviation d that counts.
_NEARNESS = 1.0 / (1.0 + np.arange(MAX_DEVIATION))
_FIELD_MASK = schema.MAX_FIELDS - 1
_NONE = np.zeros(0, dtype=np.uint32)


class Evidence:
    """The occurrences of the groups of ``matches`` (two or more) as evidence of relevance."""

    def __init__(self, generation: Generation, matches: Sequence[GroupMatch]) -> None:
        self._generation = generation
        self._matches = matches
        #: The words per segment; None for a word that is not in the index.
        self._words = [
            [_Word(segment, match.parts[index]) if match.df else None for match in matches]
            for index, segment in enumerate(generation.segments)
        ]

    def headings(self, candidates: I64) -> F64 | None:
        """1 for each of ``candidates`` (ascending document numbers) with a heading that has all groups, else 0.

        None if no candidate has such a heading.
        """
        found: list[tuple[F64 | None, int]] = []
        for segment, documents, index in self._in_segments(candidates):
            words = [word for word in self._words[index] if word is not None]
            has_all = len(words) == len(self._matches) and not any(word.is_wide for word in words)
            found.append((_with_heading_of_all(segment, documents, words if has_all else ()), len(documents)))
        return _joined(found)

    def proximity(self, candidates: I64) -> F64:
        """The proximity of the groups in each of ``candidates`` (ascending), from 0 to 1.

        Each two neighbouring words of the query score 1 / (1 + d), where d is the difference between their distance in
        the query and that of the closest matching pair of occurrences. The score is the mean over these pairs, weighted
        by the rarity of the more common word of each. Words in order, side by side, score 1.
        """
        found = [
            _proximity(self._matches, self._words[index], segment, documents)
            for segment, documents, index in self._in_segments(candidates)
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def beside(self, candidates: I64, farthest: Sequence[int]) -> Bools:
        """Which groups stand beside a neighbour as in the query: a row for each of ``candidates`` (ascending).

        ``farthest`` says, for each group and the next, by how many positions their distance may be off.
        """
        found = [
            _beside(self._matches, self._words[index], segment, documents, farthest)
            for segment, documents, index in self._in_segments(candidates)
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _in_segments(self, candidates: I64) -> Iterator[tuple[Segment, I64, int]]:
        """Each segment that holds any of ``candidates``, with their numbers in it and its index."""
        segments = self._generation.segments
        if len(segments) == 1:
            yield segments[0], candidates, 0
            return
        for index, segment in enumerate(segments):
            first, last = candidates.searchsorted((segment.base, segment.base + segment.documents)).tolist()
            if first < last:
                yield segment, candidates[first:last] - segment.base, index


def _joined(parts: Sequence[tuple[F64 | None, int]]) -> F64 | None:
    """Concatenate the columns of several segments, which come with their lengths; None stands for zeros."""
    if len(parts) == 1:
        return parts[0][0]
    if all(column is None for column, _ in parts):
        return None
    return np.concatenate([np.zeros(count) if column is None else column for column, count in parts])


class _Word:
    """The occurrences of one group of the query in one segment.

    All occurrences of a stem group are evidence, including inflections in code.
    """

    def __init__(self, segment: Segment, match: SegmentMatch) -> None:
        self._segment = segment
        self._match = match
        self._stem_group = match.stem_group
        #: True if it has too many occurrences to read, as a prefix of one letter has.
        self.is_wide = sum([run.end - run.begin for run in match.runs if not run.is_ascending]) > MAX_OCCURRENCES
        #: All its positions, ascending, if they are one run in the segment.
        self.whole: I64 | None = None
        if self._stem_group is not None:
            self.whole = segment.positions[self._stem_group.begin : self._stem_group.end]

    def within(self, documents: I64) -> I64:
        """Its positions in ``documents`` (ascending), ascending."""
        if self.whole is not None:
            return self.whole.take(within(self.whole, documents))
        segment, match = self._segment, self._match
        found = [segment.positions.take(occurrence_numbers(segment, run, documents)) for run in match.runs]
        found += [spans.positions.take(within(spans.positions, documents)) for spans in match.spans]
        if not found:
            return np.zeros(0, dtype=np.int64)
        positions = np.concatenate(found)
        positions.sort(kind="stable")  # merges parts that ascend
        return positions

    def headings(self, documents: I64) -> list[Array]:
        """The sections of ``documents`` (ascending) whose heading contains it, and those of others; lists ascend."""
        segment, match = self._segment, self._match
        found = [_headings_with(segment, run, documents) for run in match.runs]
        for spans in match.spans:
            in_heading = spans.positions[spans.doc_fields & _FIELD_MASK == schema.HEADINGS]
            found.append(segment.sections_at(in_heading))
        return found


def _headings_with(segment: Segment, run: Run, documents: I64) -> Array:
    """The sections of ``documents`` with ``run`` in their heading; of a whole stem group, those of all documents."""
    if run.is_stem_group:
        first, last = segment.stem_groups.headings[run.stem_group : run.stem_group + 2]
        return segment.arrays["heading_sections"][first:last]
    numbers = occurrence_numbers(segment, run, documents)
    in_heading = segment.term_fields.take(numbers) & _FIELD_MASK == schema.HEADINGS
    sections = segment.sections_at(segment.positions.take(numbers[in_heading]))
    sections.sort()
    return sections


def _with_heading_of_all(segment: Segment, documents: I64, words: Sequence[_Word]) -> F64 | None:
    """1 for each of ``documents`` with a heading that contains all ``words``; None if there is none, or no words."""
    common: Array | None = None
    for word in words:
        lists = word.headings(documents)
        if common is None:
            common = lists[0] if len(lists) == 1 else np.concatenate(lists or [_NONE])
        else:
            common = among(common, lists, len(segment.arrays["section_starts"]))
        if not len(common):
            return None
    if common is None:
        return None
    has = np.zeros(segment.documents)
    has[segment.documents_of_sections(common)] = 1.0
    return has.take(documents)


def _proximity(matches: Sequence[GroupMatch], words: Sequence[_Word | None], segment: Segment, documents: I64) -> F64:
    """See Evidence.proximity; ``words`` and ``documents`` are of one segment."""
    # The more common word of a pair decides its weight. Log as in the idf, without its offset.
    weights = [1.0 / (1.0 + math.log1p(max(left.df, right.df))) for left, right in itertools.pairwise(matches)]
    total: F64 | None = None
    for number, nearness in _pairs(matches, words, segment, documents):
        added = nearness.take(documents)
        added *= weights[number]
        total = added if total is None else total + added
    return np.zeros(len(documents)) if total is None else np.divide(total, sum(weights), out=total)


def _pairs(
    matches: Sequence[GroupMatch], words: Sequence[_Word | None], segment: Segment, documents: I64
) -> Iterator[tuple[int, F64]]:
    """The number of each group that comes near the next one, and how near in each document of ``segment``.

    Nearness is 1 / (1 + d), see Evidence.proximity; it is right for ``documents``.
    """
    looked_up: dict[int, I64] = {}

    def positions(number: int, word: _Word, *, few: bool) -> I64:
        """The positions of a word, ascending: all (with ``few``, if they are few), else those in ``documents``."""
        if word.whole is not None and not (few and len(word.whole) > FEW_OCCURRENCES):
            return word.whole
        if number not in looked_up:
            looked_up[number] = word.within(documents)
        return looked_up[number]

    for number in range(len(matches) - 1):
        left, right = words[number], words[number + 1]
        if left is None or right is None or left.is_wide or right.is_wide:
            continue
        distance = matches[number + 1].group.position - matches[number].group.position
        # Search the shorter list in the longer one.
        lefts, rights = positions(number, left, few=False), positions(number + 1, right, few=False)
        if len(lefts) <= len(rights):
            nearness = _nearest(positions(number, left, few=True), rights, distance, segment)
        else:
            nearness = _nearest(positions(number + 1, right, few=True), lefts, -distance, segment)
        if nearness is not None:
            yield number, nearness


def _beside(
    matches: Sequence[GroupMatch],
    words: Sequence[_Word | None],
    segment: Segment,
    documents: I64,
    farthest: Sequence[int],
) -> Bools:
    """See Evidence.beside; ``words`` and ``documents`` are of one segment."""
    beside = np.zeros((len(documents), len(matches)), dtype=bool)
    for number, nearness in _pairs(matches, words, segment, documents):
        is_beside = nearness.take(documents) >= _NEARNESS[farthest[number]]
        beside[:, number] |= is_beside
        beside[:, number + 1] |= is_beside
    return beside


def _nearest(positions: I64, others: I64, distance: int, segment: Segment) -> F64 | None:
    """For each document, 1 / (1 + d): how close ``positions`` and ``others`` come to being ``distance`` apart.

    d is the smallest deviation from ``distance``; documents without a close pair have 0. None if no document has one.
    """
    if not len(others):
        return None
    wanted = positions + distance
    at = others.searchsorted(wanted)
    # As unsigned numbers, neighbours that do not exist (before the first, after the last) are very far away.
    behind = (others.take(at, mode="clip") - wanted).view(np.uint64)
    at -= 1
    before = (wanted - others.take(at, mode="clip")).view(np.uint64)
    miss = np.minimum(behind, before)
    close = (miss < MAX_DEVIATION).nonzero()[0]
    if not len(close):
        return None
    best = np.zeros(segment.documents)
    np.maximum.at(best, positions.take(close) >> POSITION_SHIFT, _NEARNESS.take(miss.take(close).view(np.int64)))
    return best
