"""In-memory segment → the arrays of a segment. Their layout is in ``layout``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.ranges import is_new
from services.search.arrays.segment.derived import by_document, headings, is_mixed, order_by, titles
from services.search.arrays.segment.document_arrays import document_arrays
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.memory_segment import DocumentRecord, MemorySegment
from services.search.arrays.segment.stem_groups import U32, StemGroup, stem_groups_of, term_arrays

#: Makes the document arrays from records.
AboutDocuments = Callable[[Sequence[DocumentRecord]], dict[str, Array]]


def pack(memory_segment: MemorySegment, about_documents: AboutDocuments = document_arrays) -> dict[str, Array]:
    """Pack ``memory_segment`` into the arrays of a segment. ``about_documents`` makes those about documents."""
    stem_groups = stem_groups_of(_used_terms(memory_segment))
    arrays = term_arrays(stem_groups)
    arrays.update(_postings_and_occurrences(memory_segment, stem_groups, arrays))
    arrays["stem_group_is_mixed"] = is_mixed(arrays)
    arrays.update(by_document(arrays, len(memory_segment.records)))
    arrays.update(about_documents(memory_segment.records))
    arrays.update(headings(arrays))
    arrays.update(titles(arrays))
    return arrays


def _used_terms(memory_segment: MemorySegment) -> list[bytes]:
    """The terms of ``memory_segment`` that occur in it. Hits of a cluster may lack a word of the query."""
    used = np.flatnonzero(np.bincount(memory_segment.terms, minlength=len(memory_segment.vocabulary)))
    return [memory_segment.vocabulary[number] for number in used.tolist()]


def _postings_and_occurrences(
    memory_segment: MemorySegment, stem_groups: Sequence[StemGroup], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    """The arrays of postings and occurrences, given those of terms. Columns use the narrowest type."""
    doc_fields = memory_segment.doc_fields
    stem_group, term_fields = _term_fields(memory_segment, stem_groups, arrays)
    order, stem_group_starts = order_by(stem_group, len(stem_groups))
    positions = (doc_fields[order] >> schema.FIELD_BITS).astype(np.int64)
    positions <<= POSITION_SHIFT
    positions |= memory_segment.positions[order]
    return {
        "stem_group_occurrences": stem_group_starts,
        "occurrence_positions": positions,
        "occurrence_term_fields": term_fields[order],
        "occurrence_starts": memory_segment.starts[order],
        "occurrence_widths": memory_segment.widths[order],
        **_postings(stem_group, doc_fields, term_fields, len(stem_groups)),
    }


def _term_fields(
    memory_segment: MemorySegment, stem_groups: Sequence[StemGroup], arrays: Mapping[str, Array]
) -> tuple[U32, Array]:
    """The stem group and the term field of each occurrence."""
    ranks = _term_numbers(memory_segment, stem_groups)
    stem_group: U32 = arrays["term_stem_groups"][ranks]
    ranks -= arrays["stem_group_terms"][stem_group]
    # No stem group of more than 32 words has been seen.
    term_field_type = np.uint8 if ranks.max(initial=0) < 1 << (8 - schema.FIELD_BITS) else np.uint16
    fields = memory_segment.doc_fields & (schema.MAX_FIELDS - 1)
    return stem_group, (ranks << schema.FIELD_BITS | fields).astype(term_field_type)


def _term_numbers(memory_segment: MemorySegment, stem_groups: Sequence[StemGroup]) -> U32:
    """The number of the term of each occurrence, in order of ``stem_groups``."""
    numbers = {term: number for number, term in enumerate(chain.from_iterable(group.terms for group in stem_groups))}
    vocabulary = memory_segment.vocabulary
    # A term that does not occur has no number, and no row refers to it.
    own = np.fromiter((numbers.get(term, 0) for term in vocabulary), np.uint32, len(vocabulary))
    return own[memory_segment.terms]


def _postings(stem_group: U32, doc_fields: U32, term_fields: Array, stem_groups: int) -> dict[str, Array]:
    """The distinct (stem group, doc field, rank), in that order, and the frequency of each."""
    ranks = term_fields >> schema.FIELD_BITS
    all_doc_fields, all_ranks = int(doc_fields.max(initial=0)) + 1, int(ranks.max(initial=0)) + 1
    key = stem_group.astype(np.int64)
    key *= all_doc_fields
    key += doc_fields
    key *= all_ranks
    key += ranks
    key.sort()
    firsts = np.flatnonzero(is_new(key))
    counts = np.diff(firsts, append=len(key)).astype(np.uint32)
    of, rank = np.divmod(key[firsts], all_ranks)
    of, doc_field = np.divmod(of, all_doc_fields)
    field = doc_field & (schema.MAX_FIELDS - 1)
    return {
        "stem_group_postings": np.searchsorted(of, np.arange(stem_groups + 1)).astype(np.uint32),
        "posting_doc_fields": doc_field.astype(np.uint32),
        "posting_counts": counts,
        "posting_term_fields": (rank << schema.FIELD_BITS | field).astype(term_fields.dtype),
    }
