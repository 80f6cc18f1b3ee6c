"""Which sections of an article a hit leads to: the places where its words stand, and which section they speak for.

It knows no snippet and no stored field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import F64, I64, Bools, Segment
from services.search.whoosh_engine.matching import SegmentMatch
from services.search.whoosh_engine.pack import PLACE_SHIFT
from services.search.whoosh_engine.postings import occurrences
from services.search.whoosh_engine.snippets import Match
from shared.search_api import MAX_SECTIONS

#: What an occurrence counts in the score of its section, by field; 0 is not in a section at all. A heading says what
#: its section is about. These and what follows: docs/search.md, Sections.
_WEIGHTS = np.array([0.0, 5.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0])
#: What code counts at most, in words of prose: a listing repeats its names.
_MOST_CODE = 4.0
#: How fast more of the same word stops to count. Slower than for articles: the section that explains a word goes on
#: using it. Length is not held against a section for the same reason.
_K = 4.0
#: What each further word of the query adds to a section that has several.
_COVERAGE = 0.2
#: What it adds that neighbouring words of the query stand side by side, if all do.
_SIDE_BY_SIDE = 1.0
#: What it adds that the heading is the words of the query and nothing else.
_EXACT_HEADING = 0.5
#: Positions from one to the other of two that are side by side: there may be one word between them.
_MAX_STEP = 2
#: A section is shown when it scores at least this share of the article's best.
_SHOWN_SHARE = 0.35
#: Matches of a section that are looked at for its snippet: the rest can hardly be denser.
_MAX_MATCHES = 64
_FIELD_MASK = schema.FIELD_SLOTS - 1


@dataclass(frozen=True, slots=True)
class Places:
    """Occurrences in the documents of the page, by document, then byte. Parallel columns."""

    documents: I64
    places: I64
    fields: I64
    starts: I64
    ends: I64
    groups: I64
    weights: F64

    def where(self, chosen: I64) -> Places:
        """The occurrences at ``chosen``."""
        return Places(
            self.documents[chosen],
            self.places[chosen],
            self.fields[chosen],
            self.starts[chosen],
            self.ends[chosen],
            self.groups[chosen],
            self.weights[chosen],
        )

    def matches(self, first: int = 0, last: int | None = None) -> list[Match]:
        """Those from ``first`` to ``last`` (half-open; all of them) as plain tuples."""
        columns = (self.starts, self.ends, self.groups, self.weights)
        return list(zip(*[column[first:last].tolist() for column in columns], strict=True))


@dataclass(frozen=True, slots=True)
class ChosenSection:
    """A section worth showing: its number within the segment, and its matches outside the heading."""

    number: int
    matches: list[Match]


def places_in(segment: Segment, documents: Sequence[int], matches: Sequence[SegmentMatch]) -> Places:
    """Where the groups of ``matches`` stand in ``documents`` (numbers within the segment)."""
    wanted = np.array(sorted(documents), dtype=np.int64)
    columns: tuple[list[I64], ...] = ([], [], [], [])
    counts: list[int] = []
    weights: list[F64] = []
    for match in matches:
        count = 0
        for run in match.runs:
            found = occurrences(segment, run, wanted)
            numbers = found.numbers
            starts = segment.starts.take(numbers).astype(np.int64)
            places, ends = segment.places.take(numbers), starts + segment.widths.take(numbers)
            for column, values in zip(columns, (places, segment.kinds.take(numbers), starts, ends), strict=True):
                column.append(values)
            weights.append(np.ones(len(numbers)) if found.weights is None else found.weights)
            count += len(numbers)
        for spans in match.spans:
            chosen = np.isin(spans.slots >> schema.FIELD_BITS, wanted).nonzero()[0]
            for column, values in zip(columns, (spans.places, spans.slots, spans.starts, spans.ends), strict=True):
                column.append(values[chosen])
            weights.append(np.full(len(chosen), spans.weight))
            count += len(chosen)
        counts.append(count)
    if not weights:
        none = np.zeros(0, dtype=np.int64)
        return Places(none, none, none, none, none, none, np.zeros(0))
    all_places, fields, begins, all_ends = (np.concatenate(column) for column in columns)
    of = all_places >> PLACE_SHIFT
    order = np.argsort(of << PLACE_SHIFT | begins, kind="stable")
    return Places(
        documents=of[order],
        places=all_places[order],
        fields=(fields & _FIELD_MASK)[order],
        starts=begins[order],
        ends=all_ends[order],
        groups=np.repeat(np.arange(len(matches)), counts)[order],
        weights=np.concatenate(weights)[order],
    )


def best_sections(segment: Segment, places: Places, rarity: F64) -> dict[int, list[ChosenSection]]:
    """The sections to show of each document, best first. ``rarity`` is that of each group."""
    counted = _WEIGHTS.take(places.fields) * places.weights
    chosen = np.flatnonzero(counted)
    if not len(chosen):
        return {}
    inside = places.where(chosen)
    numbers = segment.sections_at(inside.places)
    # In order of document and byte, the places of a section stand together.
    is_first = np.ones(len(numbers), dtype=bool)
    is_first[1:] = numbers[1:] != numbers[:-1]
    firsts = np.flatnonzero(is_first)
    scores = _scores(
        segment, replace(inside, weights=counted[chosen]), rarity, numbers[firsts], np.cumsum(is_first) - 1
    )
    documents = inside.documents[firsts]
    in_body = inside.where((inside.fields != schema.HEADINGS).nonzero()[0])
    # For the place of a snippet, the rarest word counts 1.
    in_body = replace(in_body, weights=in_body.weights * (rarity / rarity.max()).take(in_body.groups))
    borders = np.append(firsts, len(numbers))
    borders -= np.concatenate(([0], np.cumsum(inside.fields == schema.HEADINGS))).take(borders)
    begins, number_of, document_of = borders.tolist(), numbers[firsts].tolist(), documents.tolist()
    found: dict[int, list[ChosenSection]] = {}
    for at in _worth_showing(scores, documents):
        shown = found.setdefault(document_of[at], [])
        if len(shown) < MAX_SECTIONS:
            last = min(begins[at + 1], begins[at] + _MAX_MATCHES)
            shown.append(ChosenSection(number_of[at], in_body.matches(begins[at], last)))
    return found


def _worth_showing(scores: F64, documents: I64) -> list[int]:
    """The rows of sections that score a good share of their document's best, best first. ``documents`` ascend."""
    starts = np.concatenate(([0], np.flatnonzero(documents[1:] != documents[:-1]) + 1))
    best = np.repeat(np.maximum.reduceat(scores, starts), np.diff(starts, append=len(scores)))
    rows = (scores >= _SHOWN_SHARE * best).nonzero()[0]
    worth: list[int] = rows[np.lexsort((rows, -scores.take(rows)))].tolist()
    return worth


