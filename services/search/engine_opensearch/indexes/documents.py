"""Flats → documents of the cluster, and back: what is searched there, and the columns that rank and show a hit here.

The columns of an article are what the analysis gave: its terms, and field, position, first byte and width of each
occurrence. They travel as one compressed text, so that OpenSearch neither parses nor indexes them.
"""

from __future__ import annotations

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.engine_opensearch.indexes.mapping import EMPTY, FREQUENCY, SCALE, TOGETHER, positions_field
from services.search.engine_whoosh.segment.document_arrays import exact_keys
from services.search.engine_whoosh.segment.memory_segment import DocumentRecord, MemorySegment
from services.search.indexing.completions import completion_keys
from services.search.text.terms import stop_words_of
from shared.search.attributes import ATTRIBUTES

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]

_UNCLEAN = (TOGETHER, EMPTY, FREQUENCY, " ")
_COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class Columns:
    """The occurrences of one article: ``terms`` are numbers into ``surfaces``, the others parallel to them."""

    surfaces: tuple[str, ...]
    terms: U32
    fields: U8
    positions: U32
    starts: U32
    widths: U8
    lengths: tuple[int, ...]
    sections: tuple[tuple[int, int, int], ...]

    def encode(self) -> str:
        """The columns as text. ``decode`` reads it."""
        head = orjson.dumps([self.surfaces, self.lengths, self.sections])
        arrays = (self.terms, self.positions, self.starts, self.fields, self.widths)
        raw = len(head).to_bytes(4, "little") + head + b"".join(array.tobytes() for array in arrays)
        return base64.b64encode(zlib.compress(raw, _COMPRESSION)).decode("ascii")


def decode(text: str) -> Columns:
    """The columns that ``encode`` wrote."""
    raw = zlib.decompress(base64.b64decode(text))
    size = int.from_bytes(raw[:4], "little")
    surfaces, lengths, sections = orjson.loads(raw[4 : 4 + size])
    count = (len(raw) - 4 - size) // 14
    at = 4 + size
    wide = (
        np.frombuffer(raw, np.uint32, 3 * count, at) if at % 4 == 0 else np.frombuffer(raw[at:], np.uint32, 3 * count)
    )
    narrow = np.frombuffer(raw, np.uint8, 2 * count, at + 12 * count)
    return Columns(
        tuple(surfaces),
        wide[:count],
        narrow[:count],
        wide[count : 2 * count],
        wide[2 * count :],
        narrow[count:],
        tuple(lengths),
        tuple((first, body, start) for first, body, start in sections),
    )


def columns_of(memory_segment: MemorySegment) -> Iterator[tuple[DocumentRecord, Columns]]:
    """Each document of ``memory_segment``, in order."""
    documents = memory_segment.doc_fields >> schema.FIELD_BITS
    borders = np.searchsorted(documents, np.arange(len(memory_segment.records) + 1))
    for record, first, last in zip(memory_segment.records, borders[:-1].tolist(), borders[1:].tolist(), strict=True):
        numbers, terms = np.unique(memory_segment.terms[first:last], return_inverse=True)
        surfaces = tuple(memory_segment.vocabulary[number].decode("utf-8", "replace") for number in numbers.tolist())
        yield (
            record,
            Columns(
                surfaces,
                terms.reshape(-1).astype(np.uint32),
                (memory_segment.doc_fields[first:last] & (schema.MAX_FIELDS - 1)).astype(np.uint8),
                memory_segment.positions[first:last].astype(np.uint32),
                memory_segment.starts[first:last].astype(np.uint32),
                memory_segment.widths[first:last].astype(np.uint8),
                record.lengths,
                record.sections,
            ),
        )


