"""Words of a generation that are similar to a given one, by edit distance or by their beginning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import Segment
from services.search.arrays.vocabulary.edits import (
    FIELD_COUNTS,
    MIN_BEGINNING,
    begins_near,
    edits_to_try,
    is_near,
    may_be_near,
    may_begin_near,
)
from services.search.text.stemming import stem
from services.search.text.terms import surface_in
from services.search.understanding.vocabulary import Neighbour

_FIELD_MASK = schema.MAX_FIELDS - 1


def near(generation: Generation, word: str, limit: int) -> list[Neighbour]:
    """The words most similar to ``word`` (folded): fewest edits, then most common."""
    for edits in edits_to_try(word):
        if found := _neighbours(((one, _near(one, word, edits)) for one in generation.segments), edits):
            return found[:limit]
    return []


def forms(generation: Generation, words: Iterable[str]) -> list[Neighbour]:
    """Those of ``words``, one edit away, that documents have in other forms; see Vocabulary."""
    wanted = [(word, stem(word).encode()) for word in words]
    found = _neighbours(((one, _forms(one, wanted)) for one in generation.segments), 1)
    return [replace(one, is_form=True) for one in found]


def _forms(segment: Segment, words: Iterable[tuple[str, bytes]]) -> Iterator[tuple[int, str]]:
    """The terms of prose with the stem of each of ``words``, as that word; ``words`` come with their stems."""
    for word, own in words:
        group = segment.stem_group_of_stem(own)
        if group >= 0:
            terms = segment.stem_groups.terms
            yield from ((number, word) for number in range(terms[group], terms[group + 1]))


def beginning(generation: Generation, letters: str, limit: int) -> list[Neighbour]:
    """The words whose beginning is within one edit of ``letters``, first letter equal, most common first."""
    if len(letters) < MIN_BEGINNING:
        return []
    return _neighbours(((one, _near_beginnings(one, letters)) for one in generation.segments), 1)[:limit]


def _neighbours(found: Iterable[tuple[Segment, Iterable[tuple[int, str]]]], edits: int) -> list[Neighbour]:
    """The words ``(number, surface)`` of all segments in one list, most common first."""
    weights: dict[str, float] = {}
    places: dict[str, int] = {}
    titles: set[str] = set()
    for segment, words in found:
        for number, surface in words:
            doc_fields, _ = segment.postings_of_term(number)
            if len(segment.deleted):
                doc_fields = doc_fields[~np.isin(doc_fields >> schema.FIELD_BITS, segment.deleted)]
            fields = doc_fields & _FIELD_MASK
            weights[surface] = weights.get(surface, 0.0) + float(FIELD_COUNTS[fields].sum())
            places[surface] = places.get(surface, 0) + int(np.count_nonzero(fields != schema.LINKS))
            if (fields == schema.TITLE).any():
                titles.add(surface)
    words_found = [
        Neighbour(surface, edits, weight, surface in titles, places[surface] == 1)
        for surface, weight in weights.items()
        if weight > 0.0
    ]
    return sorted(words_found, key=lambda one: (-one.weight, one.surface))


def _near_beginnings(segment: Segment, letters: str) -> Iterator[tuple[int, str]]:
    numbers, signatures, lengths = segment.plain_terms
    possible = numbers[may_begin_near(letters, signatures, lengths)]
    for number, surface in _surfaces(segment, _with_first_byte(segment, possible, letters)):
        if begins_near(letters, surface):
            yield number, surface


def _near(segment: Segment, word: str, edits: int) -> Iterator[tuple[int, str]]:
    numbers, signatures, lengths = segment.plain_terms
    possible = numbers[may_be_near(word, edits, signatures, lengths)]
    if edits > 1:  # only words with the same first letter are near then
        possible = _with_first_byte(segment, possible, word)
    for number, surface in _surfaces(segment, possible):
        if is_near(word, surface, edits):
            yield number, surface


def _with_first_byte(segment: Segment, numbers: Array, word: str) -> Array:
    """Those of the terms ``numbers`` whose first byte is that of ``word``: a filter before their letters are read."""
    starts = segment.arrays["term_offsets"].take(numbers)
    found: Array = numbers[segment.arrays["term_text"].take(starts) == word.encode("utf-8", "replace")[0]]
    return found


def _surfaces(segment: Segment, numbers: Array) -> Iterator[tuple[int, str]]:
    for number in numbers.tolist():
        yield number, surface_in(segment.terms[number].decode("utf-8"))
