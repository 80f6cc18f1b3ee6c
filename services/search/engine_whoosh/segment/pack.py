"""In-memory segments → the arrays of one segment, sorted by stem group: the layout that a query reads.

A *stem group* is what a word of a query stands for: the words of prose that share a stem in one language, or one word
of code. The terms of a stem group are neighbours, and so are its postings: a word of a query reads one run of them,
whatever its inflections.

Numbers that combine two:

    position      ``document << 32 | position in the document``
    doc field     ``document << 3 | field``
    term field    ``rank of the term in its stem group << 3 | field``

A *posting* says how often a term is in a field of a document; an *occurrence* is one position of it.

Arrays (D documents, T terms, G stem groups, P postings, K occurrences, S sections):

    term_text, term_offsets  T     as UTF-8 (see ``text.terms``), by stem group, then sorted
    term_order               T     the numbers of the terms in sorted order
    term_stem_groups         T     the stem group of each
    term_signatures          T     which letters it has, one bit each: a filter for typos
    term_characters          T     its length
    term_documents           T     its document frequency
    plain_terms                    the numbers of the words of prose
    stem_group_terms         G + 1 where its terms begin
    stem_group_postings      G + 1 where its postings begin
    stem_group_occurrences   G + 1 where its occurrences begin
    stem_group_headings      G + 1 where its heading_sections begin: the sections whose heading has it, ascending
    stem_group_titles        G + 1 where its title_documents begin: those whose title has it, ascending
    stem_group_is_mixed      G     whether it has several terms and is in code: of inflections, prose alone counts
    stem_text, stem_offsets        the stems of the stem groups of prose, in their order, then further keys of those in
                                   other languages than English; stem_groups their numbers
    language_codes                 a line for each language but English: its code
    language_stem_groups           where the stem groups of each begin, and the last end: they come first
    joined_stem_groups             those of languages that write compounds as one word, by language, then by the
                                   letters of their stem from the last one on
    …_bucket_starts, …_bucket_numbers   to find a term or a stem
    posting_doc_fields       P     ascending within a stem group; one posting for each of its terms and doc field
    posting_counts           P     the term frequency
    posting_term_fields      P     which term in which field
    document_postings        P     the numbers of the postings by document, ascending within one
    doc_postings             D + 1 where those of a document begin
    occurrence_positions     K     ascending within a stem group
    occurrence_term_fields   K     which term in which field
    occurrence_starts        K     the first byte of its text
    occurrence_widths        K     the length of its text in bytes
    doc_slugs, doc_digests         a line of UTF-8 for each document: what opening a generation and a change need of all
    doc_stored, doc_text           as UTF-8 with offsets; doc_lengths  D times fields
    block_starts, block_is_code    the runs of all texts: the byte of the mark that leads each, and where the last ends
    doc_sections             D + 1 where the sections of a document begin; section_positions, _bodies, _starts  S
    attribute_…                    filters, facets and orders, see ``columns``
    exact_keys, exact_docs, exact_kinds   hashes of titles, slugs, headings and tags, sorted
    suggest_…                      completions, see ``phrases``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.engine_whoosh.segment.document_arrays import document_arrays, starts_of
from services.search.engine_whoosh.segment.memory_segment import DocumentRecord, MemorySegment
from services.search.engine_whoosh.store.array_file import Array
from services.search.engine_whoosh.store.strings import pack_buckets, pack_lines, pack_strings
from services.search.text.joined import backwards, joins_words
from services.search.text.terms import SIGN, other_keys, surface_in
from services.search.text.tokens import is_code_word, stems

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
N = TypeVar("N", bound=np.generic)

#: A position is ``document << POSITION_SHIFT | position in the document``.
POSITION_SHIFT = 32
_SIGN: Final = SIGN.encode()


#: From the records of documents to the arrays about them.
AboutDocuments = Callable[[Sequence[DocumentRecord]], dict[str, Array]]


def pack(memory_segments: list[MemorySegment], about_documents: AboutDocuments = document_arrays) -> dict[str, Array]:
    """The arrays of one segment with all documents of ``memory_segments``, in order.

    ``about_documents`` makes the arrays about documents. ``memory_segments`` is emptied as it is read: a segment in
    memory is as large as its arrays.
    """
    stem_groups = stem_groups_of({term for memory_segment in memory_segments for term in _used(memory_segment)})
    records = [record for memory_segment in memory_segments for record in memory_segment.records]
    arrays = term_arrays(stem_groups)
    arrays.update(_postings_and_occurrences(memory_segments, stem_groups, arrays))
    arrays["stem_group_is_mixed"] = is_mixed(arrays)
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
    """Whether each stem group has several terms and is in code."""
    stem_groups = len(arrays["stem_group_terms"]) - 1
    of = np.repeat(np.arange(stem_groups), np.diff(arrays["stem_group_postings"]))
    several = np.bincount(of, arrays["posting_term_fields"] >> schema.FIELD_BITS > 0, stem_groups) > 0
    in_code = np.bincount(of, arrays["posting_term_fields"] & (schema.MAX_FIELDS - 1) == schema.CODE, stem_groups) > 0
    mixed: Array = several & in_code
    return mixed


def _used(memory_segment: MemorySegment) -> list[bytes]:
    """The terms of ``memory_segment`` that occur: those of documents that were all deleted do not."""
    used = np.flatnonzero(np.bincount(memory_segment.terms, minlength=len(memory_segment.vocabulary)))
    return [memory_segment.vocabulary[number] for number in used.tolist()]


@dataclass(frozen=True, slots=True)
class StemGroup:
    """The terms (sorted) of one stem of prose, or one word of code.

    ``stem`` is the key of its terms where these have one (see ``text.terms``).
    """

    stem: bytes
    is_code: bool
    terms: list[bytes]


def stem_groups_of(vocabulary: Iterable[bytes]) -> list[StemGroup]:
    """The stem groups of all terms in ``vocabulary``, by stem; a word of code is a group of its own."""
    found: dict[tuple[bytes, bool], list[bytes]] = {}
    keyed, terms = _split(sorted(vocabulary))
    for term in keyed:
        found.setdefault((term[term.index(_SIGN) :], False), []).append(term)
    surfaces = [term.decode("utf-8") for term in terms]
    # The stem of a word of code is itself.
    for term, surface, stem in zip(terms, surfaces, stems(surfaces), strict=True):
        found.setdefault((stem.encode(), is_code_word(surface)), []).append(term)
    return [StemGroup(*key, found[key]) for key in sorted(found)]


def _split(terms: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The terms that have a key, and the others."""
    keyed = [term for term in terms if _SIGN in term]
    return keyed, [term for term in terms if _SIGN not in term] if keyed else terms


