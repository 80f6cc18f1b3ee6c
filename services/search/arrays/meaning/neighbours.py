"""Words of a generation that are similar to a word that it does not have: by edit distance, or by their beginning.

Candidates are words of prose within one edit (insertion, deletion, substitution or exchange of neighbours), or two
after the first letter of longer words. A filter by letter signatures leaves few of them to measure: one edit changes at
most two letters of the set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from rapidfuzz.distance import OSA

from services.search import schema
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import Segment
from services.search.arrays.segment.stem_groups import signature
from services.search.meaning.vocabulary import Neighbour
from services.search.text.terms import surface_in

#: Shorter words have too many neighbours to guess which one was meant.
MIN_CHARACTERS = 3
#: Shorter beginnings have too many continuations.
MIN_BEGINNING = 4
#: From this length on, a word with two edits is still recognisable.
TWO_EDITS_FROM = 6
#: Weight of an occurrence in a title or heading relative to the text: readers type what they saw there.
_FIELD_COUNTS = np.array([30.0, 10.0, 3.0, 10.0, 1.0, 0.3, 0.0, 0.0])
_FIELD_MASK = schema.MAX_FIELDS - 1


def near(generation: Generation, word: str, limit: int) -> list[Neighbour]:
    """The words most similar to ``word`` (folded): fewest edits, then most common.

    Two edits are tried only if one gives nothing.
    """
    if len(word) < MIN_CHARACTERS:
        return []
    for edits in (1, 2) if len(word) >= TWO_EDITS_FROM else (1,):
        found = _neighbours(((one, _near(one, word, edits)) for one in generation.segments), edits)
        if found:
            return found[:limit]
    return []


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
            weights[surface] = weights.get(surface, 0.0) + float(_FIELD_COUNTS[fields].sum())
            places[surface] = places.get(surface, 0) + int(np.count_nonzero(fields != schema.LINKS))
            if (fields == schema.TITLE).any():
                titles.add(surface)
    words_found = [
        Neighbour(surface, edits, weight, surface in titles, places[surface] == 1)
        for surface, weight in weights.items()
        if weight > 0.0
    ]
    return sorted(words_found, key=lambda one: (-one.weight, one.surface))


def _near_beginnings(segment: Segment, beginning: str) -> Iterator[tuple[int, str]]:
    numbers, signatures, lengths = segment.plain_terms
    wanted = np.uint32(signature(beginning))
    # All letters but one must be in the word.
    possible = np.bitwise_count(wanted & ~signatures) <= 1
    possible &= lengths >= len(beginning) - 1
    for number in numbers[possible].tolist():
        surface = surface_in(segment.terms[number].decode("utf-8"))
        if surface[0] == beginning[0] and any(
            OSA.distance(beginning, surface[: len(beginning) + more], score_cutoff=1) <= 1 for more in (0, 1, -1)
        ):
            yield number, surface


def _near(segment: Segment, word: str, edits: int) -> list[tuple[int, str]]:
    numbers, signatures, lengths = segment.plain_terms
    difference = signatures ^ np.uint32(signature(word))
    possible = np.bitwise_count(difference) <= 2 * edits
    possible &= np.abs(lengths - len(word)) <= edits
    found = []
    for number in numbers[possible].tolist():
        surface = surface_in(segment.terms[number].decode("utf-8"))
        if edits > 1 and surface[0] != word[0]:
            continue  # ansible is not visible
        if OSA.distance(word, surface, score_cutoff=edits) <= edits:
            found.append((number, surface))
    return found
