"""Packed segments → the arrays of one segment, without what was deleted. See ``pack`` for their layout.

Stem groups, and the positions within each, are in the same order in every segment. So each run of a part is copied to
where it belongs, one part after the other: nothing is sorted, and no more than one part is held beside the result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.engine_whoosh.segment.document_arrays import starts_of
from services.search.engine_whoosh.segment.memory_segment import DocumentRecord
from services.search.engine_whoosh.segment.pack import (
    I64,
    POSITION_SHIFT,
    StemGroup,
    complete,
    is_mixed,
    stem_groups_of,
    term_arrays,
)
from services.search.engine_whoosh.store.array_file import Array
from services.search.engine_whoosh.store.strings import PackedStrings

#: The arrays of a segment, and the numbers of its deleted documents.
Part = tuple[Mapping[str, Array], Collection[int]]
_FIELDS = schema.MAX_FIELDS - 1


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of postings: the names of its columns. The first holds the document, from bit ``shift`` on."""

    columns: tuple[str, ...]
    shift: int
    borders: str
    term_fields: str


_TABLES = (
    _Table(
        ("occurrence_positions", "occurrence_starts", "occurrence_widths"),
        POSITION_SHIFT,
        "stem_group_occurrences",
        "occurrence_term_fields",
    ),
    _Table(("posting_doc_fields", "posting_counts"), schema.FIELD_BITS, "stem_group_postings", "posting_term_fields"),
)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What the numbers of a part become: of documents (-1: deleted) and of terms."""

    documents: I64
    terms: I64


def merge(parts: Sequence[Part]) -> dict[str, Array]:
    """The arrays of one segment with the documents of ``parts`` that are not deleted, in order."""
    stem_groups = stem_groups_of({term for part in parts for term in _used_terms(part)})
    arrays = term_arrays(stem_groups)
    numbers = _number(parts, stem_groups)
    for table in _TABLES:
        arrays.update(_merge_table(table, parts, numbers, arrays))
    arrays["stem_group_is_mixed"] = is_mixed(arrays)
    return complete(arrays, [record for part in parts for record in _records(part)])


def _kept(part: Part) -> Array:
    """Whether each document stays."""
    arrays, deleted = part
    kept = np.ones(len(arrays["doc_text_offsets"]) - 1, dtype=bool)
    kept[list(deleted)] = False
    return kept


def _used_terms(part: Part) -> list[bytes]:
    """The terms that documents which stay have."""
    arrays, deleted = part
    terms = PackedStrings(arrays["term_text"], arrays["term_offsets"])
    if not deleted:
        return [terms[number] for number in range(len(terms))]
    postings = np.flatnonzero(_kept(part)[arrays["posting_doc_fields"] >> schema.FIELD_BITS])
    stem_group = np.searchsorted(arrays["stem_group_postings"], postings, side="right") - 1
    used = np.unique(
        arrays["stem_group_terms"][stem_group] + (arrays["posting_term_fields"][postings] >> schema.FIELD_BITS)
    )
    return [terms[number] for number in used.tolist()]


def _number(parts: Sequence[Part], stem_groups: Sequence[StemGroup]) -> list[_Numbers]:
    new = {
        term: number for number, term in enumerate(chain.from_iterable(stem_group.terms for stem_group in stem_groups))
    }
    found, base = [], 0
    for part in parts:
        kept = _kept(part)
        documents = np.where(kept, base + np.cumsum(kept) - 1, -1)
        base += int(np.count_nonzero(kept))
        terms = PackedStrings(part[0]["term_text"], part[0]["term_offsets"])
        # A term without postings has no number.
        own = np.fromiter((new.get(terms[at], 0) for at in range(len(terms))), dtype=np.int64, count=len(terms))
        found.append(_Numbers(documents, own))
    return found


def _merge_table(
    table: _Table, parts: Sequence[Part], numbers: Sequence[_Numbers], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    stem_groups = len(arrays["stem_group_terms"]) - 1
    counts = [
        np.bincount(_read(table, part, own, arrays).stem_group, minlength=stem_groups)
        for part, own in zip(parts, numbers, strict=True)
    ]
    totals: I64 = np.sum(counts, axis=0, dtype=np.int64)
    starts = starts_of(totals.tolist())
    widest = int(np.diff(arrays["stem_group_terms"].astype(np.int64)).max(initial=1))
    term_field_type = np.uint8 if widest <= 1 << (8 - schema.FIELD_BITS) else np.uint16
    result: dict[str, Array] = {
        name: np.empty(int(starts[-1]), dtype=parts[0][0][name].dtype) for name in table.columns
    }
    result[table.term_fields] = np.empty(int(starts[-1]), dtype=term_field_type)
    reached = starts[:-1].astype(np.int64)
    for part, own, count in zip(parts, numbers, counts, strict=True):
        read = _read(table, part, own, arrays)
        # The postings of a stem group are neighbours: each goes as far behind the group's start as it is in its run.
        runs = np.cumsum(count) - count
        target = (reached - runs)[read.stem_group] + np.arange(len(read.stem_group))
        source = part[0]
        first, *others = table.columns
        lower = source[first][read.kept].astype(np.int64) & ((1 << table.shift) - 1)
        result[first][target] = read.document << table.shift | lower
        for name in others:
            result[name][target] = source[name][read.kept]
        result[table.term_fields][target] = (
            read.rank << schema.FIELD_BITS | source[table.term_fields][read.kept] & _FIELDS
        )
        reached = reached + count
    return {table.borders: starts, **result}


class _Postings(NamedTuple):
    """Postings of a part that stay (``kept``: which), in the new numbers: stem group, rank of the term, document."""

    kept: I64
    stem_group: I64
    rank: I64
    document: I64


def _read(table: _Table, part: Part, numbers: _Numbers, arrays: Mapping[str, Array]) -> _Postings:
    source = part[0]
    document = numbers.documents[(source[table.columns[0]] >> table.shift).astype(np.int64)]
    kept = np.flatnonzero(document >= 0)
    borders: I64 = source[table.borders].astype(np.int64)
    stem_group = np.repeat(np.arange(len(borders) - 1), borders[1:] - borders[:-1])[kept]
    old = source["stem_group_terms"][stem_group].astype(np.int64) + (
        source[table.term_fields][kept] >> schema.FIELD_BITS
    )
    term = numbers.terms[old]
    stem_group = arrays["term_stem_groups"][term].astype(np.int64)
    return _Postings(kept, stem_group, term - arrays["stem_group_terms"][stem_group], document[kept])


def _records(part: Part) -> list[DocumentRecord]:
    """What the index keeps of the documents that stay, beside their postings."""
    arrays = part[0]
    stored = PackedStrings(arrays["doc_stored"], arrays["doc_stored_offsets"])
    texts = PackedStrings(arrays["doc_text"], arrays["doc_text_offsets"])
    width = len(schema.FIELDS)
    lengths = arrays["doc_lengths"].reshape(-1, width).tolist()
    columns = [arrays[name].tolist() for name in ("section_positions", "section_bodies", "section_starts")]
    sections = list(zip(*columns, strict=True))
    borders = arrays["doc_sections"].tolist()
    return [
        DocumentRecord(
            stored=stored[number],
            text=texts[number],
            lengths=tuple(lengths[number]),
            sections=tuple(sections[borders[number] : borders[number + 1]]),
        )
        for number in np.flatnonzero(_kept(part)).tolist()
    ]