def _postings_and_occurrences(
    memory_segments: list[MemorySegment], stem_groups: Sequence[StemGroup], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    """The arrays of postings and occurrences.

    Numbers stay as narrow as they can, and are freed as soon as they can be: at ten million occurrences a column takes
    40 MB, and 80 MB where it is wide.
    """
    terms, doc_fields, positions, starts, widths = _columns(memory_segments, stem_groups)
    stem_group: U32 = arrays["term_stem_groups"][terms]
    terms -= arrays["stem_group_terms"][stem_group]  # from here on, ranks
    # A stem group of more than 32 words has not been seen.
    term_field_type = np.uint8 if terms.max(initial=0) < 1 << (8 - schema.FIELD_BITS) else np.uint16
    term_fields = (terms << schema.FIELD_BITS | doc_fields & (schema.MAX_FIELDS - 1)).astype(term_field_type)
    del terms
    postings = _postings(stem_group, doc_fields, term_fields, len(stem_groups))
    order, stem_group_starts = order_by(stem_group, len(stem_groups))
    positions_of_all = (doc_fields[order] >> schema.FIELD_BITS).astype(np.int64)
    del doc_fields
    positions_of_all <<= POSITION_SHIFT
    positions_of_all |= positions[order]
    del positions
    return {
        "stem_group_occurrences": stem_group_starts,
        "occurrence_positions": positions_of_all,
        "occurrence_term_fields": term_fields[order],
        "occurrence_starts": starts[order],
        "occurrence_widths": widths[order],
        **postings,
    }


def order_by(stem_group: Array, stem_groups: int) -> tuple[I64, U32]:
    """``(numbers of the occurrences by stem group, where each group begins)``: within a group the order stays."""
    # Sorting stem group and number as one number is several times faster than a stable sort that gives numbers.
    order = stem_group.astype(np.int64)
    order <<= 32
    order |= np.arange(len(stem_group))
    order.sort()
    order &= 0xFFFFFFFF
    return order, starts_of(np.bincount(stem_group, minlength=stem_groups))


def _columns(memory_segments: list[MemorySegment], stem_groups: Sequence[StemGroup]) -> tuple[U32, U32, U32, U32, U8]:
    """The occurrences in all of ``memory_segments``, which it empties.

    Columns: number of the term, doc field, position in the document, first byte, bytes.
    """
    numbers = {
        term: number for number, term in enumerate(chain.from_iterable(stem_group.terms for stem_group in stem_groups))
    }
    nothing = np.zeros(0, dtype=np.uint32)
    terms, doc_fields, positions, starts = [nothing], [nothing], [nothing], [nothing]
    widths = [np.zeros(0, dtype=np.uint8)]
    base = 0
    memory_segments.reverse()
    while memory_segments:
        memory_segment = memory_segments.pop()
        # A term that does not occur has no number, and is not asked for.
        own = np.fromiter(
            (numbers.get(term, 0) for term in memory_segment.vocabulary), np.uint32, len(memory_segment.vocabulary)
        )
        terms.append(own[memory_segment.terms])
        doc_fields.append(memory_segment.doc_fields + np.uint32(base << schema.FIELD_BITS))
        positions.append(memory_segment.positions)
        starts.append(memory_segment.starts)
        widths.append(memory_segment.widths)
        base += len(memory_segment.records)
        del memory_segment
    return _joined(terms), _joined(doc_fields), _joined(positions), _joined(starts), _joined(widths)


def _joined(pieces: list[npt.NDArray[N]]) -> npt.NDArray[N]:
    """One array of ``pieces``, which it empties."""
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole


def _postings(stem_group: U32, doc_fields: U32, term_fields: Array, stem_groups: int) -> dict[str, Array]:
    """The distinct (stem group, doc field, rank), in that order, and how often each occurs."""
    ranks = term_fields >> schema.FIELD_BITS
    all_doc_fields, all_ranks = int(doc_fields.max(initial=0)) + 1, int(ranks.max(initial=0)) + 1
    key = stem_group.astype(np.int64)
    key *= all_doc_fields
    key += doc_fields
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
    of, doc_field = np.divmod(of, all_doc_fields)
    field = doc_field & (schema.MAX_FIELDS - 1)
    return {
        "stem_group_postings": np.searchsorted(of, np.arange(stem_groups + 1)).astype(np.uint32),
        "posting_doc_fields": doc_field.astype(np.uint32),
        "posting_counts": counts,
        "posting_term_fields": (rank << schema.FIELD_BITS | field).astype(term_fields.dtype),
    }


def _by_document(arrays: Mapping[str, Array], documents: int) -> dict[str, Array]:
    """The way from a document to its terms, and the document frequency of each term: what related articles need."""
    document = arrays["posting_doc_fields"] >> schema.FIELD_BITS
    order, starts = order_by(document, documents)
    stem_groups = np.repeat(np.arange(len(arrays["stem_group_terms"]) - 1), np.diff(arrays["stem_group_postings"]))
    pairs = (arrays["stem_group_terms"][stem_groups] + (arrays["posting_term_fields"] >> schema.FIELD_BITS)).astype(
        np.int64
    )
    del stem_groups
    pairs *= max(documents, 1)
    pairs += document
    pairs.sort()  # a term stands in several fields of one document
    is_first = np.ones(len(pairs), dtype=bool)
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:])
    terms = pairs[is_first] // max(documents, 1)
    return {
        "document_postings": order.astype(np.uint32),
        "doc_postings": starts,
        "term_documents": np.bincount(terms, minlength=len(arrays["term_order"])).astype(np.uint32),
    }


