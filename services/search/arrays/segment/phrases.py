"""Completions: titles, headings, tags, and phrases that titles, headings and summaries share.

An entry can be completed from the start of any of its words, so each word gives a sorted key: the folded text from that
word on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from services.search.arrays.array_file import Array
from services.search.arrays.ranges import starts_of
from services.search.arrays.strings import pack_strings
from services.search.indexing.completions import completion_keys, first_key
from services.search.text.terms import stop_words_of
from services.search.text.tokens import plain_words, tokenize

TITLE, HEADING, TAG, PHRASE = 0, 1, 2, 3
#: The section of an entry without one.
NO_SECTION = 0xFFFF
#: Lengths of a phrase, in words.
_LENGTHS = (2, 3)


def suggestion_arrays(stored: Sequence[dict[str, Any]]) -> dict[str, Array]:
    """The arrays of the completions of a segment (``stored`` fields per document, in order).

    With E entries, sorted by text, kind and section, and K keys:

        suggest_text, _offsets         E      the text
        suggest_kinds                  E      TITLE, HEADING, TAG or PHRASE
        suggest_sections               E      the number of the section of a heading
        suggest_doc_starts             E + 1  where the documents of each begin in suggest_docs
        suggest_keys, _key_offsets     K      the keys, sorted
        suggest_refs                   K      entry << 1 | whether the key is from the beginning of the text
    """
    documents: dict[tuple[str, int, int], list[int]] = {}
    # Thousands of reference pages share the same headings.
    phrases_of = cache(_phrases)
    stop_words = [stop_words_of(fields.get("language")) for fields in stored]
    for number, fields in enumerate(stored):
        for entry in dict.fromkeys(_entries(fields, partial(phrases_of, stop_words=stop_words[number]))):
            documents.setdefault(entry, []).append(number)
    entries = sorted(documents)
    keys = sorted(
        (key, number << 1 | whole)
        for number, entry in enumerate(entries)
        for key, whole in _keys(entry, stop_words[documents[entry][0]])
    )
    text, offsets = pack_strings(entry[0].encode("utf-8", "replace") for entry in entries)
    key_text, key_offsets = pack_strings(key for key, _ in keys)
    return {
        "suggest_text": text,
        "suggest_offsets": offsets,
        "suggest_kinds": np.array([entry[1] for entry in entries], dtype=np.uint8),
        "suggest_sections": np.array([entry[2] for entry in entries], dtype=np.uint16),
        "suggest_doc_starts": starts_of(len(documents[entry]) for entry in entries),
        "suggest_docs": np.array([number for entry in entries for number in documents[entry]], dtype=np.uint32),
        "suggest_keys": key_text,
        "suggest_key_offsets": key_offsets,
        "suggest_refs": np.array([reference for _, reference in keys], dtype=np.uint32),
    }


def _entries(fields: dict[str, Any], phrases_of: Callable[[str], Sequence[str]]) -> Iterator[tuple[str, int, int]]:
    """(text, kind, section number) of every entry of a document."""
    yield fields["title"], TITLE, NO_SECTION
    yield from ((tag, TAG, NO_SECTION) for tag in fields["tags"])
    for number, (_, heading, _) in enumerate(fields["sections"][:NO_SECTION]):
        if heading:
            yield heading, HEADING, number
    texts = (fields["title"], *(heading for _, heading, _ in fields["sections"]), fields["summary"])
    for text in dict.fromkeys(texts):
        yield from ((phrase, PHRASE, NO_SECTION) for phrase in phrases_of(text))


def _phrases(text: str, stop_words: frozenset[str]) -> tuple[str, ...]:
    """Two or three adjacent words, as surfaces, that begin and end with a content word."""
    words = plain_words(text)
    if words is not None:
        is_beside = [True] * (len(words) - 1)
    else:
        tokens = tokenize(text)
        words = [token.surface for token in tokens]
        is_beside = [text[a.end : b.start] == " " for a, b in pairwise(tokens)]
    has_content = [word not in stop_words for word in words]
    return tuple(
        [
            " ".join(words[first : first + length])
            for length in _LENGTHS
            for first in range(len(words) - length + 1)
            if has_content[first] and has_content[first + length - 1] and all(is_beside[first : first + length - 1])
        ]
    )


def _keys(entry: tuple[str, int, int], stop_words: Collection[str]) -> Iterator[tuple[bytes, int]]:
    """``(key, 1 at the beginning of the text, else 0)`` for every key of an entry."""
    text, kind, _ = entry
    if kind == PHRASE:
        if key := first_key(text):
            yield key.encode("utf-8", "replace"), 1
        return
    for key, is_beginning in completion_keys(text, stop_words):
        yield key.encode("utf-8", "replace"), int(is_beginning)
