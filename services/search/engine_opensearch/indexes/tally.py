"""The totals of all articles of the index, updated article by article."""

from __future__ import annotations

import numpy as np

from services.search import schema
from services.search.engine_opensearch.indexes.batch import Prepared
from services.search.engine_opensearch.indexes.columns import Columns
from services.search.engine_opensearch.indexes.generation import Totals, newest_of


class Tally:
    """Sums over all articles, and the digest and publication of each."""

    def __init__(
        self,
        totals: Totals | None = None,
        digests: dict[str, str] | None = None,
        published: dict[str, int | None] | None = None,
    ) -> None:
        self._lengths = np.array(totals.lengths if totals else [0] * len(schema.FIELDS), dtype=np.int64)
        self._filled = np.array(totals.filled if totals else [0] * len(schema.FIELDS), dtype=np.int64)
        self._sections = totals.sections if totals else 0
        self.digests = digests if digests is not None else {}
        self.published = published if published is not None else {}

    def add(self, batch: Prepared) -> None:
        """Add the articles of ``batch``."""
        self._lengths += np.array(batch.lengths)
        self._filled += np.array(batch.filled)
        self._sections += batch.sections
        self.digests |= batch.digests
        self.published |= batch.published

    def subtract(self, slug: str, columns: Columns) -> None:
        """Subtract one article."""
        self._lengths -= np.array(columns.lengths)
        self._filled -= np.array(columns.lengths) > 0
        self._sections -= len(columns.sections)
        del self.digests[slug], self.published[slug]

    def totals(self) -> Totals:
        """The sums."""
        lengths, filled = tuple(self._lengths.tolist()), tuple(self._filled.tolist())
        return Totals(len(self.digests), self._sections, lengths, filled, newest_of(list(self.published.values())))
