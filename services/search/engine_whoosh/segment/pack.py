"""Flats → the arrays of one segment. Everything a query reads is laid out here, once, sorted by family.

A *family* is what a word of a query stands for: the words of prose that share a stem, or one word of code. The terms of
a family are neighbours, and so are its postings: a word of a query reads one run of them, whatever its inflections.
A *place* is a document and a position in it as one number, ``document << 32 | position``. A *kind* is a term's place in
its family and a field, ``rank << 3 | field``; a *slot* is a document and a field, ``document << 3 | field``.

Arrays (D documents, T terms, F families, E entries, K occurrences, S sections):

    term_text, term_offsets        T terms as UTF-8, by family, then sorted; term_order their numbers in sorted order
    term_families         T        the family of each
    term_signatures       T        which letters it has, one bit each: a filter for typos
    term_characters       T        its length
    plain_terms                    the numbers of the words of prose
    family_terms, family_entries, family_occurrences   F + 1   where its terms, entries and occurrences begin
    family_headings       F + 1    where its heading_sections begin: the sections whose heading has it, ascending
    family_titles         F + 1    where its title_documents begin: those whose title has it, ascending
    family_is_mixed       F        whether it has several terms and is in code: of inflections, prose alone counts
    stem_text, stem_offsets        the stems of the families of prose, in their order; stem_families their numbers
    …_bucket_starts, …_bucket_numbers   to find a term or a stem
    entry_slots           E        ascending within a family; one entry for each term of it and each slot
    entry_counts, entry_kinds   E  the term frequency, and which term in which field
    document_entries      E        the numbers of the entries by document, ascending within one
    doc_entries           D + 1    where those of a document begin
    term_documents        T        in how many documents a term is
    occurrence_places     K        ascending within a family
    occurrence_kinds, _starts, _widths   K   first byte of its text, length in bytes
    doc_slugs, doc_digests         a line of UTF-8 for each document: what opening a generation and a change ask of all
    doc_stored, doc_text           as UTF-8 with offsets; doc_lengths  D times fields
    block_starts, block_is_code    the runs of all texts: the byte of the mark that leads each, and where the last ends
    doc_sections          D + 1    where a document's sections begin; section_positions, _bodies, _starts  S
    attribute_…                    filters, facets and orders, see ``columns``
    exact_keys, exact_docs, exact_kinds   hashes of titles, slugs, headings and tags, sorted
    suggest_…                      completions, see ``phrases``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.engine_whoosh.segment.document_arrays import document_arrays, starts_of
from services.search.engine_whoosh.segment.flat import DocumentRecord, Flat
from services.search.engine_whoosh.store.array_file import Array
from services.search.engine_whoosh.store.strings import pack_buckets, pack_strings
from services.search.text.tokens import is_code_word, stems

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
N = TypeVar("N", bound=np.generic)

#: A place is ``document << PLACE_SHIFT | position``.
PLACE_SHIFT = 32


#: From the records of documents to the arrays about them.
AboutDocuments = Callable[[Sequence[DocumentRecord]], dict[str, Array]]


def pack(flats: list[Flat], about_documents: AboutDocuments = document_arrays) -> dict[str, Array]:
    """The arrays of one segment with all documents of ``flats``, in order; ``about_documents`` makes those of records.

    It empties ``flats``: what they hold is not needed beside the arrays that are made of it, and is as large.
    """
    families = families_of({term for flat in flats for term in _used(flat)})
    records = [record for flat in flats for record in flat.records]
    arrays = term_arrays(families)
    arrays.update(_postings(flats, families, arrays))
    arrays["family_is_mixed"] = is_mixed(arrays)
    return complete(arrays, records, about_documents)


def complete(
    arrays: dict[str, Array], records: Sequence[DocumentRecord], about_documents: AboutDocuments = document_arrays
) -> dict[str, Array]:
    """``arrays`` of terms and postings with those that follow from them, and those of ``records``."""
    arrays.update(_by_document(arrays, len(records)))
    arrays.update(about_documents(records))
    arrays.update(_headings(arrays))
    arrays.update(_titles(arrays))
    return arrays


def is_mixed(arrays: Mapping[str, Array]) -> Array:
    """Whether each family has several terms and is in code."""
    families = len(arrays["family_terms"]) - 1
    of = np.repeat(np.arange(families), np.diff(arrays["family_entries"]))
    several = np.bincount(of, arrays["entry_kinds"] >> schema.FIELD_BITS > 0, families) > 0
    in_code = np.bincount(of, arrays["entry_kinds"] & (schema.FIELD_SLOTS - 1) == schema.CODE, families) > 0
    mixed: Array = several & in_code
    return mixed


def _used(flat: Flat) -> list[bytes]:
    """The terms of ``flat`` that occur: those of documents that were all deleted do not."""
    used = np.flatnonzero(np.bincount(flat.terms, minlength=len(flat.vocabulary)))
    return [flat.vocabulary[number] for number in used.tolist()]


@dataclass(frozen=True, slots=True)
class Family:
    """The terms (sorted) of one stem of prose, or one word of code."""

    stem: bytes
    is_code: bool
    terms: list[bytes]


def families_of(vocabulary: Iterable[bytes]) -> list[Family]:
    found: dict[tuple[bytes, bool], list[bytes]] = {}
    terms = sorted(vocabulary)
    surfaces = [term.decode("utf-8") for term in terms]
    # The stem of a word of code is itself.
    for term, surface, stem in zip(terms, surfaces, stems(surfaces), strict=True):
        found.setdefault((stem.encode(), is_code_word(surface)), []).append(term)
    return [Family(*key, found[key]) for key in sorted(found)]


def _postings(flats: list[Flat], families: Sequence[Family], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Numbers stay as narrow as they can, and go as soon as they can: at ten million occurrences a column takes 40 MB,
    and 80 MB where it is wide."""
    terms, slots, positions, starts, widths = _columns(flats, families)
    family: U32 = arrays["term_families"][terms]
    terms -= arrays["family_terms"][family]  # from here on, ranks
    # A family of more than 32 words has not been seen.
    kind_type = np.uint8 if terms.max(initial=0) < 1 << (8 - schema.FIELD_BITS) else np.uint16
    kinds = (terms << schema.FIELD_BITS | slots & (schema.FIELD_SLOTS - 1)).astype(kind_type)
    del terms
    entries = _entries(family, slots, kinds, len(families))
    order, family_starts = _by_family(family, len(families))
    places = (slots[order] >> schema.FIELD_BITS).astype(np.int64)
    del slots
    places <<= PLACE_SHIFT
    places |= positions[order]
    del positions
    return {
        "family_occurrences": family_starts,
        "occurrence_places": places,
        "occurrence_kinds": kinds[order],
        "occurrence_starts": starts[order],
        "occurrence_widths": widths[order],
        **entries,
    }


