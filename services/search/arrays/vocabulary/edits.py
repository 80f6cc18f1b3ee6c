"""Whether words are similar to a typed one: within one or two edits, or with a similar beginning. Pure.

An edit is an insertion, a deletion, a substitution or an exchange of neighbours. A filter over letter signatures leaves
few words to measure: one edit changes at most two letters of the set.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from services.search.arrays.segment.stem_groups import signature

Bools = npt.NDArray[np.bool_]
#: Letter signatures and lengths in characters of many words, parallel to each other.
Signatures = npt.NDArray[np.uint32]
Lengths = npt.NDArray[np.int16]

#: The shortest word, in characters, that has similar words: shorter ones have too many to guess which was meant.
_MIN_CHARACTERS = 3
#: The shortest beginning, in characters: shorter ones have too many continuations.
MIN_BEGINNING = 4
#: From this number of characters on, a word with two edits is still recognisable.
_TWO_EDITS_FROM = 6
#: Weight of an occurrence by field number, 1 in the body and 0 in link texts: readers type what they saw in a title or
#: heading.
FIELD_COUNTS = np.array([30.0, 10.0, 3.0, 10.0, 1.0, 0.3, 0.0, 0.0])


def edits_to_try(word: str) -> tuple[int, ...]:
    """The numbers of edits to try in order; two only if one gives nothing, and none for a short word."""
    if len(word) < _MIN_CHARACTERS:
        return ()
    return (1, 2) if len(word) >= _TWO_EDITS_FROM else (1,)


def may_be_near(word: str, edits: int, signatures: Signatures, lengths: Lengths) -> Bools:
    """A mask of the words that may be within ``edits`` of ``word``, by their signatures and lengths."""
    possible: Bools = np.bitwise_count(signatures ^ np.uint32(signature(word))) <= 2 * edits
    possible &= np.abs(lengths - len(word)) <= edits
    return possible


def is_near(word: str, other: str, edits: int) -> bool:
    """Whether ``other`` is within ``edits`` of ``word``. With two, the first letter must be equal."""
    if edits > 1 and other[0] != word[0]:
        return False  # ansible is not visible
    return OSA.distance(word, other, score_cutoff=edits) <= edits


def may_begin_near(letters: str, signatures: Signatures, lengths: Lengths) -> Bools:
    """A mask of the words that may begin within one edit of ``letters``: they have all of its letters but one."""
    possible: Bools = np.bitwise_count(np.uint32(signature(letters)) & ~signatures) <= 1
    possible &= lengths >= len(letters) - 1
    return possible


def begins_near(letters: str, other: str) -> bool:
    """Whether the beginning of ``other`` is within one edit of ``letters``, with the same first letter."""
    return other[0] == letters[0] and any(
        OSA.distance(letters, other[: len(letters) + more], score_cutoff=1) <= 1 for more in (0, 1, -1)
    )
