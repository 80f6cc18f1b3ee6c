"""Why a hit scores what it scores, as a tree whose values add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.search import schema
from services.search.whoosh_engine.generation import Generation
from services.search.whoosh_engine.matching import GroupMatch, SegmentMatch
from services.search.whoosh_engine.ranking import K1, Scored, coverage, idf, repeats
from shared.search_api import Explanation

_FIELD_MASK = schema.FIELD_SLOTS - 1
#: Differences below this are rounding.
_ROUNDING = 1e-9


def explain(generation: Generation, matches: Sequence[GroupMatch], scored: Scored) -> Explanation:
    """The tree of one document: words with their fields, recency, bonuses; every value is the sum of its parts."""
    parts = [_word(generation, match, scored.document) for match in matches if match.df]
    parts = [part for part in parts if part.value > 0.0]
    words = sum(part.value for part in parts)
    share = 1.0
    if len(matches) > 1:
        share = float(coverage(generation, matches, np.array([scored.document]))[0])
    if share < 1.0 - _ROUNDING:
        parts.append(Explanation(f"words missing: times {share:.3f}", words * (share - 1.0)))
    parts.append(Explanation("recency", scored.base - sum(part.value for part in parts)))
    for label, share in (
        ("words close together", scored.closeness),
        ("words in the title", scored.title),
        ("all words in one heading", scored.heading),
    ):
        if share:
            parts.append(Explanation(f"{label}: +{share:.1%} of the score", scored.base * share))
    if scored.lift:
        parts.append(
            Explanation(
                "put first: the title, a heading or a tag is the query, or every word of it is there", scored.lift
            )
        )
    return Explanation("score", scored.score, tuple(parts))


def _word(generation: Generation, match: GroupMatch, document: int) -> Explanation:
    frequency = float(match.frequencies[document])
    rarity = idf(generation, match.df)
    value = repeats(match.group.count) * rarity * (K1 + 1.0) * frequency / (K1 + frequency) if frequency else 0.0
    count = f" typed {match.group.count} times" if match.group.count > 1 else ""
    label = f"{match.group.label}{count}: in {match.df} articles, idf {rarity:.3f}, weighted frequency {frequency:.3f}"
    segment = generation.segment_of(document)
    part = next(one for one in match.parts if one.segment is segment)
    shares = _shares(part, document - segment.base)
    return Explanation(
        label,
        value,
        tuple(Explanation(name, value * share / frequency) for name, share in shares if frequency and share),
    )


def _shares(match: SegmentMatch, document: int) -> list[tuple[str, float]]:
    """What each term and field adds to the weighted frequency."""
    segment = match.segment
    low, high = document << schema.FIELD_BITS, (document + 1) << schema.FIELD_BITS
    found: list[tuple[str, float]] = []
    for run in match.runs:
        slots = segment.entry_slots[run.first : run.last]
        for entry in (np.flatnonzero((slots >= low) & (slots < high)) + run.first).tolist():
            slot = int(segment.entry_slots[entry])
            field = slot & _FIELD_MASK
            if not run.fields[field]:
                continue
            term = segment.terms[int(np.searchsorted(segment.term_entries, entry, side="right")) - 1].decode()
            times = int(segment.entry_occurrences[entry + 1]) - int(segment.entry_occurrences[entry])
            share = times * float(segment.norms[slot]) * run.weight * run.fields[field]
            found.append((f"{term} ({run.origin}) in {schema.FIELDS[field].name}: {times} times", share))
    for spans in match.spans:
        inside = (spans.slots >= low) & (spans.slots < high)
        slots, counts = np.unique(spans.slots[inside], return_counts=True)
        for slot, times in zip(slots.tolist(), counts.tolist(), strict=True):
            name = schema.FIELDS[slot & _FIELD_MASK].name
            found.append(
                (f"{spans.origin} in {name}: {times} times", times * float(segment.norms[slot]) * spans.weight)
            )
    return sorted(found, key=lambda one: -one[1])