def _by_family(family: Array, families: int) -> tuple[I64, U32]:
    """``(numbers of the occurrences by family, where each family's begin)``: within a family the order stays."""
    # Sorting family and number as one number is several times faster than a stable sort that gives numbers.
    order = family.astype(np.int64)
    order <<= 32
    order |= np.arange(len(family))
    order.sort()
    order &= 0xFFFFFFFF
    return order, starts_of(np.bincount(family, minlength=families))


def _columns(flats: list[Flat], families: Sequence[Family]) -> tuple[U32, U32, U32, U32, U8]:
    """The occurrences of all flats, by place: number of the term, slot, position, first byte, bytes. It empties
    ``flats``.
    """
    numbers = {term: number for number, term in enumerate(chain.from_iterable(family.terms for family in families))}
    nothing = np.zeros(0, dtype=np.uint32)
    terms, slots, positions, starts = [nothing], [nothing], [nothing], [nothing]
    widths = [np.zeros(0, dtype=np.uint8)]
    base = 0
    flats.reverse()
    while flats:
        flat = flats.pop()
        # A term that does not occur has no number, and is not asked for.
        own = np.fromiter((numbers.get(term, 0) for term in flat.vocabulary), np.uint32, len(flat.vocabulary))
        terms.append(own[flat.terms])
        slots.append(flat.slots + np.uint32(base << schema.FIELD_BITS))
        positions.append(flat.positions)
        starts.append(flat.starts)
        widths.append(flat.widths)
        base += len(flat.records)
        del flat
    return _joined(terms), _joined(slots), _joined(positions), _joined(starts), _joined(widths)


def _joined(pieces: list[npt.NDArray[N]]) -> npt.NDArray[N]:
    """One array of ``pieces``, which are let go."""
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole


def _entries(family: U32, slots: U32, kinds: Array, families: int) -> dict[str, Array]:
    """The distinct (family, slot, rank), in that order, and how often each occurs."""
    ranks = kinds >> schema.FIELD_BITS
    all_slots, all_ranks = int(slots.max(initial=0)) + 1, int(ranks.max(initial=0)) + 1
    key = family.astype(np.int64)
    key *= all_slots
    key += slots
    key *= all_ranks
    key += ranks
    key.sort()
    is_first = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=is_first[1:])
    found = key[is_first]
    size = len(key)
    del key
    counts = np.diff(np.flatnonzero(is_first), append=size).astype(np.uint32)
    of, rank = np.divmod(found, all_ranks)
    del found
    of, slot = np.divmod(of, all_slots)
    field = slot & (schema.FIELD_SLOTS - 1)
    return {
        "family_entries": np.searchsorted(of, np.arange(families + 1)).astype(np.uint32),
        "entry_slots": slot.astype(np.uint32),
        "entry_counts": counts,
        "entry_kinds": (rank << schema.FIELD_BITS | field).astype(kinds.dtype),
    }