def article_body(record: DocumentRecord, columns: Columns, averages: F64) -> dict[str, Any]:
    """The document of the cluster for one article; ``averages`` are the mean lengths of the fields."""
    stored = orjson.loads(record.stored)
    body: dict[str, Any] = {
        "kind": "article",
        "slug": stored["slug"],
        "digest": stored["digest"],
        "exact": [exact_value(key, kind) for key, kind in sorted(exact_keys(stored))],
        "suggest": sorted(set(_beginnings(stored))),
        "raw": {
            "stored": record.stored.decode("utf-8"),
            "columns": columns.encode(),
            "text": record.text.decode("utf-8", "replace"),
        },
        **_weighted(columns, averages),
        **_placed(columns),
    }
    for one in ATTRIBUTES:
        value = stored["attributes"][one.name]
        if one.kind == "keyword":
            body[f"is_{one.name}"] = [keyword for keyword, _ in value]
            body[f"as_{one.name}"] = [orjson.dumps(pair).decode() for pair in value]
        elif value is not None:
            body[f"by_{one.name}"] = value
            body[f"is_{one.name}"] = year_of_moment(value) if one.kind == "date" else value
    return body


def exact_value(key: int, kind: int) -> str:
    """How an exact match is written: its kind, and the hash of the text."""
    return f"{kind}:{key:x}"


def year_of_moment(seconds: int) -> int:
    """The year of a time in seconds (see ``moment_in``)."""
    return int(np.datetime64(seconds, "s").astype("datetime64[Y]").astype(int)) + 1970


def field_counts(columns: Columns) -> dict[str, tuple[int, ...]]:
    """For each term 1 for every field that has it, and 1 for the article: what the lexicon adds up."""
    pairs = np.unique(columns.terms.astype(np.int64) * schema.MAX_FIELDS + columns.fields)
    has = np.zeros((len(columns.surfaces), len(schema.FIELDS) + 1), dtype=np.int64)
    has[pairs // schema.MAX_FIELDS, pairs % schema.MAX_FIELDS] = 1
    has[:, -1] = 1
    return dict(zip(columns.surfaces, map(tuple, has.tolist()), strict=True))


def _weighted(columns: Columns, averages: F64) -> dict[str, str]:
    weights = np.array(
        [
            field.weight / (1.0 - field.b + field.b * length / (average or 1.0))
            for field, length, average in zip(schema.FIELDS, columns.lengths, averages.tolist(), strict=True)
        ]
    )
    of_each = weights[columns.fields] * SCALE
    is_code = columns.fields == schema.CODE
    size = len(columns.surfaces)
    found = {}
    for name, chosen in (("prose", ~is_code), ("code", is_code)):
        sums = np.bincount(columns.terms[chosen], of_each[chosen], size)
        numbers = np.flatnonzero(sums).tolist()
        tokens = [
            f"{columns.surfaces[number]}{FREQUENCY}{max(1, round(float(sums[number])))}"
            for number in numbers
            if is_clean(columns.surfaces[number])
        ]
        found[name] = " ".join(tokens)
    return found


def _placed(columns: Columns) -> dict[str, str]:
    """The tokens of each field at their positions; a gap is as wide as a border of blocks at most."""
    at: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = zip(columns.terms.tolist(), columns.fields.tolist(), columns.positions.tolist(), strict=True)
    for term, number, position in rows:
        surface = columns.surfaces[term]
        if is_clean(surface):
            at[number][position].append(surface)
    return {positions_field(schema.FIELDS[number].name): " ".join(_tokens(places)) for number, places in at.items()}


def _tokens(places: Mapping[int, list[str]]) -> Iterator[str]:
    last: int | None = None
    for position in sorted(places):
        if last is not None:
            yield from [EMPTY] * min(position - last - 1, schema.BLOCK_GAP)
        yield TOGETHER.join(dict.fromkeys(places[position]))
        last = position


def is_clean(surface: str) -> bool:
    """Whether OpenSearch takes ``surface`` as the one token it is."""
    return not any(sign in surface for sign in _UNCLEAN)


def _beginnings(stored: Mapping[str, Any]) -> Iterator[str]:
    """What a reader may have begun to type: titles, headings and tags, from each of their words on."""
    texts = [stored["title"], *stored["tags"], *(heading for _, heading, _ in stored["sections"] if heading)]
    for text in texts:
        yield from (key for key, _ in completion_keys(text, stop_words_of(stored.get("language"))))
