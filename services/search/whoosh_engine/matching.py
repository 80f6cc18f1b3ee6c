"""Which documents a group of the plan matches, and how often, weighted: postings in, one number per document out.

The number is the term frequency of BM25F before saturation: occurrences, each with the weight and the length
normalisation
of its field (Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.5), times
the
weight of the alternative that matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.search import schema
from services.search.whoosh_engine import plan
from services.search.whoosh_engine.array_file import Array
from services.search.whoosh_engine.generation import F64, I64, PLACE_SHIFT, Bools, Generation, Segment

_SHIFT = schema.FIELD_BITS
_FIELD_MASK = schema.FIELD_SLOTS - 1
_ALL_FIELDS = (1.0,) * schema.FIELD_SLOTS
_PROSE_FIELDS = tuple(0.0 if field == schema.CODE else 1.0 for field in range(schema.FIELD_SLOTS))
_NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring entries of a segment, ``first`` to ``last``, that count ``weight`` each in the fields where
    ``fields`` is 1.
    """

    first: int
    last: int
    weight: float
    fields: tuple[float, ...]
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
class Entries:
    """The entries of several runs as parallel columns: slot, first occurrence, occurrences, and what each of them
    counts (0: nothing).
    """

    slots: Array
    begins: Array
    counts: Array
    weights: F64 | None


@dataclass(frozen=True, slots=True)
class SegmentMatch:
    """Where a group matches in one segment."""

    segment: Segment
    runs: tuple[Run, ...]
    entries: Entries | None
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


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Single occurrences as parallel columns: slot, number of the occurrence, and what it counts."""

    slots: I64
    numbers: I64
    weights: F64


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
    distinct = without_overlap(runs)
    return SegmentMatch(segment, distinct, entries_of(segment, distinct), tuple(spans))


def runs_of(segment: Segment, terms: plan.Terms) -> list[Run]:
    """The entries that ``terms`` stands for: exact first, then inflections or what a prefix adds."""
    surface = terms.surface.encode("utf-8", "replace")
    fields = _ALL_FIELDS if terms.field is None else _only(schema.FIELD_NUMBER[terms.field])
    exact = segment.term_lookup.find(surface)
    entries = segment.term_entries
    runs = []
    if exact >= 0:
        runs.append(Run(entries.item(exact), entries.item(exact + 1), terms.weight, fields, terms.origin))
    if terms.stem is not None:
        weight = terms.weight * plan.INFLECTION
        prose = tuple(map(min, fields, _PROSE_FIELDS)) if terms.field else _PROSE_FIELDS
        others = segment.terms_of_stem(terms.stem.encode("utf-8", "replace")).tolist()
        runs += [Run(entries.item(n), entries.item(n + 1), weight, prose, "inflection") for n in others if n != exact]
    if terms.is_prefix:
        first, last = segment.terms.prefix_range(surface)
        first += exact == first
        if first < last:
            runs.append(Run(int(entries[first]), int(entries[last]), terms.weight * plan.PREFIX, fields, "prefix"))
    return runs


def _only(field: int) -> tuple[float, ...]:
    return tuple(float(number == field) for number in range(schema.FIELD_SLOTS))


def without_overlap(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Each term once: alternatives may name the same one (a synonym that is an inflection); the heaviest keeps it."""
    if len(runs) < 2:
        return tuple(runs)
    kept: list[Run] = []
    for run in sorted(runs, key=lambda run: -run.weight):
        pieces = [run]
        for other in kept:
            if any(piece.first < other.last and piece.last > other.first for piece in pieces):
                pieces = [rest for piece in pieces for rest in _minus(piece, other)]
        kept += pieces
    return tuple(kept)


def _minus(run: Run, other: Run) -> Iterable[Run]:
    """What is left of ``run`` without the entries of ``other``."""
    if run.first >= other.last or run.last <= other.first:
        yield run
        return
    if run.first < other.first:
        yield replace(run, last=other.first)
    if run.last > other.last:
        yield replace(run, first=other.last)


