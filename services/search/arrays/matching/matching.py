"""Match a group of the plan: postings in, one saturated term frequency per document out.

The frequency is that of BM25F before saturation: the sum over occurrences of field weight times length normalisation
(Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.5), times the weight of
the alternative that matched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.matching.postings import posting_weights
from services.search.arrays.matching.runs import Run, runs_of
from services.search.arrays.matching.sequences import Spans, spans_of
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, Bools, Segment
from services.search.understanding import plan

#: Saturation of term frequency (k1 of BM25).
K1 = 1.4
#: Bytes of matches that are kept for later queries with the same words: several hundred words of 12,000 articles.
KEPT_BYTES = 16 << 20
#: One group takes at most one part in this many of them.
LARGEST_SHARE = 8
#: Bytes of the objects of one group beside its columns.
_OBJECT_BYTES = 3000
I32 = npt.NDArray[np.int32]
_SHIFT = schema.FIELD_BITS
_NO_DOCUMENTS: I32 = np.zeros(0, dtype=np.int32)


class SegmentMatch(NamedTuple):
    """The postings and sequences of a group in one segment. ``alternatives`` counts those of the group."""

    segment: Segment
    runs: tuple[Run, ...]
    spans: tuple[Spans, ...]
    alternatives: int

    @property
    def stem_group(self) -> Run | None:
        """The run of the group, if its only alternative is one whole stem group."""
        return self.runs[0] if self.alternatives == 1 and len(self.runs) == 1 and self.runs[0].is_stem_group else None


class InTitles(NamedTuple):
    """The live documents with a group in their title: in any form, and as typed.

    ``rarity`` is ln(1 + (N - n + ½) / (n + ½)), where n titles have the group.
    """

    documents: Array
    exact: Array
    rarity: float


class Matched:
    """The documents that alternatives match. Queries share it: treat it as read-only.

    ``documents`` ascend, and ``saturated`` has f / (f + K1) of each, where f is the weighted term frequency; ``has`` is
    a mask of all documents of the generation.
    """

    __slots__ = ("documents", "has", "in_titles", "parts", "postings", "saturated")

    def __init__(self, parts: tuple[SegmentMatch, ...], has: Bools, documents: I32, saturated: F64) -> None:
        self.parts = parts
        self.has = has
        self.documents = documents
        self.saturated = saturated
        #: The number of postings that were read.
        self.postings = sum([run.last - run.first for part in parts for run in part.runs])
        #: Filled by ``titles`` on first use.
        self.in_titles: InTitles | None = None

    @property
    def size_bytes(self) -> int:
        """Its size in memory, with that of ``in_titles``."""
        columns = self.has.nbytes + 2 * self.documents.nbytes + self.saturated.nbytes
        runs = sum([run.table.nbytes for part in self.parts for run in part.runs if run.table is not None])
        spans = sum([4 * one.positions.nbytes for part in self.parts for one in part.spans])
        return columns + runs + spans + _OBJECT_BYTES


class GroupMatch(NamedTuple):
    """The documents that a group matches; ``df`` is the document frequency.

    ``pieces`` are the words of a compound, each matched by itself; ``whole`` is an unfinished word as a finished one,
    which the caller of ``match_group`` matches.
    """

    group: plan.Group
    matched: Matched
    df: int
    pieces: tuple[GroupMatch, ...] = ()
    whole: GroupMatch | None = None

    @property
    def parts(self) -> tuple[SegmentMatch, ...]:
        """The postings of the group in each segment."""
        return self.matched.parts

    @property
    def has(self) -> Bools:
        """A mask of the documents of the generation that match."""
        return self.matched.has


class MatchCache:
    """What the queries of one generation matched, so that a common word is read once. Any thread may use it."""

    def __init__(self, max_bytes: int = KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        #: The least recently used first, each with its size.
        self._kept: OrderedDict[Hashable, tuple[Matched, int]] = OrderedDict()
        self._lock = Lock()
        #: Bytes of all that is kept.
        self.size_bytes = 0

    def match(self, generation: Generation, alternatives: tuple[plan.Alternative, ...]) -> Matched:
        """The documents of ``generation`` that match any of ``alternatives``."""
        with self._lock:
            known = self._kept.get(alternatives)
            if known is not None:
                self._kept.move_to_end(alternatives)
                return known[0]
        matched = _matched(generation, alternatives)
        size = matched.size_bytes
        # A common phrase does not replace all words.
        if size <= self._max_bytes // LARGEST_SHARE:
            with self._lock:
                self._keep(alternatives, matched, size)
        return matched

    def _keep(self, alternatives: Hashable, matched: Matched, size: int) -> None:
        """Keep ``matched``, in place of the least recently used."""
        if alternatives in self._kept:  # another thread was faster
            return
        self._kept[alternatives] = matched, size
        self.size_bytes += size
        while self.size_bytes > self._max_bytes:
            self.size_bytes -= self._kept.popitem(last=False)[1][1]


def match_group(generation: Generation, group: plan.Group, cache: MatchCache | None = None) -> GroupMatch:
    """Evaluate ``group`` over all segments."""
    find = _matched if cache is None else cache.match
    matched = find(generation, group.alternatives)
    if not group.pieces:
        return GroupMatch(group, matched, len(matched.documents))
    pieces = []
    for terms in group.pieces:
        own = find(generation, (terms,))
        pieces.append(GroupMatch(plan.Group(terms.surface, (terms,), group.position), own, len(own.documents)))
    return GroupMatch(group, matched, len(matched.documents), tuple(pieces))


def _matched(generation: Generation, alternatives: tuple[plan.Alternative, ...]) -> Matched:
    parts = tuple([_match_segment(segment, alternatives) for segment in generation.segments])
    if not any(part.runs or part.spans for part in parts):
        return Matched(parts, generation.no_documents, _NO_DOCUMENTS, np.zeros(0))
    frequencies = frequencies_of(parts)
    has = frequencies > 0.0
    documents = has.nonzero()[0]
    frequencies = frequencies.take(documents)
    return Matched(parts, has, documents.astype(np.int32), frequencies / (frequencies + K1))


def _match_segment(segment: Segment, alternatives: Sequence[plan.Alternative]) -> SegmentMatch:
    terms: list[plan.Terms] = []
    found: list[Spans] = []
    for alternative in alternatives:
        if isinstance(alternative, plan.Terms):
            terms.append(alternative)
        elif (spans := spans_of(segment, alternative)) is not None:
            found.append(spans)
    return SegmentMatch(segment, runs_of(segment, terms) if terms else (), tuple(found), len(alternatives))


def frequencies_of(parts: Sequence[SegmentMatch]) -> F64:
    """The weighted term frequency of every document of the generation; ``parts`` has all of its segments."""
    found = [_frequencies(part) for part in parts]
    return found[0] if len(found) == 1 else np.concatenate(found or [np.zeros(0)])


def _frequencies(match: SegmentMatch) -> F64:
    """The weighted term frequency of every document of the segment."""
    segment = match.segment
    found = [_of_run(segment, run) for run in match.runs]
    found += [(spans.doc_fields, segment.norms.take(spans.doc_fields) * spans.weight) for spans in match.spans]
    if not found:
        return np.zeros(segment.documents)
    if len(found) == 1:
        ((doc_fields, weights),) = found
    else:
        doc_fields, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    # bincount returns integers only without weights.
    return cast("F64", np.bincount(doc_fields >> _SHIFT, weights, segment.documents))


def _of_run(segment: Segment, run: Run) -> tuple[Array, F64]:
    """The doc fields of ``run``, and the weighted frequency in each."""
    doc_fields = segment.postings.doc_fields[run.first : run.last]
    weights = segment.norms.take(doc_fields)
    weights *= segment.postings.counts[run.first : run.last]
    factors = posting_weights(segment, run)
    if factors is not None:
        weights *= factors
    return doc_fields, weights
