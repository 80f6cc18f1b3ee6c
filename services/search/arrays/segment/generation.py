"""All segments of one generation as one index: postings stay per segment, document columns are joined.

Documents are numbered through the segments in order. A deleted document keeps its number; its norms are zero, so that
its postings score nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.arrays.array_file import Array, ArrayFile
from services.search.arrays.segment.columns import NEVER, Column, KeywordColumn, NumberColumn
from services.search.arrays.segment.segment import F64, I64, Bools, Segment
from services.search.arrays.strings import unpack_lines
from services.search.indexing.stored import query_hash
from services.search.text.joined import joins_words
from services.search.text.stemming import stem
from services.search.text.terms import keys_of
from shared.search.attributes import ATTRIBUTES
from shared.search.contract import Building

#: Boost of the newest article over one without a date, as a share of the score; and the age, in seconds before the
#: newest, at which it is half as large.
RECENCY_SHARE = 0.04
RECENCY_HALF_LIFE_S = 3 * 365.25 * 86_400
#: Bytes of JSON whose parsed fields are cached, a few hundred articles. The objects take some eight times as much.
MAX_PARSED_BYTES = 1 << 20
#: Words whose presence is remembered: a megabyte.
MAX_FOUND = 1 << 13
_NO_NUMBERS = np.zeros(0, dtype=np.int64)
_KEYWORDS = tuple(one for one in ATTRIBUTES if one.kind == "keyword")
_NUMBERS = tuple(one for one in ATTRIBUTES if one.kind != "keyword")


class CollectionStatistics(NamedTuple):
    """Statistics of the whole index that a generation is a part of, so that its documents score as they do there.

    ``titles`` maps the alternatives of a group to the number of articles with one of them in the title.
    """

    articles: int
    averages: F64
    newest: int
    titles: Mapping[Hashable, int] = MappingProxyType({})


class Generation:
    """One generation of the index. ``segments`` are (arrays, deleted documents).

    ``statistics`` are those of the whole collection, if these segments are only a part of it.
    ``wanted`` is the number of articles in the content when the generation was written.
    """

    def __init__(
        self,
        segments: Sequence[tuple[Mapping[str, Array], Sequence[int]]],
        *,
        name: str,
        updated: datetime,
        wanted: int = 0,
        statistics: CollectionStatistics | None = None,
    ) -> None:
        self.name = name
        self.updated = updated
        #: Cached stored fields by document. Threads share it: a lost race only parses once more.
        self._parsed: dict[int, dict[str, Any]] = {}
        self._parsed_bytes = 0
        #: Whether it has a surface (written: None) or a word. Threads share it, like ``_parsed``.
        self._found: dict[tuple[str, str | None], bool] = {}
        #: The last text of ``exact`` and its result: matching and ranking call it with the same text.
        self._last_exact: tuple[str, I64, I64] | None = None
        self.segments = _opened(segments)
        self.documents = sum(segment.documents for segment in self.segments)
        self.is_live: Bools = np.ones(self.documents, dtype=bool)
        for segment in self.segments:
            self.is_live[segment.base + segment.deleted] = False
        self._statistics = statistics
        self.live_documents = statistics.articles if statistics else int(np.count_nonzero(self.is_live))
        self.building = Building(self.live_documents, wanted) if self.live_documents < wanted else None
        self._set_norms()
        arrays = [segment.arrays for segment in self.segments]
        #: The columns of the attributes by name: keywords, numbers and dates, and both.
        self.keywords = {one.name: KeywordColumn(arrays, one.name) for one in _KEYWORDS}
        self.numbers = {one.name: NumberColumn(arrays, one.name, is_date=one.kind == "date") for one in _NUMBERS}
        self.columns: dict[str, Column] = {**self.keywords, **self.numbers}
        self.published: I64 = self.sort_keys("year")
        #: The slug of every document.
        self.slugs = [slug for one in arrays for slug in unpack_lines(one["doc_slugs"])]
        self.order = self._order()
        self.prior = self._prior()

    def sort_keys(self, name: str) -> I64:
        """The sort keys of all documents by the number or date ``name``: NEVER for those without it."""
        return self.numbers[name].sort_keys

    def titles_with(self, alternatives: Hashable, here: int) -> int:
        """Count the articles with any of ``alternatives`` in their title; ``here`` of this generation have one."""
        return max(here, self._statistics.titles.get(alternatives, here)) if self._statistics else here

    def _column(self, name: str, dtype: Any) -> npt.NDArray[Any]:
        return np.concatenate([segment.arrays[name] for segment in self.segments] or [np.zeros(0)]).astype(dtype)

    def _set_norms(self) -> None:
        lengths = self._column("doc_lengths", np.float64).reshape(-1, len(schema.FIELDS))
        live = lengths[self.is_live]
        # Averages cover only the documents that have the field: otherwise, on a site with little code, every document
        # with code would be long. Sums of integers are exact, so a rebuilt index and an updated one have the same
        # averages to the last bit.
        averages = (
            self._statistics.averages if self._statistics else live.sum(axis=0) / np.maximum((live > 0).sum(axis=0), 1)
        )
        #: At least 1, as they divide.
        self.title_lengths: F64 = np.maximum(lengths[:, schema.TITLE], 1.0)
        for segment in self.segments:
            segment.set_norms(lengths[segment.base : segment.base + segment.documents], averages)

    def _order(self) -> I64:
        """The rank of each document, newest first, then by slug. It breaks ties between scores."""
        by_slug = sorted(range(self.documents), key=self.slugs.__getitem__)
        rank = np.empty(self.documents, dtype=np.int64)
        rank[by_slug] = np.arange(self.documents)
        order = np.empty(self.documents, dtype=np.int64)
        order[np.lexsort((rank, -self.published))] = np.arange(self.documents)
        return order

    def _prior(self) -> F64:
        """The recency factor of each document, from 1 to 1 + RECENCY_SHARE."""
        dated = self.published[self.is_live & (self.published != NEVER)]
        if not len(dated):
            return np.ones(self.documents)
        newest = self._statistics.newest if self._statistics else dated.max()
        age = (newest - self.published).clip(min=0).astype(float)
        prior: F64 = 1.0 + RECENCY_SHARE * np.exp2(-age / RECENCY_HALF_LIFE_S)
        return prior

    @cached_property
    def no_documents(self) -> Bools:
        """A mask of no document. Read-only."""
        has = np.zeros(self.documents, dtype=bool)
        has.flags.writeable = False
        return has

    @cached_property
    def has_deleted(self) -> bool:
        """Whether any document is deleted."""
        return not self.is_live.all()

    @cached_property
    def languages(self) -> Mapping[str, float]:
        """The approximate share of the articles in each language with an analyzer of its own, by language code."""
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

    def has_surface(self, surface: str) -> bool:
        """Whether any document, even a deleted one, has ``surface``."""
        return self._remembered((surface, None), self._has_surface)

    def has_word(self, surface: str, written: str = "") -> bool:
        """Whether any document, even a deleted one, has ``surface``, or prose with its stem in any language."""
        return self._remembered((surface, written), self._has_word)

    def _remembered(self, word: tuple[str, str | None], find: Callable[[str, str | None], bool]) -> bool:
        """What ``find`` returns for ``word``: one query asks several times, and many ask for the same words."""
        found = self._found.get(word)
        if found is None:
            if len(self._found) >= MAX_FOUND:
                self._found.clear()
            found = self._found[word] = find(*word)
        return found

    def _has_surface(self, surface: str, _written: str | None = None) -> bool:
        name = surface.encode("utf-8", "replace")
        return any(segment.has_term(name) for segment in self.segments)

    def _has_word(self, surface: str, written: str | None) -> bool:
        stems = [stem(surface)]
        if self.languages:
            stems += keys_of(tuple(self.languages), surface, written or "")
        names = [one.encode("utf-8", "replace") for one in stems]
        return self._has_surface(surface) or any(
            segment.stem_group_of_stem(name) >= 0 for name in names for segment in self.segments
        )

    def segment_of(self, document: int) -> Segment:
        """The segment that holds ``document``."""
        for segment in self.segments:
            if document < segment.base + segment.documents:
                return segment
        raise IndexError(document)

    def stored(self, document: int) -> dict[str, Any]:
        """The stored fields of ``document`` (see ``stored_fields``). They are shared: treat them as read-only."""
        fields = self._parsed.get(document)
        if fields is None:
            segment = self.segment_of(document)
            raw = segment.stored[document - segment.base]
            if self._parsed_bytes + len(raw) > MAX_PARSED_BYTES:
                self._parsed.clear()
                self._parsed_bytes = 0
            fields = self._parsed[document] = orjson.loads(raw)
            self._parsed_bytes += len(raw)
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
        """(documents, kinds) of the live documents whose title, slug, heading or tag is ``text``."""
        last = self._last_exact
        if last is None or last[0] != text:
            last = self._last_exact = (text, *self._exact(text))
        return last[1], last[2]

    def _exact(self, text: str) -> tuple[I64, I64]:
        key = query_hash(text)
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
        """The size of its files on disk."""
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


def _opened(segments: Sequence[tuple[Mapping[str, Array], Sequence[int]]]) -> list[Segment]:
    """Open ``segments``; the documents of each are numbered after those of the one before."""
    opened: list[Segment] = []
    base = 0
    for arrays, deleted in segments:
        opened.append(Segment(arrays, base, deleted))
        base += opened[-1].documents
    return opened
