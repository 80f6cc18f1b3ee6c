"""The hits of one page: stored fields, the title with its matches, and the best sections with their snippets.

Reads only what is shown, in one pass over the whole page where possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import GroupMatch
from services.search.arrays.matching.occurrences import Occurrences, occurrences_in
from services.search.arrays.matching.ranking import Scored
from services.search.arrays.matching.scores import idf
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.layout import POSITION_SHIFT
from services.search.arrays.segment.segment import Segment
from services.search.arrays.showing.sections import best_sections
from services.search.arrays.showing.snippets import cut, mark
from services.search.arrays.showing.windows import Window, opening_of, windows_of
from services.search.reranking import Place
from shared.content.slug import article_url
from shared.search.contract import Explanation, Hit, Marked, SectionHit

#: The matches in a title: their starts and their ends.
_Spans = tuple[list[int], list[int]]


class _Section(NamedTuple):
    """A section to show: its index in its document, and its snippet."""

    number: int
    window: Window | None


def make_hits(
    generation: Generation,
    scored: Sequence[Scored],
    matches: Sequence[GroupMatch],
    explanations: Sequence[Explanation | None],
) -> tuple[Hit, ...]:
    """The hits of ``scored``, in order."""
    rarity = np.array([idf(generation, match.df) if match.df else 0.0 for match in matches])
    titles: dict[int, _Spans] = {}
    sections: dict[int, list[_Section]] = {}
    for index, segment in enumerate(generation.segments):
        last = segment.base + segment.documents
        local = [one.document - segment.base for one in scored if segment.base <= one.document < last]
        if not local or not matches:
            continue
        matched = occurrences_in(segment, local, [match.parts[index] for match in matches])
        for document, found in _titles(segment, matched).items():
            titles[segment.base + document] = found
        chosen = best_sections(segment, matched, rarity)
        if chosen is None:
            continue
        windows, numbers = windows_of(segment, matched, chosen, rarity), chosen.numbers.tolist()
        for document, rows in chosen.of.items():
            first = segment.doc_sections[document]
            sections[segment.base + document] = [_Section(numbers[row] - first, windows[row]) for row in rows]
    return tuple(
        [
            _hit(generation, one, titles.get(one.document), sections.get(one.document, ()), explanation)
            for one, explanation in zip(scored, explanations, strict=True)
        ]
    )


def show_places(generation: Generation, places: Iterable[Place]) -> tuple[Hit, ...]:
    """Hits for sections that no word of the query matched, without marks. Unknown sections are left out."""
    shown = []
    for place in places:
        document = generation.by_slug.get(place.slug)
        if document is None:
            continue
        segment = generation.segment_of(document)
        anchors = [anchor for anchor, _heading, _level in generation.stored(document)["sections"]]
        sections: list[_Section] = []
        if place.anchor in anchors:
            number = anchors.index(place.anchor)
            first = segment.doc_sections[document - segment.base]
            sections = [_Section(number, opening_of(segment, first + number))]
        if sections or not (anchors or place.anchor):  # an article may have nothing but its title
            shown.append(_hit(generation, Scored(document, 0.0, 0.0, 0.0, 0.0, 0.0), None, sections, None))
    return tuple(shown)


def _titles(segment: Segment, matched: Occurrences) -> dict[int, _Spans]:
    """The matches in the title of each document, as byte offsets into it."""
    rows = (matched.fields == schema.TITLE).nonzero()[0]
    documents = matched.positions.take(rows) >> POSITION_SHIFT
    # The title follows one mark in the text.
    titles = segment.text_starts.take(documents) + 1
    begins, stops = matched.starts.take(rows) - titles, matched.ends.take(rows) - titles
    found: dict[int, _Spans] = {}
    for document, begin, stop in zip(documents.tolist(), begins.tolist(), stops.tolist(), strict=True):
        spans = found.setdefault(document, ([], []))
        spans[0].append(begin)
        spans[1].append(stop)
    return found


def _hit(
    generation: Generation,
    scored: Scored,
    title: _Spans | None,
    sections: Sequence[_Section],
    explanation: Explanation | None,
) -> Hit:
    segment, stored = generation.segment_of(scored.document), generation.stored(scored.document)
    slug, series, names = stored["slug"], stored["series"], stored["sections"]
    url = article_url(slug)
    shown = []
    for number, window in sections:
        anchor, heading, _level = names[number]
        snippet, is_code = ((), False) if window is None else _snippet(segment, window)
        shown.append(SectionHit(heading, anchor, f"{url}#{anchor}" if anchor else url, snippet, is_code))
    return Hit(
        slug=slug,
        url=url,
        title=_title(stored["title"], title),
        summary=stored["summary"],
        published=(stored["published"] or "")[:10],
        tags=tuple(stored["tags"]),
        series=series[1] if series else None,
        reading_minutes=stored["reading_minutes"],
        score=scored.score,
        sections=tuple(shown),
        explanation=explanation,
    )


def _title(title: str, spans: _Spans | None) -> Marked:
    if spans is None:
        return ((title, False),)
    raw = title.encode("utf-8", "replace")
    return tuple(mark(raw, 0, len(raw), *spans))


def _snippet(segment: Segment, window: Window) -> tuple[Marked, bool]:
    start, end, focus, reach, is_code, begins, stops = window
    return cut(segment.text(start, end), focus, reach, begins, stops, is_code=is_code, base=start), is_code
