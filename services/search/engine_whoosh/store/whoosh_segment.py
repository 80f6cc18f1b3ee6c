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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

import numpy as np
import numpy.typing as npt
import orjson
from whoosh.columns import CompressedBytesColumn, PickleColumn
from whoosh.filedb.structfile import StructFile

from services.search import schema
from services.search.arrays.array_file import Array, release
from services.search.arrays.strings import PackedStrings
from services.search.engine_whoosh.store.whoosh_blocks import TERM_INFO, lay_out, length_codes
from services.search.engine_whoosh.store.whoosh_postings import (
    Postings,
    key_postings,
    surfaces_of,
    text_postings,
)
from services.search.engine_whoosh.store.whoosh_schema import whoosh_schema
from services.search.indexing.texts import CODE_MARK, HEADING_MARK, LINK_MARK, MARKS
from shared.content.slug import article_url
from shared.process.regular import NotRegular, open_regular

I64 = npt.NDArray[np.int64]

#: zlib level of stored fields: Whoosh's own default of 3 takes half as long again and saves 5 %.
_STORED_LEVEL = 1
#: The number of the hash function CRC-32 in Whoosh's hash tables, and the number of tables in one.
_CRC = 1
_TABLES = 256
#: The offset and length of the directory of a compound file, which comes last.
_COMPOUND_HEAD = struct.Struct("!qi")
#: A run of text with its mark.
_RUNS = re.compile(rf"[{''.join(MARKS)}][^{''.join(MARKS)}]*+")
#: Documents after which the memory of pages already read is released.
_RELEASED_DOCUMENTS = 500
#: Fields that are not text.
_KEYED = ("published", "series", "slug")


def write_segment(file: BinaryIO, segment_id: str, arrays: Mapping[str, Array]) -> None:
    """Write the compound file of the documents in ``arrays``, piece by piece, to an empty file."""
    compound = _Compound(file, segment_id)
    keyed = _write_documents(compound, arrays)
    lengths = arrays["doc_lengths"].reshape(-1, len(schema.FIELDS))
    _write_terms(compound, arrays, keyed, lengths)
    for number, field in enumerate(schema.FIELDS):
        compound.add(f"._{field.name}_len.col", [length_codes(lengths[:, number].astype(np.int64)).tobytes()])
    compound.close()


class _Compound:
    """A compound file as ``whoosh.filedb.compound.CompoundStorage`` reads it: several files in one."""

    def __init__(self, file: BinaryIO, segment_id: str) -> None:
        self._file = file
        self._segment_id = segment_id
        self._directory: dict[str, dict[str, int]] = {}
        self._offset = file.write(bytes(_COMPOUND_HEAD.size))

    def add(self, name: str, pieces: Iterable[bytes | memoryview]) -> None:
        """Write the next file."""
        length = sum(map(self._file.write, pieces))
        self._directory[f"{self._segment_id}{name}"] = {"offset": self._offset, "length": length, "modified": 0}
        self._offset += length

    def close(self) -> None:
        """Write the directory and its offset: before that, the file is incomplete."""
        tail = pickle.dumps(self._directory, 2) + pickle.dumps({}, 2)
        self._file.write(tail)
        self._file.seek(0)
        self._file.write(_COMPOUND_HEAD.pack(self._offset, len(tail)))


def is_whole(path: Path) -> bool:
    """Whether the compound file exists with the length in its head. Raises OSError if it cannot be read."""
    try:
        with open_regular(path) as file:
            head = file.read(_COMPOUND_HEAD.size)
            size = os.fstat(file.fileno()).st_size
    except (FileNotFoundError, NotRegular):
        return False
    return len(head) == _COMPOUND_HEAD.size and sum(_COMPOUND_HEAD.unpack(head)) == size


def _stored(arrays: Mapping[str, Array], number: int) -> dict[str, Any]:
    """The stored fields of a document for Whoosh: identity, date, and the text of every field."""
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
        # Whoosh does not support time zones.
        fields["published"] = datetime.fromisoformat(card["published"]).astimezone(UTC).replace(tzinfo=None)
    return fields


def _text_by_field(text: str, tags: int) -> dict[str, str]:
    """The headings, prose, code and link texts of a text (see ``documents``), one line per run."""
    runs = _RUNS.findall(text)
    field_of = {HEADING_MARK: "headings", CODE_MARK: "code", LINK_MARK: "links"}
    found: dict[str, list[str]] = {"headings": [], "body": [], "code": [], "links": []}
    # Title, summary and tags come first.
    for run in runs[2 + tags :]:
        found[field_of.get(run[0], "body")].append(run[1:])
    return {name: "\n".join(lines) for name, lines in found.items()}


