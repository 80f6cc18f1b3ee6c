"""The score by words of each section of some documents, for a second stage that reads them section by section.

    score = (Σ groups  idf · f · (K1 + 1) / (K1 · (1 - B + B · length / average) + f)) · share of the query that it has

``f`` is the weighted frequency in heading and text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import GroupMatch
from services.search.arrays.matching.occurrences import Occurrences, occurrences_in, outside_sections
from services.search.arrays.matching.scores import idf
from services.search.arrays.ranges import ranges
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import F64, I64, Bools, Segment
from services.search.reranking import SectionWords

#: Saturation and length normalization of BM25. Chosen on the odd halves of the sixty questions, the site's judged
#: queries, Cranfield, MED and NPL (docs/search.md).
K1 = 2.0
B = 0.8
#: Weight of an occurrence by field number; fields with 0 belong to no section.
_WEIGHTS = np.zeros(schema.MAX_FIELDS)
_WEIGHTS[[schema.HEADINGS, schema.BODY, schema.CODE, schema.LINKS]] = 2.0, 1.0, 0.5, 1.0
#: The fields whose words a section has.
_IN_SECTIONS = [schema.HEADINGS, schema.BODY, schema.CODE]


def words_by_section(generation: Generation, matches: Sequence[GroupMatch], documents: Sequence[int]) -> SectionWords:
    """The score of each section of ``documents``, by the groups of ``matches``."""
    rarity = np.array([idf(generation, match.df) if match.df else 0.0 for match in matches])
    scores: list[F64] = [np.zeros(0)] * len(documents)
    read: list[tuple[int, _Sections, list[int]]] = []
    for index, segment in enumerate(generation.segments):
        last = segment.base + segment.documents
        places = [place for place, document in enumerate(documents) if segment.base <= document < last]
        if places and rarity.any():
            places.sort(key=documents.__getitem__)
            local = np.array([documents[place] for place in places], dtype=np.int64) - segment.base
            read.append((index, _Sections(segment, local), places))
    lengths = np.concatenate([np.zeros(0), *(sections.lengths for _, sections, _ in read)])
    average = float(lengths.mean()) if len(lengths) else 0.0
    largest = 0.0
    for index, sections, places in read:
        found = occurrences_in(sections.segment, sections.documents.tolist(), [match.parts[index] for match in matches])
        own, share = _scores(sections, found, rarity, average)
        largest = max(largest, share)
        for place, first, count in zip(places, sections.offsets.tolist(), sections.counts.tolist(), strict=True):
            scores[place] = own[first : first + count]
    return SectionWords(scores, largest)


class _Sections:
    """All sections of ``documents`` (ascending numbers within ``segment``), as consecutive rows."""

    def __init__(self, segment: Segment, documents: I64) -> None:
        boundaries = segment.arrays["doc_sections"]
        self.segment = segment
        self.documents = documents
        self.firsts = boundaries.take(documents).astype(np.int64)
        self.counts = boundaries.take(documents + 1) - self.firsts
        self.offsets = self.counts.cumsum() - self.counts
        self.total = int(self.counts.sum())
        self.lengths = self._lengths()

    def rows_of(self, positions: I64) -> I64:
        """The row of the section at each of ``positions``, which must be in sections."""
        owners = self.owners(positions)
        rows: I64 = self.segment.sections_at(positions)
        rows += (self.offsets - self.firsts).take(owners)
        return rows

    def owners(self, positions: I64) -> I64:
        """The index in ``documents`` of the document of each of ``positions``."""
        owners: I64 = self.documents.searchsorted(positions >> POSITION_SHIFT)
        return owners

    def _lengths(self) -> F64:
        """The length of each section in positions.

        No array has the end of a document's last section: it counts as an average one of the document.
        """
        arrays = self.segment.arrays
        begins = arrays["section_positions"].take(ranges(self.firsts, self.counts)).astype(np.float64)
        lengths = np.empty_like(begins)
        np.subtract(begins[1:], begins[:-1], out=lengths[:-1])
        has_any = self.counts > 0
        words = arrays["doc_lengths"].reshape(-1, len(schema.FIELDS)).take(self.documents[has_any], axis=0)
        average = words[:, _IN_SECTIONS].sum(axis=1) / self.counts[has_any]
        lengths[(self.offsets + self.counts)[has_any] - 1] = average
        return lengths


def _scores(sections: _Sections, found: Occurrences, rarity: F64, average: float) -> tuple[F64, float]:
    """The score of each of ``sections``, and the largest share of the query that one has with its document's title.

    ``average`` is the length of a section.
    """
    width, total = len(rarity), sections.total
    if not total:
        return np.zeros(0), 0.0
    weights = _WEIGHTS.take(found.fields)
    weights *= found.weights
    weights[outside_sections(sections.segment, found)] = 0.0
    inside = weights.nonzero()[0]
    cells = sections.rows_of(found.positions.take(inside)) * width
    cells += found.groups.take(inside)
    table = np.bincount(cells, weights.take(inside), total * width).reshape(total, width)
    norms = sections.lengths * (B / (average or 1.0))
    norms += 1.0 - B
    norms *= K1
    has = table > 0.0
    share = rarity / rarity.sum()
    scores: F64 = (table * (K1 + 1.0) / (table + norms[:, np.newaxis])) @ rarity
    scores *= has @ share
    titled = _in_titles(sections, found, width)
    if titled is not None:
        has |= titled.repeat(sections.counts, axis=0)
    return scores, float((has @ share).max())


def _in_titles(sections: _Sections, found: Occurrences, width: int) -> Bools | None:
    """Which groups the title of each document has; None if none has any."""
    rows = (found.fields == schema.TITLE).nonzero()[0]
    if not len(rows):
        return None
    titled = np.zeros((len(sections.documents), width), dtype=bool)
    titled[sections.owners(found.positions.take(rows)), found.groups.take(rows)] = True
    return titled
