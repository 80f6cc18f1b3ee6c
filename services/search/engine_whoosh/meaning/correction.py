"""Honest correction: which word of the site a word that the site does not have was meant to be. A word that exists is
never touched.

Candidates are words of prose within one edit (insertion, deletion, substitution or exchange of neighbours), or two
after the first letter of longer words. A filter over letter
signatures leaves few of them to measure: one edit changes at most two letters of the set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA, Prefix

from services.search import schema
from services.search.engine_whoosh.segment.generation import F64, Generation, Segment
from services.search.engine_whoosh.segment.pack import signature

#: Shorter words have too many neighbours for one of them to be meant.
MIN_CHARACTERS = 3
#: Shorter words are taken for words of titles alone.
SHORT_UNTIL = 4
#: From this length on two edits are still recognisable.
TWO_EDITS_FROM = 7
#: What an occurrence in a title or heading counts, beside one in the text: readers type what they saw there.
_FIELD_COUNTS = np.array([30.0, 10.0, 3.0, 10.0, 1.0, 0.3, 0.0, 0.0])
_TITLE_COUNTS = np.array([30.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
#: How much less often a word may occur and still win by sharing the whole beginning: first letters are seldom mistyped.
_SAME_BEGINNING = 6.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word of the site near the one typed: by how many edits, and how common (weighted by field, more for the same
    first letter).
    """

    surface: str
    edits: int
    weight: float


def candidates(generation: Generation, word: str, limit: int = 5, *, is_alone: bool = True) -> list[Candidate]:
    """The words nearest to ``word`` (folded), best first: fewest edits, then most common.

    A name of three letters that the site does not have is more often that name than a typo (css, sqs, php), so it is
    only taken for a word of a title. Unless it ``is_alone``, nothing else of the query being known, only two letters
    may have changed places: ``teh outbox``, and not ``dry run``.
    """
    if len(word) < MIN_CHARACTERS:
        return []
    only_exchanged = len(word) < SHORT_UNTIL and not is_alone
    for edits in (1, 2) if len(word) >= TWO_EDITS_FROM else (1,):
        weights: dict[str, float] = {}
        for segment in generation.segments:
            for number, surface in _near(segment, word, edits):
                if not only_exchanged or sorted(surface) == sorted(word):
                    counts = _TITLE_COUNTS if min(len(word), len(surface)) < SHORT_UNTIL else _FIELD_COUNTS
                    weights[surface] = weights.get(surface, 0.0) + _weight(segment, number, counts)
        found = [
            Candidate(surface, edits, weight * _SAME_BEGINNING ** (Prefix.similarity(word, surface) / len(word)))
            for surface, weight in weights.items()
            if weight > 0.0
        ]
        if found:
            return sorted(found, key=lambda one: (-one.weight, one.surface))[:limit]
    return []


def completions(generation: Generation, beginning: str, limit: int) -> list[Candidate]:
    """The words that begin with ``beginning`` but for one edit behind its first letter, most common first."""
    if len(beginning) < SHORT_UNTIL:
        return []
    weights: dict[str, float] = {}
    for segment in generation.segments:
        for number, surface in _near_beginnings(segment, beginning):
            counts = _TITLE_COUNTS if len(surface) < SHORT_UNTIL else _FIELD_COUNTS
            weights[surface] = weights.get(surface, 0.0) + _weight(segment, number, counts)
    found = [Candidate(surface, 1, weight) for surface, weight in weights.items() if weight > 0.0]
    return sorted(found, key=lambda one: (-one.weight, one.surface))[:limit]


def _near_beginnings(segment: Segment, beginning: str) -> Iterator[tuple[int, str]]:
    numbers, signatures, lengths = segment.plain_terms
    wanted = np.uint32(signature(beginning))
    # All letters but one must be in the word.
    possible = np.bitwise_count(wanted & ~signatures) <= 1
    possible &= lengths >= len(beginning) - 1
    for number in numbers[possible].tolist():
        surface = segment.terms[number].decode("utf-8")
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
        surface = segment.terms[number].decode("utf-8")
        if edits > 1 and surface[0] != word[0]:
            continue  # ansible is not visible
        if OSA.distance(word, surface, score_cutoff=edits) <= edits:
            found.append((number, surface))
    return found


def _weight(segment: Segment, number: int, field_counts: F64) -> float:
    """How common a term is among live documents, weighted by field."""
    slots, _ = segment.entries_of_term(number)
    counts = field_counts[slots & (schema.FIELD_SLOTS - 1)]
    if len(segment.deleted):
        counts = counts * ~np.isin(slots >> schema.FIELD_BITS, segment.deleted)
    return float(counts.sum())
