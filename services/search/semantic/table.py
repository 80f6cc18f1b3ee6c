"""The vectors of one snapshot as int8 rows, and their similarity to a query. Pure; does not depend on files.

A row is its vector divided by its scale and rounded; ``scale`` is the largest component over 127. On MED, Cranfield and
NPL that changed no nDCG@10 in the third digit. Rows of one article are adjacent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise, repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.search.arrays.ranges import ranges

F32 = npt.NDArray[np.float32]
I8 = npt.NDArray[np.int8]

#: The largest int8: the largest component of a vector becomes this.
_MOST = 127
#: Rows to multiply at once: as floats they fit into the second-level cache of a core.
BLOCK_ROWS = 1024


def quantize(vector: F32) -> tuple[I8, np.float32]:
    """``vector`` as integers from -127 to 127, and the scale that restores it."""
    scale = np.float32(np.abs(vector).max(initial=0.0) / _MOST)
    if not scale:
        return np.zeros(len(vector), dtype=np.int8), scale
    return np.rint(vector / scale).astype(np.int8), scale


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """One article with the anchors of its rows in reading order, one per row. A long section has several.

    ``digest`` is the article's, or "" if a passage of it has no vector yet.
    """

    slug: str
    anchors: tuple[str, ...]
    digest: str = ""


class SectionRows(NamedTuple):
    """The sections of a table, in order: the first row of each, and of each article the number of its first section.

    Both end with their total.
    """

    firsts: npt.NDArray[np.int64]
    of_articles: npt.NDArray[np.int64]


@dataclass(frozen=True)
class RowIndex:
    """The articles of a table, whose rows are adjacent."""

    articles: tuple[ArticleRows, ...]

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The index of each article in ``articles``, by slug."""
        return {article.slug: number for number, article in enumerate(self.articles)}

    @cached_property
    def firsts(self) -> Sequence[int]:
        """The first row of each article, and the number of rows."""
        return list(accumulate((len(article.anchors) for article in self.articles), initial=0))

    @cached_property
    def sections(self) -> SectionRows:
        """The rows of each section."""
        begins, counts = [], []
        for article, first in zip(self.articles, self.firsts, strict=False):
            own = [first, *(first + at for at, (one, two) in enumerate(pairwise(article.anchors), 1) if one != two)]
            counts.append(len(own) if article.anchors else 0)
            begins += own if article.anchors else []
        starts = np.zeros(len(counts) + 1, dtype=np.int64)
        np.cumsum(counts, out=starts[1:])
        return SectionRows(np.array([*begins, self.firsts[-1]], dtype=np.int64), starts)

    def anchors(self, slug: str) -> list[str]:
        """The anchors of the sections of an article, in reading order; none without vectors."""
        number = self.numbers.get(slug)
        if number is None:
            return []
        first, last = self.sections.of_articles[number : number + 2].tolist()
        rows = self.sections.firsts[first:last] - self.firsts[number]
        return [self.articles[number].anchors[row] for row in rows.tolist()]

    @cached_property
    def _starts(self) -> npt.NDArray[np.int64]:
        """The first row of each article, as an array."""
        return np.array(self.firsts[:-1], dtype=np.int64)

    def similarities(self, cosines: F32) -> Similarities:
        """The similarity of a query that has these cosines with the rows."""
        best = np.maximum.reduceat(cosines, self._starts) if len(cosines) else cosines
        return Similarities(self, cosines, best)


@dataclass(frozen=True)
class VectorTable:
    """One snapshot.

    name       equal names mean equal contents
    model      the digest of the model that made the vectors
    articles   the articles, whose rows are adjacent
    keys       rows x 16 bytes: the digest of each text
    vectors    rows x dimensions
    scales     one per row
    """

    name: str
    model: str
    articles: tuple[ArticleRows, ...]
    keys: npt.NDArray[np.uint8]
    vectors: I8
    scales: F32

    @cached_property
    def rows(self) -> RowIndex:
        """The rows of each article."""
        return RowIndex(self.articles)

    def similarities(self, query: F32) -> Similarities:
        """The similarity of ``query``, of length 1, to each row."""
        cosines = np.empty(len(self.vectors), dtype=np.float32)
        block = np.empty((min(BLOCK_ROWS, len(self.vectors)), len(query)), dtype=np.float32)
        for start in range(0, len(cosines), BLOCK_ROWS):
            rows = self.vectors[start : start + BLOCK_ROWS]
            floats = block[: len(rows)]
            np.copyto(floats, rows)
            np.dot(floats, query, out=cosines[start : start + len(rows)])
        cosines *= self.scales
        return self.rows.similarities(cosines)


