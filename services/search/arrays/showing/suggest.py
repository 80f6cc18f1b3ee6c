"""Completions of an unfinished query: ranked, without duplicates, tolerating one typo from the fourth letter on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter

import numpy as np

from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.phrases import HEADING, NO_SECTION, PHRASE, TAG, TITLE
from services.search.arrays.segment.segment import F64, Segment
from services.search.arrays.strings import PackedStrings
from services.search.indexing.stored import exact_key
from services.search.text.tokens import tokenize
from shared.content.slug import article_url, tag_url
from shared.search.contract import Suggestion, SuggestionKind

#: From this many characters on, completions with one typo are tried if nothing begins as typed.
TYPOS_FROM = 4
#: The weight of each kind, times 1 + ln(1 + documents); and the factor if the text typed begins at a later word.
_KIND_WEIGHTS = np.zeros(4)
_KIND_WEIGHTS[[TITLE, HEADING, TAG, PHRASE]] = (4.0, 1.5, 3.0, 2.0)
_INSIDE = 0.6
#: A phrase is offered when at least this many documents share it.
_MIN_PHRASE_DOCUMENTS = 2
#: Entries to consider per segment, by weight: enough to leave a full list after duplicates are dropped.
_POOL = 60
_NAMES: dict[int, SuggestionKind] = {TITLE: "title", HEADING: "heading", TAG: "tag", PHRASE: "phrase"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One completion. ``order`` is the rank of its newest document, which breaks ties."""

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
    entries = _entries(generation, typed, _completions)
    if not entries and len(typed) >= TYPOS_FROM:
        entries = _entries(generation, typed, _completions_with_a_typo)
    return _best(entries, limit)


def _typed_key(text: str) -> str:
    """The surfaces typed. A space at the end means that the last word is complete."""
    key = " ".join(token.surface for token in tokenize(text))
    return key + " " if key and text[-1:].isspace() else key


#: The text, kind and section of an entry.
_Key = tuple[bytes, int, int]
#: Maps sorted keys and the text typed to the ranges of keys that complete it.
_Ranges = Callable[[PackedStrings, str], Iterable[tuple[int, int]]]


def _entries(generation: Generation, typed: str, ranges_of: _Ranges) -> list[_Entry]:
    """The heaviest entries of each segment with a key in one of the ranges."""
    found: list[_Entry] = []
    for segment in generation.segments:
        arrays = segment.arrays
        ranges = list(ranges_of(PackedStrings(arrays["suggest_keys"], arrays["suggest_key_offsets"]), typed))
        if not ranges:
            continue
        references = np.concatenate([arrays["suggest_refs"][first:last] for first, last in ranges])
        numbers = references >> 1
        weights = segment_weights(generation, segment)[numbers] * np.where(references & 1, 1.0, _INSIDE)
        order = np.lexsort((numbers, -weights))[:_POOL]
        order = order[weights[order] > 0.0]
        found += [_entry(generation, segment, int(numbers[i]), float(weights[i])) for i in order.tolist()]
    return found


