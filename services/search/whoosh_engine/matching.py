"""Which documents a group of the plan matches, and how often, weighted: postings in, one number per document out.

The number is the term frequency of BM25F before saturation: occurrences, each with the weight and the length
normalisation of its field
(Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.5), times the weight
of the alternative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.whoosh_engine import plan
from services.search.whoosh_engine.generation import F64, I64, Generation, Segment

_SHIFT = schema.FIELD_BITS
_FIELD_MASK = schema.FIELD_SLOTS - 1


@dataclass(frozen=True, slots=True)
class Run:
    """Entries ``first`` to ``last`` of a segment that count ``weight`` each; with ``prose_only`` not those of code.

    ``field`` restricts to one field number; -1 is all.
    """

    first: int
    last: int
    weight: float
    prose_only: bool
    field: int
    origin: str


@dataclass(frozen=True, slots=True)
class Spans:
    """Places where a sequence stands, in order: slot, first position, and bytes of the text."""

    slots: I64
    positions: I64
    starts: I64
    ends: I64
    weight: float
    origin: str


@dataclass(frozen=True, slots=True)
class SegmentMatch:
    """Where a group matches in one segment."""

    segment: Segment
    runs: tuple[Run, ...]
    spans: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class GroupMatch:
    """Where a group matches: ``frequencies`` is per document of the generation, 0 where it does not; ``df`` counts
    the others.
    """

    group: plan.Group
    parts: tuple[SegmentMatch, ...]
    frequencies: F64
    df: int


def match_group(generation: Generation, group: plan.Group) -> GroupMatch:
    """Evaluate ``group`` over all segments."""
    parts = tuple(_match_segment(segment, group.alternatives) for segment in generation.segments)
    if len(parts) == 1:
        frequencies = _frequencies(parts[0])
    else:
        frequencies = np.concatenate([_frequencies(part) for part in parts]) if parts else np.zeros(0)
    return GroupMatch(group, parts, frequencies, int(np.count_nonzero(frequencies)))


def _match_segment(segment: Segment, alternatives: Iterable[plan.Alternative]) -> SegmentMatch:
    runs: list[Run] = []
    spans: list[Spans] = []
    for alternative in alternatives:
        if isinstance(alternative, plan.Terms):
            runs += runs_of(segment, alternative)
        else:
            found = _spans_of(segment, alternative)
            if len(found.slots):
                spans.append(found)
    return SegmentMatch(segment, _without_overlap(runs) if len(runs) > 1 else tuple(runs), tuple(spans))


def runs_of(segment: Segment, terms: plan.Terms) -> list[Run]:
    """The entries that ``terms`` stands for: exact first, then inflections or what a prefix adds."""
    surface = terms.surface.encode("utf-8", "replace")
    field = -1 if terms.field is None else schema.FIELD_NUMBER[terms.field]
    exact = segment.terms.find(surface)
    entries = segment.term_entries
    runs = []
    if exact >= 0:
        runs.append(Run(int(entries[exact]), int(entries[exact + 1]), terms.weight, False, field, terms.origin))  # noqa: FBT003
    if terms.stem is not None:
        weight = terms.weight * plan.INFLECTION
        for number in segment.terms_of_stem(terms.stem.encode()).tolist():
            if number != exact:
                run = Run(int(entries[number]), int(entries[number + 1]), weight, True, field, "inflection")  # noqa: FBT003
                runs.append(run)
    if terms.is_prefix:
        first, last = segment.terms.prefix_range(surface)
        skip = first if exact == first else -1
        low = first + 1 if skip >= 0 else first
        if low < last:
            weight = terms.weight * plan.PREFIX
            runs.append(Run(int(entries[low]), int(entries[last]), weight, False, field, "prefix"))  # noqa: FBT003
    return runs


def _without_overlap(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Each entry once: alternatives may name the same term (a synonym that is an inflection); the heavier run keeps
    it.
    """
    kept: list[Run] = []
    for run in sorted(runs, key=lambda run: -run.weight):
        if all(run.first >= other.last or run.last <= other.first or run.field != other.field for other in kept):
            kept.append(run)
    return tuple(kept)


def _weights(segment: Segment, run: Run) -> tuple[npt.NDArray[np.uint32], F64]:
    """``(slots, weighted frequency)`` of the entries of ``run``."""
    slots = segment.entry_slots[run.first : run.last]
    occurrences = segment.entry_occurrences[run.first : run.last + 1]
    norms = segment.prose_norms if run.prose_only else segment.norms
    weights = norms.take(slots)
    weights *= occurrences[1:] - occurrences[:-1]
    if run.weight != 1.0:
        weights *= run.weight
    if run.field >= 0:
        weights *= (slots & _FIELD_MASK) == run.field
    return slots, weights


