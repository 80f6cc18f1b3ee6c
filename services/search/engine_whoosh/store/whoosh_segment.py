"""Packed arrays → one stock segment of Whoosh (codec ``whoosh3``) in one compound file. Does not depend on directories.

.pst            posting lists of all fields              ``whoosh_postings``
.trm            (field, term) → term info, in order      ``whoosh.filedb.filetables.OrderedHashWriter``
._stored.col    stored fields, pickled and deflated      ``whoosh.columns``
.published.col  dates, for sorting
._F_len.col     a byte for the length of field F in each document
"""

from __future__ import annotations

import io
import os
import pickle
import re
import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import orjson
from whoosh.columns import CompressedBytesColumn, PickleColumn
from whoosh.filedb.structfile import StructFile

from services.search import schema
from services.search.engine_whoosh.store.array_file import Array
from services.search.engine_whoosh.store.strings import PackedStrings
from services.search.engine_whoosh.store.whoosh_postings import (
    Postings,
    key_postings,
    lay_out,
    length_codes,
    surfaces_of,
    text_postings,
)
from services.search.engine_whoosh.store.whoosh_schema import whoosh_schema
from services.search.indexing.documents import CODE_MARK, HEADING_MARK, MARKS
from shared.content.slug import article_url

I64 = npt.NDArray[np.int64]

#: zlib level of stored fields: Whoosh's own default of 3 takes half as long again for 5 % less.
_STORED_LEVEL = 1
#: Whoosh numbers the hash functions of a table: this one is CRC-32.
_CRC = 1
#: Where the directory of a compound file begins, and its length: it comes last.
_COMPOUND_HEAD = struct.Struct("!qi")
#: A run of text with the mark that leads it.
_RUNS = re.compile(rf"[{''.join(MARKS)}][^{''.join(MARKS)}]*+")
_TABLES = 256


def whoosh_segment(segment_id: str, arrays: Mapping[str, Array]) -> bytes:
    """The compound file of the documents in ``arrays``."""
    documents = [_stored(arrays, number) for number in range(len(arrays["doc_text_offsets"]) - 1)]
    lengths = arrays["doc_lengths"].astype(np.int64).reshape(-1, len(schema.FIELDS))
    fields = _fields(arrays, documents)
    postings, terms = _postings_and_terms(fields, lengths)
    files = {
        ".pst": postings,
        ".trm": terms,
        "._stored.col": _column(PickleColumn(CompressedBytesColumn(_STORED_LEVEL)), documents),
        ".published.col": _published(documents),
    }
    for number, field in enumerate(schema.FIELDS):
        files[f"._{field.name}_len.col"] = length_codes(lengths[:, number]).tobytes()
    return _compound({f"{segment_id}{name}": data for name, data in files.items()})


