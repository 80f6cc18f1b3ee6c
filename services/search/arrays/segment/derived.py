"""The arrays of a segment that follow from its terms and postings. The layout is in ``layout``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.ranges import is_new, starts_of
from services.search.arrays.segment.layout import I64, POSITION_SHIFT, section_keys

U32 = npt.NDArray[np.uint32]


def is_mixed(arrays: Mapping[str, Array]) -> Array:
    """A mask of the stem groups that have several terms and occur in code."""
    stem_groups = len(arrays["stem_group_terms"]) - 1
    of = np.repeat(np.arange(stem_groups), np.diff(arrays["stem_group_postings"]))
    several = np.bincount(of, arrays["posting_term_fields"] >> schema.FIELD_BITS > 0, stem_groups) > 0
    in_code = np.bincount(of, arrays["posting_term_fields"] & (schema.MAX_FIELDS - 1) == schema.CODE, stem_groups) > 0
    mixed: Array = several & in_code
    return mixed


def order_by(stem_group: Array, stem_groups: int) -> tuple[I64, U32]:
    """``(order, starts)``: the stable order of rows by ``stem_group``, and the start of each group in it."""
    starts = starts_of(np.bincount(stem_group, minlength=stem_groups))
    if stem_groups <= 1 << 16:  # numpy sorts numbers of 16 bits by radix, in a sixth of the time
        return stem_group.astype(np.uint16, copy=False).argsort(kind="stable"), starts
    # Sorting stem group and index packed into one number is several times faster than a stable argsort.
    order = stem_group.astype(np.int64)
    order <<= 32
    order |= np.arange(len(stem_group))
    order.sort()
    order &= 0xFFFFFFFF
    return order, starts


def by_document(arrays: Mapping[str, Array], documents: int) -> dict[str, Array]:
    """The postings of each document, and the document frequency of each term: the input of related articles."""
    document = arrays["posting_doc_fields"] >> schema.FIELD_BITS
    order, starts = order_by(document, documents)
    stem_groups = np.repeat(np.arange(len(arrays["stem_group_terms"]) - 1), np.diff(arrays["stem_group_postings"]))
    pairs = (arrays["stem_group_terms"][stem_groups] + (arrays["posting_term_fields"] >> schema.FIELD_BITS)).astype(
        np.int64
    )
    del stem_groups
    pairs *= max(documents, 1)
    pairs += document
    pairs.sort()  # a document may have a term in several fields
    terms = pairs[is_new(pairs)] // max(documents, 1)
    return {
        "document_postings": order.astype(np.uint32),
        "doc_postings": starts,
        "term_documents": np.bincount(terms, minlength=len(arrays["term_order"])).astype(np.uint32),
    }


def headings(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """For each stem group, the sections whose heading contains it, ascending."""
    stem_groups, positions = _occurrences_in(arrays, schema.HEADINGS)
    sections = section_keys(arrays).searchsorted(positions, side="right") - 1
    starts, numbers = distinct_by_stem_group(_groups(arrays), stem_groups, sections)
    return {"stem_group_headings": starts, "heading_sections": numbers}


def titles(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """For each stem group, the documents whose title contains it, ascending."""
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
    """The start of the distinct ``numbers`` of each stem group, and these numbers, ascending within a group."""
    width = int(numbers.max(initial=0)) + 1
    stem_groups, numbers = np.divmod(np.unique(stem_groups * width + numbers), width)
    boundaries = np.arange(groups + 1)
    return np.searchsorted(stem_groups, boundaries).astype(np.uint32), numbers.astype(np.uint32)