def _write_documents(compound: _Compound, arrays: Mapping[str, Array]) -> dict[str, Postings]:
    """Write the stored fields of all documents; return the postings of the fields that are not text."""
    keys: dict[str, dict[bytes, list[int]]] = {name: defaultdict(list) for name in _KEYED}
    published = whoosh_schema()["published"]
    dates = []
    buffer = io.BytesIO()
    writer = PickleColumn(CompressedBytesColumn(_STORED_LEVEL)).writer(StructFile(buffer))
    documents = len(arrays["doc_text_offsets"]) - 1
    for number in range(documents):
        stored = _stored(arrays, number)
        writer.add(number, stored)
        date = stored.get("published")
        dates.append(date and published.to_column_value(date))
        for name in _KEYED:
            for key, *_ in whoosh_schema()[name].index(stored[name]) if name in stored else ():
                keys[name][key].append(number)
        if number % _RELEASED_DOCUMENTS == 0:
            release(arrays)
    writer.finish(documents)
    compound.add("._stored.col", [buffer.getbuffer()])
    compound.add(".published.col", [_column(published.column_type, dates)])
    return {name: key_postings(found) for name, found in keys.items()}


def _write_terms(
    compound: _Compound, arrays: Mapping[str, Array], keyed: Mapping[str, Postings], lengths: Array
) -> None:
    """Write the posting lists of all fields, and the table of terms with the offset of each list."""
    keys: list[bytes] = []
    infos: list[bytes] = []
    # Fields are numbered in the order of their names.
    names = sorted((*schema.FIELD_NUMBER, *keyed))
    surfaces = surfaces_of(arrays)

    def blocks() -> Iterator[memoryview]:
        offset = 0
        for field_number, name in enumerate(names):
            number = schema.FIELD_NUMBER.get(name)
            prefix = struct.pack("!H", field_number)
            own_lengths = None if number is None else lengths[:, number].astype(np.int64)
            for postings in [keyed[name]] if number is None else text_postings(arrays, number, surfaces):
                keys.extend(prefix + term for term in postings.terms)
                for block, found in lay_out(postings, own_lengths, offset):
                    infos.append(found.tobytes())
                    offset += len(block)
                    yield block.data
                release(arrays)

    compound.add(".pst", blocks())
    order = sorted(range(len(keys)), key=keys.__getitem__)
    # Concatenating record arrays would change the byte order of their fields.
    values = np.frombuffer(b"".join(infos), dtype=TERM_INFO)
    fieldmap = {name: number for number, name in enumerate(names)}
    ordered = [keys[number] for number in order]
    del keys[:]
    compound.add(".trm", hash_table(ordered, values[order], {"fieldmap": fieldmap}))


def hash_table(keys: Sequence[bytes], values: Array, extras: dict[str, Any]) -> Iterator[bytes]:
    """An ordered hash table of Whoosh: records in order, 256 tables of (hash, position), their directory, an index."""
    head = b"HSH3" + struct.pack("!Bii", _CRC, 0, 0)
    size = values.dtype.itemsize
    ends = np.cumsum([len(head), *(8 + len(key) + size for key in keys)])
    hashes = np.fromiter(map(crc32, keys), dtype=np.int64, count=len(keys))
    yield head
    for key, value in zip(keys, values, strict=True):
        yield struct.pack("!ii", len(key), size) + key + value.tobytes()
    directory: list[bytes] = []
    at = int(ends[-1])
    for number in range(_TABLES):
        own = np.flatnonzero(hashes & (_TABLES - 1) == number)
        table = _slots(hashes[own], ends[:-1][own])
        directory.append(struct.pack("!qi", at, 2 * len(own)))
        at += len(table)
        yield table
    kind = "i" if at < 1 << 31 else "q"
    index = ends[:-1].astype(f">{kind}8" if kind == "q" else ">i4").tobytes()
    tail = pickle.dumps({**extras, "indextype": kind, "indexlen": len(keys)}, 2) + index
    yield from (*directory, tail, struct.pack("!i", len(tail)))


def _slots(hashes: I64, positions: I64) -> bytes:
    """A table with twice as many slots as keys; each key takes the first free slot from that of its hash on."""
    count = 2 * len(hashes)
    table = np.zeros(count, dtype=[("hash", ">u4"), ("position", ">i8")])
    if not count:
        return b""
    home = (hashes >> 8) % count
    order = np.argsort(home, kind="stable")
    # In order of their home slots, a key takes its own slot or the one after the key before it.
    steps = np.arange(len(order))
    slots = np.maximum.accumulate(home[order] - steps) + steps
    is_inside = slots < count
    table["hash"][slots[is_inside]] = hashes[order[is_inside]]
    table["position"][slots[is_inside]] = positions[order[is_inside]]
    # Keys past the end wrap around.
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
