"""The hits of one page: stored fields, the title with its matches, the best sections with their snippets.

Only what is shown is looked at, and what can be done for the whole page at once is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import Generation, Segment
from services.search.whoosh_engine.matching import GroupMatch
from services.search.whoosh_engine.ranking import Scored, idf
from services.search.whoosh_engine.sections import ChosenSection, Places, best_sections, places_in
from services.search.whoosh_engine.snippets import NO_SNIPPET, Match, make_snippet, mark
from shared.search_api import Explanation, Hit, SectionHit


def make_hits(
    generation: Generation,
    scored: Sequence[Scored],
    matches: Sequence[GroupMatch],
    explanations: Sequence[Explanation | None],
) -> tuple[Hit, ...]:
    """The hits of ``scored``, in order."""
    rarity = np.array([idf(generation, match.df) if match.df else 0.0 for match in matches])
    titles: dict[int, list[Match]] = {}
    sections: dict[int, list[ChosenSection]] = {}
    for index, segment in enumerate(generation.segments):
        last = segment.base + segment.documents
        local = [one.document - segment.base for one in scored if segment.base <= one.document < last]
        if not local or not matches:
            continue
        places = places_in(segment, local, [match.parts[index] for match in matches])
        for document, found in _titles(places).items():
            titles[segment.base + document] = found
        for document, best in best_sections(segment, places, rarity).items():
            sections[segment.base + document] = best
    return tuple(
        _hit(generation, one, titles.get(one.document, []), sections.get(one.document, []), explanation)
        for one, explanation in zip(scored, explanations, strict=True)
    )


def _titles(places: Places) -> dict[int, list[Match]]:
    """The matches in the title of each document."""
    inside = places.where(np.flatnonzero(places.fields == schema.TITLE))
    found: dict[int, list[Match]] = {}
    for document, match in zip(inside.documents.tolist(), inside.matches(), strict=True):
        found.setdefault(document, []).append(match)
    return found


def _hit(
    generation: Generation,
    scored: Scored,
    title: list[Match],
    sections: list[ChosenSection],
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


def _section_hit(
    segment: Segment, document: int, section: ChosenSection, stored: dict[str, Any], url: str
) -> SectionHit:
    first, last = segment.doc_sections[document], segment.doc_sections[document + 1]
    anchor, heading, _level = stored["sections"][section.number - first]
    starts = segment.section_starts
    start = starts[section.number]
    if heading:
        start += 1 + len(heading.encode("utf-8", "replace"))
    end = starts[section.number + 1] if section.number + 1 < last else None
    blocks = segment.blocks(document, start, end)
    snippet = make_snippet(blocks, section.matches, partial(segment.text, document)) if blocks else NO_SNIPPET
    target = f"{url}#{anchor}" if anchor else url
    return SectionHit(heading, anchor, target, snippet.pieces, snippet.is_code)
