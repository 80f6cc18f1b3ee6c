"""The documents of one segment before packing: all occurrences as parallel columns, and a record per document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.indexing.documents import MAX_WIDTH, make_document
from services.search.indexing.stored import stored_fields
from services.search.text.term_table import TermTable
from shared.content.article import Article

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """The stored part of one document.

    ``stored`` is JSON (see ``stored_fields``). ``sections`` has three numbers per section: its first position, the
    first position after its heading, and the first byte of its text.
    """

    stored: bytes
    text: bytes
    lengths: tuple[int, ...]
    sections: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class MemorySegment:
    """All occurrences as parallel columns, ordered by document, then position; ``terms`` index ``vocabulary``."""

    vocabulary: Sequence[bytes]
    terms: U32
    doc_fields: U32
    positions: U32
    starts: U32
    widths: U8
    records: tuple[DocumentRecord, ...]


def invert(articles: Iterable[Article], table: TermTable) -> MemorySegment:
    """Invert ``articles``: the in-memory segment of their documents, in order, with terms numbered by ``table``."""
    columns: tuple[list[Array], ...] = ([], [], [], [], [])
    records: list[DocumentRecord] = []
    for number, document in enumerate(make_document(article, table) for article in articles):
        doc_fields = document.fields.astype(np.uint32) | np.uint32(number << schema.FIELD_BITS)
        widths = np.minimum(document.widths, MAX_WIDTH).astype(np.uint8)
        values: tuple[Array, ...] = (document.surfaces, doc_fields, document.positions, document.starts, widths)
        for column, own in zip(columns, values, strict=True):
            column.append(own)
        records.append(
            DocumentRecord(
                stored=stored_fields(document),
                text=document.text,
                lengths=document.lengths,
                sections=tuple((s.position, s.body_position, s.start) for s in document.sections),
            )
        )
    nothing = np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.uint8)
    surfaces, doc_fields, positions, starts = (np.concatenate([nothing[0], *column]) for column in columns[:4])
    widths = np.concatenate([nothing[1], *columns[4]])
    names = table.surfaces
    is_used = np.bincount(surfaces, minlength=len(names)) > 0
    vocabulary = [names[number].encode("utf-8", "replace") for number in np.flatnonzero(is_used).tolist()]
    terms = (np.cumsum(is_used) - 1).astype(np.uint32)[surfaces]
    return MemorySegment(vocabulary, terms, doc_fields, positions, starts, widths, tuple(records))
