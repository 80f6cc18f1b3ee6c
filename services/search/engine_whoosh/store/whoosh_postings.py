"""Packed arrays → the posting lists of a Whoosh index, a range of stem groups at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.ranges import is_new
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.strings import PackedStrings
from services.search.text.terms import SEPARATOR

I64 = npt.NDArray[np.int64]

_SEPARATOR = SEPARATOR.encode()
#: Positions laid out at a time: some 50 MB of work space.
CHUNK_POSITIONS = 1 << 19


@dataclass(frozen=True, slots=True)
class Postings:
    """Posting lists of one field.

    The postings of ``terms[n]`` are those from ``starts[n]`` to ``starts[n + 1]``. ``documents`` and ``counts`` are
    parallel; ``positions`` has ``counts[i]`` positions for posting *i*, or is None for a field without positions.
    """

    terms: list[bytes]
    starts: I64
    documents: I64
    counts: I64
    positions: I64 | None


class Surfaces(NamedTuple):
    """The distinct surfaces of a segment, sorted.

    ``ranks`` has the rank of each term's surface, ``terms`` a term for each surface.
    """

    ranks: I64
    terms: Array


def surfaces_of(arrays: Mapping[str, Array]) -> Surfaces:
    """The surfaces of all terms: as many as there are terms, unless several languages share spellings."""
    order = arrays["term_order"]
    is_first = np.ones(len(order), dtype=bool)
    if len(arrays["language_codes"]):
        strings = PackedStrings(arrays["term_text"], arrays["term_offsets"])
        written = [strings[number].partition(_SEPARATOR)[0] for number in order.tolist()]
        is_first[1:] = [one != other for one, other in pairwise(written)]
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.cumsum(is_first) - 1
    return Surfaces(ranks, order[is_first])


def text_postings(arrays: Mapping[str, Array], field: int, surfaces: Surfaces) -> Iterator[Postings]:
    """The postings of a text field, a range of stem groups at a time: terms in sorted order within each.

    A spelling that several languages share is one Whoosh term in several stem groups: then all are read together.
    """
    boundaries = arrays["stem_group_occurrences"].astype(np.int64)
    limit = CHUNK_POSITIONS if len(surfaces.terms) == len(surfaces.ranks) else int(boundaries[-1])
    first = 0
    while first < len(boundaries) - 1:
        last = max(first + 1, int(np.searchsorted(boundaries, boundaries[first] + limit, side="right")) - 1)
        found = _text_postings(arrays, field, (first, last), surfaces)
        if found.terms:
            yield found
        first = last


def _text_postings(arrays: Mapping[str, Array], field: int, groups: tuple[int, int], surfaces: Surfaces) -> Postings:
    """The postings of a text field in a range of stem groups."""
    boundaries = arrays["stem_group_occurrences"][groups[0] : groups[1] + 1].astype(np.int64)
    rows = slice(int(boundaries[0]), int(boundaries[-1]))
    term_fields = arrays["occurrence_term_fields"][rows]
    inside = np.flatnonzero(term_fields & (schema.MAX_FIELDS - 1) == field)
    stem_groups = groups[0] + np.searchsorted(boundaries - boundaries[0], inside, side="right") - 1
    terms = arrays["stem_group_terms"][stem_groups] + (term_fields[inside] >> schema.FIELD_BITS)
    # Occurrences are in order of position within a stem group, and a stable sort by term keeps that order.
    keys = surfaces.ranks[terms] << 32
    keys |= np.arange(len(keys))
    keys.sort()
    positions = arrays["occurrence_positions"][rows][inside[keys & 0xFFFFFFFF]]
    keys >>= 32
    if len(surfaces.terms) < len(surfaces.ranks):
        order = np.lexsort((positions, keys))
        keys, positions = keys[order], positions[order]
    documents = positions >> POSITION_SHIFT
    is_term = is_new(keys)
    firsts = np.flatnonzero(is_term | is_new(documents))
    strings = PackedStrings(arrays["term_text"], arrays["term_offsets"])
    return Postings(
        terms=[strings[number].partition(_SEPARATOR)[0] for number in surfaces.terms[keys[is_term]].tolist()],
        starts=np.append(np.searchsorted(firsts, np.flatnonzero(is_term)), len(firsts)),
        documents=documents[firsts],
        counts=np.diff(firsts, append=len(keys)),
        positions=positions & ((1 << POSITION_SHIFT) - 1),
    )


def key_postings(keys: Mapping[bytes, list[int]]) -> Postings:
    """The postings of a field that is not text: the documents of each key, ascending."""
    terms = sorted(keys)
    documents = np.array([number for term in terms for number in keys[term]], dtype=np.int64)
    starts = np.cumsum([0, *(len(keys[term]) for term in terms)])
    return Postings(terms, starts, documents, np.ones(len(documents), dtype=np.int64), None)
