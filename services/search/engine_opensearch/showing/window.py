"""Hits of the cluster as a small index in memory, restricted to the words of the query.

``search.arrays`` ranks and shows them, with the statistics of the whole index.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import numpy as np
import orjson

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.segment.document_arrays import exact_arrays, shown_arrays
from services.search.arrays.segment.generation import CollectionStatistics, Generation
from services.search.arrays.segment.memory_segment import DocumentRecord, MemorySegment
from services.search.arrays.segment.pack import pack
from services.search.engine_opensearch.finding.hit import ClusterHit
from services.search.engine_opensearch.indexes.columns import Encoded, Occurrences, Sections

_NONE = np.zeros(0, dtype=np.uint32)
_NOWHERE = Occurrences(_NONE, _NONE.astype(np.uint8), _NONE, _NONE, _NONE.astype(np.uint8))


def open_window(
    found: Sequence[ClusterHit], wanted: frozenset[str], statistics: CollectionStatistics, name: str, updated: datetime
) -> Generation:
    """An index of the articles ``found``, in that order, with the occurrences of the words ``wanted``."""
    vocabulary = [surface.encode("utf-8", "replace") for surface in sorted(wanted)]
    numbers = {surface: number for number, surface in enumerate(vocabulary)}
    found_in = [_NOWHERE]
    doc_fields = [_NOWHERE.numbers]
    records = []
    for at, one in enumerate(found):
        lengths: tuple[int, ...] = (0,) * len(schema.FIELDS)
        sections: Sections = tuple((0, 0, 0) for _ in orjson.loads(one.stored)["sections"])
        if one.columns is not None:
            columns = Encoded(one.columns)
            lengths, sections = columns.lengths, columns.sections
            own = columns.occurrences_of(numbers)
            found_in.append(own)
            doc_fields.append(own.fields.astype(np.uint32) | np.uint32(at << schema.FIELD_BITS))
        records.append(DocumentRecord(one.stored, one.text, lengths, sections))
    memory_segment = MemorySegment(
        vocabulary,
        np.concatenate([one.numbers for one in found_in]),
        np.concatenate(doc_fields),
        np.concatenate([one.positions for one in found_in]),
        np.concatenate([one.starts for one in found_in]),
        np.concatenate([one.widths for one in found_in]),
        tuple(records),
    )
    arrays = pack(memory_segment, partial(_about, found))
    return Generation([(arrays, ())], name=name, updated=updated, statistics=statistics)


def _about(found: Sequence[ClusterHit], records: Sequence[DocumentRecord]) -> dict[str, Array]:
    stored = [orjson.loads(record.stored) for record in records]
    return {**shown_arrays(records, stored), **exact_arrays(one.exact for one in found)}
