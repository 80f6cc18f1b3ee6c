"""Where a sequence of words stands: phrases, the parts of a compound, synonyms of several words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.search import schema
from services.search.whoosh_engine import plan
from services.search.whoosh_engine.generation import I64, Bools, Segment
from services.search.whoosh_engine.pack import PLACE_SHIFT
from services.search.whoosh_engine.postings import Run, occurrences, runs_of

_FIELD_MASK = schema.FIELD_SLOTS - 1


@dataclass(frozen=True, slots=True)
class Spans:
    """Places where a sequence stands, by document, then position: slot, place of the first word, and bytes of the
    text.
    """

    slots: I64
    places: I64
    starts: I64
    ends: I64
    weight: float
    origin: str


@dataclass(frozen=True, slots=True)
class _Step:
    """One word of the sequence: how far behind the first it stands, and its postings."""

    offset: int
    runs: tuple[Run, ...]

    @property
    def size(self) -> int:
        """How many occurrences its postings have, at most."""
        return sum(run.end - run.begin for run in self.runs)

    @property
    def is_single(self) -> bool:
        """Whether its occurrences are those of one family: no two share a place."""
        return len(self.runs) == 1 and self.runs[0].is_ascending

    @property
    def is_whole(self) -> bool:
        """Whether they are all that the family has."""
        return self.is_single and not (self.runs[0].is_partial or self.runs[0].is_mixed)

    def find(self, segment: Segment, documents: I64 | None) -> tuple[I64, I64 | None]:
        """``(places, numbers)`` of the occurrences, by place; all of them, or those in ``documents`` (ascending).

        Numbers are None where they are those of the run in order.
        """
        if self.is_whole:
            run = self.runs[0]
            return segment.places[run.begin : run.end], None
        found = [occurrences(segment, run, documents).numbers for run in self.runs]
        numbers = found[0] if len(found) == 1 else np.concatenate(found)
        places = segment.places.take(numbers)
        if len(found) > 1 or not self.runs[0].is_ascending:
            order = places.argsort(kind="stable")
            numbers, places = numbers[order], places[order]
        return places, numbers

    def numbered(self, numbers: I64 | None, at: I64) -> I64:
        """The numbers of the occurrences at ``at``, of what ``find`` gave."""
        return at + self.runs[0].begin if numbers is None else numbers[at]


def spans_of(segment: Segment, sequence: plan.Sequence) -> Spans | None:
    """Every place of ``sequence``, or None where there is none: the rarest word says where to look for the others."""
    steps: list[_Step] = []
    for offset, terms in sequence.steps:
        runs = runs_of(segment, terms)
        if not runs:
            return None
        steps.append(_Step(offset, runs))
    if not steps:
        return None
    first = steps[0]
    # Where words of several families may stand first, two may share a place, and each is one of the sequence.
    rarest = min(steps, key=lambda step: step.size) if first.is_single else first
    places, numbers = rarest.find(segment, None)
    begins = places - rarest.offset
    of_step: dict[int, I64] = {id(rarest): rarest.numbered(numbers, np.arange(len(begins)))}
    for step in sorted(steps, key=lambda step: step.size):
        if step is rarest:
            continue
        documents = None if step.is_whole else _documents(begins + rarest.offset)
        places, numbers = step.find(segment, documents)
        if not len(places) or not len(begins):
            return None
        wanted = begins + step.offset
        at = places.searchsorted(wanted)
        here: Bools = places.take(at, mode="clip") == wanted
        begins = begins[here]
        of_step = {key: value[here] for key, value in of_step.items()}
        of_step[id(step)] = step.numbered(numbers, at[here])
    return _spans(segment, sequence, begins + first.offset, of_step[id(first)], of_step[id(steps[-1])])


def _documents(places: I64) -> I64:
    return np.unique(places >> PLACE_SHIFT)


def _spans(segment: Segment, sequence: plan.Sequence, places: I64, firsts: I64, lasts: I64) -> Spans | None:
    fields = segment.kinds.take(firsts) & _FIELD_MASK
    if sequence.field is not None:
        inside = fields == schema.FIELD_NUMBER[sequence.field]
        places, firsts, lasts, fields = places[inside], firsts[inside], lasts[inside], fields[inside]
    if not len(places):
        return None
    return Spans(
        (places >> PLACE_SHIFT) << schema.FIELD_BITS | fields,
        places,
        segment.starts.take(firsts).astype(np.int64),
        segment.starts.take(lasts).astype(np.int64) + segment.widths.take(lasts),
        sequence.weight,
        sequence.origin,
    )
