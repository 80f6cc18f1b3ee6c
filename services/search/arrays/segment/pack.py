"""In-memory segments → the arrays of one segment. Their layout is in ``layout``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.segment.derived import by_document, headings, is_mixed, order_by, titles
from services.search.arrays.segment.document_arrays import document_arrays
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.memory_segment import DocumentRecord, MemorySegment
from services.search.arrays.segment.stem_groups import U32, StemGroup, stem_groups_of, term_arrays

U8 = npt.NDArray[np.uint8]
N = TypeVar("N", bound=np.generic)
#: Makes the document arrays from records.
AboutDocuments = Callable[[Sequence[DocumentRecord]], dict[str, Array]]


def pack(memory_segments: list[MemorySegment], about_documents: AboutDocuments = document_arrays) -> dict[str, Array]:
    """Pack the documents of ``memory_segments``, in order, into the arrays of one segment.

    ``about_documents`` makes the document arrays. ``memory_segments`` is emptied while it is read: a segment in memory
    is as large as its arrays.
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
    """``arrays`` of terms and postings, those derived from them, and the arrays of ``records``."""
    arrays.update(by_document(arrays, len(records)))
    arrays.update(about_documents(records))
    arrays.update(headings(arrays))
    arrays.update(titles(arrays))
    return arrays


def _used(memory_segment: MemorySegment) -> list[bytes]:
    """The terms of ``memory_segment`` that occur. A term may be left over from deleted documents."""
    used = np.flatnonzero(np.bincount(memory_segment.terms, minlength=len(memory_segment.vocabulary)))
    return [memory_segment.vocabulary[number] for number in used.tolist()]


def _postings_and_occurrences(
    memory_segments: list[MemorySegment], stem_groups: Sequence[StemGroup], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    """The arrays of postings and occurrences.

    Columns use the narrowest type and are freed early: with ten million occurrences, a column takes 40 MB, or 80 MB if
    it is wide.
    """
    terms, doc_fields, positions, starts, widths = _columns(memory_segments, stem_groups)
    stem_group: U32 = arrays["term_stem_groups"][terms]
    terms -= arrays["stem_group_terms"][stem_group]  # ranks from here on
    # No stem group of more than 32 words has been seen.
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


def _columns(memory_segments: list[MemorySegment], stem_groups: Sequence[StemGroup]) -> tuple[U32, U32, U32, U32, U8]:
    """The occurrences of all ``memory_segments``; the list is emptied.

    Columns: term number, doc field, position in the document, first byte, width in bytes.
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
        # A term that does not occur has no number, and no row refers to it.
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
    """Concatenate ``pieces`` and empty the list."""
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole


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
