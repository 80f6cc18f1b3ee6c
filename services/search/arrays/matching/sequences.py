"""Match sequences of words: phrases, the parts of a compound, synonyms of several words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.matching.postings import occurrence_numbers
from services.search.arrays.matching.runs import Run, count_of, runs_of
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import I64, Segment
from services.search.understanding import plan

#: One word of a sequence: its offset from the first one, and its alternatives.
_Words = tuple[int, tuple[plan.Terms, ...]]
_FIELD_MASK = schema.MAX_FIELDS - 1
#: The largest number of occurrences read to find titles with a beginning, or a pasted text. The first letters typed,
#: and stop words alone, have more.
MAX_BEGINNING = 20_000


@dataclass(frozen=True, slots=True)
class Spans:
    """The occurrences of a sequence, in order of position.

    Columns: doc field, position of the first word, byte range in the text.
    """

    doc_fields: I64
    positions: I64
    starts: I64
    ends: I64
    weight: float
    origin: str


class _Step(NamedTuple):
    """One word of the sequence: its offset from the first word, and its postings."""

    offset: int
    runs: tuple[Run, ...]

    @property
    def size(self) -> int:
        """An upper bound of the occurrences of its postings."""
        return sum([run.end - run.begin for run in self.runs])

    @property
    def stem_group(self) -> Run | None:
        """Its run, if that is one stem group: then no two of its occurrences share a position."""
        return self.runs[0] if len(self.runs) == 1 and self.runs[0].is_ascending else None


def rarest_of(generation: Generation, sequence: plan.Sequence) -> tuple[int, tuple[plan.Terms, ...]]:
    """``(occurrences, words)``: the number of occurrences that matching ``sequence`` reads, and its rarest word.

    Matching starts from the occurrences of the rarest word, so these are its cost.
    """
    sizes = [sum([count_of(segment, terms) for segment in generation.segments]) for _, terms in sequence.steps]
    least = min(range(len(sizes)), key=sizes.__getitem__)
    return sizes[least] * len(sizes), sequence.steps[least][1]


def with_title_beginning(generation: Generation, sequence: plan.Sequence, documents: I64) -> I64:
    """The ``documents`` (ascending) whose title begins with ``sequence``; none if it has too many occurrences."""
    is_typed = any(terms.is_prefix for _, step in sequence.steps for terms in step)
    if is_typed and rarest_of(generation, sequence)[0] > MAX_BEGINNING:
        return documents[:0]
    if len(generation.segments) == 1:
        return _with_beginning(generation.segments[0], sequence, documents)
    found = [documents[:0]]
    for segment in generation.segments:
        first, last = documents.searchsorted((segment.base, segment.base + segment.documents))
        found.append(segment.base + _with_beginning(segment, sequence, documents[first:last] - segment.base))
    return np.concatenate(found)


def _with_beginning(segment: Segment, sequence: plan.Sequence, documents: I64) -> I64:
    """The ``documents`` (numbers within the segment) whose text, which is led by the title, begins so."""
    begins = documents << POSITION_SHIFT
    for step in sequence.steps:
        begins = _with_step(segment, step, begins)
    return begins >> POSITION_SHIFT


def _with_step(segment: Segment, step: _Words, begins: I64) -> I64:
    """The positions ``begins`` (ascending) of a sequence at whose offset ``step`` occurs."""
    offset, terms = step
    if not len(begins):
        return begins
    if len(terms) == 1 and not terms[0].is_prefix and not segment.languages:
        return begins.take(_written_at(segment, terms[0].surface, begins + offset))
    runs = runs_of(segment, terms)
    return begins.take(_occurring_at(segment, _Step(offset, runs), begins + offset)[0]) if runs else begins[:0]


def with_sequence(generation: Generation, sequence: plan.Sequence, documents: I64) -> I64:
    """The ``documents`` (ascending) where ``sequence`` stands; none if each of its words has too many occurrences.

    A last word that is being typed, and may be too many words, is left out.
    """
    steps = [step for step in sequence.steps if not (_is_typed(step) and _count(generation, step) > MAX_BEGINNING)]
    found = [documents[:0]]
    for segment in generation.segments:
        first, last = documents.searchsorted((segment.base, segment.base + segment.documents))
        if first < last:
            found.append(segment.base + _with_sequence(segment, steps, documents[first:last] - segment.base))
    return np.concatenate(found)


def _is_typed(step: _Words) -> bool:
    """Whether the last word of a text is still being typed."""
    return any(terms.is_prefix for terms in step[1])


def _count(generation: Generation, step: _Words) -> int:
    return sum([count_of(segment, step[1]) for segment in generation.segments])


def _with_sequence(segment: Segment, steps: Sequence[_Words], documents: I64) -> I64:
    """The ``documents`` (numbers within the segment) with ``steps``, starting from the rarest of them."""
    sizes = [count_of(segment, terms) for _, terms in steps]
    rarest, *others = sorted(range(len(steps)), key=sizes.__getitem__)
    if not 0 < sizes[rarest] <= MAX_BEGINNING:
        return documents[:0]
    offset, terms = steps[rarest]
    numbers = np.concatenate([occurrence_numbers(segment, run, documents) for run in runs_of(segment, terms)])
    begins = np.sort(segment.positions.take(numbers)) - offset
    for other in others:
        begins = _with_step(segment, steps[other], begins)
    return begins >> POSITION_SHIFT


def _written_at(segment: Segment, surface: str, wanted: I64) -> I64:
    """The indices in ``wanted`` (ascending) at which ``surface`` occurs, in a segment with English alone."""
    number = segment.find_term(surface.encode("utf-8", "replace"))
    if number < 0:
        return wanted[:0]
    stem_group = segment.term_stem_groups[number]
    begin, end = segment.stem_groups.occurrences[stem_group : stem_group + 2]
    positions = segment.positions[begin:end]
    at = positions.searchsorted(wanted)
    here = (positions.take(at, mode="clip") == wanted).nonzero()[0]
    terms = segment.term_fields[begin:end].take(at.take(here)) >> schema.FIELD_BITS
    written: I64 = here[terms == number - segment.stem_groups.terms[stem_group]]
    return written


def spans_of(segment: Segment, sequence: plan.Sequence) -> Spans | None:
    """Every occurrence of ``sequence``, or None if there is none. Starts from the rarest word."""
    steps: list[_Step] = []
    for offset, terms in sequence.steps:
        runs = runs_of(segment, terms)
        if not runs:
            return None
        steps.append(_Step(offset, runs))
    if not steps:
        return None
    by_size = sorted(steps, key=lambda step: step.size)
    if steps[0].stem_group is None:
        # If the first word has several stem groups, two occurrences may share a position; each starts a sequence.
        by_size.remove(steps[0])
        by_size.insert(0, steps[0])
    rarest = by_size[0]
    positions, numbers = _all_of(segment, rarest)
    begins = positions - rarest.offset
    firsts = lasts = numbers
    for step in by_size[1:]:
        here, numbers = _occurring_at(segment, step, begins + step.offset)
        if not len(numbers):
            return None
        begins = begins[here]
        firsts = numbers if step is steps[0] else firsts[here]
        lasts = numbers if step is steps[-1] else lasts[here]
    return _spans(segment, sequence, begins + steps[0].offset, firsts, lasts)


def _all_of(segment: Segment, step: _Step) -> tuple[I64, I64]:
    """``(positions, numbers)`` of all occurrences of ``step`` with a weight above 0, by position."""
    found = [occurrence_numbers(segment, run) for run in step.runs]
    numbers = found[0] if len(found) == 1 else np.concatenate(found)
    positions = segment.positions.take(numbers)
    if step.stem_group is None:
        order = positions.argsort(kind="stable")
        return positions[order], numbers[order]
    return positions, numbers


def _occurring_at(segment: Segment, step: _Step, wanted: I64) -> tuple[Array, I64]:
    """The indices in ``wanted`` (ascending) at which ``step`` occurs, and the numbers of these occurrences."""
    run = step.stem_group
    if run is None:
        documents = np.unique(wanted >> POSITION_SHIFT)
        numbers = np.concatenate([occurrence_numbers(segment, run, documents) for run in step.runs])
        positions = segment.positions.take(numbers)
        order = positions.argsort(kind="stable")
        positions, numbers = positions[order], numbers[order]
        if not len(positions):
            return numbers, numbers
        at = positions.searchsorted(wanted)
        here = (positions.take(at, mode="clip") == wanted).nonzero()[0]
        return here, numbers.take(at.take(here))
    positions = segment.positions[run.begin : run.end]
    at = positions.searchsorted(wanted)
    here = (positions.take(at, mode="clip") == wanted).nonzero()[0]
    numbers = at.take(here)
    numbers += run.begin
    if run.table is not None and (run.is_mixed or run.is_partial):
        counts = run.table.take(segment.term_fields.take(numbers)) > 0.0
        here, numbers = here[counts], numbers[counts]
    return here, numbers


def _spans(segment: Segment, sequence: plan.Sequence, positions: I64, firsts: I64, lasts: I64) -> Spans | None:
    """The occurrences in the fields of ``sequence``, given their positions and first and last terms; None if none."""
    fields = segment.term_fields.take(firsts) & _FIELD_MASK
    if sequence.field is not None:
        inside = fields == schema.FIELD_NUMBER[sequence.field]
    elif sequence.origin == "phrase":  # a quoted phrase must be in the article's own text
        inside = fields != schema.LINKS
    if sequence.field is not None or sequence.origin == "phrase":
        positions, firsts, lasts, fields = positions[inside], firsts[inside], lasts[inside], fields[inside]
    if not len(positions):
        return None
    return Spans(
        (positions >> POSITION_SHIFT) << schema.FIELD_BITS | fields,
        positions,
        segment.starts.take(firsts).astype(np.int64),
        segment.starts.take(lasts).astype(np.int64) + segment.widths.take(lasts),
        sequence.weight,
        sequence.origin,
    )
