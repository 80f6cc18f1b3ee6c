"""Explain the score of a hit as a tree whose values add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from services.search import schema
from services.search.arrays.matching.matching import K1, GroupMatch, SegmentMatch, frequencies_of
from services.search.arrays.matching.postings import posting_weights
from services.search.arrays.matching.ranking import Scored
from services.search.arrays.matching.scores import PIECE_SHARE, coverage, idf, repetition_weight
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import Segment
from services.search.text.stemming import forms_in_code, is_code_word
from services.search.text.terms import is_form, key_in_term, surface_in
from services.search.understanding import plan
from shared.search.contract import Explanation
from shared.text.counted import counted

_FIELD_MASK = schema.MAX_FIELDS - 1
#: Differences below this are rounding.
_ROUNDING = 1e-9


def explain(
    generation: Generation, matches: Sequence[GroupMatch], scored: Scored, *, is_pasted: bool = False
) -> Explanation:
    """The tree of one document: words by field, recency, bonuses. Each value is the sum of its parts."""
    counted = [(match, repetition_weight(match.group.times, is_pasted=is_pasted)) for match in matches]
    counted += [(piece, PIECE_SHARE) for match in matches for piece in match.pieces]
    parts = [_word(generation, match, share, scored.document) for match, share in counted if match.df]
    parts = [part for part in parts if part.value > 0.0]
    words = sum(part.value for part in parts)
    share = 1.0
    if len(matches) > 1:
        share = float(coverage(generation, matches, np.array([scored.document]))[0])
    if share < 1.0 - _ROUNDING:
        parts.append(Explanation(f"words missing: times {share:.3f}", words * (share - 1.0)))
    parts.append(Explanation("recency", scored.base - sum(part.value for part in parts)))
    for label, share in (
        ("words close together", scored.proximity),
        ("the query in the title", scored.title),
        ("all words in one heading", scored.heading),
    ):
        if share:
            parts.append(Explanation(f"{label}: +{share:.1%} of the score", scored.base * share))
    if scored.boost:
        parts.append(
            Explanation(
                "put first: the title, the slug, a heading or a tag is the query, the title begins so,"
                " or the text has it word for word",
                scored.boost,
            )
        )
    return Explanation("score", scored.score, tuple(parts))


def _word(generation: Generation, match: GroupMatch, share: float, document: int) -> Explanation:
    """The score of one group, as a sum over terms and fields: of an unfinished word, as a finished one if higher."""
    own = _as_typed(generation, match, share, document)
    if match.whole is None or not match.whole.df:
        return own
    return max(own, _as_typed(generation, match.whole, share, document), key=lambda one: one.value)


def _as_typed(generation: Generation, match: GroupMatch, share: float, document: int) -> Explanation:
    """The score of one group alone."""
    segment = generation.segment_of(document)
    own = next(one for one in match.parts if one.segment is segment)
    frequency = float(frequencies_of((own,))[document - segment.base])
    rarity = idf(generation, match.df)
    value = share * rarity * (K1 + 1.0) * frequency / (K1 + frequency) if frequency else 0.0
    count = f" typed {match.group.times} times" if match.group.times > 1 else ""
    count += f" (a piece of a compound, times {PIECE_SHARE})" if share == PIECE_SHARE else ""
    label = f"{match.group.label}{count}: in {match.df} articles, idf {rarity:.3f}, weighted frequency {frequency:.3f}"
    shares = _shares(own, match.group.alternatives, document - segment.base)
    return Explanation(
        label,
        value,
        tuple(Explanation(name, value * part / frequency) for name, part in shares if frequency and part),
    )


def _shares(match: SegmentMatch, alternatives: Iterable[plan.Alternative], document: int) -> list[tuple[str, float]]:
    """The contribution of each term and field to the weighted frequency."""
    segment = match.segment
    low, high = document << schema.FIELD_BITS, (document + 1) << schema.FIELD_BITS
    found: list[tuple[str, float]] = []
    for run in match.runs:
        doc_fields, weights = segment.postings.doc_fields[run.first : run.last], posting_weights(segment, run)
        for at in np.flatnonzero((doc_fields >= low) & (doc_fields < high)).tolist():
            weight = 1.0 if weights is None else float(weights[at])
            if weight:
                term = _term(segment, run.first + at)
                doc_field, times = int(doc_fields[at]), int(segment.postings.counts[run.first + at])
                origin = _origin(alternatives, term, doc_field)
                label = f"{surface_in(term)} ({origin}) in {_field(doc_field)}: {counted(times, 'time')}"
                found.append((label, times * float(segment.norms[doc_field]) * weight))
    for spans in match.spans:
        inside = (spans.doc_fields >= low) & (spans.doc_fields < high)
        doc_fields, counts = np.unique(spans.doc_fields[inside], return_counts=True)
        for doc_field, times in zip(doc_fields.tolist(), counts.tolist(), strict=True):
            share = times * float(segment.norms[doc_field]) * spans.weight
            found.append((f"{spans.origin} in {_field(doc_field)}: {counted(times, 'time')}", share))
    return sorted(found, key=lambda one: -one[1])


def _term(segment: Segment, posting: int) -> str:
    """The term of a posting."""
    stem_group = int(segment.arrays["stem_group_postings"].searchsorted(np.uint32(posting), side="right")) - 1
    rank = int(segment.postings.term_fields[posting]) >> schema.FIELD_BITS
    return segment.terms[segment.stem_groups.terms[stem_group] + rank].decode()


def _field(doc_field: int) -> str:
    return schema.FIELDS[doc_field & _FIELD_MASK].name


def _origin(alternatives: Iterable[plan.Alternative], term: str, doc_field: int) -> str:
    """Why a term counts in a field: the alternative with the highest weight there."""
    best, origin = 0.0, ""
    surface = surface_in(term)
    is_code = doc_field & _FIELD_MASK == schema.CODE
    for terms in alternatives:
        if not isinstance(terms, plan.Terms) or terms.field not in {None, _field(doc_field)}:
            continue
        claims = [(0.0, "")]
        if terms.surface == surface:
            claims.append((terms.weight, terms.origin))
        elif terms.is_prefix and surface.startswith(terms.surface):
            claims.append((terms.weight * plan.PREFIX, "prefix"))
        is_other = surface != terms.surface and not is_code_word(surface)
        if is_other and is_code and terms.has_forms_in_code and surface in forms_in_code(terms.surface):
            claims.append((terms.weight * plan.INFLECTION, "form in code"))
        is_other = is_other and not is_code
        if is_other and is_form(term, terms.stem, terms.surface, terms.written):
            claims.append((terms.weight * plan.INFLECTION, "inflection"))
        if is_other and key_in_term(term) in terms.joined:
            claims.append((terms.weight * plan.JOINED, "end of a compound"))
        weight, kind = max(claims)
        if weight > best:
            best, origin = weight, kind
    return origin