@dataclass(frozen=True)
class Similarities:
    """The cosines of one query with each row, and the highest of each article."""

    rows: RowIndex
    cosines: F32
    best: F32

    def of_articles(self, slugs: Sequence[str]) -> F32:
        """The best cosine of each article, parallel to ``slugs``; NaN without a vector."""
        numbers = self.rows.numbers
        places = np.fromiter(map(numbers.get, slugs, repeat(-1)), np.int64, len(slugs))
        found = np.full(len(places), np.nan, dtype=np.float32)
        has = places >= 0
        found[has] = self.best[places[has]]
        return found

    def by_section(self, slugs: Sequence[str]) -> tuple[F32, npt.NDArray[np.int64]]:
        """The best cosine of each section of ``slugs``, in reading order, and the number of sections of each article.

        An article without vectors has none.
        """
        numbers, rows = self.rows.numbers, self.rows.sections
        places = np.fromiter(map(numbers.get, slugs, repeat(-1)), np.int64, len(slugs))
        firsts = rows.of_articles.take(places)  # of -1: the total, which is replaced
        counts = np.where(places < 0, 0, rows.of_articles.take(places + 1) - firsts)
        sections = ranges(firsts, counts)
        if not len(sections):
            return np.zeros(0, dtype=np.float32), counts
        begins, sizes = rows.firsts.take(sections), rows.firsts.take(sections + 1)
        sizes -= begins
        cosines = self.cosines.take(ranges(begins, sizes))
        return np.maximum.reduceat(cosines, sizes.cumsum() - sizes), counts

    def closest_section(self, slug: str) -> tuple[str, float] | None:
        """The anchor of the section of an article that is closest, and its cosine; None without vectors."""
        number = self.rows.numbers.get(slug)
        if number is None:
            return None
        first, last = self.rows.firsts[number], self.rows.firsts[number + 1]
        row = first + int(self.cosines[first:last].argmax())
        return self.rows.articles[number].anchors[row - first], float(self.cosines[row])

    def of_section(self, slug: str, anchor: str) -> float | None:
        """The best cosine of one section of an article; None without vectors."""
        number = self.rows.numbers.get(slug)
        if number is None:
            return None
        first, last = self.rows.firsts[number], self.rows.firsts[number + 1]
        anchors, cosines = self.rows.articles[number].anchors, self.cosines[first:last].tolist()
        return max((cosine for one, cosine in zip(anchors, cosines, strict=True) if one == anchor), default=None)

    def of_sections(self, slug: str) -> dict[str, float]:
        """The best cosine of each section of an article, by anchor, closest first; empty without vectors."""
        number = self.rows.numbers.get(slug)
        if number is None:
            return {}
        first, last = self.rows.firsts[number], self.rows.firsts[number + 1]
        found: dict[str, float] = {}
        for anchor, cosine in zip(self.rows.articles[number].anchors, self.cosines[first:last].tolist(), strict=True):
            found[anchor] = max(cosine, found.get(anchor, cosine))
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    def closest(self, count: int, least: float = -math.inf) -> list[tuple[str, float]]:
        """The ``count`` articles that are closest, from the cosine ``least`` on; with their cosines, closest first."""
        chosen = (self.best >= least).nonzero()[0]
        if len(chosen) > count:  # sorting all takes a millisecond at ten thousand articles
            best = self.best.take(chosen)
            chosen = chosen[best >= np.partition(best, -count)[-count]]
        order = chosen[np.argsort(-self.best[chosen], kind="stable")][:count]
        return [(self.rows.articles[number].slug, float(self.best[number])) for number in order.tolist()]
