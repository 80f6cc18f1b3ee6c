"""Which documents a group of the plan matches, and how often, weighted: postings in, one number per document out.

The number is the term frequency of BM25F before saturation: occurrences, each with the weight and the length
normalisation of its field (Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section
3.5), times the weight of the alternative that matched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.whoosh_engine import plan
from services.search.whoosh_engine.array_file import Array
from services.search.whoosh_engine.generation import F64, Bools, Generation, Segment
from services.search.whoosh_engine.postings import Run, entry_weights, runs_of
from services.search.whoosh_engine.sequences import Spans, spans_of

_SHIFT = schema.FIELD_BITS


class SegmentMatch(NamedTuple):
    """Where a group matches in one segment."""

    segment: Segment
    runs: tuple[Run, ...]
    spans: tuple[Spans, ...]

    @property
    def family(self) -> Run | None:
        """The one run that is all of it, if that is a family."""
        return self.runs[0] if len(self.runs) == 1 and not self.spans and self.runs[0].is_family else None


class GroupMatch(NamedTuple):
    """Where a group matches. Per document of the generation, ``frequencies`` are 0 and ``has`` is false where it does
    not; ``df`` counts the others.
    """

    group: plan.Group
    parts: tuple[SegmentMatch, ...]
    frequencies: F64
    has: Bools
    df: int


def match_group(generation: Generation, group: plan.Group) -> GroupMatch:
    """Evaluate ``group`` over all segments."""
    terms = [one for one in group.alternatives if isinstance(one, plan.Terms)]
    sequences = [one for one in group.alternatives if isinstance(one, plan.Sequence)]
    parts = tuple([_match_segment(segment, terms, sequences) for segment in generation.segments])
    if len(parts) == 1:
        frequencies = _frequencies(parts[0])
    else:
        frequencies = np.concatenate([_frequencies(part) for part in parts]) if parts else np.zeros(0)
    has = frequencies > 0.0
    return GroupMatch(group, parts, frequencies, has, int(np.count_nonzero(has)))


def _match_segment(segment: Segment, terms: list[plan.Terms], sequences: list[plan.Sequence]) -> SegmentMatch:
    runs = runs_of(segment, terms) if terms else ()
    if not sequences:
        return SegmentMatch(segment, runs, ())
    found = [spans_of(segment, sequence) for sequence in sequences]
    return SegmentMatch(segment, runs, tuple([spans for spans in found if spans is not None]))


def _frequencies(match: SegmentMatch) -> F64:
    segment = match.segment
    slots: list[Array] = []
    weights: list[F64] = []
    for run in match.runs:
        own_slots = segment.entry_slots[run.first : run.last]
        own = segment.norms.take(own_slots)
        own *= segment.entry_counts[run.first : run.last]
        factors = entry_weights(segment, run)
        if factors is not None:
            own *= factors
        slots.append(own_slots)
        weights.append(own)
    for spans in match.spans:
        slots.append(spans.slots)
        weights.append(segment.norms.take(spans.slots) * spans.weight)
    if not slots:
        return np.zeros(segment.documents)
    all_slots = slots[0] if len(slots) == 1 else np.concatenate(slots)
    all_weights = weights[0] if len(weights) == 1 else np.concatenate(weights)
    return np.bincount(all_slots >> _SHIFT, all_weights, segment.documents).astype(np.float64, copy=False)
