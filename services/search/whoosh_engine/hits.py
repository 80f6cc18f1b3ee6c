"""The hits of one page: stored fields, the title with its matches, the best sections with their snippets.

Only what is shown is looked at, and what can be done for the whole page at once is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import F64, I64, PLACE_SHIFT, Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch, occurrences
from services.search.whoosh_engine.ranking import K1, Scored, idf
from services.search.whoosh_engine.snippets import Match, make_snippet, mark
from shared.search_api import MAX_SECTIONS, Explanation, Hit, SectionHit

#: What an occurrence counts in the score of its section, by field; 0 is not in a section at all.
_SECTION_WEIGHTS = np.array([0.0, 3.0, 0.0, 0.0, 1.0, 0.8, 0.0, 0.0])
#: A section is shown when it scores at least this share of the article's best.
SECTION_SHARE = 0.35
#: What each further word of the query adds to a section that has several.
_COVERAGE = 0.5
#: Matches of a section that are looked at for its snippet: the rest can hardly be denser.
_MAX_MATCHES = 128
_FIELD_MASK = schema.FIELD_SLOTS - 1


@dataclass(frozen=True, slots=True)
class _Places:
    """Occurrences in the documents of the page, by document, then byte. Parallel columns."""

    documents: I64
    fields: I64
    positions: I64
    starts: I64
    ends: I64
    groups: I64
    weights: F64

    def where(self, chosen: I64) -> _Places:
        """The occurrences at ``chosen``."""
        return _Places(
            self.documents[chosen],
            self.fields[chosen],
            self.positions[chosen],
            self.starts[chosen],
            self.ends[chosen],
            self.groups[chosen],
            self.weights[chosen],
        )

    def matches(self) -> list[Match]:
        """As plain tuples."""
        return list(
            zip(self.starts.tolist(), self.ends.tolist(), self.groups.tolist(), self.weights.tolist(), strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Section:
    """A section worth showing: its number within the segment, and its matches outside the heading."""

    number: int
    matches: list[Match]


def make_hits(
    generation: Generation,
    scored: Sequence[Scored],
    matches: Sequence[GroupMatch],
    explanations: Sequence[Explanation | None],
) -> tuple[Hit, ...]:
    """The hits of ``scored``, in order."""
    rarity = np.array([idf(generation, match.df) if match.df else 0.0 for match in matches])
    titles: dict[int, list[Match]] = {}
    sections: dict[int, list[_Section]] = {}
    for index, segment in enumerate(generation.segments):
        last = segment.base + segment.documents
        local = [one.document - segment.base for one in scored if segment.base <= one.document < last]
        if not local or not matches:
            continue
        places = _places(segment, local, [match.parts[index] for match in matches])
        for document, found in _titles(places).items():
            titles[segment.base + document] = found
        for document, best in _best_sections(segment, places, rarity).items():
            sections[segment.base + document] = best
    return tuple(
        _hit(generation, one, titles.get(one.document, []), sections.get(one.document, []), explanation)
        for one, explanation in zip(scored, explanations, strict=True)
    )


def _places(segment: Segment, documents: list[int], matches: Sequence[SegmentMatch]) -> _Places:
    keep = np.zeros(segment.documents, dtype=bool)
    keep[documents] = True
    slots: list[I64] = []
    columns: tuple[list[I64], ...] = ([], [], [])
    counts: list[int] = []
    weights: list[F64] = []
    for match in matches:
        found = occurrences(match.entries, keep)
        starts = segment.starts.take(found.numbers).astype(np.int64)
        slots.append(found.slots)
        columns[0].append(segment.positions.take(found.numbers).astype(np.int64))
        columns[1].append(starts)
        columns[2].append(starts + segment.widths.take(found.numbers))
        weights.append(found.weights)
        count = len(starts)
        for spans in match.spans:
            chosen = np.flatnonzero(keep.take(spans.slots >> schema.FIELD_BITS))
            slots.append(spans.slots[chosen])
            for column, values in zip(columns, (spans.positions, spans.starts, spans.ends), strict=True):
                column.append(values[chosen])
            weights.append(np.full(len(chosen), spans.weight))
            count += len(chosen)
        counts.append(count)
    all_slots = np.concatenate(slots)
    positions, begins, ends = (np.concatenate(column) for column in columns)
    groups = np.repeat(np.arange(len(matches)), counts)
    order = np.argsort((all_slots >> schema.FIELD_BITS) << 32 | begins, kind="stable")
    all_slots = all_slots[order]
    return _Places(
        documents=all_slots >> schema.FIELD_BITS,
        fields=all_slots & _FIELD_MASK,
        positions=positions[order],
        starts=begins[order],
        ends=ends[order],
        groups=groups[order],
        weights=np.concatenate(weights)[order],
    )


def _titles(places: _Places) -> dict[int, list[Match]]:
    """The matches in the title of each document."""
    inside = places.where(np.flatnonzero(places.fields == schema.TITLE))
    found: dict[int, list[Match]] = {}
    for document, match in zip(inside.documents.tolist(), inside.matches(), strict=True):
        found.setdefault(document, []).append(match)
    return found


def _best_sections(segment: Segment, places: _Places, rarity: F64) -> dict[int, list[_Section]]:
    """The sections to show of each document, best first."""
    counted = _SECTION_WEIGHTS.take(places.fields) * places.weights
    chosen = np.flatnonzero(counted)
    if not len(chosen):
        return {}
    inside = places.where(chosen)
    numbers = segment.sections_at(inside.documents << PLACE_SHIFT | inside.positions)
    # In order of document and byte, the places of a section stand together.
    is_first = np.ones(len(numbers), dtype=bool)
    is_first[1:] = numbers[1:] != numbers[:-1]
    firsts = np.flatnonzero(is_first)
    scores = _section_scores(np.cumsum(is_first) - 1, inside.groups, counted[chosen], rarity, len(firsts))
    documents = inside.documents[firsts]
    borders = [*firsts.tolist(), len(numbers)]
    weighted = inside.matches()
    is_heading = (inside.fields == schema.HEADINGS).tolist()
    found: dict[int, list[_Section]] = {}
    best: dict[int, float] = {}
    score_of, number_of, document_of = scores.tolist(), numbers[firsts].tolist(), documents.tolist()
    for at in np.lexsort((firsts, -scores)).tolist():
        document = document_of[at]
        shown = found.setdefault(document, [])
        if len(shown) < MAX_SECTIONS and score_of[at] >= SECTION_SHARE * best.setdefault(document, score_of[at]):
            own = range(borders[at], borders[at + 1])
            shown.append(_Section(number_of[at], [weighted[i] for i in own if not is_heading[i]][:_MAX_MATCHES]))
    return found


def _section_scores(sections: I64, groups: I64, weights: F64, rarity: F64, count: int) -> F64:
    """Saturated frequency times rarity, per group and section, and more for a section that has several of the words."""
    width = len(rarity)
    table = np.bincount(sections * width + groups, weights, count * width).reshape(count, width)
    scores = (table / (K1 + table)) @ rarity
    covered = np.count_nonzero(table, axis=1)
    result: F64 = scores * (1.0 + _COVERAGE * (covered - 1))
    return result


def _hit(
    generation: Generation,
    scored: Scored,
    title: list[Match],
    sections: list[_Section],
    explanation: Explanation | None,
) -> Hit:
    stored = generation.stored(scored.document)
    url = f"/articles/{stored['slug']}/"
    segment = generation.segment_of(scored.document)
    local = scored.document - segment.base
    series = stored["series"]
    # The title stands in the text behind one mark.
    raw = stored["title"].encode("utf-8", "replace")
    moved = [(start - 1, end - 1, group, weight) for start, end, group, weight in title]
    return Hit(
        slug=stored["slug"],
        url=url,
        title=tuple(mark(raw, 0, len(raw), moved)),
        summary=stored["summary"],
        published=(stored["published"] or "")[:10],
        tags=tuple(stored["tags"]),
        series=series[1] if series else None,
        reading_minutes=stored["reading_minutes"],
        score=scored.score,
        sections=tuple(_section_hit(segment, local, section, stored, url) for section in sections),
        explanation=explanation,
    )


def _section_hit(segment: Segment, document: int, section: _Section, stored: dict[str, Any], url: str) -> SectionHit:
    first, last = (int(number) for number in segment.arrays["doc_sections"][document : document + 2])
    anchor, heading, _level = stored["sections"][section.number - first]
    starts = segment.arrays["section_starts"]
    start = int(starts[section.number])
    if heading:
        start += 1 + len(heading.encode("utf-8", "replace"))
    end = int(starts[section.number + 1]) if section.number + 1 < last else None
    moved = [(begin - start, stop - start, group, weight) for begin, stop, group, weight in section.matches]
    snippet = make_snippet(segment.text(document, start, end), moved)
    target = f"{url}#{anchor}" if anchor else url
    return SectionHit(heading, anchor, target, snippet.pieces, snippet.is_code)
