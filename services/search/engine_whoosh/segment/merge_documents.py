"""The arrays about documents of several segments → those of one, without what was deleted. See ``pack``.

Nothing is analysed again, and texts are copied a few megabytes at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search.engine_whoosh.segment.columns import attribute_arrays
from services.search.engine_whoosh.segment.document_arrays import blocks_of, starts_of
from services.search.engine_whoosh.segment.pack import I64, section_keys
from services.search.engine_whoosh.store.array_file import Array, ArrayWriter, release
from services.search.engine_whoosh.store.strings import PackedStrings, pack_lines, pack_strings, unpack_lines

#: The arrays of a segment, and the numbers of its deleted documents.
Part = tuple[Mapping[str, Array], Collection[int]]
Bools = npt.NDArray[np.bool_]

#: Bytes that are copied together.
_PIECE_BYTES = 4 << 20


def kept_documents(part: Part) -> Bools:
    """Whether each document stays."""
    arrays, deleted = part
    kept = np.ones(len(arrays["doc_text_offsets"]) - 1, dtype=bool)
    kept[list(deleted)] = False
    return kept


def merge_documents(parts: Sequence[Part], numbers: Sequence[I64], out: ArrayWriter) -> tuple[I64, int]:
    """Write the arrays about documents; where each section begins, and the number of documents.

    ``numbers`` are the new numbers of the documents of each part (-1: gone).
    """
    kept = [own >= 0 for own in numbers]
    documents = int(sum(map(np.count_nonzero, kept)))
    for _ in _copied(parts, kept, "doc_stored", out):
        pass
    _copy_texts(parts, kept, out)
    lengths = (arrays["doc_lengths"].reshape(len(own), -1)[own] for (arrays, _), own in zip(parts, kept, strict=True))
    out.add("doc_lengths", np.concatenate([one.reshape(-1) for one in lengths]))
    sections = _merge_sections(parts, kept)
    for name, values in {**sections, **_merge_exact(parts, numbers), **_merge_suggestions(parts, numbers)}.items():
        out.add(name, values)
    lines: dict[str, list[str]] = {"doc_slugs": [], "doc_digests": []}
    for (arrays, _), own in zip(parts, kept, strict=True):
        for name in lines:
            lines[name] += compress(unpack_lines(arrays[name]), own.tolist())
    for name, found in lines.items():
        out.add(name, pack_lines(found))
    for name, values in attribute_arrays(list(_attributes(parts, kept))).items():
        out.add(name, values)
    return section_keys(sections), documents


def _attributes(parts: Sequence[Part], kept: Sequence[Bools]) -> Iterator[Mapping[str, Any]]:
    for (arrays, _), own in zip(parts, kept, strict=True):
        stored = PackedStrings(arrays["doc_stored"], arrays["doc_stored_offsets"])
        for number in np.flatnonzero(own).tolist():
            yield orjson.loads(stored[number])["attributes"]


def _copied(parts: Sequence[Part], kept: Sequence[Bools], name: str, out: ArrayWriter) -> Iterator[Array]:
    """Write strings and their offsets, and yield the pieces that were copied."""
    sizes = [
        np.diff(arrays[f"{name}_offsets"].astype(np.int64))[own] for (arrays, _), own in zip(parts, kept, strict=True)
    ]
    offsets = np.concatenate(([0], np.cumsum(np.concatenate(sizes)))).astype(np.uint64)
    append = out.column(name, np.dtype(np.uint8), int(offsets[-1]))
    for (arrays, _), own in zip(parts, kept, strict=True):
        ends = arrays[f"{name}_offsets"].astype(np.int64)
        # Neighbours that stay are one range.
        borders = np.flatnonzero(np.diff(np.concatenate(([False], own, [False])).astype(np.int8)))
        for first, last in borders.reshape(-1, 2).tolist():
            for begin in range(int(ends[first]), int(ends[last]), _PIECE_BYTES):
                piece = arrays[name][begin : min(begin + _PIECE_BYTES, int(ends[last]))]
                append(piece)
                yield piece
        release(arrays)
    out.add(f"{name}_offsets", offsets)


def _copy_texts(parts: Sequence[Part], kept: Sequence[Bools], out: ArrayWriter) -> None:
    """Write the texts, and the runs that they have."""
    base, starts, is_code = 0, [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=bool)]
    for piece in _copied(parts, kept, "doc_text", out):
        places, code = blocks_of(piece)
        starts.append(places + base)
        is_code.append(code)
        base += len(piece)
    out.add("block_starts", np.append(np.concatenate(starts), base))
    out.add("block_is_code", np.concatenate(is_code))


def _merge_sections(parts: Sequence[Part], kept: Sequence[Bools]) -> dict[str, Array]:
    names = ("section_positions", "section_bodies", "section_starts")
    counts: list[I64] = []
    columns: dict[str, list[Array]] = {name: [] for name in names}
    for (arrays, _), own in zip(parts, kept, strict=True):
        ends = arrays["doc_sections"].astype(np.int64)
        sizes = ends[1:] - ends[:-1]
        counts.append(sizes[own])
        for name in names:
            columns[name].append(arrays[name][np.repeat(own, sizes)])
    return {
        "doc_sections": starts_of(np.concatenate(counts)),
        **{name: np.concatenate(found) for name, found in columns.items()},
    }


def _merge_exact(parts: Sequence[Part], numbers: Sequence[I64]) -> dict[str, Array]:
    columns: list[tuple[Array, ...]] = []
    for (arrays, _), own in zip(parts, numbers, strict=True):
        documents = own[arrays["exact_docs"]]
        stays = documents >= 0
        columns.append((arrays["exact_keys"][stays], documents[stays], arrays["exact_kinds"][stays]))
    keys, documents, kinds = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((kinds, documents, keys))
    return {
        "exact_keys": keys[order],
        "exact_docs": documents[order].astype(np.uint32),
        "exact_kinds": kinds[order],
    }


def _merge_suggestions(parts: Sequence[Part], numbers: Sequence[I64]) -> dict[str, Array]:
    """What can be completed. An entry of several parts has the same keys in each: those of the first are taken."""
    found: dict[tuple[bytes, int, int], list[Array]] = {}
    own_keys: list[tuple[bytes, int, tuple[bytes, int, int]]] = []
    for (arrays, _), own in zip(parts, numbers, strict=True):
        texts = PackedStrings(arrays["suggest_text"], arrays["suggest_offsets"])
        rows = zip(arrays["suggest_kinds"].tolist(), arrays["suggest_sections"].tolist(), strict=True)
        documents, starts = own[arrays["suggest_docs"]], arrays["suggest_doc_starts"].tolist()
        entries = [(texts[at], kind, section) for at, (kind, section) in enumerate(rows)]
        is_new = []
        for at, entry in enumerate(entries):
            those = documents[starts[at] : starts[at + 1]]
            those = those[those >= 0]
            is_new.append(len(those) > 0 and entry not in found)
            if len(those):
                found.setdefault(entry, []).append(those)
        keys = PackedStrings(arrays["suggest_keys"], arrays["suggest_key_offsets"])
        for at, reference in enumerate(arrays["suggest_refs"].tolist()):
            if is_new[reference >> 1]:
                own_keys.append((keys[at], reference & 1, entries[reference >> 1]))
    entries = sorted(found)
    number_of = {entry: number for number, entry in enumerate(entries)}
    ordered = sorted((key, number_of[entry] << 1 | is_whole) for key, is_whole, entry in own_keys)
    documents_of = [np.concatenate(found[entry]) for entry in entries]
    text, offsets = pack_strings(entry[0] for entry in entries)
    key_text, key_offsets = pack_strings(key for key, _ in ordered)
    return {
        "suggest_text": text,
        "suggest_offsets": offsets,
        "suggest_kinds": np.array([entry[1] for entry in entries], dtype=np.uint8),
        "suggest_sections": np.array([entry[2] for entry in entries], dtype=np.uint16),
        "suggest_doc_starts": starts_of(map(len, documents_of)),
        "suggest_docs": np.concatenate([np.zeros(0, dtype=np.uint32), *documents_of]).astype(np.uint32),
        "suggest_keys": key_text,
        "suggest_key_offsets": key_offsets,
        "suggest_refs": np.array([reference for _, reference in ordered], dtype=np.uint32),
    }
