"""All segments of one generation, open as one index: postings per segment, everything about documents as one table.

Documents are numbered through the segments in order. A deleted document keeps its number; its norms are zero, so that
nothing of it counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.engine_whoosh.segment.columns import NEVER, Column, KeywordColumn, NumberColumn
from services.search.engine_whoosh.segment.document_arrays import key_hash
from services.search.engine_whoosh.segment.pack import POSITION_SHIFT, section_keys
from services.search.engine_whoosh.store.array_file import Array, ArrayFile
from services.search.engine_whoosh.store.manifest import Manifest, segment_paths
from services.search.engine_whoosh.store.strings import Lookup, OrderedStrings, PackedStrings, unpack_lines
from services.search.text.joined import backwards, joins_words
from services.search.text.terms import SIGN, keys_of
from services.search.text.tokens import stem
from shared.search.attributes import ATTRIBUTES
from shared.search.contract import Building

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: How much more the newest article counts than one without a date, and how fast that fades with distance from the
#: newest.
RECENCY_SHARE = 0.04
RECENCY_HALF_LIFE_S = 3 * 365.25 * 86_400


_SIGN = SIGN.encode()
_NO_NUMBERS = np.zeros(0, dtype=np.int64)


class Segment:
    """The postings of one segment (see ``pack``). ``base`` is the number of its first document in the generation."""

    def __init__(self, arrays: Mapping[str, Array], base: int, deleted: Sequence[int]) -> None:
        self.arrays = arrays
        self.base = base
        self.documents = len(arrays["doc_text_offsets"]) - 1
        self.deleted = np.array(sorted(deleted), dtype=np.int64)
        text, offsets = arrays["term_text"], arrays["term_offsets"]
        self.terms = PackedStrings(text, offsets)
        self.sorted_terms = OrderedStrings(text, offsets, arrays["term_order"])
        self._term_lookup = Lookup(self.terms, arrays["term_bucket_starts"], arrays["term_bucket_numbers"])
        #: Those of other languages come first, so that they have the numbers of their stem groups.
        self._stems = PackedStrings(arrays["stem_text"], arrays["stem_offsets"])
        self._stem_lookup = Lookup(self._stems, arrays["stem_bucket_starts"], arrays["stem_bucket_numbers"])
        # Views that give plain numbers: a fifth of the time that an array takes for one.
        self.term_stem_groups = memoryview(arrays["term_stem_groups"].data)
        self._stem_groups = memoryview(arrays["stem_groups"].data)
        self.stem_group_terms = memoryview(arrays["stem_group_terms"].data)
        self.stem_group_postings = memoryview(arrays["stem_group_postings"].data)
        self.stem_group_occurrences = memoryview(arrays["stem_group_occurrences"].data)
        self.stem_group_headings = memoryview(arrays["stem_group_headings"].data)
        self.stem_group_titles = memoryview(arrays["stem_group_titles"].data)
        self.stem_group_is_mixed = memoryview(arrays["stem_group_is_mixed"].data)
        self._text = memoryview(arrays["doc_text"].data)
        #: Where the text of each document begins, and the last ends.
        self.text_starts: I64 = arrays["doc_text_offsets"].view(np.int64)
        #: The runs of all texts: the byte of the mark that leads each, and where the last ends.
        self.block_starts: I64 = arrays["block_starts"]
        self.block_is_code: Bools = arrays["block_is_code"]
        self.doc_sections = memoryview(arrays["doc_sections"].data)
        self.stored = PackedStrings(arrays["doc_stored"], arrays["doc_stored_offsets"])
        self.posting_doc_fields: Array = arrays["posting_doc_fields"]
        self.posting_counts: Array = arrays["posting_counts"]
        self.posting_term_fields: Array = arrays["posting_term_fields"]
        self.exact_keys = memoryview(arrays["exact_keys"].data)
        self.heading_sections: Array = arrays["heading_sections"]
        self.sections = len(arrays["section_starts"])
        self.title_documents: Array = arrays["title_documents"]
        self.positions: I64 = arrays["occurrence_positions"]
        self.term_fields: Array = arrays["occurrence_term_fields"]
        self.starts: Array = arrays["occurrence_starts"]
        self.widths: Array = arrays["occurrence_widths"]
        #: The codes of the languages of its terms beside English, and where the stem groups of each begin.
        self.languages = tuple(unpack_lines(arrays["language_codes"]))
        self._language_stem_groups = arrays["language_stem_groups"]
        #: Per doc field, what one occurrence adds to a term's frequency; set by the generation, which knows the average
        #: lengths.
        self.norms: F64 = np.zeros(0)
        #: Filled by ``suggest`` when first asked.
        self.suggestion_weights: F64 | None = None

    @cached_property
    def plain_terms(self) -> tuple[Array, Array, Array]:
        """``(numbers, letter signatures, lengths in characters)`` of the words of prose."""
        numbers = self.arrays["plain_terms"]
        signatures = self.arrays["term_signatures"][numbers]
        return numbers, signatures, self.arrays["term_characters"][numbers].astype(np.int16)

    @cached_property
    def document_frequencies(self) -> Array:
        """In how many documents that are not deleted each term is."""
        counts: Array = self.arrays["term_documents"]
        if not len(self.deleted):
            return counts
        gone = np.concatenate([np.unique(self.terms_of_document(number)[1]) for number in self.deleted.tolist()])
        live: Array = counts - np.bincount(gone, minlength=len(counts)).astype(counts.dtype)
        return live

    def terms_of_document(self, document: int) -> tuple[Array, Array]:
        """The postings of one document, ascending, and the term of each."""
        first, last = self.arrays["doc_postings"][document : document + 2].tolist()
        postings = self.arrays["document_postings"][first:last]
        stem_groups = np.searchsorted(self.arrays["stem_group_postings"], postings, side="right") - 1
        return postings, self.arrays["stem_group_terms"][stem_groups] + (
            self.posting_term_fields[postings] >> schema.FIELD_BITS
        )

    def find_term(self, term: bytes) -> int:
        """The number of a term, or -1."""
        return self._term_lookup.find(term)

    def terms_with(self, surface: bytes) -> list[int]:
        """The numbers of the terms with ``surface``: one at most, unless there are several languages."""
        number = self._term_lookup.find(surface)
        found = [number] if number >= 0 else []
        if self.languages:
            first, last = self.sorted_terms.prefix_range(surface + _SIGN)
            found += self.arrays["term_order"][first:last].tolist()
        return found

    def keys_ending(self, code: str, ending: str) -> Iterator[str]:
        """The keys of ``code``, a language that joins words, whose stem ends with ``ending`` behind other letters."""
        groups = self.arrays["joined_stem_groups"]
        wanted = (code, ending[::-1])
        for at in range(bisect_left(groups, wanted, key=self._backwards), len(groups)):
            own, letters = self._backwards(groups[at])
            if own != code or not letters.startswith(wanted[1]):
                break
            if letters != wanted[1]:
                yield self._stems[int(groups[at])].decode("utf-8")

    def _backwards(self, stem_group: np.uint32) -> tuple[str, str]:
        key = self._stems[int(stem_group)].decode("utf-8")
        return key.split(SIGN, 2)[1], backwards(key)

    def articles_in(self, language: int) -> int:
        """How many documents, about, are in the language of that number: those that have its most common word."""
        first, last = self._language_stem_groups[language : language + 2].tolist()
        terms = slice(self.stem_group_terms[first], self.stem_group_terms[last])
        return int(self.arrays["term_documents"][terms].max(initial=0))

    def stem_group_of_stem(self, stem: bytes) -> int:
        """The number of the stem group of prose with ``stem``, or -1."""
        number = self._stem_lookup.find(stem)
        return -1 if number < 0 else int(self._stem_groups[number])

    def postings_of_term(self, term: int) -> tuple[Array, Array]:
        """``(doc_fields, counts)`` of one term, ascending by doc field."""
        stem_group = self.term_stem_groups[term]
        first, last = self.stem_group_postings[stem_group], self.stem_group_postings[stem_group + 1]
        rank = term - self.stem_group_terms[stem_group]
        chosen = self.posting_term_fields[first:last] >> schema.FIELD_BITS == rank
        return self.posting_doc_fields[first:last][chosen], self.posting_counts[first:last][chosen]

    @cached_property
    def _section_keys(self) -> I64:
        """Document and first position of every section as one ascending number."""
        return section_keys(self.arrays)

    def text(self, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end`` of the text of all documents."""
        return self._text[start:end].tobytes()

    def section_starts(self, sections: I64) -> I64:
        """The first byte of each section, among the text of all documents."""
        starts = self.text_starts.take(self.documents_of_sections(sections))
        starts += self.arrays["section_starts"].take(sections)
        return starts

    def sections_at(self, positions: I64) -> I64:
        """The number (within the segment) of the section at each of ``positions``, which must be in sections."""
        return self._section_keys.searchsorted(positions, side="right") - 1

    def documents_of_sections(self, sections: I64) -> I64:
        """The document of each section."""
        return self._section_keys[sections] >> POSITION_SHIFT

    def set_norms(self, lengths: F64, averages: F64) -> None:
        """Weight and length normalisation of every document and field: weight / (1 - b + b · length / average)."""
        norms = np.zeros((self.documents, schema.MAX_FIELDS))
        for number, field in enumerate(schema.FIELDS):
            average = averages[number] or 1.0
            norms[:, number] = field.weight / (1.0 - field.b + field.b * lengths[:, number] / average)
        norms[self.deleted] = 0.0
        self.norms = norms.reshape(-1)


