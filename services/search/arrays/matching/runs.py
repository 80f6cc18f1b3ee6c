"""The terms of a query in one segment, as runs of adjacent postings.

Depends on the layout of a segment (see ``layout``); reads no posting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.segment.segment import F64, Segment
from services.search.text.stemming import forms_in_code
from services.search.text.terms import keys_of
from services.search.understanding import plan

_ALL_FIELDS = np.ones(schema.MAX_FIELDS)
_PROSE_FIELDS = np.array([float(field != schema.CODE) for field in range(schema.MAX_FIELDS)])


class Run(NamedTuple):
    """The adjacent postings ``first`` to ``last`` of a segment, with the occurrences ``begin`` to ``end``.

    They belong to the stem groups ``stem_group`` to ``last_stem_group``. All ranges are half-open.

    ``table`` maps a term field, with ranks counted from the first term of the run, to the weight of one occurrence
    (None: 1). With ``is_mixed`` inflections in code have weight 0; with ``is_partial`` other terms may have it too. The
    postings of a single stem group ascend.
    """

    stem_group: int
    last_stem_group: int
    first: int
    last: int
    begin: int
    end: int
    table: F64 | None
    is_mixed: bool
    is_partial: bool

    @property
    def is_ascending(self) -> bool:
        """Whether doc fields and positions are sorted over the whole run."""
        return self.last_stem_group == self.stem_group + 1

    @property
    def is_stem_group(self) -> bool:
        """Whether the run is a whole stem group, as that of a single word is."""
        return not self.is_partial and self.last_stem_group == self.stem_group + 1


def runs_of(segment: Segment, alternatives: Sequence[plan.Terms]) -> tuple[Run, ...]:
    """The postings of the terms that ``alternatives`` match.

    Each term counts once; if several alternatives match it, the one with the highest weight in a field applies.
    """
    runs = _separate_runs(segment, alternatives)
    if runs is not None:
        return runs
    return _merged(segment, [claim for terms in alternatives for claim in _claims(segment, terms)])


def _separate_runs(segment: Segment, alternatives: Sequence[plan.Terms]) -> tuple[Run, ...] | None:
    """A run for each of ``alternatives``; None unless all are single words of different stem groups."""
    place_in = _place_among_languages if segment.languages else _place_of
    runs: dict[int, Run] = {}
    for terms in alternatives:
        if terms.is_prefix or terms.joined:
            return None
        place = place_in(segment, terms)
        if place is None:
            continue
        if place.stem_group in runs or not place.is_only:
            return None
        runs[place.stem_group] = _run_of(segment, terms, place)
    return tuple([runs[stem_group] for stem_group in sorted(runs)])


def count_of(segment: Segment, alternatives: Sequence[plan.Terms]) -> int:
    """An upper bound of the occurrences in ``runs_of``."""
    if len(alternatives) == 1 and not (alternatives[0].is_prefix or alternatives[0].joined or segment.languages):
        place = _place_of(segment, alternatives[0])
        if place is None:
            return 0
        first, last = segment.stem_groups.occurrences[place.stem_group : place.stem_group + 2]
        return int(last - first)
    return sum([run.end - run.begin for run in runs_of(segment, alternatives)])


class _Place(NamedTuple):
    """The stem group of a single word and its rank in it; -1 if the group has only other forms.

    ``is_only`` is false if other languages have a stem group for it as well.
    """

    stem_group: int
    rank: int
    is_only: bool = True


def _place_of(segment: Segment, terms: plan.Terms) -> _Place | None:
    """The stem group of a word in a segment with English alone."""
    number = segment.find_term(terms.surface.encode("utf-8", "replace"))
    if number >= 0:
        stem_group = segment.term_stem_groups[number]
        return _Place(stem_group, number - segment.stem_groups.terms[stem_group])
    if terms.stem is None:
        return None
    stem_group = segment.stem_group_of_stem(terms.stem.encode("utf-8", "replace"))
    return _Place(stem_group, -1) if stem_group >= 0 else None


def _place_among_languages(segment: Segment, terms: plan.Terms) -> _Place | None:
    """The first stem group of a word in a segment with several languages."""
    written = segment.terms_with(terms.surface.encode("utf-8", "replace"))
    stem_groups = {segment.term_stem_groups[number] for number in written} | set(_stem_groups_of(segment, terms))
    if not stem_groups:
        return None
    stem_group = stem_groups.pop()
    rank = written[0] - segment.stem_groups.terms[stem_group] if written else -1
    return _Place(stem_group, rank, is_only=not stem_groups and len(written) <= 1)


def _run_of(segment: Segment, terms: plan.Terms, place: _Place) -> Run:
    """The run of a single word: its stem group, in which other forms have a lower weight."""
    stem_group, rank = place.stem_group, place.rank
    size = segment.stem_groups.terms[stem_group + 1] - segment.stem_groups.terms[stem_group]
    is_stemmed = terms.stem is not None
    is_plain = size == 1 and rank == 0 and terms.weight == 1.0 and terms.field is None
    counted = _forms_in_code(segment, terms.surface, stem_group) if terms.has_forms_in_code else ()
    return _run(
        segment,
        stem_group,
        stem_group + 1,
        None if is_plain else _stem_group_table(size, rank, terms.weight, terms.field, counted, is_stemmed=is_stemmed),
        # Without the word itself, the only other form of its stem group may be in code.
        is_mixed=rank < 0 or bool(segment.stem_groups.is_mixed[stem_group]),
        is_partial=terms.field is not None or not (size == 1 or is_stemmed),
    )


def _forms_in_code(segment: Segment, surface: str, stem_group: int) -> tuple[int, ...]:
    """The ranks in ``stem_group`` of the forms of ``surface``, which itself occurs nowhere, that count in code.

    A StatefulSet is one of the stateful sets, although other inflections do not count in code.
    """
    first, last = segment.stem_groups.terms[stem_group], segment.stem_groups.terms[stem_group + 1]
    numbers = (segment.find_term(form.encode("utf-8", "replace")) for form in forms_in_code(surface))
    return tuple([number - first for number in numbers if first <= number < last])


@lru_cache(maxsize=1024)  # a few hundred bytes each; nearly all words share a dozen
def _stem_group_table(
    size: int, rank: int, weight: float, field: str | None, counted: tuple[int, ...], *, is_stemmed: bool
) -> F64:
    """The weights of a stem group of ``size`` terms: the one at ``rank`` as typed, the others as inflections.

    Inflections in code have weight 0 unless they are in ``counted``.
    """
    fields = _fields(field)
    table = np.zeros((size, schema.MAX_FIELDS))
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
    only = np.zeros(schema.MAX_FIELDS)
    only[schema.FIELD_NUMBER[field]] = 1.0
    return only


def _run(
    segment: Segment,
    stem_group: int,
    last_stem_group: int,
    table: F64 | None,
    *,
    is_mixed: bool = False,
    is_partial: bool,
) -> Run:
    postings, occurrences = segment.stem_groups.postings, segment.stem_groups.occurrences
    return Run(
        stem_group,
        last_stem_group,
        postings[stem_group],
        postings[last_stem_group],
        occurrences[stem_group],
        occurrences[last_stem_group],
        table,
        is_mixed,
        is_partial,
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """A weight for the terms ``numbers`` of the stem groups ``stem_group`` to ``last_stem_group``, by field."""

    stem_group: int
    last_stem_group: int
    numbers: Array
    weight: float
    fields: F64


def _claims(segment: Segment, terms: plan.Terms) -> Iterable[_Claim]:
    """The terms that ``terms`` matches, by descending weight: exact, then inflections or those of a prefix."""
    surface, fields = terms.surface.encode("utf-8", "replace"), _fields(terms.field)
    written = segment.terms_with(surface)
    for number in written:
        stem_group = segment.term_stem_groups[number]
        yield _Claim(stem_group, stem_group + 1, np.array([number]), terms.weight, fields)
    for stem_group in _stem_groups_of(segment, terms):
        first = segment.stem_groups.terms[stem_group]
        numbers = np.arange(first, segment.stem_groups.terms[stem_group + 1])
        counted = _forms_in_code(segment, terms.surface, stem_group) if terms.has_forms_in_code else ()
        if counted:
            forms = first + np.array(counted, dtype=np.int64)
            yield _Claim(stem_group, stem_group + 1, forms, terms.weight * plan.INFLECTION, fields)
        others = numbers[~np.isin(numbers, written)]
        yield _Claim(stem_group, stem_group + 1, others, terms.weight * plan.INFLECTION, fields * _PROSE_FIELDS)
    for key in terms.joined:
        stem_group = segment.stem_group_of_stem(key.encode("utf-8", "replace"))
        if stem_group >= 0:
            numbers = np.arange(segment.stem_groups.terms[stem_group], segment.stem_groups.terms[stem_group + 1])
            yield _Claim(stem_group, stem_group + 1, numbers, terms.weight * plan.JOINED, fields * _PROSE_FIELDS)
    if terms.is_prefix:
        first, last = segment.sorted_terms.prefix_range(surface)
        numbers = segment.arrays["term_order"][first + len(written) : last].astype(np.int64)
        if len(numbers):
            stem_groups = segment.arrays["term_stem_groups"][numbers]
            yield _Claim(
                int(stem_groups.min()), int(stem_groups.max()) + 1, numbers, terms.weight * plan.PREFIX, fields
            )


def _stem_groups_of(segment: Segment, terms: plan.Terms) -> list[int]:
    """The stem groups of the stem of ``terms``, one per language of the segment."""
    if terms.stem is None:
        return []
    stems = [terms.stem]
    if segment.languages:
        stems += keys_of(segment.languages, terms.surface, terms.written)
    found = (segment.stem_group_of_stem(one.encode("utf-8", "replace")) for one in stems)
    return list(dict.fromkeys(stem_group for stem_group in found if stem_group >= 0))


def _merged(segment: Segment, claims: Sequence[_Claim]) -> tuple[Run, ...]:
    """One run for claims whose stem groups overlap. In each field, the highest weight of a term applies."""
    runs: list[Run] = []
    ordered = sorted(claims, key=lambda claim: claim.stem_group)
    start = 0
    while start < len(ordered):
        stem_group, last_stem_group, stop = ordered[start].stem_group, ordered[start].last_stem_group, start + 1
        while stop < len(ordered) and ordered[stop].stem_group < last_stem_group:
            last_stem_group = max(last_stem_group, ordered[stop].last_stem_group)
            stop += 1
        first_term, last_term = segment.stem_groups.terms[stem_group], segment.stem_groups.terms[last_stem_group]
        table = np.zeros((last_term - first_term, schema.MAX_FIELDS))
        for claim in claims:
            if stem_group <= claim.stem_group < last_stem_group:
                numbers = claim.numbers - first_term
                table[numbers] = np.maximum(table[numbers], claim.weight * claim.fields)
        runs.append(_run(segment, stem_group, last_stem_group, table.reshape(-1), is_partial=True))
        start = stop
    return tuple(runs)
