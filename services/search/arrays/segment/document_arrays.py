"""Records of documents → the document arrays of a segment. The layout is in ``layout``.

They hold stored fields, the boundaries of runs and sections, attributes, exact titles and completions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search.arrays.array_file import Array
from services.search.arrays.ranges import starts_of
from services.search.arrays.segment.columns import attribute_arrays
from services.search.arrays.segment.memory_segment import DocumentRecord
from services.search.arrays.segment.phrases import suggestion_arrays
from services.search.arrays.strings import pack_lines, pack_strings
from services.search.indexing.stored import ExactKeys, exact_keys, key_hash
from services.search.indexing.texts import CODE_MARK, MARKS


def document_arrays(records: Sequence[DocumentRecord]) -> dict[str, Array]:
    """The arrays about documents, in the order of ``records``."""
    stored: list[dict[str, Any]] = [orjson.loads(record.stored) for record in records]
    # Thousands of reference pages share the same headings.
    key_of = cache(key_hash)
    exact = [exact_keys(fields, key_of) for fields in stored]
    return {**shown_arrays(records, stored), **exact_arrays(exact), **suggestion_arrays(stored)}


def shown_arrays(records: Sequence[DocumentRecord], stored: Sequence[dict[str, Any]]) -> dict[str, Array]:
    """The arrays that show and sort hits; ``stored`` are the parsed fields of ``records``."""
    text, text_offsets = pack_strings(record.text for record in records)
    blobs, blob_offsets = pack_strings(record.stored for record in records)
    sections = [section for record in records for section in record.sections]
    blocks, is_code = blocks_of(text)
    section_table = np.array(sections, dtype=np.uint32).reshape(-1, 3)
    return {
        "doc_slugs": pack_lines(fields["slug"] for fields in stored),
        "doc_digests": pack_lines(fields["digest"] for fields in stored),
        "doc_stored": blobs,
        "doc_stored_offsets": blob_offsets,
        "block_starts": np.append(blocks, len(text)),
        "block_is_code": is_code,
        "doc_text": text,
        "doc_text_offsets": text_offsets,
        "doc_lengths": np.array([record.lengths for record in records], dtype=np.uint32).reshape(-1),
        "doc_sections": starts_of(len(record.sections) for record in records),
        "section_positions": section_table[:, 0].copy(),
        "section_bodies": section_table[:, 1].copy(),
        "section_starts": section_table[:, 2].copy(),
        **attribute_arrays([fields["attributes"] for fields in stored]),
    }


def blocks_of(text: Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The byte of the mark of each run in ``text``, and whether the run is code."""
    marks = [ord(mark) for mark in MARKS]
    places = np.flatnonzero((text >= min(marks)) & (text <= max(marks)))
    return places, text[places] == ord(CODE_MARK)


def exact_arrays(keys: Iterable[ExactKeys]) -> dict[str, Array]:
    """The arrays of exact matches, given the keys of each document in order."""
    rows = sorted((key, number, kind) for number, own in enumerate(keys) for key, kind in own)
    return {
        "exact_keys": np.array([row[0] for row in rows], dtype=np.uint64),
        "exact_docs": np.array([row[1] for row in rows], dtype=np.uint32),
        "exact_kinds": np.array([row[2] for row in rows], dtype=np.uint8),
    }
