"""Articles → the words of the site and their occurrences, by the analyzer of the search service. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.search import schema
from services.search.indexing.documents import IndexDocument, make_document
from services.search.text.stemming import STOP_WORDS
from services.search.text.term_table import TermTable
from services.search.text.terms import surface_in
from shared.content.article import Article

I64 = npt.NDArray[np.int64]

#: The weight of an occurrence in how common a word is, by field: readers type what they saw in a title.
_FIELD_COUNTS = np.array([30.0, 10.0, 3.0, 10.0, 1.0, 0.3, 0.0, 0.0])
#: The only fields in which stop words are indexed: in the text they are everywhere.
_STOP_FIELDS = (schema.TITLE, schema.HEADINGS, schema.SUMMARY)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the site in one language: its frequency, and its postings.

    ``postings`` are numbers: for each document the difference to the one before, the number of occurrences, and for
    each occurrence the difference of its position to the one before, shifted, with the field in the low bits.
    """

    surface: str
    documents: int
    weight: float
    is_in_title: bool
    postings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents in order, and every word by its term (see ``services.search.text.terms``)."""

    documents: tuple[IndexDocument, ...]
    words: Mapping[str, Word]


def make_corpus(articles: Sequence[Article]) -> Corpus:
    """The corpus of ``articles``. Blocking: a second for some hundred articles."""
    table = TermTable()
    documents = tuple(make_document(article, table) for article in articles)
    terms = table.surfaces
    stops = np.array([term in STOP_WORDS for term in terms], dtype=bool)
    return Corpus(documents, dict(_words(terms, *_columns(documents, stops))))


def _columns(documents: Sequence[IndexDocument], stops: npt.NDArray[np.bool_]) -> tuple[I64, I64, I64, I64]:
    """The occurrences as (word, document, position, field), in that order."""
    empty = np.zeros(0, dtype=np.int64)
    words = np.concatenate([empty, *(one.surfaces for one in documents)]).astype(np.int64)
    fields = np.concatenate([empty, *(one.fields for one in documents)]).astype(np.int64)
    positions = np.concatenate([empty, *(one.positions for one in documents)]).astype(np.int64)
    numbers = np.repeat(np.arange(len(documents), dtype=np.int64), [len(one.surfaces) for one in documents])
    kept = np.flatnonzero(~stops[words] | np.isin(fields, _STOP_FIELDS)) if len(words) else empty
    words, fields, positions, numbers = (column[kept] for column in (words, fields, positions, numbers))
    order = np.lexsort((fields, positions, numbers, words))
    return words[order], numbers[order], positions[order], fields[order]


def _words(terms: Sequence[str], words: I64, numbers: I64, positions: I64, fields: I64) -> Iterator[tuple[str, Word]]:
    boundaries = np.flatnonzero(np.diff(words, prepend=-1, append=-1))
    for first, last in zip(boundaries[:-1].tolist(), boundaries[1:].tolist(), strict=True):
        own = slice(first, last)
        term = terms[int(words[first])]
        yield (
            term,
            Word(
                surface=surface_in(term),
                documents=len(np.unique(numbers[own])),
                weight=float(_FIELD_COUNTS[fields[own]].sum()),
                is_in_title=bool((fields[own] == schema.TITLE).any()),
                postings=tuple(_encoded(numbers[own], positions[own], fields[own])),
            ),
        )


def _encoded(numbers: I64, positions: I64, fields: I64) -> Iterator[int]:
    boundaries = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1)).tolist()
    before = 0
    for first, last in pairwise(boundaries):
        document = int(numbers[first])
        yield document - before
        before = document
        yield last - first
        steps = np.diff(positions[first:last], prepend=0)
        yield from (steps << schema.FIELD_BITS | fields[first:last]).tolist()