def is_whole(path: Path) -> bool:
    """Whether a compound file is there and as long as its head says. Raises OSError where it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_COMPOUND_HEAD.size)
            size = os.fstat(file.fileno()).st_size
    except (FileNotFoundError, IsADirectoryError):
        return False
    return len(head) == _COMPOUND_HEAD.size and sum(_COMPOUND_HEAD.unpack(head)) == size


def _stored(arrays: Mapping[str, Array], number: int) -> dict[str, Any]:
    """What Whoosh keeps of a document as it was written: identity, date, and the text of every field."""
    card = orjson.loads(PackedStrings(arrays["doc_stored"], arrays["doc_stored_offsets"])[number])
    text = PackedStrings(arrays["doc_text"], arrays["doc_text_offsets"])[number].decode()
    fields = {
        "slug": card["slug"],
        "url": article_url(card["slug"]),
        "title": card["title"],
        "summary": card["summary"],
        "tags": ", ".join(card["tags"]),
        **_text_by_field(text, len(card["tags"])),
    }
    if card["series"]:
        fields["series"] = card["series"][0]
    if card["published"]:
        # Whoosh has no time zones.
        fields["published"] = datetime.fromisoformat(card["published"]).astimezone(UTC).replace(tzinfo=None)
    return fields


def _text_by_field(text: str, tags: int) -> dict[str, str]:
    """The headings, prose and code of a text (see ``documents``), a line for each run."""
    runs = _RUNS.findall(text)
    field_of = {HEADING_MARK: "headings", CODE_MARK: "code"}
    found: dict[str, list[str]] = {"headings": [], "body": [], "code": []}
    # Title, summary and tags come first.
    for run in runs[2 + tags :]:
        found[field_of.get(run[0], "body")].append(run[1:])
    return {name: "\n".join(lines) for name, lines in found.items()}


def _fields(arrays: Mapping[str, Array], documents: Sequence[Mapping[str, Any]]) -> dict[str, Postings]:
    """The postings of each field, in the order of their names, which is that of the numbers of fields."""
    surfaces = surfaces_of(arrays)
    fields = {field.name: text_postings(arrays, number, surfaces) for number, field in enumerate(schema.FIELDS)}
    for name in ("slug", "series", "published"):
        keys: dict[bytes, list[int]] = defaultdict(list)
        field = whoosh_schema()[name]
        for number, stored in enumerate(documents):
            for key, *_ in field.index(stored[name]) if name in stored else ():
                keys[key].append(number)
        fields[name] = key_postings(keys)
    return {name: fields[name] for name in sorted(fields)}


def _postings_and_terms(fields: Mapping[str, Postings], lengths: I64) -> tuple[bytes, bytes]:
    """The files of posting lists and of terms."""
    data: list[memoryview] = []
    keys: list[bytes] = []
    infos: list[bytes] = []
    offset = 0
    for field_number, (name, postings) in enumerate(fields.items()):
        number = schema.FIELD_NUMBER.get(name)
        for block, found in lay_out(postings, None if number is None else lengths[:, number], offset):
            data.append(block.data)
            offset += len(block)
            infos += (found[at : at + 1].tobytes() for at in range(len(found)))
        prefix = struct.pack("!H", field_number)
        keys += (prefix + term for term in postings.terms)
    table = hash_table(keys, infos, {"fieldmap": {name: number for number, name in enumerate(fields)}})
    return b"".join(data), b"".join(table)


def hash_table(keys: Sequence[bytes], values: Sequence[bytes], extras: dict[str, Any]) -> list[bytes]:
    """An ordered hash table of Whoosh: records in order, 256 tables of (hash, position), their directory, an index."""
    head = b"HSH3" + struct.pack("!Bii", _CRC, 0, 0)
    records = [struct.pack("!ii", len(key), len(value)) + key + value for key, value in zip(keys, values, strict=True)]
    ends = np.cumsum([len(head), *map(len, records)])
    hashes = np.fromiter(map(crc32, keys), dtype=np.int64, count=len(keys))
    tables: list[bytes] = []
    directory: list[bytes] = []
    at = int(ends[-1])
    for number in range(_TABLES):
        own = np.flatnonzero(hashes & (_TABLES - 1) == number)
        table = _doc_fields(hashes[own], ends[:-1][own])
        directory.append(struct.pack("!qi", at, 2 * len(own)))
        tables.append(table)
        at += len(table)
    kind = "i" if at < 1 << 31 else "q"
    index = ends[:-1].astype(f">{kind}8" if kind == "q" else ">i4").tobytes()
    tail = pickle.dumps({**extras, "indextype": kind, "indexlen": len(keys)}, 2) + index
    return [head, *records, *tables, *directory, tail, struct.pack("!i", len(tail))]


def _doc_fields(hashes: I64, positions: I64) -> bytes:
    """A table of twice as many slots as keys; each key stands in the first free slot from that of its hash on."""
    count = 2 * len(hashes)
    table = np.zeros(count, dtype=[("hash", ">u4"), ("position", ">i8")])
    if not count:
        return b""
    home = (hashes >> 8) % count
    order = np.argsort(home, kind="stable")
    # In order of their homes, a key stands at its own or right behind the one before it.
    steps = np.arange(len(order))
    doc_fields = np.maximum.accumulate(home[order] - steps) + steps
    is_inside = doc_fields < count
    table["hash"][doc_fields[is_inside]] = hashes[order[is_inside]]
    table["position"][doc_fields[is_inside]] = positions[order[is_inside]]
    # What runs over the end goes on at the beginning.
    free = np.flatnonzero(table["position"] == 0)
    beyond = order[~is_inside]
    table["hash"][free[: len(beyond)]] = hashes[beyond]
    table["position"][free[: len(beyond)]] = positions[beyond]
    return table.tobytes()


def _column(column: Any, values: Sequence[Any]) -> bytes:
    """A column as Whoosh writes it; None stands for a document without a value."""
    buffer = io.BytesIO()
    writer = column.writer(StructFile(buffer))
    for number, value in enumerate(values):
        if value is not None:
            writer.add(number, value)
    writer.finish(len(values))
    return buffer.getvalue()


def _published(documents: Sequence[Mapping[str, Any]]) -> bytes:
    field = whoosh_schema()["published"]
    moments = (stored.get("published") for stored in documents)
    return _column(field.column_type, [moment and field.to_column_value(moment) for moment in moments])


def _compound(files: Mapping[str, bytes]) -> bytes:
    """The files in one, as ``whoosh.filedb.compound.CompoundStorage`` reads them."""
    offsets = np.cumsum([_COMPOUND_HEAD.size, *map(len, files.values())]).tolist()
    directory = {
        name: {"offset": offset, "length": len(data), "modified": 0}
        for (name, data), offset in zip(files.items(), offsets[:-1], strict=True)
    }
    tail = pickle.dumps(directory, 2) + pickle.dumps({}, 2)
    return b"".join((_COMPOUND_HEAD.pack(offsets[-1], len(tail)), *files.values(), tail))
