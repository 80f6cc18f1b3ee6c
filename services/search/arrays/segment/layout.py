"""The layout of a segment: the arrays that a query reads, sorted by stem group.

A *stem group* is the unit that a word of a query matches: the words of prose that share a stem in one language, or one
word of code. The terms of a stem group are adjacent, and so are its postings, so a word of a query reads one run of
postings whatever its inflections.

Numbers that pack two values:

    position      ``document << 32 | position in the document``
    doc field     ``document << 3 | field``
    term field    ``rank of the term in its stem group << 3 | field``

A *posting* is the frequency of a term in a field of a document; an *occurrence* is one position of it.

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

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from services.search.arrays.array_file import Array

I64 = npt.NDArray[np.int64]
#: A position is ``document << POSITION_SHIFT | position in the document``.
POSITION_SHIFT = 32


def section_keys(arrays: Mapping[str, Array]) -> I64:
    """The position at which each section begins, ascending."""
    first = arrays["doc_sections"].astype(np.int64)
    counts = first[1:] - first[:-1]
    documents = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    keys: I64 = documents << POSITION_SHIFT | arrays["section_positions"].astype(np.int64)
    return keys