def _by_document(arrays: Mapping[str, Array], documents: int) -> dict[str, Array]:
    """The way from a document to its terms, and the document frequency of each term: what related articles need."""
    document = arrays["entry_slots"] >> schema.FIELD_BITS
    order, starts = _by_family(document, documents)
    families = np.repeat(np.arange(len(arrays["family_terms"]) - 1), np.diff(arrays["family_entries"]))
    pairs = (arrays["family_terms"][families] + (arrays["entry_kinds"] >> schema.FIELD_BITS)).astype(np.int64)
    del families
    pairs *= max(documents, 1)
    pairs += document
    pairs.sort()  # a term stands in several fields of one document
    is_first = np.ones(len(pairs), dtype=bool)
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:])
    terms = pairs[is_first] // max(documents, 1)
    return {
        "document_entries": order.astype(np.uint32),
        "doc_entries": starts,
        "term_documents": np.bincount(terms, minlength=len(arrays["term_order"])).astype(np.uint32),
    }


def _headings(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """For each family the sections in whose heading it stands, ascending."""
    families, places = _occurrences_in(arrays, schema.HEADINGS)
    sections = section_keys(arrays).searchsorted(places, side="right") - 1
    starts, numbers = _distinct_by_family(arrays, families, sections)
    return {"family_headings": starts, "heading_sections": numbers}


def _titles(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """For each family the documents in whose title it stands, ascending."""
    families, places = _occurrences_in(arrays, schema.TITLE)
    starts, documents = _distinct_by_family(arrays, families, places >> PLACE_SHIFT)
    return {"family_titles": starts, "title_documents": documents}


def _occurrences_in(arrays: Mapping[str, Array], field: int) -> tuple[I64, I64]:
    """``(families, places)`` of all occurrences in one field."""
    inside = np.flatnonzero(arrays["occurrence_kinds"] & (schema.FIELD_SLOTS - 1) == field)
    families = np.searchsorted(arrays["family_occurrences"], inside, side="right") - 1
    return families, arrays["occurrence_places"][inside]


def _distinct_by_family(arrays: Mapping[str, Array], families: I64, numbers: I64) -> tuple[U32, U32]:
    """Where the distinct ``numbers`` of each family begin, and these, ascending within a family."""
    width = int(numbers.max(initial=0)) + 1
    families, numbers = np.divmod(np.unique(families * width + numbers), width)
    borders = np.arange(len(arrays["family_terms"]))
    return np.searchsorted(families, borders).astype(np.uint32), numbers.astype(np.uint32)


def section_keys(arrays: Mapping[str, Array]) -> I64:
    """The place where each section begins, ascending."""
    first = arrays["doc_sections"].astype(np.int64)
    counts = first[1:] - first[:-1]
    documents = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    keys: I64 = documents << PLACE_SHIFT | arrays["section_positions"].astype(np.int64)
    return keys


def signature(surface: str) -> int:
    """One bit per letter (others share bits) that ``surface`` has: one edit changes at most two of them."""
    bits = 0
    for letter in surface:
        bits |= 1 << (ord(letter) & 31)
    return bits


def _signatures(surfaces: Sequence[str]) -> U32:
    """``signature`` of each of many surfaces, none of them empty."""
    if not surfaces:
        return np.zeros(0, dtype=np.uint32)
    letters = np.frombuffer("".join(surfaces).encode("utf-32-le"), dtype=np.uint32)
    bits = np.uint32(1) << (letters & np.uint32(31))
    return np.bitwise_or.reduceat(bits, starts_of(map(len, surfaces))[:-1])


def term_arrays(families: Sequence[Family]) -> dict[str, Array]:
    terms = [term for family in families for term in family.terms]
    surfaces = [term.decode("utf-8") for term in terms]
    sizes = np.fromiter((len(family.terms) for family in families), dtype=np.int64, count=len(families))
    of_prose = np.fromiter((not family.is_code for family in families), dtype=bool, count=len(families))
    term_text, term_offsets = pack_strings(terms)
    stems = [family.stem for family in families if not family.is_code]
    stem_text, stem_offsets = pack_strings(stems)
    term_starts, term_numbers = pack_buckets(terms)
    stem_starts, stem_numbers = pack_buckets(stems)
    return {
        "term_text": term_text,
        "term_offsets": term_offsets,
        "term_order": np.array(sorted(range(len(terms)), key=terms.__getitem__), dtype=np.uint32),
        "term_families": np.repeat(np.arange(len(families)), sizes).astype(np.uint32),
        "term_signatures": _signatures(surfaces),
        "term_characters": np.fromiter((min(len(s), 255) for s in surfaces), dtype=np.uint8, count=len(surfaces)),
        "plain_terms": np.flatnonzero(np.repeat(of_prose, sizes)).astype(np.uint32),
        "term_bucket_starts": term_starts,
        "term_bucket_numbers": term_numbers,
        "family_terms": starts_of(sizes.tolist()),
        "stem_text": stem_text,
        "stem_offsets": stem_offsets,
        "stem_families": np.flatnonzero(of_prose).astype(np.uint32),
        "stem_bucket_starts": stem_starts,
        "stem_bucket_numbers": stem_numbers,
    }
