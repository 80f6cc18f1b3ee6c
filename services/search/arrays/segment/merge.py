"""Merge packed segments into one file, without deleted documents. See ``layout`` for the arrays.

Stem groups, and the positions within each, are in the same order in every segment. So each run of a part is copied to
its place, a range of stem groups at a time: nothing is sorted, and only one range is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array, ArrayWriter, release
from services.search.arrays.ranges import starts_of
from services.search.arrays.segment.derived import distinct_by_stem_group, order_by
from services.search.arrays.segment.layout import I64, POSITION_SHIFT
from services.search.arrays.segment.merge_documents import Part, kept_documents, merge_documents
from services.search.arrays.segment.stem_groups import StemGroup, stem_groups_of, term_arrays
from services.search.arrays.strings import PackedStrings
from shared.process.memory import trim_memory

_FIELDS = schema.MAX_FIELDS - 1
#: Postings or occurrences merged at a time: some 10 MB of work space.
CHUNK_ROWS = 1 << 17


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of postings, by the names of its columns. The first has the document, from bit ``shift`` on."""

    columns: tuple[str, ...]
    shift: int
    boundaries: str
    term_fields: str


_OCCURRENCES = _Table(
    ("occurrence_positions", "occurrence_starts", "occurrence_widths"),
    POSITION_SHIFT,
    "stem_group_occurrences",
    "occurrence_term_fields",
)
_POSTINGS = _Table(
    ("posting_doc_fields", "posting_counts"), schema.FIELD_BITS, "stem_group_postings", "posting_term_fields"
)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The new numbers of the documents, terms (-1: dropped) and stem groups (ascending) of a part."""

    documents: I64
    terms: I64
    stem_groups: I64


@dataclass(frozen=True, slots=True)
class _Rows:
    """Merged rows of the stem groups from ``first`` on: the ``sizes`` of the groups, and parallel columns."""

    first: int
    sizes: I64
    columns: dict[str, Array]
    term_fields: Array

    @property
    def stem_groups(self) -> I64:
        """The stem group of each row."""
        return np.repeat(np.arange(self.first, self.first + len(self.sizes)), self.sizes)

    def in_field(self, number: int) -> Array:
        """The rows in one field."""
        return np.flatnonzero(self.term_fields & _FIELDS == number)


@dataclass(frozen=True, slots=True)
class _Merger:
    """The input of the merge of each table: the parts, their new numbers, and the terms of the result."""

    parts: Sequence[Part]
    numbers: Sequence[_Numbers]
    group_terms: I64
    term_groups: I64
    kind: type[np.unsignedinteger] = field(default=np.uint8)

    @property
    def groups(self) -> int:
        """The number of stem groups of the result."""
        return len(self.group_terms) - 1


def merge(parts: Sequence[Part], out: ArrayWriter) -> None:
    """Write a segment with the live documents of ``parts``, in order."""
    merger = _merge_terms(parts, out)
    _release(parts)
    section_keys, documents = merge_documents(parts, [own.documents for own in merger.numbers], out)
    _release(parts)
    _merge_postings(merger, documents, out)
    _release(parts)
    _merge_occurrences(merger, section_keys, out)


def _release(parts: Sequence[Part]) -> None:
    """Return the memory of a step, some 100 MB at 10,000 articles: the C library would keep it beside the next ones."""
    _release_pages(parts)
    trim_memory()


def _release_pages(parts: Sequence[Part]) -> None:
    for arrays, _ in parts:
        release(arrays)


def _merge_terms(parts: Sequence[Part], out: ArrayWriter) -> _Merger:
    used: set[bytes] = set()
    for part in parts:
        used.update(_used_terms(part))
        release(part[0])
    stem_groups = stem_groups_of(sorted(used))
    del used
    arrays = term_arrays(stem_groups)
    for name, values in arrays.items():
        out.add(name, values)
    group_terms = arrays["stem_group_terms"].astype(np.int64)
    term_groups = arrays["term_stem_groups"].astype(np.int64)
    del arrays
    numbers = _number(parts, stem_groups, term_groups)
    widest = int(np.diff(group_terms).max(initial=1))
    kind = np.uint8 if widest <= 1 << (8 - schema.FIELD_BITS) else np.uint16
    return _Merger(parts, numbers, group_terms, term_groups, kind)


def _used_terms(part: Part) -> list[bytes]:
    """The terms that occur in remaining documents."""
    arrays, deleted = part
    terms = PackedStrings(arrays["term_text"], arrays["term_offsets"])
    if not deleted:
        return [terms[number] for number in range(len(terms))]
    postings = np.flatnonzero(kept_documents(part)[arrays["posting_doc_fields"] >> schema.FIELD_BITS])
    stem_group = np.searchsorted(arrays["stem_group_postings"], postings, side="right") - 1
    used = np.unique(
        arrays["stem_group_terms"][stem_group] + (arrays["posting_term_fields"][postings] >> schema.FIELD_BITS)
    )
    return [terms[number] for number in used.tolist()]


def _number(parts: Sequence[Part], stem_groups: Sequence[StemGroup], term_groups: I64) -> list[_Numbers]:
    new = {term: number for number, term in enumerate(chain.from_iterable(group.terms for group in stem_groups))}
    found, base = [], 0
    for part in parts:
        kept = kept_documents(part)
        documents = np.where(kept, base + np.cumsum(kept) - 1, -1)
        base += int(np.count_nonzero(kept))
        terms = PackedStrings(part[0]["term_text"], part[0]["term_offsets"])
        own = np.fromiter((new.get(terms[at], -1) for at in range(len(terms))), dtype=np.int64, count=len(terms))
        groups = np.full(len(own), -1)
        groups[own >= 0] = term_groups[own[own >= 0]]
        if len(groups):
            # A group without a used term has no postings left; it shares the number of the group before it.
            of_group = np.maximum.reduceat(groups, part[0]["stem_group_terms"][:-1].astype(np.int64))
            groups = np.maximum(np.maximum.accumulate(of_group), 0)
        found.append(_Numbers(documents, own, groups))
        release(part[0])
    return found


def _merge_postings(merger: _Merger, documents: int, out: ArrayWriter) -> None:
    rows = sum(
        int(np.count_nonzero(own.documents[part["posting_doc_fields"] >> schema.FIELD_BITS] >= 0))
        for (part, _), own in zip(merger.parts, merger.numbers, strict=True)
    )
    # Half the memory of the largest step, the order by document.
    kind = np.uint16 if documents <= 1 << 16 else np.uint32
    document_of: list[Array] = [np.zeros(0, dtype=kind)]
    term_documents = np.zeros(len(merger.term_groups), dtype=np.uint32)
    is_mixed = np.zeros(merger.groups, dtype=bool)
    for found in _write_table(_POSTINGS, merger, rows, out):
        document = found.columns["posting_doc_fields"] >> np.uint32(schema.FIELD_BITS)
        document_of.append(document.astype(kind))
        groups, ranks = found.stem_groups, found.term_fields >> schema.FIELD_BITS
        several, in_code = np.zeros((2, len(found.sizes)), dtype=bool)
        several[groups[ranks > 0] - found.first] = True
        in_code[groups[found.in_field(schema.CODE)] - found.first] = True
        is_mixed[found.first : found.first + len(found.sizes)] = several & in_code
        # A document may have a term in several fields.
        pairs = np.unique((merger.group_terms[groups] + ranks) * max(documents, 1) + document)
        term_documents += np.bincount(pairs // max(documents, 1), minlength=len(term_documents)).astype(np.uint32)
    document_of = [np.concatenate(document_of)]
    order, starts = order_by(document_of.pop(), documents)
    out.add("document_postings", order.astype(np.uint32))
    out.add("doc_postings", starts)
    out.add("term_documents", term_documents)
    out.add("stem_group_is_mixed", is_mixed)


def _merge_occurrences(merger: _Merger, section_keys: I64, out: ArrayWriter) -> None:
    rows = sum(
        int(part["posting_counts"][own.documents[part["posting_doc_fields"] >> schema.FIELD_BITS] >= 0].sum())
        for (part, _), own in zip(merger.parts, merger.numbers, strict=True)
    )
    nothing = np.zeros(0, dtype=np.int64)
    headings, titles = [(nothing, nothing)], [(nothing, nothing)]
    for found in _write_table(_OCCURRENCES, merger, rows, out):
        groups = found.stem_groups
        for number, places in ((schema.HEADINGS, headings), (schema.TITLE, titles)):
            inside = found.in_field(number)
            places.append((groups[inside], found.columns["occurrence_positions"][inside]))
    groups, positions = (np.concatenate(column) for column in zip(*headings, strict=True))
    sections = section_keys.searchsorted(positions, side="right") - 1
    starts, numbers = distinct_by_stem_group(merger.groups, groups, sections)
    out.add("stem_group_headings", starts)
    out.add("heading_sections", numbers)
    groups, positions = (np.concatenate(column) for column in zip(*titles, strict=True))
    starts, numbers = distinct_by_stem_group(merger.groups, groups, positions >> POSITION_SHIFT)
    out.add("stem_group_titles", starts)
    out.add("title_documents", numbers)


def _write_table(table: _Table, merger: _Merger, rows: int, out: ArrayWriter) -> Iterator[_Rows]:
    """Write the columns of a table of ``rows`` rows, and yield the parts as they are written."""
    first_part = merger.parts[0][0]
    append = {name: out.column(name, first_part[name].dtype, rows) for name in table.columns}
    append[table.term_fields] = out.column(table.term_fields, np.dtype(merger.kind), rows)
    sizes = [np.zeros(0, dtype=np.int64)]
    _release_pages(merger.parts)  # those from which the rows were counted
    for first, last in _chunks(table, merger):
        found = _merge_rows(table, merger, first, last)
        _release_pages(merger.parts)
        for name, values in found.columns.items():
            append[name](values)
        append[table.term_fields](found.term_fields)
        sizes.append(found.sizes)
        yield found
    out.add(table.boundaries, starts_of(np.concatenate(sizes)))


def _chunks(table: _Table, merger: _Merger) -> Iterator[tuple[int, int]]:
    """Ranges of stem groups (half-open) of about ``CHUNK_ROWS`` rows each."""
    counts = np.zeros(merger.groups, dtype=np.int64)
    for (part, _), own in zip(merger.parts, merger.numbers, strict=True):
        if merger.groups:
            np.add.at(counts, own.stem_groups, np.diff(part[table.boundaries].astype(np.int64)))
    ends = np.cumsum(counts)
    first = 0
    while first < merger.groups:
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + CHUNK_ROWS, side="right")))
        yield first, last
        first = last


def _merge_rows(table: _Table, merger: _Merger, first: int, last: int) -> _Rows:
    """The rows of the stem groups ``first`` to ``last``."""
    read = [_read(table, merger, number, (first, last)) for number in range(len(merger.parts))]
    counts = [np.bincount(one.group, minlength=last - first) for one in read]
    sizes: I64 = np.sum(counts, axis=0, dtype=np.int64)
    reached = np.cumsum(sizes) - sizes
    whole = {name: np.empty(int(sizes.sum()), values.dtype) for name, values in read[0].columns.items()}
    term_fields = np.empty(int(sizes.sum()), merger.kind)
    for one, count in zip(read, counts, strict=True):
        # The rows of a group are adjacent: each keeps its distance from the start of the group.
        target = (reached - (np.cumsum(count) - count))[one.group] + np.arange(len(one.group))
        for name, values in one.columns.items():
            whole[name][target] = values
        term_fields[target] = one.term_fields
        reached = reached + count
    return _Rows(first, sizes, whole, term_fields)


@dataclass(frozen=True, slots=True)
class _Read:
    """The remaining rows of one part, renumbered. ``group`` counts from the first of the range."""

    group: I64
    columns: dict[str, Array]
    term_fields: I64


def _read(table: _Table, merger: _Merger, number: int, groups: tuple[int, int]) -> _Read:
    """The rows of part ``number`` in the stem groups ``groups`` (half-open)."""
    source, numbers = merger.parts[number][0], merger.numbers[number]
    from_group, to_group = np.searchsorted(numbers.stem_groups, groups)
    boundaries = source[table.boundaries][from_group : to_group + 1].astype(np.int64)
    begin, end = (int(boundaries[0]), int(boundaries[-1])) if len(boundaries) else (0, 0)
    lead, *others = table.columns
    places = source[lead][begin:end]
    document = numbers.documents[(places >> table.shift).astype(np.int64)]
    kept = np.flatnonzero(document >= 0)
    own = np.repeat(np.arange(from_group, to_group), np.diff(boundaries))[kept]
    term_fields = source[table.term_fields][begin:end][kept].astype(np.int64)
    terms = numbers.terms[source["stem_group_terms"][own].astype(np.int64) + (term_fields >> schema.FIELD_BITS)]
    group = numbers.stem_groups[own]
    lower = places[kept].astype(np.int64) & ((1 << table.shift) - 1)
    columns = {lead: (document[kept] << table.shift | lower).astype(places.dtype)}
    columns |= {name: source[name][begin:end][kept] for name in others}
    rank = terms - merger.group_terms[group]
    return _Read(group - groups[0], columns, rank << schema.FIELD_BITS | term_fields & _FIELDS)
