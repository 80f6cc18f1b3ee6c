"""Hits of the cluster as a small index in memory, restricted to the words of the query.

The code of the embedded engine ranks and shows them, with the statistics of the whole index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import orjson

from services.search import schema
from services.search.engine_opensearch.indexes.documents import decode
from services.search.engine_whoosh.segment.document_arrays import exact_arrays, shown_arrays
from services.search.engine_whoosh.segment.generation import Generation, Whole
from services.search.engine_whoosh.segment.memory_segment import DocumentRecord, MemorySegment
from services.search.engine_whoosh.segment.pack import pack
from services.search.engine_whoosh.store.array_file import Array


@dataclass(frozen=True, slots=True)
class Found:
    """One hit as the cluster gave it: its stored fields, what it is exactly, its columns and its text, if fetched."""

    slug: str
    digest: str
    stored: bytes
    exact: tuple[tuple[int, int], ...] = ()
    columns: str | None = None
    text: bytes = b""


def read_hit(source: Mapping[str, Any]) -> Found:
    """The hit of a search."""
    raw = source["raw"]
    pairs = (value.split(":") for value in source.get("exact", ()))
    return Found(
        source["slug"],
        source["digest"],
        raw["stored"].encode("utf-8"),
        tuple((int(key, 16), int(kind)) for kind, key in pairs),
        raw.get("columns"),
        raw.get("text", "").encode("utf-8", "replace"),
    )


def open_window(
    found: Sequence[Found], wanted: frozenset[str], whole: Whole, name: str, updated: datetime
) -> Generation:
    """The articles ``found`` as an index, in that order, with the occurrences of the words ``wanted``."""
    vocabulary = sorted(wanted)
    numbers = {surface: number for number, surface in enumerate(vocabulary)}
    none = np.zeros(0, dtype=np.uint32)
    terms, doc_fields, positions, starts, widths = [none], [none], [none], [none], [none.astype(np.uint8)]
    records = []
    for at, one in enumerate(found):
        lengths: tuple[int, ...] = (0,) * len(schema.FIELDS)
        sections: tuple[tuple[int, int, int], ...] = tuple((0, 0, 0) for _ in orjson.loads(one.stored)["sections"])
        if one.columns is not None:
            columns = decode(one.columns)
            lengths, sections = columns.lengths, columns.sections
            own = np.array([numbers.get(surface, -1) for surface in columns.surfaces], dtype=np.int64)
            kept = np.flatnonzero(own[columns.terms] >= 0) if len(own) else none
            terms.append(own[columns.terms[kept]].astype(np.uint32))
            doc_fields.append(columns.fields[kept].astype(np.uint32) | np.uint32(at << schema.FIELD_BITS))
            positions.append(columns.positions[kept])
            starts.append(columns.starts[kept])
            widths.append(columns.widths[kept])
        records.append(DocumentRecord(one.stored, one.text, lengths, sections))
    memory_segment = MemorySegment(
        [surface.encode("utf-8", "replace") for surface in vocabulary],
        np.concatenate(terms),
        np.concatenate(doc_fields),
        np.concatenate(positions),
        np.concatenate(starts),
        np.concatenate(widths),
        tuple(records),
    )
    arrays = pack([memory_segment], partial(_about, found))
    return Generation([(arrays, ())], name=name, updated=updated, whole=whole)


def _about(found: Sequence[Found], records: Sequence[DocumentRecord]) -> dict[str, Array]:
    stored = [orjson.loads(record.stored) for record in records]
    return {**shown_arrays(records, stored), **exact_arrays(one.exact for one in found)}
