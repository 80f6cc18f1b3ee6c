"""The words of the index with their document frequencies, held in memory to understand queries.

A Base is written with a full build, in parts; a Delta has the changes by edits since, and is part of each generation.
"""

from __future__ import annotations

import base64
import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, takewhile

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.arrays.segment.stem_groups import signature
from services.search.arrays.vocabulary.edits import (
    FIELD_COUNTS,
    MIN_BEGINNING,
    begins_near,
    edits_to_try,
    is_near,
    may_be_near,
    may_begin_near,
)
from services.search.text.joined import joins_words, reversed_stem
from services.search.text.stemming import STOP_WORDS, is_code_word, stem, stems
from services.search.text.terms import SEPARATOR, key_in_term, keys_of, other_keys, surface_in
from services.search.understanding.vocabulary import Neighbour

U32 = npt.NDArray[np.uint32]
#: The number of articles with a word in each field, and at all.
Counts = tuple[int, ...]
Delta = dict[str, Counts]

NOTHING: Counts = (0,) * (len(schema.FIELDS) + 1)
#: Words per part: a few megabytes.
PART_WORDS = 100_000
#: A larger delta is merged into a new base.
MAX_DELTA = 20_000
#: The largest number of words that a prefix expands to.
MAX_BEGINNING = 1_000
#: Sorts behind every character.
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Base:
    """The words of a full build, sorted, and their counts as rows."""

    surfaces: tuple[str, ...] = ()
    counts: U32 = field(default_factory=lambda: np.zeros((0, len(NOTHING)), dtype=np.uint32))

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each word."""
        return {surface: row for row, surface in enumerate(self.surfaces)}

    @cached_property
    def terms_with_keys(self) -> list[str]:
        """The words of other languages than English."""
        return [surface for surface in self.surfaces if SEPARATOR in surface]

    @cached_property
    def by_stem(self) -> Mapping[str, list[str]]:
        """The words of prose that share a stem."""
        return _by_stem(self.surfaces)

    @cached_property
    def plain(self) -> tuple[list[str], U32, npt.NDArray[np.int16]]:
        """The candidates for the correction of a typo, with letter signatures and lengths."""
        return _plain(self.surfaces)

    def parts(self) -> Iterator[str]:
        """The base as texts. ``read_base`` reads them."""
        for first in range(0, len(self.surfaces), PART_WORDS):
            words = "\n".join(self.surfaces[first : first + PART_WORDS]).encode("utf-8", "replace")
            raw = len(words).to_bytes(4, "little") + words + self.counts[first : first + PART_WORDS].tobytes()
            yield base64.b64encode(zlib.compress(raw, 1)).decode("ascii")


def make_base(counts: Mapping[str, Counts]) -> Base:
    """The base of ``counts``, without words that no article has."""
    surfaces = sorted(surface for surface, own in counts.items() if own[-1] > 0)
    rows = np.array([counts[surface] for surface in surfaces], dtype=np.uint32).reshape(-1, len(NOTHING))
    return Base(tuple(surfaces), rows)


def read_base(parts: Iterable[str]) -> Base:
    """The base that ``Base.parts`` wrote."""
    surfaces: list[str] = []
    rows = [np.zeros((0, len(NOTHING)), dtype=np.uint32)]
    for part in parts:
        raw = zlib.decompress(base64.b64decode(part))
        size = int.from_bytes(raw[:4], "little")
        surfaces += raw[4 : 4 + size].decode("utf-8").split("\n")
        rows.append(np.frombuffer(raw[4 + size :], np.uint32).reshape(-1, len(NOTHING)))
    return Base(tuple(surfaces), np.concatenate(rows))


def encode_delta(delta: Delta) -> str:
    """``delta`` as text."""
    return base64.b64encode(zlib.compress(orjson.dumps(delta), 1)).decode("ascii")


def decode_delta(text: str) -> Delta:
    """The delta that ``encode_delta`` wrote."""
    return {surface: tuple(counts) for surface, counts in orjson.loads(zlib.decompress(base64.b64decode(text))).items()}


def add_counts(counts: dict[str, Counts], more: Mapping[str, Counts], sign: int = 1) -> None:
    """Add the counts of one article to ``counts``, or with ``sign`` -1 subtract them."""
    for surface, own in more.items():
        before = counts.get(surface, NOTHING)
        counts[surface] = tuple(a + sign * b for a, b in zip(before, own, strict=True))


class Lexicon:
    """The words of one generation."""

    def __init__(self, base: Base, delta: Delta) -> None:
        self.base = base
        self.delta = delta
        self._new = [surface for surface in delta if surface not in base.rows]
        self._new_by_stem = _by_stem(self._new)

    def __len__(self) -> int:
        return len(self.base.surfaces) + len(self._new)

    def counts(self, surface: str) -> Counts:
        """Count the articles with ``surface`` in each field, and at all."""
        if (changed := self.delta.get(surface)) is not None:
            return changed
        row = self.base.rows.get(surface)
        return NOTHING if row is None else tuple(self.base.counts[row].tolist())

    def articles(self, term: str) -> int:
        """Count the articles with ``term``."""
        return self.counts(term)[-1]

    def terms_with(self, surface: str) -> list[str]:
        """The terms of ``surface``: one for each language that has it."""
        found = [surface]
        if self.languages:
            beginning, known = surface + SEPARATOR, self.base.surfaces
            first = bisect_left(known, beginning)
            found += takewhile(lambda term: term.startswith(beginning), known[first:])
            found += [term for term in self._new if term.startswith(beginning)]
        return [term for term in found if self.articles(term)]

    @cached_property
    def languages(self) -> Mapping[str, float]:
        """The approximate share of the articles in each language with an analyzer of its own, by language code.

        A language has as many articles as contain its most common word.
        """
        most: dict[str, int] = defaultdict(int)
        for term in chain(self.base.terms_with_keys, (term for term in self.delta if SEPARATOR in term)):
            code = term.split(SEPARATOR, 2)[1]
            most[code] = max(most[code], self.articles(term))
        if not any(most.values()):
            return {}
        plain = max(map(self.articles, STOP_WORDS))
        return {code: count / (plain + sum(most.values())) for code, count in sorted(most.items()) if count}

    @cached_property
    def joins_words(self) -> bool:
        """Whether any of its languages writes compounds as one word."""
        return any(map(joins_words, self.languages))

    def keys_ending(self, code: str, ending: str) -> Iterator[str]:
        """The keys of ``code``, a language with compound words, whose stem ends with ``ending`` after other letters."""
        wanted = (code, ending[::-1])
        for at in range(bisect_left(self._keys_by_ending, (*wanted, "")), len(self._keys_by_ending)):
            own, letters, key = self._keys_by_ending[at]
            if own != code or not letters.startswith(wanted[1]):
                break
            if letters != wanted[1]:
                yield key

    @cached_property
    def _keys_by_ending(self) -> list[tuple[str, str, str]]:
        """``(code, reversed letters of the stem, key)`` of the languages with compound words, sorted."""
        keys = {key_in_term(term) for term in chain(self.base.terms_with_keys, self._new) if SEPARATOR in term}
        coded = ((key.split(SEPARATOR, 2)[1], key) for key in keys)
        return sorted((code, reversed_stem(key), key) for code, key in coded if joins_words(code))

    def has(self, word: str) -> bool:
        """Whether any article has ``word`` or a word of prose with its stem, in any language."""
        stems = (stem(word), *keys_of(tuple(self.languages), word))
        return bool(self.terms_with(word)) or any(self.articles(term) for one in stems for term in self.of_stem(one))

    def of_stem(self, wanted: str) -> list[str]:
        """The words of prose with the stem, or the key of another language, ``wanted``."""
        return [*self.base.by_stem.get(wanted, ()), *self._new_by_stem.get(wanted, ())]

    def beginning(self, letters: str) -> list[str]:
        """The words that begin with ``letters``, the most common first."""
        surfaces = self.base.surfaces
        first, last = bisect_left(surfaces, letters), bisect_left(surfaces, letters + LAST)
        counts = self.base.counts[first:last, -1].astype(np.int64)
        # Edits may have made a rare word common, so the words of the delta are always among them.
        often = np.argsort(-counts, kind="stable")[:MAX_BEGINNING] + first
        found = {surfaces[row] for row in often.tolist()}
        found.update(surface for surface in self.delta if surface.startswith(letters))
        return sorted(filter(self.articles, found), key=lambda one: (-self.articles(one), one))[:MAX_BEGINNING]

    def near(self, word: str, limit: int) -> list[Neighbour]:
        """The words of prose most similar to ``word``: fewest edits, then most common. See Vocabulary."""
        for edits in edits_to_try(word):
            if found := self._neighbours(self._within(word, edits), edits):
                return found[:limit]
        return []

    def forms(self, words: Iterable[str]) -> list[Neighbour]:
        """Those of ``words``, one edit away, that articles have in other forms. See Vocabulary."""
        found = self._weighed(((word, self.of_stem(stem(word))) for word in words), 1)
        return [replace(one, is_form=True) for one in found]

    def near_beginning(self, letters: str, limit: int) -> list[Neighbour]:
        """The words whose beginning is within one edit of ``letters``, first letter equal, most common first."""
        if len(letters) < MIN_BEGINNING:
            return []
        return self._neighbours(self._near_beginnings(letters), 1)[:limit]

    def _neighbours(self, surfaces: Iterable[str], edits: int) -> list[Neighbour]:
        return self._weighed(((surface, self.terms_with(surface)) for surface in dict.fromkeys(surfaces)), edits)

    def _weighed(self, words: Iterable[tuple[str, Iterable[str]]], edits: int) -> list[Neighbour]:
        """Each of ``words`` with the weight of its terms, most common first; without those that no article has."""
        found = []
        for surface, terms in words:
            *fields, _articles = map(sum, zip(NOTHING, *map(self.counts, terms), strict=True))
            weight = float(FIELD_COUNTS[: len(fields)] @ np.array(fields))
            if weight > 0.0:
                found.append(
                    Neighbour(surface, edits, weight, fields[schema.TITLE] > 0, sum(fields[: schema.LINKS]) == 1)
                )
        return sorted(found, key=lambda one: (-one.weight, one.surface))

    def _near_beginnings(self, letters: str) -> Iterator[str]:
        for words, signatures, lengths in (self.base.plain, _plain(self._new)):
            for number in np.flatnonzero(may_begin_near(letters, signatures, lengths)).tolist():
                surface = surface_in(words[number])
                if begins_near(letters, surface):
                    yield surface

    def _within(self, word: str, edits: int) -> Iterator[str]:
        for words, signatures, lengths in (self.base.plain, _plain(self._new)):
            for number in np.flatnonzero(may_be_near(word, edits, signatures, lengths)).tolist():
                surface = surface_in(words[number])
                if is_near(word, surface, edits):
                    yield surface


def _by_stem(terms: Sequence[str]) -> Mapping[str, list[str]]:
    """The terms of prose by their stems, and those of other languages by their keys."""
    found: dict[str, list[str]] = defaultdict(list)
    prose = [term for term in terms if SEPARATOR not in term and not is_code_word(term)]
    for term, one in zip(prose, stems(prose), strict=True):
        found[one].append(term)
    for term in terms:
        if SEPARATOR in term:
            found[key_in_term(term)].append(term)
    own = [key for key in found if key.startswith(SEPARATOR)]
    for key in own:
        for other in other_keys(key, list(map(surface_in, found[key]))):
            if other not in own:
                found.setdefault(other, found[key])
    return found


def _plain(terms: Iterable[str]) -> tuple[list[str], U32, npt.NDArray[np.int16]]:
    words = [term for term in terms if not is_code_word(surface_in(term))]
    surfaces = list(map(surface_in, words))
    signatures = np.fromiter(map(signature, surfaces), np.uint32, len(words))
    return words, signatures, np.fromiter(map(len, surfaces), np.int16, len(words))