def _scores(segment: Segment, inside: Places, rarity: F64, numbers: I64, rows: I64) -> F64:
    """The score of each of the sections ``numbers``; ``rows`` says in which of them each place is.

    Saturated frequency times rarity, added over the groups; more for a section that has several of the words, has them
    side by side, or is named so.
    """
    width, count = len(rarity), len(numbers)
    cells = rows * width + inside.groups
    table = np.bincount(cells, inside.weights, count * width)
    code = np.bincount(cells, inside.weights * (inside.fields == schema.CODE), count * width)
    table += _MOST_CODE * code / (_MOST_CODE + code) - code
    table = table.reshape(count, width)
    scores: F64 = (table / (_K + table)) @ rarity
    if width > 1:
        covered = np.count_nonzero(table, axis=1)
        scores *= 1.0 + _COVERAGE * (covered - 1)
        step = inside.places[1:] - inside.places[:-1]
        is_pair = (inside.groups[1:] - inside.groups[:-1] == 1) & (step > 0) & (step <= _MAX_STEP)
        pairs = _has(cells[:-1][is_pair & (rows[1:] == rows[:-1])], count, width)
        scores *= 1.0 + _SIDE_BY_SIDE / (width - 1) * np.count_nonzero(pairs, axis=1)
    named = _has(cells[inside.fields == schema.HEADINGS], count, width).all(axis=1)
    if named.any():
        first, body = (segment.arrays[name].take(numbers) for name in ("section_positions", "section_bodies"))
        named &= body - first <= width + schema.BLOCK_GAP
        scores *= 1.0 + _EXACT_HEADING * named
    return scores


def _has(cells: I64, count: int, width: int) -> Bools:
    """Whether each section has each group, where ``cells`` are section · width + group."""
    table = np.zeros(count * width, dtype=bool)
    table[cells] = True
    return table.reshape(count, width)
