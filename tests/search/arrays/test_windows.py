"""Snippets are cut where a plain loop over all places would cut them."""

from __future__ import annotations

import numpy as np
import pytest

from services.search.arrays.matching.matching import match_group
from services.search.arrays.matching.occurrences import Occurrences, occurrences_in
from services.search.arrays.segment.segment import F64, Segment
from services.search.arrays.showing.sections import ChosenSections, best_sections
from services.search.arrays.showing.snippets import LEAD_BYTES, SNIPPET_BYTES
from services.search.arrays.showing.windows import MAX_MATCHES, Window, windows_of
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.indexing.texts import CODE_MARK, HEADING_MARK, MARKS
from services.search.text.query import parse_query
from services.search.text.synonyms import Synonyms
from services.search.understanding.planning import make_plan
from tests.search.corpus import make_article

ARTICLES = tuple(make_article(seed) for seed in range(60))
QUERIES = ("outbox", "outbox pattern", "pods memory limit", "getUserById", '"the relay" table', "locked row order")


@pytest.mark.parametrize("typed", QUERIES)
def test_windows_are_the_densest_places(engine: WhooshEngine, typed: str) -> None:
    generation = engine.generation_data
    matches = [match_group(generation, group) for group in make_plan(parse_query(typed), Synonyms.none()).groups]
    rarity = np.array([1.0 / (1 + number) for number in range(len(matches))])
    looked_at = 0
    for number, segment in enumerate(generation.segments):
        matched = occurrences_in(segment, range(segment.documents), [match.parts[number] for match in matches])
        chosen = best_sections(segment, matched, rarity)
        assert chosen is not None
        windows = windows_of(segment, matched, chosen, rarity)
        for row, window in enumerate(windows):
            rows = chosen.in_body[chosen.firsts[row] : chosen.lasts[row]][:MAX_MATCHES]
            if not len(rows):
                assert window == beginning(segment, chosen, row)
                continue
            assert window is not None
            looked_at += 1
            scores = plain_scores(segment, matched, rows.tolist(), rarity)
            focus = matched.starts[rows].tolist().index(window.focus)
            assert scores[focus] >= max(scores) - 0.005 - 1e-9
            assert all(score < max(scores) - 0.005 + 1e-9 for score in scores[:focus])
            assert run_at(segment, window.focus) == (window.start, window.end, window.is_code)
    assert looked_at


def plain_scores(segment: Segment, matched: Occurrences, rows: list[int], rarity: F64) -> list[float]:
    """For each of ``rows``, the matches within a snippet's length from it in its run: per word the heaviest match."""
    scores = []
    for row in rows:
        start, end, is_code = run_at(segment, int(matched.starts[row]))
        best: dict[int, float] = {}
        count = 0
        for other in rows:
            distance = matched.starts[other] - matched.starts[row]
            if other < row or distance > SNIPPET_BYTES - LEAD_BYTES or not start <= matched.starts[other] < end:
                continue
            group = int(matched.groups[other])
            best[group] = max(best.get(group, 0.0), rarity[group] / rarity.max() * matched.weights[other])
            count += 1
        scores.append((sum(best.values()) + 0.01 * count) * (0.85 if is_code else 1.0))
    return scores


def run_at(segment: Segment, offset: int) -> tuple[int, int, bool]:
    """The run that ``offset`` stands in, found by looking for marks in the text."""
    text = segment.arrays["doc_text"].tobytes()
    marks = [ord(mark) for mark in MARKS]
    start = next(at for at in range(offset, -1, -1) if text[at] in marks)
    end = next((at for at in range(start + 1, len(text)) if text[at] in marks), len(text))
    return start + 1, end, text[start] == ord(CODE_MARK)


def beginning(segment: Segment, chosen: ChosenSections, row: int) -> Window | None:
    """What is shown of a section whose words stand in its heading alone."""
    document = int(segment.documents_of_sections(chosen.numbers[row : row + 1])[0])
    start = int(segment.text_starts[document]) + int(segment.arrays["section_starts"][chosen.numbers[row]])
    text = segment.arrays["doc_text"].tobytes()
    assert text[start] == ord(HEADING_MARK)
    _, end, _ = run_at(segment, start)
    if end == len(text) or text[end] == ord(HEADING_MARK):
        return None
    first, last, is_code = run_at(segment, end)
    return Window(first, last, first, first, is_code, [], [])
