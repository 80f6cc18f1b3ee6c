"""The Whoosh codec whose segments are packed arrays: Whoosh keeps the table of contents, the segments, deletions and
the lock;
the array engine maps the same files. Nothing is stored twice, and nothing is decoded when a generation is opened.

Whoosh's own searcher works on these segments too (terms, weights, positions): the oracle tests compare both on the
same postings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Segment
from whoosh.fields import ID, TEXT, Schema
from whoosh.formats import Positions
from whoosh.index import TOC
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound
from whoosh.writing import SegmentWriter

from services.search import schema
from services.search.engine_whoosh.segment.flat import Flat, unpack
from services.search.engine_whoosh.segment.pack import PLACE_SHIFT, pack
from services.search.engine_whoosh.store.array_file import Array, ArrayFile, write_arrays
from services.search.engine_whoosh.store.strings import Lookup, OrderedStrings, PackedStrings
from services.search.text.tokens import tokenize

ARRAYS_EXTENSION = ".arrays"


class EngineeringAnalyzer:
    """The project's analyzer as Whoosh calls one: for queries through Whoosh's own parser."""

    def __call__(self, value: str, **_options: Any) -> Iterator[Any]:
        from whoosh.analysis import Token  # noqa: PLC0415 # whoosh builds its tokens at call time

        token = Token(positions=True, chars=True)
        for position, (surface, start, end, _parts) in enumerate(tokenize(value)):
            token.text = token.original = surface
            token.pos, token.startchar, token.endchar = position, start, end
            token.boost, token.stopped = 1.0, False
            yield token


def whoosh_schema() -> Schema:
    """The Whoosh schema of the field table."""
    fields: dict[str, Any] = {"slug": ID(unique=True, stored=True)}
    for field in schema.FIELDS:
        fields[field.name] = TEXT(analyzer=EngineeringAnalyzer(), phrase=True, field_boost=field.weight)
    return Schema(**fields)


class PackedSegment(W3Segment):  # type: ignore[misc] # whoosh has no types
    """A segment that is one array file."""

    def __init__(self, indexname: str) -> None:
        super().__init__(None, indexname)

    def codec(self, **_options: Any) -> PackedCodec:
        return PackedCodec()

    def should_assemble(self) -> bool:
        return False

    @property
    def file_name(self) -> str:
        """The name of the file with its arrays."""
        return str(self.make_filename(ARRAYS_EXTENSION))

    def path(self, storage: Any) -> Path:
        """Where its arrays are."""
        return Path(storage.folder, self.file_name)


class PackedCodec(base.Codec):  # type: ignore[misc]
    """Reads and writes segments of packed arrays."""

    length_stats = False

    def new_segment(self, _storage: Any, indexname: str) -> PackedSegment:
        return PackedSegment(indexname)

    def per_document_writer(self, _storage: Any, _segment: PackedSegment) -> _Idle:
        return _Idle()

    def field_writer(self, _storage: Any, _segment: PackedSegment) -> _Idle:
        return _Idle()

    def terms_reader(self, storage: Any, segment: PackedSegment) -> PackedTermsReader:
        return PackedTermsReader(ArrayFile(segment.path(storage)))

    def per_document_reader(self, storage: Any, segment: PackedSegment) -> PackedDocumentReader:
        return PackedDocumentReader(ArrayFile(segment.path(storage)), segment)


class _Idle:
    """Stands where Whoosh expects a writer per document and per field: ``PackedWriter`` packs whole segments."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


