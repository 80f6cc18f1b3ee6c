"""What the terms of a query mean in one segment: runs of postings, and what each posting in them counts.

It knows the layout of a segment (see ``pack``), and no documents' scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.engine_whoosh.matching.ranges import ranges
from services.search.engine_whoosh.segment.generation import F64, I64, Segment
from services.search.engine_whoosh.segment.pack import PLACE_SHIFT
from services.search.engine_whoosh.store.array_file import Array
from services.search.meaning import plan
from services.search.text.stemming import number_forms

_ALL_FIELDS = np.ones(schema.FIELD_SLOTS)
_PROSE_FIELDS = np.array([float(field != schema.CODE) for field in range(schema.FIELD_SLOTS)])


class Run(NamedTuple):
    """Neighbouring postings: of the families ``family`` to ``last_family``, the entries ``first`` to ``last`` and the
    occurrences ``begin`` to ``end`` (all half-open).

    ``table`` says what one occurrence counts, by its kind with ranks counted from the first term of the run; None: 1.
    With ``is_mixed`` inflections in code count nothing, and with ``is_partial`` others may not as well. The postings of
    a single family ascend.
    """

    family: int
    last_family: int
    first: int
    last: int
    begin: int
    end: int
    table: F64 | None
    is_mixed: bool
    is_partial: bool

    @property
    def is_ascending(self) -> bool:
        """Whether slots and places ascend through all of it."""
        return self.last_family == self.family + 1

    @property
    def is_family(self) -> bool:
        """Whether it is a whole family, as a word of a query by itself has it."""
        return not self.is_partial and self.last_family == self.family + 1


class Occurrences(NamedTuple):
    """Single occurrences that count: their numbers in the segment, and what each counts (None: 1)."""

    numbers: I64
    weights: F64 | None


def runs_of(segment: Segment, alternatives: Sequence[plan.Terms]) -> tuple[Run, ...]:
    """The postings that any of ``alternatives`` stands for, each term once, in each field for its heaviest
    alternative.
    """
    if len(alternatives) == 1 and not alternatives[0].is_prefix:
        run = _run_of(segment, alternatives[0])
        return () if run is None else (run,)
    return _merged(segment, [claim for terms in alternatives for claim in _claims(segment, terms)])


def _run_of(segment: Segment, terms: plan.Terms) -> Run | None:
    """The run of a word by itself: its family, in which the others of its stem count less, or nothing."""
    number = segment.find_term(terms.surface.encode("utf-8", "replace"))
    if number >= 0:
        family = segment.term_families[number]
        rank = number - segment.family_terms[family]
    elif terms.stem is not None and (family := segment.family_of_stem(terms.stem.encode("utf-8", "replace"))) >= 0:
        rank = -1
    else:
        return None
    size = segment.family_terms[family + 1] - segment.family_terms[family]
    is_stemmed = terms.stem is not None
    is_plain = size == 1 and rank == 0 and terms.weight == 1.0 and terms.field is None
    counted = _number_forms(segment, terms.surface, family) if terms.has_number_in_code else ()
    return _run(
        segment,
        family,
        family + 1,
        None if is_plain else _family_table(size, rank, terms.weight, terms.field, counted, is_stemmed=is_stemmed),
        # Without the word itself, code may have the only other one of its family.
        is_mixed=rank < 0 or bool(segment.family_is_mixed[family]),
        is_partial=terms.field is not None or not (size == 1 or is_stemmed),
    )


def _number_forms(segment: Segment, surface: str, family: int) -> tuple[int, ...]:
    """The ranks in ``family`` of the singular and the plural of ``surface``, which no text has itself: a StatefulSet is
    one of the stateful sets, though code has no other inflections.
    """
    first, last = segment.family_terms[family], segment.family_terms[family + 1]
    numbers = (segment.find_term(form.encode("utf-8", "replace")) for form in number_forms(surface))
    return tuple([number - first for number in numbers if first <= number < last])


@lru_cache(maxsize=1024)  # of a few hundred bytes each; nearly all words share a dozen
def _family_table(
    size: int, rank: int, weight: float, field: str | None, counted: tuple[int, ...], *, is_stemmed: bool
) -> F64:
    """What the terms of a family count: the one of ``rank`` as written, the others as inflections, those ``counted`` in
    code as well.
    """
    fields = _fields(field)
    table = np.zeros((size, schema.FIELD_SLOTS))
    if is_stemmed:
        table[:] = weight * plan.INFLECTION * fields * _PROSE_FIELDS
        table[list(counted)] = weight * plan.INFLECTION * fields
    if rank >= 0:
        table[rank] = weight * fields
    table.flags.writeable = False  # it is shared
    return table.reshape(-1)


def _fields(field: str | None) -> F64:
    if field is None:
        return _ALL_FIELDS
    only = np.zeros(schema.FIELD_SLOTS)
    only[schema.FIELD_NUMBER[field]] = 1.0
    return only


def _run(
    segment: Segment, family: int, last_family: int, table: F64 | None, *, is_mixed: bool = False, is_partial: bool
) -> Run:
    entries, occurrences = segment.family_entries, segment.family_occurrences
    return Run(
        family,
        last_family,
        entries[family],
        entries[last_family],
        occurrences[family],
        occurrences[last_family],
        table,
        is_mixed,
        is_partial,
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """Terms of the families ``family`` to ``last_family`` that count ``weight`` in ``fields``."""

    family: int
    last_family: int
    numbers: Array
    weight: float
    fields: F64


def _claims(segment: Segment, terms: plan.Terms) -> Iterable[_Claim]:
    """What ``terms`` stands for, heaviest first: exact, then inflections or what a prefix adds."""
    surface, fields = terms.surface.encode("utf-8", "replace"), _fields(terms.field)
    exact = segment.find_term(surface)
    if exact >= 0:
        family = segment.term_families[exact]
        yield _Claim(family, family + 1, np.array([exact]), terms.weight, fields)
    if terms.stem is not None:
        family = segment.family_of_stem(terms.stem.encode("utf-8", "replace"))
        if family >= 0:
            first = segment.family_terms[family]
            numbers = np.arange(first, segment.family_terms[family + 1])
            counted = [first + rank for rank in _number_forms(segment, terms.surface, family)]
            if counted and terms.has_number_in_code:
                forms = np.array(counted, dtype=np.int64)
                yield _Claim(family, family + 1, forms, terms.weight * plan.INFLECTION, fields)
            yield _Claim(
                family,
                family + 1,
                numbers[numbers != exact],
                terms.weight * plan.INFLECTION,
                fields * _PROSE_FIELDS,
            )
    if terms.is_prefix:
        first, last = segment.sorted_terms.prefix_range(surface)
        numbers = segment.arrays["term_order"][first + (exact >= 0) : last].astype(np.int64)
        if len(numbers):
            families = segment.arrays["term_families"][numbers]
            yield _Claim(int(families.min()), int(families.max()) + 1, numbers, terms.weight * plan.PREFIX, fields)


def _merged(segment: Segment, claims: Sequence[_Claim]) -> tuple[Run, ...]:
    """One run for claims whose families overlap. In each field, a term counts for its heaviest claim."""
    runs: list[Run] = []
    ordered = sorted(claims, key=lambda claim: claim.family)
    start = 0
    while start < len(ordered):
        family, last_family, stop = ordered[start].family, ordered[start].last_family, start + 1
        while stop < len(ordered) and ordered[stop].family < last_family:
            last_family = max(last_family, ordered[stop].last_family)
            stop += 1
        first_term, last_term = segment.family_terms[family], segment.family_terms[last_family]
        table = np.zeros((last_term - first_term, schema.FIELD_SLOTS))
        for claim in claims:
            if family <= claim.family < last_family:
                numbers = claim.numbers - first_term
                table[numbers] = np.maximum(table[numbers], claim.weight * claim.fields)
        runs.append(_run(segment, family, last_family, table.reshape(-1), is_partial=True))
        start = stop
    return tuple(runs)


def entry_weights(segment: Segment, run: Run) -> F64 | None:
    """What one occurrence of each entry of ``run`` counts; None: 1."""
    if run.table is None:
        return None
    kinds = segment.entry_kinds[run.first : run.last]
    if run.is_ascending:
        return run.table.take(kinds)
    borders = segment.arrays["family_entries"][run.family : run.last_family + 1]
    return run.table.take(kinds + np.repeat(_first_kinds(segment, run), np.diff(borders)))


def _first_kinds(segment: Segment, run: Run) -> I64:
    """For each family of ``run``, where the kinds of its first term begin in the table."""
    terms = segment.arrays["family_terms"][run.family : run.last_family].astype(np.int64)
    first_kinds: I64 = (terms - terms[0]) << schema.FIELD_BITS
    return first_kinds


def occurrences(segment: Segment, run: Run, documents: I64 | None = None) -> Occurrences:
    """The occurrences of ``run`` that count, in order of family, then place: in all documents, or in those named
    (ascending, of this segment).
    """
    if documents is None:
        numbers = np.arange(run.begin, run.end)
    elif run.is_ascending:
        numbers = within(segment.places[run.begin : run.end], documents)
        numbers += run.begin
    else:
        keep = np.zeros(segment.documents, dtype=bool)
        keep[documents] = True
        numbers = np.flatnonzero(keep.take(segment.places[run.begin : run.end] >> PLACE_SHIFT)) + run.begin
    if run.table is None:
        return Occurrences(numbers, None)
    kinds = segment.kinds.take(numbers)
    if not run.is_ascending:
        families = segment.arrays["family_occurrences"].searchsorted(numbers.astype(np.uint32), side="right") - 1
        kinds = kinds + _first_kinds(segment, run).take(families - run.family)
    weights = run.table.take(kinds)
    if run.is_partial or run.is_mixed:
        counts = weights > 0.0
        numbers, weights = numbers[counts], weights[counts]
    return Occurrences(numbers, weights)


def within(places: I64, documents: I64) -> I64:
    """The indexes of the ``places`` (ascending) that are in ``documents`` (ascending)."""
    begins = places.searchsorted(documents << PLACE_SHIFT)
    counts = places.searchsorted((documents + 1) << PLACE_SHIFT)
    counts -= begins
    return ranges(begins, counts)
