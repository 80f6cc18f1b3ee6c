"""The columns of an article: its terms, and term, field, position, first byte and width of each occurrence.

They rank and show a hit in this process. They are stored as binary doc values, which OpenSearch neither parses nor
reads together with the text. A search needs the occurrences of a few words in 64 articles: ``occurrences_of`` reads
those alone.

    head       format, size of each part: 5 numbers of 4 bytes
    about      JSON: [lengths of the fields, [first position, first position after the heading, first byte] a section]
    surfaces   the terms, each with a line feed before it and one behind the last
    columns    terms, positions and starts of 2 bytes (4 in a long article), fields and widths of 1
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.indexing.documents import MAX_WIDTH, IndexDocument, make_document
from services.search.text.term_table import TermTable
from shared.content.article import Article

Number = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
#: First position, first position after the heading, first byte.
Sections = tuple[tuple[int, int, int], ...]

#: Above this many words, decoding all terms is faster than searching for each.
MANY_WORDS = 32

_HEAD = struct.Struct("<5I")
_WIDE, _NARROW = 4, 2
_BREAK = b"\n"


class Occurrences(NamedTuple):
    """Parallel columns, in the order of the article; ``numbers`` are the caller's numbers of its words."""

    numbers: U32
    fields: U8
    positions: U32
    starts: U32
    widths: U8


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns. ``terms`` are indices into ``surfaces``, the others are parallel to them."""

    surfaces: tuple[str, ...]
    terms: U32
    fields: U8
    positions: U32
    starts: U32
    widths: U8
    lengths: tuple[int, ...]
    sections: Sections

    def encode(self) -> str:
        """The columns in base64, as OpenSearch takes binary values. ``Encoded`` reads them."""
        about = orjson.dumps([self.lengths, self.sections])
        surfaces = _BREAK + b"".join(surface.encode("utf-8", "replace") + _BREAK for surface in self.surfaces)
        wide = (self.terms, self.positions, self.starts)
        width = _NARROW if all(int(one.max(initial=0)) < 1 << 16 for one in wide) else _WIDE
        columns = [one.astype(f"<u{width}").tobytes() for one in wide]
        head = _HEAD.pack(width, len(about), len(surfaces), len(self.surfaces), len(self.terms))
        return base64.b64encode(
            b"".join((head, about, surfaces, *columns, self.fields.tobytes(), self.widths.tobytes()))
        ).decode("ascii")


def read_binary(text: str) -> bytes:
    """A binary doc value as OpenSearch gives it: base64, which it writes without padding."""
    return base64.b64decode(text + "==")


class Encoded:
    """Encoded columns; each method decodes only what it needs."""

    def __init__(self, text: str) -> None:
        raw = read_binary(text)
        width, about, surfaces, self._terms, count = _HEAD.unpack_from(raw)
        at = _HEAD.size + about
        lengths, sections = orjson.loads(raw[_HEAD.size : at])
        self.lengths: tuple[int, ...] = tuple(lengths)
        self.sections: Sections = tuple((first, body, start) for first, body, start in sections)
        self._surfaces = raw[at : at + surfaces]
        self._columns: list[Number | U8] = []
        at += surfaces
        for dtype in (f"<u{width}", f"<u{width}", f"<u{width}", "<u1", "<u1"):
            column = np.frombuffer(raw, dtype, count, at)
            self._columns.append(column)
            at += column.nbytes

    def occurrences_of(self, numbers: Mapping[bytes, int]) -> Occurrences:
        """The occurrences of the words that are keys of ``numbers``."""
        own = self._numbered(numbers)
        terms, positions, starts, fields, widths = self._columns
        found = own[terms]
        kept = np.flatnonzero(found >= 0)
        return Occurrences(
            found[kept].astype(np.uint32),
            fields[kept].astype(np.uint8),
            positions[kept].astype(np.uint32),
            starts[kept].astype(np.uint32),
            widths[kept].astype(np.uint8),
        )

    def _numbered(self, numbers: Mapping[bytes, int]) -> npt.NDArray[np.int64]:
        """For each term its number, or -1."""
        if len(numbers) > MANY_WORDS:  # a prefix
            terms = self._surfaces[1:-1].split(_BREAK) if self._terms else ()
            return np.array([numbers.get(term, -1) for term in terms], dtype=np.int64)
        own = np.full(self._terms, -1, dtype=np.int64)
        for surface, number in numbers.items():
            place = self._surfaces.find(_BREAK + surface + _BREAK)
            if place >= 0:
                own[self._surfaces.count(_BREAK, 0, place)] = number
        return own

    def decode(self) -> Columns:
        """Decode all columns."""
        terms, positions, starts, fields, widths = self._columns
        surfaces = self._surfaces[1:-1].decode("utf-8").split("\n") if self._terms else ()
        wide = (column.astype(np.uint32) for column in (terms, positions, starts))
        numbers, places, first_bytes = wide
        return Columns(
            tuple(surfaces),
            numbers,
            fields.astype(np.uint8),
            places,
            first_bytes,
            widths.astype(np.uint8),
            self.lengths,
            self.sections,
        )


def with_columns(articles: Iterable[Article], table: TermTable) -> list[tuple[IndexDocument, Columns]]:
    """The document of each of ``articles`` with its columns; terms are numbered by ``table``."""
    documents = [make_document(article, table) for article in articles]
    names = table.surfaces
    return [(document, _columns_of(document, names)) for document in documents]


def _columns_of(document: IndexDocument, names: Sequence[str]) -> Columns:
    numbers, terms = np.unique(document.surfaces, return_inverse=True)
    return Columns(
        tuple(names[number].encode("utf-8", "replace").decode("utf-8") for number in numbers.tolist()),
        terms.reshape(-1).astype(np.uint32),
        document.fields,
        document.positions,
        document.starts,
        np.minimum(document.widths, MAX_WIDTH).astype(np.uint8),
        document.lengths,
        tuple((section.position, section.body_position, section.start) for section in document.sections),
    )


def word_counts(articles: Iterable[Columns]) -> dict[str, tuple[int, ...]]:
    """For each word the number of ``articles`` with it in each field, and at all: the counts of the lexicon."""
    numbers: dict[str, int] = {}
    size = len(schema.FIELDS) + 1
    cells: list[npt.NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    for columns in articles:
        own = np.array([numbers.setdefault(word, len(numbers)) for word in columns.surfaces], dtype=np.int64) * size
        pairs = np.unique(columns.terms.astype(np.int64) * size + columns.fields)
        cells += (own[pairs // size] + pairs % size, own + len(schema.FIELDS))
    counts = np.bincount(np.concatenate(cells), minlength=len(numbers) * size).reshape(-1, size)
    return dict(zip(numbers, map(tuple, counts.tolist()), strict=True))


def weights_of_fields(lengths: Sequence[int], averages: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weight of one occurrence in each field of an article with these ``lengths``: BM25F's weighted frequency."""
    return np.array(
        [
            field.weight / (1.0 - field.b + field.b * length / (average or 1.0))
            for field, length, average in zip(schema.FIELDS, lengths, averages.tolist(), strict=True)
        ]
    )