class PackedWriter(SegmentWriter):  # type: ignore[misc]
    """Writes index documents as one new segment, and merges small segments into it."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=PackedCodec(), compound=False)
        self._flats: list[Flat] = []
        self._added: bool = False

    def add_flat(self, flat: Flat) -> None:
        """Add the documents of ``flat`` to the new segment."""
        self._flats.append(flat)
        self.docnum += len(flat.records)
        self._added = self._added or bool(flat.records)

    def merge_segment(self, segment: PackedSegment) -> None:
        """Add what is not deleted of ``segment`` to the new one; the caller leaves it out of the next generation."""
        self.add_flat(unpack(ArrayFile(segment.path(self.storage)), segment.deleted_docs()))

    def _flush_segment(self) -> None:
        self.newsegment.set_doc_count(self.docnum)
        write_arrays(self.newsegment.path(self.storage), pack(self._flats))

    def _commit_toc(self, segments: list[PackedSegment]) -> None:
        # Whoosh's own removes the generation before it as well, which is the one that readers are told of until then.
        TOC(self.schema, segments, self.generation).write(self.storage, self.indexname)


class PackedDocumentReader(base.PerDocumentReader):  # type: ignore[misc]
    """What Whoosh asks of documents: counts, deletions, lengths, stored fields."""

    def __init__(self, arrays: ArrayFile, segment: PackedSegment) -> None:
        self._segment = segment
        self._lengths = arrays["doc_lengths"].reshape(-1, len(schema.FIELDS))
        self._stored = PackedStrings(arrays["doc_stored"], arrays["doc_stored_offsets"])

    def close(self) -> None:
        """Nothing to give back: the views go with the reader."""

    def doc_count(self) -> int:
        return int(self._segment.doc_count())

    def doc_count_all(self) -> int:
        return int(self._segment.doc_count_all())

    def has_deletions(self) -> bool:
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        return bool(self._segment.is_deleted(docnum))

    def deleted_docs(self) -> Any:
        return self._segment.deleted_docs()

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        number = schema.FIELD_NUMBER.get(fieldname)
        return default if number is None else int(self._lengths[docnum, number])

    def field_length(self, fieldname: str) -> int:
        number = schema.FIELD_NUMBER.get(fieldname)
        return 0 if number is None else int(self._lengths[:, number].sum())

    def min_field_length(self, fieldname: str) -> int:
        return int(self._column(fieldname).min(initial=0))

    def max_field_length(self, fieldname: str) -> int:
        return int(self._column(fieldname).max(initial=0))

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {"slug": orjson.loads(self._stored[docnum])["slug"]}

    def _column(self, fieldname: str) -> Array:
        return self._lengths[:, schema.FIELD_NUMBER[fieldname]]


class PackedTermsReader(base.TermsReader):  # type: ignore[misc]
    """What Whoosh asks of terms: which there are in a field, how frequent, and their postings."""

    def __init__(self, arrays: ArrayFile) -> None:
        self._arrays = arrays
        text, offsets = arrays["term_text"], arrays["term_offsets"]
        strings = PackedStrings(text, offsets)
        self._lookup = Lookup(strings, arrays["term_bucket_starts"], arrays["term_bucket_numbers"])
        self._sorted = OrderedStrings(text, offsets, arrays["term_order"])

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return len(self._entries(*term)) > 0

    def indexed_field_names(self) -> list[str]:
        return [field.name for field in schema.FIELDS]

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self.indexed_field_names()):
            yield from self.terms_from(name, b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        first, _ = self._sorted.prefix_range(prefix)
        for place in range(first, len(self._sorted)):
            text = self._sorted[place]
            if (fieldname, text) in self:
                yield fieldname, text

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        entries = self._entries(fieldname, text)
        if not len(entries):
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        frequencies = self._arrays["entry_counts"][entries]
        documents = self._arrays["entry_slots"][entries] >> schema.FIELD_BITS
        return TermInfo(
            weight=float(frequencies.sum()),
            df=len(entries),
            maxweight=float(frequencies.max()),
            minid=int(documents[0]),
            maxid=int(documents[-1]),
        )

    def matcher(self, fieldname: str, text: bytes, format_: Positions, scorer: Any = None) -> ListMatcher:
        entries = self._entries(fieldname, text)
        if not len(entries):
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        documents = (self._arrays["entry_slots"][entries] >> schema.FIELD_BITS).tolist()
        places = self._of_kind("family_occurrences", "occurrence_kinds", fieldname, text)
        positions: dict[int, list[int]] = {document: [] for document in documents}
        for place in self._arrays["occurrence_places"][places].tolist():
            positions[place >> PLACE_SHIFT].append(place & ((1 << PLACE_SHIFT) - 1))
        return ListMatcher(
            documents,
            weights=self._arrays["entry_counts"][entries].astype(float).tolist(),
            values=[format_.encode(positions[document]) for document in documents],
            format=format_,
            scorer=scorer,
            term=(fieldname, text),
            terminfo=self.term_info(fieldname, text),
        )

    def _entries(self, fieldname: str, text: bytes) -> Array:
        return self._of_kind("family_entries", "entry_kinds", fieldname, text)

    def _of_kind(self, borders: str, kinds: str, fieldname: str, text: bytes) -> Array:
        """The numbers of what is of this term and field, among the entries or the occurrences."""
        field, term = schema.FIELD_NUMBER.get(fieldname), self._lookup.find(text)
        if field is None or term < 0:
            return np.zeros(0, dtype=np.int64)
        family = int(self._arrays["term_families"][term])
        rank = term - int(self._arrays["family_terms"][family])
        first, last = self._arrays[borders][family : family + 2].tolist()
        kind = rank << schema.FIELD_BITS | field
        found: Array = np.flatnonzero(self._arrays[kinds][first:last] == kind) + first
        return found
