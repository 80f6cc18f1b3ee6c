"""Completions as a reader types: ranked, without duplicates, and forgiving one typo from the fourth letter on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.search.analysis import tokenize
from services.search.documents import exact_key
from services.search.whoosh_engine.generation import F64, Generation, Segment
from services.search.whoosh_engine.phrases import HEADING, NO_SECTION, PHRASE, TAG, TITLE
from services.search.whoosh_engine.strings import PackedStrings
from shared.search_api import Suggestion, SuggestionKind

#: From this many letters on, a typo is looked for when nothing begins as typed.
TYPOS_FROM = 4
#: A longer text is not searched for typos: each letter costs some seventy looks (119 ms for 200 letters), and has
#: context enough.
TYPOS_UNTIL = 40
#: What each kind counts, times 1 + ln(1 + documents); and what remains of it when the text only has the words further
#: on.
_KIND_WEIGHTS = np.zeros(4)
_KIND_WEIGHTS[[TITLE, HEADING, TAG, PHRASE]] = (4.0, 1.5, 3.0, 2.0)
_INSIDE = 0.6
#: A phrase is offered when at least this many documents share it.
_MIN_PHRASE_DOCUMENTS = 2
#: Entries looked at per segment, by weight: enough to survive the duplicates.
_POOL = 60
_NAMES: dict[int, SuggestionKind] = {TITLE: "title", HEADING: "heading", TAG: "tag", PHRASE: "phrase"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    kind: int
    weight: float
    order: int
    url: str | None


def suggest(generation: Generation, text: str, limit: int) -> tuple[Suggestion, ...]:
    """At most ``limit`` completions of ``text``, best first."""
    typed = _typed_key(text)
    if not typed:
        return ()
    entries = [entry for segment in generation.segments for entry in _matching(generation, segment, typed)]
    if not entries and TYPOS_FROM <= len(typed) <= TYPOS_UNTIL:
        entries = [
            entry
            for variant in sorted(set(_one_edit(typed)))
            for segment in generation.segments
            for entry in _matching(generation, segment, variant)
        ]
    return _best(entries, limit)


def _typed_key(text: str) -> str:
    """The surfaces typed; a space after the last says that its word is complete."""
    key = " ".join(token.surface for token in tokenize(text))
    return key + " " if key and text[-1:].isspace() else key


def _matching(generation: Generation, segment: Segment, typed: str) -> list[_Entry]:
    arrays = segment.arrays
    keys = PackedStrings(arrays["suggest_keys"], arrays["suggest_key_offsets"])
    first, last = keys.prefix_range(typed.encode("utf-8", "replace"))
    if first == last and typed.endswith(" "):
        first = keys.find(typed[:-1].encode("utf-8", "replace"))
        last = first + 1 if first >= 0 else first
    if first == last:
        return []
    references = arrays["suggest_refs"][first:last]
    numbers = references >> 1
    weights = segment_weights(generation, segment)[numbers] * np.where(references & 1, 1.0, _INSIDE)
    order = np.lexsort((numbers, -weights))[:_POOL]
    return [_entry(generation, segment, int(numbers[i]), float(weights[i])) for i in order.tolist() if weights[i] > 0.0]


def segment_weights(generation: Generation, segment: Segment) -> F64:
    """The weight of every entry of ``segment``, from the live documents of all segments that have it; computed once."""
    weights = segment.suggestion_weights
    return _weigh(generation)[generation.segments.index(segment)] if weights is None else weights


def _weigh(generation: Generation) -> list[F64]:
    found: list[F64] = []
    counts = [_live_documents(generation, one) for one in generation.segments]
    shared = [count.copy() for count in counts]
    for number, one in enumerate(generation.segments):
        for other_number, other in enumerate(generation.segments):
            if len(counts[number]) <= len(counts[other_number]) and number != other_number:
                mine, theirs = _same_entries(one, other)
                shared[number][mine] += counts[other_number][theirs]
                if len(counts[number]) < len(counts[other_number]):
                    shared[other_number][theirs] += counts[number][mine]
    for one, own, documents in zip(generation.segments, counts, shared, strict=True):
        kinds = one.arrays["suggest_kinds"]
        weights = _KIND_WEIGHTS[kinds] * (1.0 + np.log1p(documents)) * (own > 0)
        weights[(kinds == PHRASE) & (documents < _MIN_PHRASE_DOCUMENTS)] = 0.0
        one.suggestion_weights = weights
        found.append(weights)
    return found


def _live_documents(generation: Generation, segment: Segment) -> F64:
    """How many live documents each entry has."""
    arrays = segment.arrays
    starts = arrays["suggest_doc_starts"].astype(np.int64)
    live = generation.is_live[segment.base + arrays["suggest_docs"]].astype(float)
    sums = np.concatenate(([0.0], np.cumsum(live)))
    counts: F64 = sums[starts[1:]] - sums[starts[:-1]]
    return counts


def _same_entries(small: Segment, large: Segment) -> tuple[list[int], list[int]]:
    """The numbers, in both segments, of the entries that both have. Entries are sorted by text, kind and section."""
    mine, theirs = [], []
    texts, others = (PackedStrings(one.arrays["suggest_text"], one.arrays["suggest_offsets"]) for one in (small, large))
    for number in range(len(texts)):
        text = texts[number]
        at = bisect_left(others, text)
        while at < len(others) and others[at] == text:
            if _what(large, at) == _what(small, number):
                mine.append(number)
                theirs.append(at)
            at += 1
    return mine, theirs


def _what(segment: Segment, number: int) -> tuple[int, int]:
    return int(segment.arrays["suggest_kinds"][number]), int(segment.arrays["suggest_sections"][number])


def _entry(generation: Generation, segment: Segment, number: int, weight: float) -> _Entry:
    arrays = segment.arrays
    text = PackedStrings(arrays["suggest_text"], arrays["suggest_offsets"])[number].decode()
    kind, section = _what(segment, number)
    if kind == TAG:
        return _Entry(text, kind, weight, 0, f"/tags/{text}/")
    if kind == PHRASE:
        return _Entry(text, kind, weight, 0, None)
    start, end = arrays["suggest_doc_starts"][number : number + 2]
    documents = segment.base + arrays["suggest_docs"][start:end].astype(np.int64)
    newest = min(documents[generation.is_live[documents]].tolist(), key=generation.order.__getitem__)
    stored = generation.stored(newest)
    anchor = stored["sections"][section][0] if section != NO_SECTION else ""
    url = f"/articles/{stored['slug']}/"
    return _Entry(text, kind, weight, int(generation.order[newest]), f"{url}#{anchor}" if anchor else url)


def _best(entries: Iterable[_Entry], limit: int) -> tuple[Suggestion, ...]:
    """The heaviest entries; of those that read the same, the first."""
    found: dict[str, Suggestion] = {}
    for entry in sorted(entries, key=lambda one: (-one.weight, one.text, one.order)):
        found.setdefault(exact_key(entry.text), Suggestion(entry.text, _NAMES[entry.kind], entry.url))
        if len(found) == limit:
            break
    return tuple(found.values())


def _one_edit(typed: str) -> Iterable[str]:
    """``typed`` with one edit, as a prefix: the first letter stays, for it is seldom wrong and decides the most."""
    for at in range(1, len(typed)):
        head, tail = typed[:at], typed[at:]
        yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in _LETTERS:
            yield head + letter + tail[1:]
            yield head + letter + tail
