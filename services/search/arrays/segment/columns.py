"""The attributes of documents as columns, for filters, facets and sorting. See ``shared/search/attributes.py``.

Arrays of a segment for an attribute NAME, with D documents:

    attribute_NAME                 keywords: their numbers in order of the documents; else D values, or NEVER
    attribute_NAME_starts   D + 1  keywords: where those of a document begin
    attribute_NAME_text, _offsets  keywords: [value, label] as JSON, sorted
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search.arrays.array_file import Array
from services.search.arrays.ranges import ranges, starts_of
from services.search.arrays.strings import PackedStrings, pack_strings
from shared.search.attributes import ATTRIBUTES, Value
from shared.search.contract import FacetCount

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The value of a document without a date or a number.
NEVER = -(2**62)
#: Below 1/8 of all documents, gather their keywords; above, scan the whole column.
_FEW_BITS = 3


def attribute_arrays(stored: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    """The arrays of all attributes of the documents of ``stored``, in their order."""
    arrays: dict[str, Array] = {}
    for attribute in ATTRIBUTES:
        name = f"attribute_{attribute.name}"
        values = [one[attribute.name] for one in stored]
        if attribute.kind != "keyword":
            arrays[name] = np.array([NEVER if value is None else value for value in values], dtype=np.int64)
            continue
        keys = [[orjson.dumps(value) for value in own] for own in values]
        names = sorted({key for own in keys for key in own})
        number_of = {key: number for number, key in enumerate(names)}
        arrays[name] = np.array([number_of[key] for own in keys for key in own], dtype=np.uint32)
        arrays[f"{name}_starts"] = starts_of(map(len, keys))
        arrays[f"{name}_text"], arrays[f"{name}_offsets"] = pack_strings(names)
    return arrays


def merged_attributes(parts: Sequence[Mapping[str, Array]], kept: Sequence[Bools]) -> dict[str, Array]:
    """The arrays of all attributes of the documents of ``parts`` that ``kept`` marks, in order."""
    arrays: dict[str, Array] = {}
    for attribute in ATTRIBUTES:
        name = f"attribute_{attribute.name}"
        if attribute.kind == "keyword":
            arrays.update(_merged_keywords(parts, kept, name))
        else:
            arrays[name] = np.concatenate([part[name][own] for part, own in zip(parts, kept, strict=True)])
    return arrays


def _merged_keywords(
    parts: Sequence[Mapping[str, Array]], kept: Sequence[Bools], name: str
) -> Iterator[tuple[str, Array]]:
    """The arrays ``name`` of a keyword attribute, without the keywords that no document has any more."""
    columns, counts, used = [], [], []
    for part, own in zip(parts, kept, strict=True):
        starts: I64 = part[f"{name}_starts"].astype(np.int64)
        sizes = starts[1:] - starts[:-1]
        column = part[name][np.repeat(own, sizes)]
        packed = PackedStrings(part[f"{name}_text"], part[f"{name}_offsets"])
        used.append({number: packed[number] for number in np.unique(column).tolist()})
        columns.append(column)
        counts.append(sizes[own])
    names = sorted({key for own_names in used for key in own_names.values()})
    number_of = {key: number for number, key in enumerate(names)}
    for at, own_names in enumerate(used):
        numbers = np.zeros(max(own_names, default=-1) + 1, dtype=np.uint32)
        numbers[list(own_names)] = [number_of[key] for key in own_names.values()]
        columns[at] = numbers[columns[at]]
    text, offsets = pack_strings(names)
    yield name, np.concatenate(columns)
    yield f"{name}_starts", starts_of(np.concatenate(counts))
    yield f"{name}_text", text
    yield f"{name}_offsets", offsets


class KeywordColumn:
    """A keyword attribute: ``numbers`` index ``names``, and those of a document begin at its entry in ``starts``."""

    def __init__(self, segments: Sequence[Mapping[str, Array]], attribute: str) -> None:
        name = f"attribute_{attribute}"
        own_names = []
        for arrays in segments:
            packed = PackedStrings(arrays[f"{name}_text"], arrays[f"{name}_offsets"])
            own_names.append([tuple(orjson.loads(packed[number])) for number in range(len(packed))])
        #: (value, label), sorted.
        self.names: tuple[tuple[str, str], ...] = tuple(sorted({one for names in own_names for one in names}))
        #: (value, label if it is another text, else "").
        self._shown = [(value, "" if label == value else label) for value, label in self.names]
        number_of = {one: number for number, one in enumerate(self.names)}
        self._numbers_of: dict[Value, list[int]] = {}
        for number, (value, _) in enumerate(self.names):  # one value may be written with several labels
            self._numbers_of.setdefault(value, []).append(number)
        numbers, counts = [np.zeros(0, dtype=np.int64)], [np.zeros(1, dtype=np.int64)]
        for arrays, names in zip(segments, own_names, strict=True):
            mapping = np.array([number_of[one] for one in names], dtype=np.int64)
            numbers.append(mapping[arrays[name]] if len(mapping) else numbers[0])
            counts.append(np.diff(arrays[f"{name}_starts"]).astype(np.int64))
        self.numbers: I64 = np.concatenate(numbers)
        self.starts: I64 = np.cumsum(np.concatenate(counts))
        #: The document of each of ``numbers``.
        self.documents: I64 = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def has(self, value: Value) -> Bools:
        """A mask of the documents with ``value``."""
        found: Bools = np.zeros(len(self.starts) - 1, dtype=bool)
        for number in self._numbers_of.get(value, ()):
            found[self.documents[self.numbers == number]] = True
        return found

    def of(self, document: int) -> I64:
        """The numbers of the names of ``document``."""
        return self.numbers[self.starts[document] : self.starts[document + 1]]

    def counts(self, documents: I64) -> tuple[FacetCount, ...]:
        """Count ``documents`` per name, the most frequent first, then by value."""
        if not len(self.numbers):
            return ()
        counts = np.bincount(self._of_all(documents), minlength=1)
        found = (counts > 0).nonzero()[0]
        order = found.take((-counts.take(found)).argsort(kind="stable"))
        chosen = zip([self._shown[number] for number in order.tolist()], counts.take(order).tolist(), strict=True)
        return tuple([FacetCount(value, count, label) for (value, label), count in chosen])

    def _of_all(self, documents: I64) -> I64:
        """The numbers of the names of ``documents``, document by document or name by name."""
        if len(documents) > (len(self.starts) - 1) >> _FEW_BITS:
            mask = np.zeros(len(self.starts) - 1, dtype=bool)
            mask[documents] = True
            return self.numbers[mask.take(self.documents)]
        firsts = self.starts.take(documents)
        return self.numbers.take(ranges(firsts, self.starts.take(documents + 1) - firsts))


class NumberColumn:
    """A number or date (in seconds) per document of a generation, with its filters and counts."""

    def __init__(self, segments: Sequence[Mapping[str, Array]], attribute: str, *, is_date: bool) -> None:
        name = f"attribute_{attribute}"
        self.sort_keys: I64 = np.concatenate([np.zeros(0, dtype=np.int64), *(arrays[name] for arrays in segments)])
        self._is_known: Bools = self.sort_keys != NEVER
        self._values: I64 = _years(self.sort_keys) if is_date else self.sort_keys
        known = self._values[self._is_known]
        #: The distinct values, ascending, and for each document the index of its value plus one; 0 without a value.
        self._distinct, places = np.unique(known, return_inverse=True)
        self._places: I64 = np.zeros(len(self.sort_keys), dtype=np.int64)
        self._places[self._is_known] = places.reshape(-1) + 1

    def has(self, value: Value) -> Bools:
        """A mask of the documents with ``value``."""
        found: Bools = (self._values == value) & self._is_known
        return found

    def counts(self, documents: I64) -> tuple[FacetCount, ...]:
        """Count ``documents`` per value, the highest value first."""
        if not len(self._distinct):
            return ()
        counts = np.bincount(self._places.take(documents), minlength=1)[1:].tolist()
        chosen = [FacetCount(int(self._distinct[at]), count) for at, count in enumerate(counts) if count]
        return tuple(reversed(chosen))


Column = KeywordColumn | NumberColumn


def _years(seconds: I64) -> I64:
    """The year of each time in seconds since 1970; NEVER becomes year 1."""
    clipped = np.maximum(seconds, int(datetime(1, 1, 1, tzinfo=UTC).timestamp()))
    return clipped.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