def entries_of(segment: Segment, runs: Sequence[Run]) -> Entries | None:
    """The entries of all ``runs``, or None where there are none."""
    if not runs:
        return None
    if len(runs) == 1:
        run = runs[0]
        slots = segment.entry_slots[run.first : run.last]
        borders = segment.entry_occurrences[run.first : run.last + 1]
        begins, counts = borders[:-1], borders[1:] - borders[:-1]
        if run.fields is _ALL_FIELDS and run.weight == 1.0:
            return Entries(slots, begins, counts, None)
        table = np.multiply(run.fields, run.weight)
        return Entries(slots, begins, counts, table.take(slots & _FIELD_MASK))
    slots = np.concatenate([segment.entry_slots[run.first : run.last] for run in runs])
    begins = np.concatenate([segment.entry_occurrences[run.first : run.last] for run in runs])
    ends = np.concatenate([segment.entry_occurrences[run.first + 1 : run.last + 1] for run in runs])
    # One row of eight per run: what an entry of it counts in each field.
    table = np.array([[run.weight * field for field in run.fields] for run in runs]).reshape(-1)
    rows = np.repeat(np.arange(0, len(runs) << _SHIFT, 1 << _SHIFT), [run.last - run.first for run in runs])
    return Entries(slots, begins, ends - begins, table.take(rows + (slots & _FIELD_MASK)))


def _frequencies(match: SegmentMatch) -> F64:
    segment, entries = match.segment, match.entries
    slots: list[Array] = []
    weights: list[F64] = []
    if entries is not None:
        own = segment.norms.take(entries.slots)
        own *= entries.counts
        if entries.weights is not None:
            own *= entries.weights
        slots.append(entries.slots)
        weights.append(own)
    for spans in match.spans:
        slots.append(spans.slots)
        weights.append(segment.norms.take(spans.slots) * spans.weight)
    if not slots:
        return np.zeros(segment.documents)
    all_slots = slots[0] if len(slots) == 1 else np.concatenate(slots)
    all_weights = weights[0] if len(weights) == 1 else np.concatenate(weights)
    return np.bincount(all_slots >> _SHIFT, all_weights, segment.documents).astype(np.float64, copy=False)


def occurrences(entries: Entries | None, keep: Bools) -> Occurrences:
    """Every single occurrence of ``entries`` that counts, in the documents where ``keep`` is true."""
    if entries is None:
        return Occurrences(_NOTHING, _NOTHING, np.zeros(0))
    chosen = keep.take(entries.slots >> _SHIFT)
    if entries.weights is not None:
        chosen &= entries.weights > 0.0
    at = np.flatnonzero(chosen)
    counts = entries.counts.take(at).astype(np.int64)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    begins = entries.begins.take(at).astype(np.int64)
    begins -= ends
    begins += counts
    numbers = np.arange(total)
    numbers += np.repeat(begins, counts)
    slots = np.repeat(entries.slots.take(at).astype(np.int64), counts)
    weights = np.ones(total) if entries.weights is None else np.repeat(entries.weights.take(at), counts)
    return Occurrences(slots, numbers, weights)


def _spans_of(segment: Segment, sequence: plan.Sequence) -> Spans:
    """Every place of ``sequence``: documents first, so that a frequent word costs only what the rare one
    leaves.
    """
    steps = [(offset, _step_entries(segment, terms)) for offset, terms in sequence.steps]
    nowhere = Spans(_NOTHING, _NOTHING, _NOTHING, _NOTHING, sequence.weight, sequence.origin)
    if not steps or any(entries is None for _, entries in steps):
        return nowhere
    keep = np.ones(segment.documents, dtype=bool)
    for _, entries in steps:
        here = np.zeros(segment.documents, dtype=bool)
        if entries is not None:
            here[entries.slots >> _SHIFT] = True
        keep &= here
    keep[segment.deleted] = False
    if not keep.any():
        return nowhere
    offset, entries = steps[0]
    keys, numbers, slots = _places(segment, occurrences(entries, keep), offset)
    last_numbers = numbers
    for offset, entries in steps[1:]:
        others, other_numbers, _ = _places(segment, occurrences(entries, keep), offset)
        if not len(others):
            return nowhere
        at = np.searchsorted(others, keys)
        at[at == len(others)] = 0
        found = others[at] == keys
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


def _step_entries(segment: Segment, terms: Iterable[plan.Terms]) -> Entries | None:
    return entries_of(segment, without_overlap([run for one in terms for run in runs_of(segment, one)]))


def _places(segment: Segment, found: Occurrences, offset: int) -> tuple[I64, I64, I64]:
    """``(keys, occurrence numbers, slots)``, sorted by key: document and where the sequence would begin."""
    positions = segment.positions[found.numbers].astype(np.int64)
    keys = ((found.slots >> _SHIFT) << PLACE_SHIFT) + (positions + ((1 << 20) - offset))
    order = np.argsort(keys, kind="stable")
    return keys[order], found.numbers[order], found.slots[order]
