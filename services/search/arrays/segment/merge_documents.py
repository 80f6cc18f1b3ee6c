"""Merge the document arrays of several segments, without deleted documents. See ``layout``.

Nothing is analysed again, and texts are copied a few megabytes at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from services.search.arrays.array_file import Array, ArrayWriter, release
from services.search.arrays.ranges import starts_of
from services.search.arrays.segment.columns import merged_attributes
from services.search.arrays.segment.document_arrays import blocks_of
from services.search.arrays.segment.layout import I64, section_keys
from services.search.arrays.strings import PackedStrings, pack_lines, pack_strings, unpack_lines

#: The arrays of a segment, and the numbers of its deleted documents.
Part = tuple[Mapping[str, Array], Collection[int]]
Bools = npt.NDArray[np.bool_]

#: Bytes copied at a time.
_PIECE_BYTES = 4 << 20


def kept_documents(part: Part) -> Bools:
    """A mask of the documents that are not deleted."""
    arrays, deleted = part
    kept = np.ones(len(arrays["doc_text_offsets"]) - 1, dtype=bool)
    kept[list(deleted)] = False
    return kept


def merge_documents(parts: Sequence[Part], numbers: Sequence[I64], out: ArrayWriter) -> tuple[I64, int]:
    """Write the document arrays; return the start of each section, and the number of documents.

    ``numbers`` are the new numbers of the documents of each part (-1: deleted).
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
        release(arrays)
    for name, found in lines.items():
        out.add(name, pack_lines(found))
    for name, values in merged_attributes([arrays for arrays, _ in parts], kept).items():
        out.add(name, values)
    return section_keys(sections), documents


def _sizes(starts: Array) -> I64:
    """The size of each of adjacent ranges, given their starts and the end of the last."""
    boundaries: I64 = starts.astype(np.int64)
    return boundaries[1:] - boundaries[:-1]


def _copied(parts: Sequence[Part], kept: Sequence[Bools], name: str, out: ArrayWriter) -> Iterator[Array]:
    """Write strings and their offsets, and yield the pieces as they are copied."""
    sizes = [_sizes(arrays[f"{name}_offsets"])[own] for (arrays, _), own in zip(parts, kept, strict=True)]
    offsets = np.concatenate(([0], np.cumsum(np.concatenate(sizes)))).astype(np.uint64)
    append = out.column(name, np.dtype(np.uint8), int(offsets[-1]))
    for (arrays, _), own in zip(parts, kept, strict=True):
        ends = arrays[f"{name}_offsets"].astype(np.int64)
        # Copy adjacent documents as one range.
        boundaries = np.flatnonzero(np.diff(np.concatenate(([False], own, [False])).astype(np.int8)))
        for first, last in boundaries.reshape(-1, 2).tolist():
            for begin in range(int(ends[first]), int(ends[last]), _PIECE_BYTES):
                piece = arrays[name][begin : min(begin + _PIECE_BYTES, int(ends[last]))]
                append(piece)
                yield piece
        release(arrays)
    out.add(f"{name}_offsets", offsets)


def _copy_texts(parts: Sequence[Part], kept: Sequence[Bools], out: ArrayWriter) -> None:
    """Write the texts and their runs."""
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
        sizes = _sizes(arrays["doc_sections"])
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


#: The text of a completion, its kind and its section.
_Entry = tuple[bytes, int, int]


def _merge_suggestions(parts: Sequence[Part], numbers: Sequence[I64]) -> dict[str, Array]:
    """Merge the completions. An entry of several parts has the same keys in each, so those of the first are used."""
    found: dict[_Entry, int] = {}
    keys: list[bytes] = []
    columns: list[tuple[I64, I64, I64]] = []
    for (arrays, _), own in zip(parts, numbers, strict=True):
        entries, documents = _live_entries(arrays, own)
        known = len(found)
        ids = np.array([-1 if one is None else found.setdefault(one, len(found)) for one in entries], dtype=np.int64)
        references = arrays["suggest_refs"].astype(np.int64)
        new = np.flatnonzero(ids[references >> 1] >= known)
        packed = PackedStrings(arrays["suggest_keys"], arrays["suggest_key_offsets"])
        keys += (packed[number] for number in new.tolist())
        entry = np.repeat(ids, _sizes(arrays["suggest_doc_starts"]))[documents >= 0]
        columns.append((ids[references[new] >> 1] << 1 | references[new] & 1, entry, documents[documents >= 0]))
        release(arrays)
    references, entry, documents = (np.concatenate(column) for column in zip(*columns, strict=True))
    ordered = sorted(found)
    ranks = np.empty(len(found), dtype=np.int64)
    ranks[[found[one] for one in ordered]] = np.arange(len(found))
    return {
        **_completion_arrays(keys, ranks[references >> 1] << 1 | references & 1),
        "suggest_docs": documents[np.lexsort((documents, ranks[entry]))].astype(np.uint32),
        "suggest_doc_starts": starts_of(np.bincount(ranks[entry], minlength=len(ordered))),
        "suggest_kinds": np.array([one[1] for one in ordered], dtype=np.uint8),
        "suggest_sections": np.array([one[2] for one in ordered], dtype=np.uint16),
        **dict(zip(("suggest_text", "suggest_offsets"), pack_strings(one[0] for one in ordered), strict=True)),
    }


def _live_entries(arrays: Mapping[str, Array], numbers: I64) -> tuple[list[_Entry | None], I64]:
    """The entries of a part (None if no document of one remains), and the new numbers of their documents."""
    texts = PackedStrings(arrays["suggest_text"], arrays["suggest_offsets"])
    documents: I64 = numbers[arrays["suggest_docs"]]
    counts = _sizes(arrays["suggest_doc_starts"])
    entry = np.repeat(np.arange(len(counts)), counts)
    is_live = (np.bincount(entry[documents >= 0], minlength=len(counts)) > 0).tolist()
    rows = zip(arrays["suggest_kinds"].tolist(), arrays["suggest_sections"].tolist(), is_live, strict=True)
    return [(texts[at], kind, section) if live else None for at, (kind, section, live) in enumerate(rows)], documents


def _completion_arrays(keys: list[bytes], references: I64) -> dict[str, Array]:
    """``keys`` with their references, sorted by both."""
    order = np.argsort(references).tolist()
    order.sort(key=keys.__getitem__)
    text, offsets = pack_strings(keys[number] for number in order)
    return {
        "suggest_keys": text,
        "suggest_key_offsets": offsets,
        "suggest_refs": references[order].astype(np.uint32),
    }