def _headings(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """For each stem group the sections in whose heading it stands, ascending."""
    stem_groups, positions = _occurrences_in(arrays, schema.HEADINGS)
    sections = section_keys(arrays).searchsorted(positions, side="right") - 1
    starts, numbers = distinct_by_stem_group(_groups(arrays), stem_groups, sections)
    return {"stem_group_headings": starts, "heading_sections": numbers}


def _titles(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """For each stem group the documents in whose title it stands, ascending."""
    stem_groups, positions = _occurrences_in(arrays, schema.TITLE)
    starts, documents = distinct_by_stem_group(_groups(arrays), stem_groups, positions >> POSITION_SHIFT)
    return {"stem_group_titles": starts, "title_documents": documents}


def _occurrences_in(arrays: Mapping[str, Array], field: int) -> tuple[I64, I64]:
    """``(stem_groups, positions)`` of all occurrences in one field."""
    inside = np.flatnonzero(arrays["occurrence_term_fields"] & (schema.MAX_FIELDS - 1) == field)
    stem_groups = np.searchsorted(arrays["stem_group_occurrences"], inside, side="right") - 1
    return stem_groups, arrays["occurrence_positions"][inside]


def _groups(arrays: Mapping[str, Array]) -> int:
    return len(arrays["stem_group_terms"]) - 1


def distinct_by_stem_group(groups: int, stem_groups: I64, numbers: I64) -> tuple[U32, U32]:
    """Where the distinct ``numbers`` of each of ``groups`` begin, and these, ascending within a stem group."""
    width = int(numbers.max(initial=0)) + 1
    stem_groups, numbers = np.divmod(np.unique(stem_groups * width + numbers), width)
    borders = np.arange(groups + 1)
    return np.searchsorted(stem_groups, borders).astype(np.uint32), numbers.astype(np.uint32)


def section_keys(arrays: Mapping[str, Array]) -> I64:
    """The place where each section begins, ascending."""
    first = arrays["doc_sections"].astype(np.int64)
    counts = first[1:] - first[:-1]
    documents = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    keys: I64 = documents << POSITION_SHIFT | arrays["section_positions"].astype(np.int64)
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


def term_arrays(stem_groups: Sequence[StemGroup]) -> dict[str, Array]:
    """The arrays about terms and their stem groups."""
    terms = [term for stem_group in stem_groups for term in stem_group.terms]
    surfaces = [surface_in(term.decode("utf-8")) for term in terms]
    sizes = np.fromiter((len(stem_group.terms) for stem_group in stem_groups), dtype=np.int64, count=len(stem_groups))
    of_prose = np.fromiter((not stem_group.is_code for stem_group in stem_groups), dtype=bool, count=len(stem_groups))
    term_text, term_offsets = pack_strings(terms)
    keyed = list(takewhile(lambda stem_group: stem_group.stem.startswith(_SIGN), stem_groups))
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
        "term_signatures": _signatures(surfaces),
        "term_characters": np.fromiter((min(len(s), 255) for s in surfaces), dtype=np.uint8, count=len(surfaces)),
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


def _further_keys(keyed: Sequence[StemGroup]) -> dict[bytes, int]:
    """Keys under which ``keyed`` groups are found by who types no accents, unless they are the key of another group."""
    own = {stem_group.stem for stem_group in keyed}
    found: dict[bytes, int] = {}
    for number, stem_group in enumerate(keyed):
        surfaces = [surface_in(term.decode("utf-8")) for term in stem_group.terms]
        for key in other_keys(stem_group.stem.decode("utf-8"), surfaces):
            if key.encode() not in own:
                found.setdefault(key.encode(), number)
    return found


def _language_arrays(keyed: Sequence[StemGroup]) -> dict[str, Array]:
    """The languages beside English, and their stem groups: ``keyed`` are all of them, in order."""
    codes = [stem_group.stem.split(_SIGN, 2)[1] for stem_group in keyed]
    distinct = list(dict.fromkeys(codes))
    return {
        "language_codes": pack_lines(code.decode() for code in distinct),
        "language_stem_groups": np.array([*map(codes.index, distinct), len(keyed)], dtype=np.uint32),
        "joined_stem_groups": np.array(_by_ending(keyed, codes), dtype=np.uint32),
    }


def _by_ending(keyed: Sequence[StemGroup], codes: Sequence[bytes]) -> list[int]:
    joining = {code for code in set(codes) if joins_words(code.decode())}
    numbers = [number for number, code in enumerate(codes) if code in joining]
    return sorted(numbers, key=lambda number: (codes[number], backwards(keyed[number].stem.decode("utf-8"))))