class Whole(NamedTuple):
    """Statistics of a whole index of which only some documents are here: they score as they would there.

    ``titles`` are the articles with something in their title, by the alternatives of its group.
    """

    articles: int
    averages: F64
    newest: int
    titles: Mapping[Hashable, int] = MappingProxyType({})


class Generation:
    """One generation of the index. ``segments`` are (arrays, deleted documents); ``whole`` is what they are part of.

    ``wanted`` is how many articles the content had when it was written.
    """

    def __init__(
        self,
        segments: Sequence[tuple[Mapping[str, Array], Sequence[int]]],
        *,
        name: str,
        updated: datetime,
        wanted: int = 0,
        whole: Whole | None = None,
    ) -> None:
        self.name = name
        self.updated = updated
        self.segments: list[Segment] = []
        base = 0
        for own, deleted in segments:
            segment = Segment(own, base, deleted)
            self.segments.append(segment)
            base += segment.documents
        self.documents = base
        self.is_live: Bools = np.ones(base, dtype=bool)
        for segment in self.segments:
            self.is_live[segment.base + segment.deleted] = False
        self._whole = whole
        self.live_documents = whole.articles if whole else int(np.count_nonzero(self.is_live))
        self.building = Building(self.live_documents, wanted) if self.live_documents < wanted else None
        self._set_norms()
        arrays = [segment.arrays for segment in self.segments]
        #: The columns of attributes by name: names, numbers and times, and both.
        self.keywords = {one.name: KeywordColumn(arrays, one.name) for one in ATTRIBUTES if one.kind == "keyword"}
        self.numbers = {
            one.name: NumberColumn(arrays, one.name, is_date=one.kind == "date")
            for one in ATTRIBUTES
            if one.kind != "keyword"
        }
        self.columns: dict[str, Column] = {**self.keywords, **self.numbers}
        self.published: I64 = self.moments("year")
        #: The slug of every document.
        self.slugs = [slug for segment in self.segments for slug in unpack_lines(segment.arrays["doc_slugs"])]
        self.order = self._order()
        self.prior = self._prior()

    def moments(self, name: str) -> I64:
        """What documents sort by under the attribute ``name``, which is no keyword: NEVER for those without it."""
        return self.numbers[name].moments

    def titles_with(self, alternatives: Hashable, here: int) -> int:
        """Articles with any of ``alternatives`` in their title, where ``here`` of those in this generation do."""
        return max(here, self._whole.titles.get(alternatives, here)) if self._whole else here

    def _column(self, name: str, dtype: Any) -> npt.NDArray[Any]:
        return np.concatenate([segment.arrays[name] for segment in self.segments] or [np.zeros(0)]).astype(dtype)

    def _set_norms(self) -> None:
        lengths = self._column("doc_lengths", np.float64).reshape(-1, len(schema.FIELDS))
        live = lengths[self.is_live]
        # Averages over the documents that have the field: where few have code, code is not long for having some. Sums
        # of whole numbers are exact, so that a rebuilt index and a grown one have the same averages to the last bit.
        averages = self._whole.averages if self._whole else live.sum(axis=0) / np.maximum((live > 0).sum(axis=0), 1)
        self.title_lengths: F64 = lengths[:, schema.TITLE].copy()
        for segment in self.segments:
            segment.set_norms(lengths[segment.base : segment.base + segment.documents], averages)

    def _order(self) -> I64:
        """The position of each document among all, newest first, then by slug: what breaks ties."""
        by_slug = sorted(range(self.documents), key=self.slugs.__getitem__)
        rank = np.empty(self.documents, dtype=np.int64)
        rank[by_slug] = np.arange(self.documents)
        order = np.empty(self.documents, dtype=np.int64)
        order[np.lexsort((rank, -self.published))] = np.arange(self.documents)
        return order

    def _prior(self) -> F64:
        dated = self.published[self.is_live & (self.published != NEVER)]
        if not len(dated):
            return np.ones(self.documents)
        newest = self._whole.newest if self._whole else dated.max()
        age = (newest - self.published).clip(min=0).astype(float)
        prior: F64 = 1.0 + RECENCY_SHARE * np.exp2(-age / RECENCY_HALF_LIFE_S)
        return prior

    @cached_property
    def languages(self) -> Mapping[str, float]:
        """The share of the articles, about, in each language that is not analysed as English is, by its code."""
        found: Counter[str] = Counter()
        for segment in self.segments:
            for number, code in enumerate(segment.languages):
                found[code] += segment.articles_in(number)
        return {code: count / max(self.documents, 1) for code, count in sorted(found.items())}

    @cached_property
    def joins_words(self) -> bool:
        """Whether any of its languages writes compounds as one word."""
        return any(map(joins_words, self.languages))

    def keys_ending(self, code: str, ending: str) -> list[str]:
        """The keys of the language ``code`` whose stem ends with ``ending``, of all segments."""
        return sorted({key for segment in self.segments for key in segment.keys_ending(code, ending)})

    def has_word(self, surface: str, written: str = "") -> bool:
        """Whether any document, a deleted one too, has ``surface`` or a word of prose with its stem in any language."""
        name, stems = surface.encode("utf-8", "replace"), [stem(surface)]
        if self.languages:
            stems += keys_of(tuple(self.languages), surface, written)
        names = [one.encode("utf-8", "replace") for one in stems]
        return any(
            one.terms_with(name) or any(one.stem_group_of_stem(own) >= 0 for own in names) for one in self.segments
        )

    def segment_of(self, document: int) -> Segment:
        """The segment that holds ``document``."""
        for segment in self.segments:
            if document < segment.base + segment.documents:
                return segment
        raise IndexError(document)

    def stored(self, document: int) -> dict[str, Any]:
        """The stored fields of ``document`` (see ``stored_fields``)."""
        segment = self.segment_of(document)
        fields: dict[str, Any] = orjson.loads(segment.stored[document - segment.base])
        return fields

    def digests(self) -> dict[str, tuple[str, int]]:
        """Slug → (digest of the article, document number) of every live document."""
        digests = [digest for segment in self.segments for digest in unpack_lines(segment.arrays["doc_digests"])]
        live = np.flatnonzero(self.is_live).tolist()
        return {self.slugs[number]: (digests[number], number) for number in live}

    @cached_property
    def by_slug(self) -> dict[str, int]:
        """Slug → document number of every live document."""
        return {slug: number for slug, (_, number) in self.digests().items()}

    def exact(self, text: str) -> tuple[I64, I64]:
        """(documents, kinds) of the live documents whose title, heading or tag is ``text``."""
        key = key_hash(text)
        documents, kinds = [], []
        for segment in self.segments:
            keys = segment.exact_keys
            first = bisect_left(keys, key)
            if first == len(keys) or keys[first] != key:
                continue
            last = bisect_right(keys, key, first)
            documents.append(segment.base + segment.arrays["exact_docs"][first:last].astype(np.int64))
            kinds.append(segment.arrays["exact_kinds"][first:last].astype(np.int64))
        if not documents:
            return _NO_NUMBERS, _NO_NUMBERS
        found = np.concatenate(documents)
        live = self.is_live[found]
        return found[live], np.concatenate(kinds)[live]

    @property
    def size_bytes(self) -> int:
        """What its files take on disk."""
        return sum(one.arrays.size_bytes for one in self.segments if isinstance(one.arrays, ArrayFile))

    @property
    def term_count(self) -> int:
        """Distinct terms, counted per segment."""
        return sum(len(segment.terms) for segment in self.segments)

    @property
    def section_count(self) -> int:
        """Sections of live documents."""
        counts = [np.diff(segment.arrays["doc_sections"].astype(np.int64)) for segment in self.segments]
        return int(np.concatenate(counts)[self.is_live].sum()) if counts else 0


def open_generation(directory: Path, manifest: Manifest, *, name: str) -> Generation:
    """The generation that ``manifest`` describes. Raises DamagedArrayFile, OSError."""
    paths = segment_paths(directory, manifest)
    segments = [(ArrayFile(path), segment.deleted) for path, segment in zip(paths, manifest.segments, strict=True)]
    updated = datetime.fromisoformat(manifest.updated)
    return Generation(segments, name=name, updated=updated, wanted=manifest.wanted)
