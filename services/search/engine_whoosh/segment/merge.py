"""Packed segments → the arrays of one segment, without what was deleted. See ``pack`` for their layout.

Families, and the places within each, are in the same order in every segment. So each run of a part is copied to where
it belongs, one part after the other: nothing is sorted, and no more than one part is held beside the result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.engine_whoosh.segment.document_arrays import starts_of
from services.search.engine_whoosh.segment.flat import DocumentRecord
from services.search.engine_whoosh.segment.pack import (
    I64,
    PLACE_SHIFT,
    Family,
    complete,
    families_of,
    is_mixed,
    term_arrays,
)
from services.search.engine_whoosh.store.array_file import Array
from services.search.engine_whoosh.store.strings import PackedStrings

#: The arrays of a segment, and the numbers of its deleted documents.
Part = tuple[Mapping[str, Array], Collection[int]]
_FIELDS = schema.FIELD_SLOTS - 1


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of postings: the names of its columns. The first holds the document, from bit ``shift`` on."""

    columns: tuple[str, ...]
    shift: int
    borders: str
    kinds: str


_TABLES = (
    _Table(
        ("occurrence_places", "occurrence_starts", "occurrence_widths"),
        PLACE_SHIFT,
        "family_occurrences",
        "occurrence_kinds",
    ),
    _Table(("entry_slots", "entry_counts"), schema.FIELD_BITS, "family_entries", "entry_kinds"),
)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What the numbers of a part become: of documents (-1: deleted) and of terms."""

    documents: I64
    terms: I64


def merge(parts: Sequence[Part]) -> dict[str, Array]:
    """The arrays of one segment with the documents of ``parts`` that are not deleted, in order."""
    families = families_of({term for part in parts for term in _used_terms(part)})
    arrays = term_arrays(families)
    numbers = _number(parts, families)
    for table in _TABLES:
        arrays.update(_merge_table(table, parts, numbers, arrays))
    arrays["family_is_mixed"] = is_mixed(arrays)
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
    entries = np.flatnonzero(_kept(part)[arrays["entry_slots"] >> schema.FIELD_BITS])
    family = np.searchsorted(arrays["family_entries"], entries, side="right") - 1
    used = np.unique(arrays["family_terms"][family] + (arrays["entry_kinds"][entries] >> schema.FIELD_BITS))
    return [terms[number] for number in used.tolist()]


def _number(parts: Sequence[Part], families: Sequence[Family]) -> list[_Numbers]:
    new = {term: number for number, term in enumerate(chain.from_iterable(family.terms for family in families))}
    found, base = [], 0
    for part in parts:
        kept = _kept(part)
        documents = np.where(kept, base + np.cumsum(kept) - 1, -1)
        base += int(np.count_nonzero(kept))
        terms = PackedStrings(part[0]["term_text"], part[0]["term_offsets"])
        # A term that nobody uses any more has no number, and no entry that asks for it.
        own = np.fromiter((new.get(terms[at], 0) for at in range(len(terms))), dtype=np.int64, count=len(terms))
        found.append(_Numbers(documents, own))
    return found


def _merge_table(
    table: _Table, parts: Sequence[Part], numbers: Sequence[_Numbers], arrays: Mapping[str, Array]
) -> dict[str, Array]:
    families = len(arrays["family_terms"]) - 1
    counts = [
        np.bincount(_read(table, part, own, arrays).family, minlength=families)
        for part, own in zip(parts, numbers, strict=True)
    ]
    totals: I64 = np.sum(counts, axis=0, dtype=np.int64)
    starts = starts_of(totals.tolist())
    widest = int(np.diff(arrays["family_terms"].astype(np.int64)).max(initial=1))
    kind_type = np.uint8 if widest <= 1 << (8 - schema.FIELD_BITS) else np.uint16
    result: dict[str, Array] = {
        name: np.empty(int(starts[-1]), dtype=parts[0][0][name].dtype) for name in table.columns
    }
    result[table.kinds] = np.empty(int(starts[-1]), dtype=kind_type)
    reached = starts[:-1].astype(np.int64)
    for part, own, count in zip(parts, numbers, counts, strict=True):
        read = _read(table, part, own, arrays)
        # The postings of a family stand together: each goes as far behind the family's start as it is in its run.
        runs = np.cumsum(count) - count
        target = (reached - runs)[read.family] + np.arange(len(read.family))
        source = part[0]
        first, *others = table.columns
        lower = source[first][read.kept].astype(np.int64) & ((1 << table.shift) - 1)
        result[first][target] = read.document << table.shift | lower
        for name in others:
            result[name][target] = source[name][read.kept]
        result[table.kinds][target] = read.rank << schema.FIELD_BITS | source[table.kinds][read.kept] & _FIELDS
        reached = reached + count
    return {table.borders: starts, **result}


class _Postings(NamedTuple):
    """Postings of a part that stay (``kept``: which), in the new numbers: family, rank of the term there, document."""

    kept: I64
    family: I64
    rank: I64
    document: I64


def _read(table: _Table, part: Part, numbers: _Numbers, arrays: Mapping[str, Array]) -> _Postings:
    source = part[0]
    document = numbers.documents[(source[table.columns[0]] >> table.shift).astype(np.int64)]
    kept = np.flatnonzero(document >= 0)
    borders: I64 = source[table.borders].astype(np.int64)
    family = np.repeat(np.arange(len(borders) - 1), borders[1:] - borders[:-1])[kept]
    old = source["family_terms"][family].astype(np.int64) + (source[table.kinds][kept] >> schema.FIELD_BITS)
    term = numbers.terms[old]
    family = arrays["term_families"][term].astype(np.int64)
    return _Postings(kept, family, term - arrays["family_terms"][family], document[kept])


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
