"""Match a group of the plan: postings in, one weighted term frequency per document out.

The frequency is that of BM25F before saturation: the sum over occurrences of field weight times length normalisation
(Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.5), times the weight of
the alternative that matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.matching.postings import posting_weights
from services.search.arrays.matching.runs import Run, runs_of
from services.search.arrays.matching.sequences import Spans, spans_of
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, Bools, Segment
from services.search.meaning import plan

_SHIFT = schema.FIELD_BITS


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


class GroupMatch(NamedTuple):
    """The documents that a group matches.

    ``frequencies`` and ``has`` have one value per document of the generation; ``df`` is the document frequency.
    ``pieces`` are the words of a compound, each matched by itself.
    """

    group: plan.Group
    parts: tuple[SegmentMatch, ...]
    frequencies: F64
    has: Bools
    df: int
    pieces: tuple[GroupMatch, ...] = ()


def match_group(generation: Generation, group: plan.Group) -> GroupMatch:
    """Evaluate ``group`` over all segments."""
    match = _match(generation, group)
    if not group.pieces:
        return match
    pieces = (plan.Group(terms.surface, (terms,), group.position) for terms in group.pieces)
    return match._replace(pieces=tuple([_match(generation, piece) for piece in pieces]))


def _match(generation: Generation, group: plan.Group) -> GroupMatch:
    parts = tuple([_match_segment(segment, group.alternatives) for segment in generation.segments])
    if not any(part.runs or part.spans for part in parts):
        return GroupMatch(group, parts, generation.no_frequencies, generation.no_documents, 0)
    if len(parts) == 1:
        frequencies = _frequencies(parts[0])
    else:
        frequencies = np.concatenate([_frequencies(part) for part in parts]) if parts else np.zeros(0)
    has = frequencies > 0.0
    return GroupMatch(group, parts, frequencies, has, int(np.count_nonzero(has)))


def _match_segment(segment: Segment, alternatives: Sequence[plan.Alternative]) -> SegmentMatch:
    terms: list[plan.Terms] = []
    found: list[Spans] = []
    for alternative in alternatives:
        if isinstance(alternative, plan.Terms):
            terms.append(alternative)
        elif (spans := spans_of(segment, alternative)) is not None:
            found.append(spans)
    return SegmentMatch(segment, runs_of(segment, terms) if terms else (), tuple(found), len(alternatives))


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
