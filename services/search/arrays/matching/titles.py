"""The title bonus: the share of the query that a title has, and the share of the title that the query names.

    bonus = TITLE_SHARE · t² · (½ + ½ · cover)
    t     = (Σ r · s + STOP_SHARE · Σ over stop words) / (Σ r + STOP_SHARE · Σ over stop words)
    r     = ln(1 + (N - n + ½) / (n + ½)), n titles with the group
    s     = 1 as typed, OTHER_FORM as anything else, and of a compound PIECES · the share of its words by their r
    cover = the share of the positions of the title that the query names

Computed before the other boosts, and for single words too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from services.search import schema
from services.search.arrays.array_file import Array
from services.search.arrays.matching.matching import GroupMatch, InTitles, SegmentMatch
from services.search.arrays.matching.postings import posting_weights
from services.search.arrays.matching.runs import Run, runs_of
from services.search.arrays.matching.sequences import Spans
from services.search.arrays.matching.sets import union
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, Segment
from services.search.understanding import plan

#: The bonus for a title that equals the query, as a share of the score. Measured quality is flat from 1.5 to 2.
TITLE_SHARE = 1.8
#: Weight of a stop word relative to other words: enough to tell two titles apart.
STOP_SHARE = 0.3
#: Weight of an inflection: "Jobs" comes before "Job" for *jobs*.
OTHER_FORM = 0.9
#: Weight of the words of a compound that is not in the title itself.
PIECES = 0.8

_FIELD_MASK = schema.MAX_FIELDS - 1
_NONE = np.zeros(0, dtype=np.int64)


def title_bonus(generation: Generation, matches: Sequence[GroupMatch], stop_words: Sequence[plan.Group]) -> F64 | None:
    """The bonus of every document, as a share of its score; None if no title has a word of the query."""
    sums = _Sums()
    for match in matches:
        found = _in_titles(generation, match)
        sums.add_word(found, found.rarity)
        if match.pieces:
            _add_pieces(generation, sums, match, found)
    if sums.is_empty:
        return None
    for group in stop_words:
        terms = [one for one in group.alternatives if isinstance(one, plan.Terms)]
        parts = [SegmentMatch(segment, runs_of(segment, terms), (), len(terms)) for segment in generation.segments]
        found = _read(generation, group, parts)
        sums.add_word(found, STOP_SHARE * found.rarity)
    named, words = sums.of_each(generation.documents)
    documents = (words > 0.0).nonzero()[0]  # of flags: fifteen times as fast as that of floats
    cover = np.minimum(1.0, words.take(documents) / generation.title_lengths.take(documents))
    share = named.take(documents) / sums.total
    bonus = np.zeros(generation.documents)
    bonus[documents] = TITLE_SHARE * share * share * (0.5 + 0.5 * cover)
    return bonus


class _Sums:
    """Per document, the share of the query that its title has, and the words of the query in it.

    Collecting the values and adding them at once takes a third of the time.
    """

    __slots__ = ("_named", "_words", "total")

    def __init__(self) -> None:
        self._named, self._words = _Column(), _Column()
        #: The sum of the rarities of all words.
        self.total = 0.0

    def add_word(self, found: InTitles, rarity: float) -> None:
        """Add a word of this ``rarity``: another form of it counts less than the word as typed."""
        self.total += rarity
        self._named.add(found.documents, OTHER_FORM * rarity)
        self._named.add(found.exact, (1.0 - OTHER_FORM) * rarity)
        self._words.add(found.documents, 1.0)

    def add(self, documents: Array, named: F64, words: F64) -> None:
        """Add one value of each kind to each of ``documents``."""
        self._named.add(documents, named)
        self._words.add(documents, words)

    @property
    def is_empty(self) -> bool:
        """Whether no value was added to any document."""
        return not any(map(len, self._words.documents))

    def of_each(self, count: int) -> tuple[F64, F64]:
        """The sums of each of ``count`` documents: the share, and the words."""
        return self._named.sums(count), self._words.sums(count)


class _Column:
    """Values of documents: one for all of several documents, or one each."""

    __slots__ = ("_values", "documents")

    def __init__(self) -> None:
        self.documents: list[Array] = []
        self._values: list[float | F64] = []

    def add(self, documents: Array, value: float | F64) -> None:
        """Add ``value`` to ``documents``."""
        self.documents.append(documents)
        self._values.append(value)

    def sums(self, count: int) -> F64:
        """The sum of the values of each of ``count`` documents, added in order."""
        lengths = [len(own) for own in self.documents]
        same = [value for value in self._values if isinstance(value, float)]
        if len(same) == len(lengths):
            values: F64 = np.array(same).repeat(lengths)
        else:
            pairs = zip(self._values, lengths, strict=True)
            values = np.concatenate([np.broadcast_to(value, length) for value, length in pairs])
        # bincount returns integers only without weights.
        return cast("F64", np.bincount(np.concatenate(self.documents), values, count))


def _add_pieces(generation: Generation, sums: _Sums, match: GroupMatch, whole: InTitles) -> None:
    """Add the words of a compound for titles that have some of them but not the compound."""
    share, count = np.zeros(generation.documents), np.zeros(generation.documents)
    total = 0.0
    for piece in match.pieces:
        found = _in_titles(generation, piece)
        total += found.rarity
        share[found.documents] += found.rarity
        count[found.documents] += PIECES
    share[whole.documents] = count[whole.documents] = 0.0
    documents = (count > 0.0).nonzero()[0]
    sums.add(documents, PIECES * whole.rarity / total * share.take(documents), count.take(documents))


def _in_titles(generation: Generation, match: GroupMatch) -> InTitles:
    """The titles with ``match``, read once."""
    matched = match.matched
    if matched.in_titles is None:
        matched.in_titles = _read(generation, match.group, matched.parts)
    return matched.in_titles


def _read(generation: Generation, group: plan.Group, parts: Sequence[SegmentMatch]) -> InTitles:
    found = [_in_segment(part) for part in parts]
    if len(found) == 1:
        documents, exact = found[0]
    else:
        bases = [part.segment.base for part in parts]
        documents = np.concatenate([one + base for (one, _), base in zip(found, bases, strict=True)] or [_NONE])
        exact = np.concatenate([one + base for (_, one), base in zip(found, bases, strict=True)] or [_NONE])
    if generation.has_deleted:
        documents, exact = (one[generation.is_live.take(one)] for one in (documents, exact))
    count = generation.titles_with(group.alternatives, len(documents))
    return InTitles(documents, exact, math.log1p((generation.live_documents - count + 0.5) / (count + 0.5)))


def _in_segment(match: SegmentMatch) -> tuple[Array, Array]:
    """The distinct documents of one segment with a match in their title, and those with a match as typed."""
    segment = match.segment
    found = [_of_run(segment, run) for run in match.runs] + [_of_spans(spans) for spans in match.spans]
    if match.stem_group is not None:
        return found[0]
    documents, exact = ([column[at] for column in found] for at in (0, 1))
    return union(documents, segment.documents), union(exact, segment.documents)


def _of_run(segment: Segment, run: Run) -> tuple[Array, Array]:
    """The documents with ``run`` in their title and those with it as typed; distinct for a whole stem group."""
    if run.is_stem_group:
        first, last = segment.stem_groups.titles[run.stem_group : run.stem_group + 2]
        documents = segment.arrays["title_documents"][first:last]
        if run.table is None or first == last:
            return documents, documents
        return documents, _exact_in_titles(segment, run, run.table)
    doc_fields = segment.postings.doc_fields[run.first : run.last]
    at = (doc_fields & _FIELD_MASK == schema.TITLE).nonzero()[0]
    documents, weights = doc_fields.take(at) >> schema.FIELD_BITS, posting_weights(segment, run)
    if weights is None:
        return documents, documents
    weights = weights.take(at)
    return documents[weights > 0.0], documents[weights >= 1.0]


def _exact_in_titles(segment: Segment, run: Run, table: F64) -> Array:
    """The documents with the word as typed in their title; ``run`` is the whole stem group of the word."""
    term_fields = segment.postings.term_fields[run.first : run.last]
    at = (term_fields & _FIELD_MASK == schema.TITLE).nonzero()[0]
    at = at.take((table.take(term_fields.take(at)) >= 1.0).nonzero()[0])
    found: Array = segment.postings.doc_fields[run.first : run.last].take(at) >> schema.FIELD_BITS
    return found


def _of_spans(spans: Spans) -> tuple[Array, Array]:
    """The documents with ``spans`` in their title, and those where it counts as typed."""
    in_title = spans.doc_fields[spans.doc_fields & _FIELD_MASK == schema.TITLE]
    documents: Array = in_title >> schema.FIELD_BITS
    return documents, documents if spans.weight >= 1.0 else documents[:0]
