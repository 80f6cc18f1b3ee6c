"""Flats → the arrays of one segment. Everything a query reads is laid out here, once, sorted by term.

Arrays (D documents, T terms, E entries, K occurrences, S sections; fields share slots of ``document << 3 | field``):

    term_text, term_offsets        T terms as UTF-8, sorted
    term_checksums, term_numbers   to find a term; stem_checksums, stem_numbers to find a stem
    term_entries          T + 1    where a term's entries begin
    term_signatures       T        which letters it has, one bit each: a filter for typos
    stem_text, stem_offsets        stems that differ from their only word, sorted
    stem_terms, stem_starts        their terms
    entry_slots           E        document and field, ascending within a term
    entry_occurrences     E + 1    where an entry's occurrences begin; the difference is the term frequency
    occurrence_positions, _starts, _widths   K   position in the document, first byte of its text, length in bytes
    doc_stored, doc_text           as UTF-8 with offsets; doc_lengths  D times fields; doc_published  seconds, or the
    least number
    doc_sections          D + 1    where a document's sections begin; section_positions, _bodies, _starts  S
    doc_tags, doc_tag_starts       numbers into tag_text; doc_series numbers into series_text, or -1
    exact_keys, exact_docs, exact_kinds   hashes of titles, slugs, headings and tags, sorted
    suggest_…                      completions, see ``phrases``
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.analysis import is_code_word, stem
from services.search.documents import exact_key
from services.search.whoosh_engine.array_file import Array
from services.search.whoosh_engine.flat import DocumentRecord, Flat
from services.search.whoosh_engine.phrases import suggestion_arrays
from services.search.whoosh_engine.strings import pack_checksums, pack_strings

I64 = npt.NDArray[np.int64]

#: ``doc_published`` of a document without a date.
NEVER = -(2**62)
EXACT_TITLE, EXACT_HEADING, EXACT_TAG, EXACT_SLUG = range(4)


def pack(flats: Sequence[Flat]) -> dict[str, Array]:
    """The arrays of one segment with all documents of ``flats``, in order."""
    vocabulary = sorted({term for flat in flats for term in flat.vocabulary})
    records = [record for flat in flats for record in flat.records]
    arrays = _postings(flats, vocabulary)
    used = np.flatnonzero(np.diff(arrays["term_entries"]))
    if len(used) != len(vocabulary):  # terms whose documents were all deleted
        vocabulary = [vocabulary[number] for number in used]
        arrays["term_entries"] = np.append(arrays["term_entries"][used], arrays["term_entries"][-1:])
    arrays.update(_terms(vocabulary))
    arrays.update(_documents(records))
    return arrays


def _postings(flats: Sequence[Flat], vocabulary: Sequence[bytes]) -> dict[str, Array]:
    number_of = {term: number for number, term in enumerate(vocabulary)}
    keys, columns = [], []
    base = 0
    for flat in flats:
        local = np.fromiter((number_of[term] for term in flat.vocabulary), dtype=np.int64, count=len(flat.vocabulary))
        slots = flat.slots.astype(np.int64) + (base << schema.FIELD_BITS)
        keys.append(local[flat.terms] << 32 | slots if len(flat.terms) else slots)
        columns.append((flat.positions, flat.starts, flat.widths))
        base += len(flat.records)
    key: I64 = np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)
    order = np.argsort(key, kind="stable")
    key = key[order]
    is_first = np.ones(len(key), dtype=bool)
    is_first[1:] = key[1:] != key[:-1]
    firsts = np.flatnonzero(is_first)
    entries = key[firsts]
    positions, starts, widths = (
        np.concatenate([column[index] for column in columns])[order] if columns else np.zeros(0, dtype=np.uint32)
        for index in range(3)
    )
    return {
        "term_entries": np.searchsorted(entries >> 32, np.arange(len(vocabulary) + 1)).astype(np.uint32),
        "entry_slots": (entries & 0xFFFFFFFF).astype(np.uint32),
        "entry_occurrences": np.append(firsts, len(key)).astype(np.uint32),
        "occurrence_positions": positions,
        "occurrence_starts": starts,
        "occurrence_widths": widths.astype(np.uint8),
    }


def signature(surface: str) -> int:
    """One bit per letter (others share bits) that ``surface`` has: one edit changes at most two of them."""
    bits = 0
    for letter in surface:
        bits |= 1 << (ord(letter) & 31)
    return bits


def _terms(vocabulary: Sequence[bytes]) -> dict[str, Array]:
    surfaces = [term.decode("utf-8") for term in vocabulary]
    by_stem: dict[bytes, list[int]] = {}
    for number, surface in enumerate(surfaces):
        if not is_code_word(surface):
            by_stem.setdefault(stem(surface).encode(), []).append(number)
    stems = sorted(by_stem)
    starts = np.zeros(len(stems) + 1, dtype=np.uint32)
    np.cumsum(np.fromiter((len(by_stem[s]) for s in stems), dtype=np.uint32, count=len(stems)), out=starts[1:])
    term_text, term_offsets = pack_strings(vocabulary)
    stem_text, stem_offsets = pack_strings(stems)
    term_checksums, term_numbers = pack_checksums(vocabulary)
    stem_checksums, stem_numbers = pack_checksums(stems)
    return {
        "term_checksums": term_checksums,
        "term_numbers": term_numbers,
        "stem_checksums": stem_checksums,
        "stem_numbers": stem_numbers,
        "term_text": term_text,
        "term_offsets": term_offsets,
        "term_signatures": np.fromiter(map(signature, surfaces), dtype=np.uint32, count=len(surfaces)),
        "term_characters": np.fromiter((min(len(s), 255) for s in surfaces), dtype=np.uint8, count=len(surfaces)),
        "stem_text": stem_text,
        "stem_offsets": stem_offsets,
        "stem_starts": starts,
        "stem_terms": np.fromiter((n for s in stems for n in by_stem[s]), dtype=np.uint32, count=int(starts[-1])),
    }


def key_hash(text: str) -> int:
    """64 bits of ``exact_key(text)``."""
    return int.from_bytes(blake2b(exact_key(text).encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _documents(records: Sequence[DocumentRecord]) -> dict[str, Array]:
    stored: list[dict[str, Any]] = [orjson.loads(record.stored) for record in records]
    text, text_offsets = pack_strings(record.text for record in records)
    blobs, blob_offsets = pack_strings(record.stored for record in records)
    tags, tag_numbers, tag_starts = _numbered([fields["tags"] for fields in stored])
    series, series_numbers, series_starts = _numbered(
        [[orjson.dumps(fields["series"][:2]).decode()] if fields["series"] else [] for fields in stored]
    )
    of_series = np.full(len(records), -1, dtype=np.int32)
    of_series[np.diff(series_starts).astype(bool)] = series_numbers
    sections = [section for record in records for section in record.sections]
    section_table = np.array(sections, dtype=np.uint32).reshape(-1, 3)
    tag_text, tag_offsets = pack_strings(tag.encode() for tag in tags)
    series_text, series_offsets = pack_strings(name.encode() for name in series)
    return {
        "doc_stored": blobs,
        "doc_stored_offsets": blob_offsets,
        "doc_text": text,
        "doc_text_offsets": text_offsets,
        "doc_lengths": np.array([record.lengths for record in records], dtype=np.uint32).reshape(-1),
        "doc_published": np.array([_seconds(fields["published"]) for fields in stored], dtype=np.int64),
        "doc_sections": _offsets(len(record.sections) for record in records),
        "section_positions": section_table[:, 0].copy(),
        "section_bodies": section_table[:, 1].copy(),
        "section_starts": section_table[:, 2].copy(),
        "doc_tags": tag_numbers,
        "doc_tag_starts": tag_starts,
        "tag_text": tag_text,
        "tag_offsets": tag_offsets,
        "doc_series": of_series,
        "series_text": series_text,
        "series_offsets": series_offsets,
        **_exact(stored),
        **suggestion_arrays(stored),
    }


def _exact(stored: Sequence[dict[str, Any]]) -> dict[str, Array]:
    rows: list[tuple[int, int, int]] = []
    for number, fields in enumerate(stored):
        rows.append((key_hash(fields["title"]), number, EXACT_TITLE))
        rows.append((key_hash(fields["slug"].replace("-", " ")), number, EXACT_SLUG))
        rows += {(key_hash(heading), number, EXACT_HEADING) for _, heading, _ in fields["sections"] if heading}
        rows += {(key_hash(tag), number, EXACT_TAG) for tag in fields["tags"]}
    rows.sort()
    return {
        "exact_keys": np.array([row[0] for row in rows], dtype=np.uint64),
        "exact_docs": np.array([row[1] for row in rows], dtype=np.uint32),
        "exact_kinds": np.array([row[2] for row in rows], dtype=np.uint8),
    }


def _numbered(lists: Sequence[Sequence[str]]) -> tuple[list[str], Array, Array]:
    """``(names sorted, numbers in order of the documents, where each document's begin)``."""
    names = sorted({name for items in lists for name in items})
    number_of = {name: number for number, name in enumerate(names)}
    numbers = np.array([number_of[name] for items in lists for name in items], dtype=np.uint32)
    return names, numbers, _offsets(len(items) for items in lists)


def _offsets(counts: Iterable[int]) -> npt.NDArray[np.uint32]:
    return np.concatenate(([0], np.cumsum(list(counts), dtype=np.int64))).astype(np.uint32)


def _seconds(published: str | None) -> int:
    return int(datetime.fromisoformat(published).timestamp()) if published else NEVER
