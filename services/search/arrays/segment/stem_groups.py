"""Terms → stem groups, and the arrays about both. The layout is in ``layout``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.search.arrays.array_file import Array
from services.search.arrays.ranges import starts_of
from services.search.arrays.strings import pack_buckets, pack_lines, pack_strings
from services.search.text.joined import joins_words, reversed_stem
from services.search.text.stemming import is_code_word, stems
from services.search.text.terms import SEPARATOR, other_keys, surface_in

U32 = npt.NDArray[np.uint32]
#: Terms decoded at a time: the strings of half a million, which a merge has, take 30 MB.
_DECODED: Final = 1 << 14
_SEPARATOR: Final = SEPARATOR.encode()


class StemGroup(NamedTuple):
    """The terms of one stem of prose, sorted, or one word of code.

    ``stem`` is the stem in English, the key in other languages (see ``text.terms``), or the word of code itself.
    """

    stem: bytes
    is_code: bool
    terms: list[bytes]


def stem_groups_of(vocabulary: Iterable[bytes]) -> list[StemGroup]:
    """Group the terms of ``vocabulary`` by stem; a word of code is a group of its own."""
    prose: dict[bytes, StemGroup] = {}
    code: dict[bytes, StemGroup] = {}
    keyed, terms = _split(sorted(vocabulary))
    for term in keyed:
        _add(prose, StemGroup(term[term.index(_SEPARATOR) :], is_code=False, terms=[term]))
    for own in _pieces(terms):
        surfaces = [term.decode("utf-8") for term in own]
        for term, surface, stem in zip(own, surfaces, stems(surfaces), strict=True):
            is_code = is_code_word(surface)
            # Most terms are their own stem, as is each word of code: both share the bytes.
            _add(code if is_code else prose, StemGroup(term if stem == surface else stem.encode(), is_code, [term]))
    return sorted([*prose.values(), *code.values()])


def _add(found: dict[bytes, StemGroup], new: StemGroup) -> None:
    """Add ``new`` to the groups ``found``, or its terms to the group of its stem."""
    group = found.setdefault(new.stem, new)
    if group is not new:
        group.terms.extend(new.terms)


def _pieces(terms: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (terms[first : first + _DECODED] for first in range(0, len(terms), _DECODED))


def _split(terms: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Split terms into those with a key and the others."""
    keyed = [term for term in terms if _SEPARATOR in term]
    return keyed, [term for term in terms if _SEPARATOR not in term] if keyed else terms


def signature(surface: str) -> int:
    """One bit per letter of ``surface`` (rare letters share bits): one edit changes at most two bits."""
    bits = 0
    for letter in surface:
        bits |= 1 << (ord(letter) & 31)
    return bits


def signatures(surfaces: Sequence[str]) -> U32:
    """The ``signature`` of each of many surfaces, none of them empty."""
    if not surfaces:
        return np.zeros(0, dtype=np.uint32)
    letters = np.frombuffer("".join(surfaces).encode("utf-32-le"), dtype=np.uint32)
    bits = np.uint32(1) << (letters & np.uint32(31))
    return np.bitwise_or.reduceat(bits, starts_of(map(len, surfaces))[:-1])


def term_arrays(stem_groups: Sequence[StemGroup]) -> dict[str, Array]:
    """The arrays about terms and their stem groups."""
    terms = [term for stem_group in stem_groups for term in stem_group.terms]
    term_signatures, term_characters = _letters(terms)
    sizes = np.fromiter((len(stem_group.terms) for stem_group in stem_groups), dtype=np.int64, count=len(stem_groups))
    of_prose = np.fromiter((not stem_group.is_code for stem_group in stem_groups), dtype=bool, count=len(stem_groups))
    term_text, term_offsets = pack_strings(terms)
    keyed = list(takewhile(lambda stem_group: stem_group.stem.startswith(_SEPARATOR), stem_groups))
    further = _further_keys(keyed)
    stems = [*(stem_group.stem for stem_group in stem_groups if not stem_group.is_code), *further]
    stem_text, stem_offsets = pack_strings(stems)
    term_starts, term_numbers = pack_buckets(terms)
    stem_starts, stem_numbers = pack_buckets(stems)
    return {
        "term_text": term_text,
        "term_offsets": term_offsets,
        "term_order": np.array(sorted(range(len(terms)), key=terms.__getitem__), dtype=np.uint32),
        "term_stem_groups": np.repeat(np.arange(len(stem_groups)), sizes).astype(np.uint32),
        "term_signatures": term_signatures,
        "term_characters": term_characters,
        "plain_terms": np.flatnonzero(np.repeat(of_prose, sizes)).astype(np.uint32),
        "term_bucket_starts": term_starts,
        "term_bucket_numbers": term_numbers,
        "stem_group_terms": starts_of(sizes.tolist()),
        "stem_text": stem_text,
        "stem_offsets": stem_offsets,
        "stem_groups": np.concatenate((np.flatnonzero(of_prose), list(further.values()))).astype(np.uint32),
        "stem_bucket_starts": stem_starts,
        "stem_bucket_numbers": stem_numbers,
        **_language_arrays(keyed),
    }


def _letters(terms: Sequence[bytes]) -> tuple[Array, Array]:
    """The signature of each term, and its length in characters (at most 255)."""
    found, characters = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.uint8)]
    for own in _pieces(terms):
        surfaces = [surface_in(term.decode("utf-8")) for term in own]
        found.append(signatures(surfaces))
        characters.append(np.fromiter((min(len(s), 255) for s in surfaces), dtype=np.uint8, count=len(surfaces)))
    return np.concatenate(found), np.concatenate(characters)


def _further_keys(keyed: Sequence[StemGroup]) -> dict[bytes, int]:
    """Keys of words typed without accents → their group in ``keyed``, except keys of another group."""
    own = {stem_group.stem for stem_group in keyed}
    found: dict[bytes, int] = {}
    for number, stem_group in enumerate(keyed):
        surfaces = [surface_in(term.decode("utf-8")) for term in stem_group.terms]
        for key in other_keys(stem_group.stem.decode("utf-8"), surfaces):
            if key.encode() not in own:
                found.setdefault(key.encode(), number)
    return found


def _language_arrays(keyed: Sequence[StemGroup]) -> dict[str, Array]:
    """The languages other than English and their stem groups; ``keyed`` has all stem groups, in order."""
    codes = [stem_group.stem.split(_SEPARATOR, 2)[1] for stem_group in keyed]
    distinct = list(dict.fromkeys(codes))
    return {
        "language_codes": pack_lines(code.decode() for code in distinct),
        "language_stem_groups": np.array([*map(codes.index, distinct), len(keyed)], dtype=np.uint32),
        "joined_stem_groups": np.array(_by_ending(keyed, codes), dtype=np.uint32),
    }


def _by_ending(keyed: Sequence[StemGroup], codes: Sequence[bytes]) -> list[int]:
    """The stem groups of languages that join words, by language, then by their stem read backwards."""
    joining = {code for code in set(codes) if joins_words(code.decode())}
    numbers = [number for number, code in enumerate(codes) if code in joining]
    return sorted(numbers, key=lambda number: (codes[number], reversed_stem(keyed[number].stem.decode("utf-8"))))