def _frequencies(match: SegmentMatch) -> F64:
    segment = match.segment
    slots: list[npt.NDArray[Any]] = []
    weights: list[F64] = []
    for run in match.runs:
        run_slots, run_weights = _weights(segment, run)
        slots.append(run_slots)
        weights.append(run_weights)
    for spans in match.spans:
        slots.append(spans.slots)
        weights.append(segment.norms.take(spans.slots) * spans.weight)
    if not slots:
        return np.zeros(segment.documents)
    all_slots = slots[0] if len(slots) == 1 else np.concatenate(slots)
    all_weights = weights[0] if len(weights) == 1 else np.concatenate(weights)
    frequencies: F64 = np.bincount(all_slots >> _SHIFT, all_weights, segment.documents).astype(np.float64, copy=False)
    return frequencies


def occurrences(segment: Segment, run: Run, keep: npt.NDArray[np.bool_] | None) -> tuple[I64, I64]:
    """``(slots, occurrence numbers)`` of every occurrence of ``run`` in documents where ``keep`` is true (all, if
    None).
    """
    slots = segment.entry_slots[run.first : run.last]
    firsts = segment.entry_occurrences[run.first : run.last + 1].astype(np.int64)
    chosen: npt.NDArray[np.bool_] | None = None
    if keep is not None:
        chosen = keep.take(slots >> _SHIFT)
    if run.field >= 0 or run.prose_only:
        fields = slots & _FIELD_MASK
        wanted = fields == run.field if run.field >= 0 else fields != schema.CODE
        chosen = wanted if chosen is None else chosen & wanted
    counts = firsts[1:] - firsts[:-1]
    begins = firsts[:-1]
    if chosen is not None:
        slots, counts, begins = slots[chosen], counts[chosen], begins[chosen]
    total = int(counts.sum())
    ends = np.cumsum(counts)
    numbers = np.arange(total) + np.repeat(begins - (ends - counts), counts)
    return np.repeat(slots.astype(np.int64), counts), numbers


def _spans_of(segment: Segment, sequence: plan.Sequence) -> Spans:
    """Every place of ``sequence``: candidates by document first, so that a frequent word costs only what the rare one
    leaves.
    """
    steps = [(offset, _step_runs(segment, terms)) for offset, terms in sequence.steps]
    keep = np.ones(segment.documents, dtype=bool)
    for _, runs in steps:
        here = np.zeros(segment.documents, dtype=bool)
        for run in runs:
            here[segment.entry_slots[run.first : run.last] >> _SHIFT] = True
        keep &= here
    keep[segment.deleted] = False
    empty = np.zeros(0, dtype=np.int64)
    if not steps or not keep.any():
        return Spans(empty, empty, empty, empty, sequence.weight, sequence.origin)
    offset, runs = steps[0]
    slots, numbers = _joined(segment, runs, keep)
    keys = _place(slots, segment.positions[numbers], -offset)
    order = np.argsort(keys, kind="stable")
    keys, slots, numbers = keys[order], slots[order], numbers[order]
    last_numbers = numbers
    for offset, runs in steps[1:]:
        other_slots, other_numbers = _joined(segment, runs, keep)
        other = _place(other_slots, segment.positions[other_numbers], -offset)
        order = np.argsort(other, kind="stable")
        other, other_numbers = other[order], other_numbers[order]
        at = np.searchsorted(other, keys)
        at[at == len(other)] = 0
        found = (other[at] == keys) if len(other) else np.zeros(len(keys), dtype=bool)
        keys, slots, numbers, last_numbers = keys[found], slots[found], numbers[found], other_numbers[at[found]]
    if sequence.field is not None:
        inside = (slots & _FIELD_MASK) == schema.FIELD_NUMBER[sequence.field]
        slots, numbers, last_numbers = slots[inside], numbers[inside], last_numbers[inside]
    return Spans(
        slots,
        segment.positions[numbers].astype(np.int64),
        segment.starts[numbers].astype(np.int64),
        segment.starts[last_numbers].astype(np.int64) + segment.widths[last_numbers],
        sequence.weight,
        sequence.origin,
    )


def _step_runs(segment: Segment, terms: Iterable[plan.Terms]) -> tuple[Run, ...]:
    return _without_overlap([run for one in terms for run in runs_of(segment, one)])


def _joined(segment: Segment, runs: Sequence[Run], keep: npt.NDArray[np.bool_]) -> tuple[I64, I64]:
    found = [occurrences(segment, run, keep) for run in runs]
    if len(found) == 1:
        return found[0]
    return np.concatenate([slots for slots, _ in found]), np.concatenate([numbers for _, numbers in found])


def _place(slots: I64, positions: npt.NDArray[np.uint32], shift: int) -> I64:
    """Document and position as one sortable number; ``shift`` moves the position (which may go below zero)."""
    return ((slots >> _SHIFT) << 34) + (positions.astype(np.int64) + shift + (1 << 20))
