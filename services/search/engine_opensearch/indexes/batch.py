"""Articles → a batch ready to be sent, with all that the writer counts: made in the processes of the pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.search import schema
from services.search.engine_opensearch.cluster.bulk import Action, action
from services.search.engine_opensearch.indexes.columns import with_columns, word_counts
from services.search.engine_opensearch.indexes.documents import F64, article_body
from services.search.engine_opensearch.indexes.generation import ARTICLE
from services.search.engine_opensearch.indexes.lexicon import Counts
from services.search.indexing.stored import stored_attributes
from services.search.text.term_table import TermTable
from shared.content.article import Article


@dataclass(frozen=True, slots=True)
class Prepared:
    """The documents of some articles, as bulk actions, and their statistics.

    ``counts`` has the counts of their words; ``lengths`` (positions by field), ``filled`` (articles with any) and
    ``sections`` are sums; ``digests`` and ``published`` (times in seconds) are by slug.
    """

    actions: tuple[Action, ...]
    counts: dict[str, Counts]
    lengths: tuple[int, ...]
    filled: tuple[int, ...]
    sections: int
    digests: dict[str, str]
    published: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Prepare:
    """Prepares articles for ``index``.

    ``averages`` are the mean lengths of the fields that weight the frequencies; None: those of the batch.
    """

    index: str
    term: int
    averages: F64 | None
    is_edit: bool = False

    def __call__(self, articles: Iterable[Article], table: TermTable) -> Prepared:
        """Prepare ``articles``, with terms numbered by ``table``."""
        rows = with_columns(articles, table)
        lengths = np.array([columns.lengths for _, columns in rows], dtype=np.int64).reshape(-1, len(schema.FIELDS))
        filled = (lengths > 0).sum(axis=0)
        averages = lengths.sum(axis=0) / np.maximum(filled, 1) if self.averages is None else self.averages
        return Prepared(
            actions=tuple(
                action(
                    self.index,
                    ARTICLE + document.article.slug,
                    article_body(document, columns, averages),
                    self.term,
                    is_edit=self.is_edit,
                )
                for document, columns in rows
            ),
            counts=word_counts(columns for _, columns in rows),
            lengths=tuple(lengths.sum(axis=0).tolist()),
            filled=tuple(filled.tolist()),
            sections=sum(len(columns.sections) for _, columns in rows),
            digests={document.article.slug: document.article.digest for document, _ in rows},
            published={document.article.slug: stored_attributes(document.article)["year"] for document, _ in rows},
        )
