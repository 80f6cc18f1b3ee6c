"""The hits of one page: stored fields, the title with its matches, the best sections with their snippets. Only what
is shown is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import F64, I64, Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch, occurrences
from services.search.whoosh_engine.ranking import K1, Scored, idf
from services.search.whoosh_engine.snippets import Match, make_snippet, mark
from shared.search_api import MAX_SECTIONS, Explanation, Hit, Marked, SectionHit

#: What an occurrence counts in the score of its section.
_SECTION_WEIGHTS = np.array([0.0, 3.0, 0.0, 0.0, 1.0, 0.8, 0.0, 0.0])
#: A section is shown when it scores at least this share of the article's best.
SECTION_SHARE = 0.35
#: What each further word of the query adds to a section that has several.
_COVERAGE = 0.5
_FIELD_MASK = schema.FIELD_SLOTS - 1
_NOWHERE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Places:
    """Occurrences in the documents of the page, in order of document, then byte. Parallel columns."""

    documents: I64
    fields: I64
    positions: I64
    starts: I64
    ends: I64
    groups: I64
    weights: F64

    def slice(self, first: int, last: int) -> _Places:
        """The occurrences from ``first`` to ``last``."""
        return _Places(
            self.documents[first:last],
            self.fields[first:last],
            self.positions[first:last],
            self.starts[first:last],
            self.ends[first:last],
            self.groups[first:last],
            self.weights[first:last],
        )


def make_hits(
    generation: Generation,
    scored: Sequence[Scored],
    matches: Sequence[GroupMatch],
    explanations: Sequence[Explanation | None],
) -> tuple[Hit, ...]:
    """The hits of ``scored``, in order."""
    rarity = [idf(generation, match.df) if match.df else 0.0 for match in matches]
    hits: dict[int, Hit] = {}
    by_document = {one.document: (one, explanation) for one, explanation in zip(scored, explanations, strict=True)}
    for index, segment in enumerate(generation.segments):
        here = sorted(d for d in by_document if segment.base <= d < segment.base + segment.documents)
        if not here:
            continue
        local = np.array(here, dtype=np.int64) - segment.base
        places = _places(segment, local, [match.parts[index] for match in matches])
        borders = np.searchsorted(places.documents, np.append(local, local[-1] + 1)).tolist()
        for number, document in enumerate(here):
            first = borders[number]
            last = int(np.searchsorted(places.documents, local[number], side="right"))
            one, explanation = by_document[document]
            hits[document] = _hit(
                generation, segment, one, places.slice(first, last), rarity=rarity, explanation=explanation
            )
    return tuple(hits[one.document] for one in scored)


def _places(segment: Segment, documents: I64, matches: Sequence[SegmentMatch]) -> _Places:
    keep = np.zeros(segment.documents, dtype=bool)
    keep[documents] = True
    slots: list[I64] = []
    columns: list[list[I64]] = [[], [], []]
    groups: list[I64] = []
    weights: list[F64] = []
    for group, match in enumerate(matches):
        found = occurrences(match.entries, keep)
        starts = segment.starts[found.numbers].astype(np.int64)
        slots.append(found.slots)
        columns[0].append(segment.positions[found.numbers].astype(np.int64))
        columns[1].append(starts)
        columns[2].append(starts + segment.widths[found.numbers])
        groups.append(np.full(len(starts), group))
        weights.append(found.weights)
        for spans in match.spans:
            chosen = keep[spans.slots >> schema.FIELD_BITS]
            slots.append(spans.slots[chosen])
            columns[0].append(spans.positions[chosen])
            columns[1].append(spans.starts[chosen])
            columns[2].append(spans.ends[chosen])
            groups.append(np.full(int(np.count_nonzero(chosen)), group))
            weights.append(np.full(int(np.count_nonzero(chosen)), spans.weight))
    if not slots:
        return _Places(_NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, np.zeros(0))
    all_slots = np.concatenate(slots)
    documents_of = all_slots >> schema.FIELD_BITS
    positions, starts, ends = (np.concatenate(column) for column in columns)
    order = np.lexsort((ends, starts, documents_of))
    return _Places(
        documents_of[order],
        (all_slots & _FIELD_MASK)[order],
        positions[order],
        starts[order],
        ends[order],
        np.concatenate(groups)[order],
        np.concatenate(weights)[order],
    )


def _hit(
    generation: Generation,
    segment: Segment,
    scored: Scored,
    places: _Places,
    *,
    rarity: Sequence[float],
    explanation: Explanation | None,
) -> Hit:
    stored = generation.stored(scored.document)
    url = f"/articles/{stored['slug']}/"
    text = generation.text(scored.document)
    series = stored["series"]
    return Hit(
        slug=stored["slug"],
        url=url,
        title=_title(text, stored["title"], places),
        summary=stored["summary"],
        published=(stored["published"] or "")[:10],
        tags=tuple(stored["tags"]),
        series=series[1] if series else None,
        reading_minutes=stored["reading_minutes"],
        score=scored.score,
        sections=_sections(segment, scored.document - segment.base, places, stored=stored, text=text, rarity=rarity),
        explanation=explanation,
    )


def _title(text: bytes, title: str, places: _Places) -> Marked:
    chosen = np.flatnonzero(places.fields == schema.TITLE)
    return tuple(mark(text, 1, 1 + len(title.encode("utf-8", "replace")), _matches(places, chosen, ())))


def _sections(
    segment: Segment,
    document: int,
    places: _Places,
    *,
    stored: dict[str, Any],
    text: bytes,
    rarity: Sequence[float],
) -> tuple[SectionHit, ...]:
    weights = _SECTION_WEIGHTS[places.fields] * places.weights
    inside = np.flatnonzero(weights > 0.0)
    if not len(inside):
        return ()
    first = int(segment.arrays["doc_sections"][document])
    last = int(segment.arrays["doc_sections"][document + 1])
    sections = np.searchsorted(segment.arrays["section_positions"][first:last], places.positions[inside], "right") - 1
    scores = _section_scores(sections, places.groups[inside], weights[inside], rarity, last - first)
    order = np.argsort(-scores, kind="stable")[:MAX_SECTIONS]
    best = float(scores[order[0]])
    starts = segment.arrays["section_starts"]
    found = []
    for section in order.tolist():
        if scores[section] < SECTION_SHARE * best or scores[section] <= 0.0:
            break
        anchor, heading, _level = stored["sections"][section]
        start = int(starts[first + section])
        end = int(starts[first + section + 1]) if section + 1 < last - first else len(text)
        body = start + 1 + len(heading.encode("utf-8", "replace")) if heading else start
        own = inside[(sections == section) & (places.fields[inside] != schema.HEADINGS)]
        snippet = make_snippet(text, body, end, _matches(places, own, rarity))
        url = f"/articles/{stored['slug']}/"
        target = f"{url}#{anchor}" if anchor else url
        found.append(SectionHit(heading, anchor, target, snippet.pieces, snippet.is_code))
    return tuple(found)


def _section_scores(sections: I64, groups: I64, weights: F64, rarity: Sequence[float], count: int) -> F64:
    """Saturated frequency times rarity, per group and section, and more for a section that has several of the words."""
    table = np.zeros((len(rarity), count))
    np.add.at(table, (groups, sections), weights)
    scores = (np.array(rarity)[:, None] * (table / (K1 + table))).sum(axis=0)
    covered = np.count_nonzero(table, axis=0)
    result: F64 = scores * (1.0 + _COVERAGE * np.maximum(covered - 1, 0))
    return result


def _matches(places: _Places, chosen: I64, rarity: Sequence[float]) -> list[Match]:
    return [
        Match(start, end, group, rarity[group] * weight if rarity else weight)
        for start, end, group, weight in zip(
            places.starts[chosen].tolist(),
            places.ends[chosen].tolist(),
            places.groups[chosen].tolist(),
            places.weights[chosen].tolist(),
            strict=True,
        )
    ]
