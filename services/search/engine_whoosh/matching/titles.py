"""How much of a query stands in the title of each document, and how much of the title that is.

    bonus = TITLE_SHARE · t² · (½ + ½ · cover)
    t     = (Σ r · s + STOP_SHARE · Σ over stop words) / (Σ r + STOP_SHARE · Σ over stop words)
    r     = ln(1 + (N - n + ½) / (n + ½)), n titles with the group
    s     = 1 as typed, OTHER_FORM as anything else, and of a compound PIECES · the share of its words by their r
    cover = the share of the positions of the title that the query names

It is known before anything else about the top documents, and for queries of one word too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.engine_whoosh.matching.matching import GroupMatch, SegmentMatch
from services.search.engine_whoosh.matching.postings import posting_weights, runs_of
from services.search.engine_whoosh.segment.generation import F64, Generation, Segment
from services.search.engine_whoosh.store.array_file import Array
from services.search.meaning import plan

#: The bonus of a document whose title is the query, as a share of its score. 1.5 to 2 is flat.
TITLE_SHARE = 1.8
#: What a stop word counts beside other words: enough to tell two titles apart, and no more.
STOP_SHARE = 0.3
#: What another form of a word counts: "Jobs" comes before "Job" for *jobs*.
OTHER_FORM = 0.9
#: What the words of a compound count that is not in the title itself.
PIECES = 0.8

_FIELD_MASK = schema.MAX_FIELDS - 1
_NONE = np.zeros(0, dtype=np.int64)


class _InTitles(NamedTuple):
    """The live documents of the generation with something in their title: at all, and as it was typed."""

    documents: Array
    exact: Array

    def rarity(self, generation: Generation, group: plan.Group) -> float:
        """How rare ``group`` is in titles: ln(1 + (N - n + ½) / (n + ½))."""
        count = generation.titles_with(group.alternatives, len(self.documents))
        return math.log1p((generation.live_documents - count + 0.5) / (count + 0.5))


def title_bonus(generation: Generation, matches: Sequence[GroupMatch], stop_words: Sequence[plan.Group]) -> F64 | None:
    """The bonus of every document, as a share of its score; None where no title has any of the query."""
    named = np.zeros(generation.documents)
    matched = np.zeros(generation.documents)
    total = 0.0
    for match in matches:
        found = _in_titles(generation, match.parts)
        rarity = found.rarity(generation, match.group)
        total += rarity
        _add(named, matched, found, rarity)
        if match.pieces:
            _add_pieces(generation, named, matched, match, found)
    if not matched.any():
        return None
    for group in stop_words:
        terms = [one for one in group.alternatives if isinstance(one, plan.Terms)]
        parts = [SegmentMatch(segment, runs_of(segment, terms), ()) for segment in generation.segments]
        found = _in_titles(generation, parts)
        rarity = STOP_SHARE * found.rarity(generation, group)
        total += rarity
        _add(named, matched, found, rarity)
    documents = matched.nonzero()[0]
    cover = np.minimum(1.0, matched.take(documents) / np.maximum(generation.title_lengths.take(documents), 1.0))
    share = named.take(documents) / total
    bonus = np.zeros(generation.documents)
    bonus[documents] = TITLE_SHARE * share * share * (0.5 + 0.5 * cover)
    return bonus


def _add(named: F64, matched: F64, found: _InTitles, rarity: float) -> None:
    named[found.documents] += OTHER_FORM * rarity
    named[found.exact] += (1.0 - OTHER_FORM) * rarity
    matched[found.documents] += 1.0


def _add_pieces(generation: Generation, named: F64, matched: F64, match: GroupMatch, whole: _InTitles) -> None:
    """Count the words of a compound for the titles that have some of them, and not the compound."""
    rarity = whole.rarity(generation, match.group)
    share = np.zeros(generation.documents)
    count = np.zeros(generation.documents)
    total = 0.0
    for piece in match.pieces:
        found = _in_titles(generation, piece.parts)
        own = found.rarity(generation, piece.group)
        total += own
        share[found.documents] += own
        count[found.documents] += PIECES
    share[whole.documents] = count[whole.documents] = 0.0
    named += PIECES * rarity / total * share
    matched += count


def _in_titles(generation: Generation, parts: Sequence[SegmentMatch]) -> _InTitles:
    found = [_in_segment(part) for part in parts]
    if len(found) == 1:
        documents, exact = found[0]
    else:
        bases = [part.segment.base for part in parts]
        documents = np.concatenate([one + base for (one, _), base in zip(found, bases, strict=True)] or [_NONE])
        exact = np.concatenate([one + base for (_, one), base in zip(found, bases, strict=True)] or [_NONE])
    if not generation.is_live.all():
        documents, exact = (one[generation.is_live.take(one)] for one in (documents, exact))
    return _InTitles(documents, exact)


def _in_segment(match: SegmentMatch) -> tuple[Array, Array]:
    """The documents of one segment, each once: with a match in the title, and with one as typed."""
    segment, stem_group = match.segment, match.stem_group
    if stem_group is not None:
        first, last = segment.stem_group_titles[stem_group.stem_group : stem_group.stem_group + 2]
        documents = segment.title_documents[first:last]
        if stem_group.table is None or first == last:
            return documents, documents
    doc_fields, weights = _title_doc_fields(segment, match)
    is_counted, is_exact = weights > 0.0, weights >= 1.0
    documents = np.unique(doc_fields[is_counted]) if stem_group is None else documents
    return documents, np.unique(doc_fields[is_exact])


def _title_doc_fields(segment: Segment, match: SegmentMatch) -> tuple[Array, F64]:
    """The documents of all matches in titles, one after the other, and what each counts."""
    columns = list(_doc_fields_of(segment, match))
    if not columns:
        return _NONE, np.zeros(0)
    return np.concatenate([doc_fields for doc_fields, _ in columns]), np.concatenate(
        [weights for _, weights in columns]
    )


def _doc_fields_of(segment: Segment, match: SegmentMatch) -> Iterator[tuple[Array, F64]]:
    for run in match.runs:
        doc_fields = segment.posting_doc_fields[run.first : run.last]
        at = (doc_fields & _FIELD_MASK == schema.TITLE).nonzero()[0]
        weights = posting_weights(segment, run)
        yield doc_fields.take(at) >> schema.FIELD_BITS, np.ones(len(at)) if weights is None else weights.take(at)
    for spans in match.spans:
        at = (spans.doc_fields & _FIELD_MASK == schema.TITLE).nonzero()[0]
        yield spans.doc_fields.take(at) >> schema.FIELD_BITS, np.full(len(at), spans.weight)
