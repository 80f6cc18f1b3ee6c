"""The postings of one segment, as views of its arrays (see ``layout``)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.segment.layout import POSITION_SHIFT, section_keys
from services.search.arrays.strings import Lookup, OrderedStrings, PackedStrings, unpack_lines
from services.search.text.joined import reversed_stem
from services.search.text.terms import SEPARATOR

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_SEPARATOR = SEPARATOR.encode()


class StemGroups(NamedTuple):
    """The start of the terms, postings and so on of each stem group; the next group has the end.

    Memoryviews, because reading a single number from one takes a fifth of the time of an array.
    """

    terms: memoryview
    postings: memoryview
    occurrences: memoryview
    headings: memoryview
    titles: memoryview
    is_mixed: memoryview

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> StemGroups:
        """The columns of ``arrays`` that begin with ``stem_group_``."""
        return cls(*(memoryview(arrays[f"stem_group_{name}"].data) for name in cls._fields))


class PostingColumns(NamedTuple):
    """The columns of the postings: document and field, term frequency, and term and field."""

    doc_fields: Array
    counts: Array
    term_fields: Array

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> PostingColumns:
        """The columns of ``arrays`` that begin with ``posting_``."""
        return cls(*(arrays[f"posting_{name}"] for name in cls._fields))


class Blocks(NamedTuple):
    """The runs of all texts: the byte of the mark that begins each and, at the end, the size; and which are code."""

    starts: I64
    is_code: Bools


class Segment:
    """The postings of one segment (see ``layout``). ``base`` is the number of its first document in the generation."""

    def __init__(self, arrays: Mapping[str, Array], base: int, deleted: Sequence[int]) -> None:
        self.arrays = arrays
        self.base = base
        self.documents = len(arrays["doc_text_offsets"]) - 1
        self.deleted = np.array(sorted(deleted), dtype=np.int64)
        text, offsets = arrays["term_text"], arrays["term_offsets"]
        self.terms = PackedStrings(text, offsets)
        self.sorted_terms = OrderedStrings(text, offsets, arrays["term_order"])
        self._term_lookup = Lookup(self.terms, arrays["term_bucket_starts"], arrays["term_bucket_numbers"])
        #: Stems of other languages come first and have the numbers of their stem groups.
        self._stems = PackedStrings(arrays["stem_text"], arrays["stem_offsets"])
        self._stem_lookup = Lookup(self._stems, arrays["stem_bucket_starts"], arrays["stem_bucket_numbers"])
        self.stem_groups = StemGroups.of(arrays)
        self.term_stem_groups = memoryview(arrays["term_stem_groups"].data)
        self.postings = PostingColumns.of(arrays)
        self.positions: I64 = arrays["occurrence_positions"]
        self.term_fields: Array = arrays["occurrence_term_fields"]
        self.starts: Array = arrays["occurrence_starts"]
        self.widths: Array = arrays["occurrence_widths"]
        self._text = memoryview(arrays["doc_text"].data)
        #: The start of the text of each document, and the end of the last.
        self.text_starts: I64 = arrays["doc_text_offsets"].view(np.int64)
        self.blocks = Blocks(arrays["block_starts"], arrays["block_is_code"])
        self.doc_sections = memoryview(arrays["doc_sections"].data)
        self.exact_keys = memoryview(arrays["exact_keys"].data)
        self.stored = PackedStrings(arrays["doc_stored"], arrays["doc_stored_offsets"])
        #: The codes of the languages of its terms beside English.
        self.languages = tuple(unpack_lines(arrays["language_codes"]))
        #: Per doc field, the weight of one occurrence in a term's frequency; set by the generation, which knows the
        #: average lengths.
        self.norms: F64 = np.zeros(0)
        #: Filled by ``suggest`` on first use.
        self.suggestion_weights: F64 | None = None

    @cached_property
    def plain_terms(self) -> tuple[Array, Array, Array]:
        """``(numbers, letter signatures, lengths in characters)`` of the words of prose."""
        numbers = self.arrays["plain_terms"]
        signatures = self.arrays["term_signatures"][numbers]
        return numbers, signatures, self.arrays["term_characters"][numbers].astype(np.int16)

    @cached_property
    def document_frequencies(self) -> Array:
        """The number of live documents with each term."""
        counts: Array = self.arrays["term_documents"]
        if not len(self.deleted):
            return counts
        gone = np.concatenate([np.unique(self.terms_of_document(number)[1]) for number in self.deleted.tolist()])
        live: Array = counts - np.bincount(gone, minlength=len(counts)).astype(counts.dtype)
        return live

    def terms_of_document(self, document: int) -> tuple[Array, Array]:
        """The postings of one document, ascending, and the term of each."""
        first, last = self.arrays["doc_postings"][document : document + 2].tolist()
        postings = self.arrays["document_postings"][first:last]
        stem_groups = np.searchsorted(self.arrays["stem_group_postings"], postings, side="right") - 1
        return postings, self.arrays["stem_group_terms"][stem_groups] + (
            self.postings.term_fields[postings] >> schema.FIELD_BITS
        )

    def find_term(self, term: bytes) -> int:
        """The number of ``term``, or -1."""
        return self._term_lookup.find(term)

    def has_term(self, surface: bytes) -> bool:
        """Whether any term has ``surface``, in any language."""
        return self._term_lookup.find(surface) >= 0 or (bool(self.languages) and bool(self.terms_with(surface)))

    def terms_with(self, surface: bytes) -> list[int]:
        """The numbers of the terms with ``surface``: one at most, unless there are several languages."""
        number = self._term_lookup.find(surface)
        found = [number] if number >= 0 else []
        if self.languages:
            first, last = self.sorted_terms.prefix_range(surface + _SEPARATOR)
            found += self.arrays["term_order"][first:last].tolist()
        return found

    def keys_ending(self, code: str, ending: str) -> Iterator[str]:
        """The keys of ``code``, a language with compound words, whose stem ends with ``ending`` after other letters."""
        groups = self.arrays["joined_stem_groups"]
        wanted = (code, ending[::-1])
        for at in range(bisect_left(groups, wanted, key=self._backwards), len(groups)):
            own, letters = self._backwards(groups[at])
            if own != code or not letters.startswith(wanted[1]):
                break
            if letters != wanted[1]:
                yield self._stems[int(groups[at])].decode("utf-8")

    def _backwards(self, stem_group: np.uint32) -> tuple[str, str]:
        key = self._stems[int(stem_group)].decode("utf-8")
        return key.split(SEPARATOR, 2)[1], reversed_stem(key)

    def articles_in(self, language: int) -> int:
        """Estimate the documents in a language, given its number: those that contain its most common word."""
        first, last = self.arrays["language_stem_groups"][language : language + 2].tolist()
        terms = slice(self.stem_groups.terms[first], self.stem_groups.terms[last])
        return int(self.arrays["term_documents"][terms].max(initial=0))

    def stem_group_of_stem(self, stem: bytes) -> int:
        """The number of the stem group of ``stem``, or -1."""
        number = self._stem_lookup.find(stem)
        return -1 if number < 0 else int(self.arrays["stem_groups"][number])

    def postings_of_term(self, term: int) -> tuple[Array, Array]:
        """``(doc_fields, counts)`` of one term, ascending by doc field."""
        stem_group = self.term_stem_groups[term]
        first, last = self.stem_groups.postings[stem_group], self.stem_groups.postings[stem_group + 1]
        doc_fields, counts = self.postings.doc_fields[first:last], self.postings.counts[first:last]
        rank = term - self.stem_groups.terms[stem_group]
        if not rank and self.stem_groups.terms[stem_group + 1] == term + 1:
            return doc_fields, counts  # the one term of its group
        chosen = np.flatnonzero(self.postings.term_fields[first:last] >> schema.FIELD_BITS == rank)
        return doc_fields.take(chosen), counts.take(chosen)

    @cached_property
    def _section_keys(self) -> I64:
        """The document and first position of every section, packed into one ascending number."""
        return section_keys(self.arrays)

    def text(self, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end`` of the text of all documents."""
        return self._text[start:end].tobytes()

    def section_starts(self, sections: I64) -> I64:
        """The first byte of each section, among the text of all documents."""
        starts = self.text_starts.take(self.documents_of_sections(sections))
        starts += self.arrays["section_starts"].take(sections)
        return starts

    def sections_at(self, positions: I64) -> I64:
        """The number (within the segment) of the section at each of ``positions``, which must be in sections."""
        return self._section_keys.searchsorted(positions, side="right") - 1

    def documents_of_sections(self, sections: I64) -> I64:
        """The document of each section."""
        return self._section_keys.take(sections) >> POSITION_SHIFT

    def set_norms(self, lengths: F64, averages: F64) -> None:
        """Weight and length normalisation of every document and field: weight / (1 - b + b · length / average)."""
        norms = np.zeros((self.documents, schema.MAX_FIELDS))
        for number, field in enumerate(schema.FIELDS):
            average = averages[number] or 1.0
            norms[:, number] = field.weight / (1.0 - field.b + field.b * lengths[:, number] / average)
        norms[self.deleted] = 0.0
        self.norms = norms.reshape(-1)