def _completions(keys: PackedStrings, typed: str, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
    """The range of keys that begin with ``typed``, or that equal it if a space ends its last word."""
    text = typed.encode("utf-8", "replace")
    begin, end = keys.prefix_range(text, first, last)
    if begin == end and text.endswith(b" "):
        begin = keys.find(text[:-1])
        end = begin + 1 if begin >= 0 else begin
    if begin < end:
        yield begin, end


def _completions_with_a_typo(keys: PackedStrings, typed: str) -> Iterator[tuple[int, int]]:
    """The ranges of keys whose beginning is one edit from ``typed``.

    The first letter is kept, because it is seldom wrong and narrows the search most. An edit can only help after
    letters that some key begins with, and only with a letter that follows there, so even a long text needs few lookups.
    """
    first, last = 0, len(keys)
    found: set[tuple[int, int]] = set()
    for at in range(1, len(typed)):
        head, tail = typed[:at], typed[at:]
        first, last = keys.prefix_range(head.encode("utf-8", "replace"), first, last)
        if first == last:
            break
        variants = [head + tail[1:]]
        if len(tail) > 1:
            variants.append(head + tail[1] + tail[0] + tail[2:])
        for letter in _letters_after(keys, head, first, last):
            variants += [head + letter + tail[1:], head + letter + tail]
        for variant in variants:
            found.update(_completions(keys, variant, first, last))
    yield from sorted(found)


def _letters_after(keys: PackedStrings, head: str, first: int, last: int) -> Iterator[str]:
    """The letters after ``head`` in the keys ``first`` to ``last``, which all begin with it."""
    start = head.encode("utf-8", "replace")
    while first < last:
        rest = keys[first][len(start) : len(start) + 4].decode("utf-8", "ignore")
        if not rest:  # the key equals the head
            first += 1
            continue
        yield rest[0]
        first = keys.prefix_range(start + rest[0].encode(), first, last)[1]


def segment_weights(generation: Generation, segment: Segment) -> F64:
    """The weight of every entry of ``segment``, from the live documents in all segments; computed once."""
    weights = segment.suggestion_weights
    return _weigh(generation)[generation.segments.index(segment)] if weights is None else weights


def _weigh(generation: Generation) -> list[F64]:
    """Compute the weights of all entries, and cache them in their segments."""
    counts = [_live_documents(generation, one) for one in generation.segments]
    shared = _shared_documents(generation.segments, counts)
    found: list[F64] = []
    for one, own, documents in zip(generation.segments, counts, shared, strict=True):
        kinds = one.arrays["suggest_kinds"]
        weights = _KIND_WEIGHTS[kinds] * (1.0 + np.log1p(documents)) * (own > 0)
        weights[(kinds == PHRASE) & (documents < _MIN_PHRASE_DOCUMENTS)] = 0.0
        one.suggestion_weights = weights
        found.append(weights)
    return found


def _shared_documents(segments: Sequence[Segment], counts: Sequence[F64]) -> list[F64]:
    """For each entry of each segment, its number of live documents in all segments, given those in its own."""
    shared = [count.copy() for count in counts]
    largest = max(range(len(counts)), key=lambda number: len(counts[number]), default=0)
    # Look up the entries of the largest segment rather than read them all: after an edit, the others have few.
    others = (_numbered_keys(number, one) for number, one in enumerate(segments) if number != largest)
    for key, found in groupby(merge(*others), key=itemgetter(0)):
        own = [(number, entry) for _, number, entry in found]
        at = _find(segments[largest], key)
        if at is not None:
            own.append((largest, at))
        if len(own) > 1:
            documents = sum([counts[number][entry] for number, entry in own])
            for number, entry in own:
                shared[number][entry] = documents
    return shared


def _numbered_keys(number: int, segment: Segment) -> Iterator[tuple[_Key, int, int]]:
    """The key of each entry of ``segment``, ascending, with the numbers of the segment and of the entry."""
    return ((key, number, entry) for entry, key in enumerate(_keys(segment)))


def _live_documents(generation: Generation, segment: Segment) -> F64:
    """Count the live documents of each entry."""
    arrays = segment.arrays
    starts = arrays["suggest_doc_starts"].astype(np.int64)
    live = generation.is_live[segment.base + arrays["suggest_docs"]].astype(float)
    sums = np.concatenate(([0.0], np.cumsum(live)))
    counts: F64 = sums[starts[1:]] - sums[starts[:-1]]
    return counts


def _keys(segment: Segment) -> Iterator[_Key]:
    """The key of each entry of ``segment``, ascending: the same entry has the same key in every segment."""
    arrays = segment.arrays
    texts = PackedStrings(arrays["suggest_text"], arrays["suggest_offsets"])
    return zip(texts, arrays["suggest_kinds"].tolist(), arrays["suggest_sections"].tolist(), strict=True)


def _find(segment: Segment, key: _Key) -> int | None:
    """The number of the entry with ``key``. Entries are sorted by text, kind and section."""
    texts = PackedStrings(segment.arrays["suggest_text"], segment.arrays["suggest_offsets"])
    at = bisect_left(texts, key[0])
    while at < len(texts) and texts[at] == key[0]:
        if _kind_and_section(segment, at) == key[1:]:
            return at
        at += 1
    return None


def _kind_and_section(segment: Segment, number: int) -> tuple[int, int]:
    """The kind of an entry, and its section."""
    return int(segment.arrays["suggest_kinds"][number]), int(segment.arrays["suggest_sections"][number])


def _entry(generation: Generation, segment: Segment, number: int, weight: float) -> _Entry:
    arrays = segment.arrays
    text = PackedStrings(arrays["suggest_text"], arrays["suggest_offsets"])[number].decode()
    kind, section = _kind_and_section(segment, number)
    if kind == TAG:
        return _Entry(text, kind, weight, 0, tag_url(text))
    if kind == PHRASE:
        return _Entry(text, kind, weight, 0, None)
    start, end = arrays["suggest_doc_starts"][number : number + 2]
    documents = segment.base + arrays["suggest_docs"][start:end].astype(np.int64)
    newest = min(documents[generation.is_live[documents]].tolist(), key=generation.order.__getitem__)
    stored = generation.stored(newest)
    anchor = stored["sections"][section][0] if section != NO_SECTION else ""
    url = article_url(stored["slug"])
    return _Entry(text, kind, weight, int(generation.order[newest]), f"{url}#{anchor}" if anchor else url)


def _best(entries: Iterable[_Entry], limit: int) -> tuple[Suggestion, ...]:
    """The entries with the highest weight, without duplicate texts."""
    found: dict[str, Suggestion] = {}
    for entry in sorted(entries, key=lambda one: (-one.weight, one.text, one.order)):
        found.setdefault(exact_key(entry.text), Suggestion(entry.text, _NAMES[entry.kind], entry.url))
        if len(found) == limit:
            break
    return tuple(found.values())
