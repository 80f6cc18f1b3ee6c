"""Article → the document of the cluster: fields to search, to sort and count by, and the parts of a hit."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.arrays.segment.document_arrays import exact_keys
from services.search.arrays.segment.memory_segment import DocumentRecord
from services.search.engine_opensearch.indexes.columns import Columns, weights_of_fields
from services.search.engine_opensearch.indexes.mapping import EMPTY, FREQUENCY, SCALE, TOGETHER, positions_field
from services.search.indexing.completions import completion_keys
from services.search.text.terms import stop_words_of
from shared.search.attributes import ATTRIBUTES

F64 = npt.NDArray[np.float64]

_UNCLEAN = (TOGETHER, EMPTY, FREQUENCY, " ")


def article_body(record: DocumentRecord, columns: Columns, averages: F64) -> dict[str, Any]:
    """The document of the cluster for one article; ``averages`` are the mean lengths of the fields."""
    stored = orjson.loads(record.stored)
    body: dict[str, Any] = {
        "kind": "article",
        "slug": stored["slug"],
        "digest": stored["digest"],
        "exact": [exact_value(key, kind) for key, kind in sorted(exact_keys(stored))],
        "suggest": sorted(set(_beginnings(stored))),
        "stored": base64.b64encode(record.stored).decode("ascii"),
        "columns": columns.encode(),
        "raw": {"text": record.text.decode("utf-8", "replace")},
        **_weighted(columns, averages),
        **_placed(columns),
    }
    for one in ATTRIBUTES:
        value = stored["attributes"][one.name]
        if one.kind == "keyword":
            body[f"is_{one.name}"] = [keyword for keyword, _ in value]
            body[f"as_{one.name}"] = [orjson.dumps(pair).decode() for pair in value]
        elif value is not None:
            body[f"by_{one.name}"] = value
            body[f"is_{one.name}"] = year_of_moment(value) if one.kind == "date" else value
    return body


def exact_value(key: int, kind: int) -> str:
    """An exact match as a term: its kind, and the hash of the text."""
    return f"{kind}:{key:x}"


def year_of_moment(seconds: int) -> int:
    """The year of a time in seconds (see ``moment_in``)."""
    return int(np.datetime64(seconds, "s").astype("datetime64[Y]").astype(int)) + 1970


def _weighted(columns: Columns, averages: F64) -> dict[str, str]:
    weights = weights_of_fields(columns.lengths, averages)
    of_each = weights[columns.fields] * SCALE
    is_code = columns.fields == schema.CODE
    size = len(columns.surfaces)
    found = {}
    for name, chosen in (("prose", ~is_code), ("code", is_code)):
        sums = np.bincount(columns.terms[chosen], of_each[chosen], size)
        numbers = np.flatnonzero(sums).tolist()
        tokens = [
            f"{columns.surfaces[number]}{FREQUENCY}{max(1, round(float(sums[number])))}"
            for number in numbers
            if is_clean(columns.surfaces[number])
        ]
        found[name] = " ".join(tokens)
    return found


def _placed(columns: Columns) -> dict[str, str]:
    """The tokens of each field at their positions; a gap is at most as wide as a border of blocks."""
    at: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = zip(columns.terms.tolist(), columns.fields.tolist(), columns.positions.tolist(), strict=True)
    for term, number, position in rows:
        surface = columns.surfaces[term]
        if is_clean(surface):
            at[number][position].append(surface)
    return {positions_field(schema.FIELDS[number].name): " ".join(_tokens(places)) for number, places in at.items()}


def _tokens(places: Mapping[int, list[str]]) -> Iterator[str]:
    last: int | None = None
    for position in sorted(places):
        if last is not None:
            yield from [EMPTY] * min(position - last - 1, schema.BLOCK_GAP)
        yield TOGETHER.join(dict.fromkeys(places[position]))
        last = position


def is_clean(surface: str) -> bool:
    """Whether OpenSearch keeps ``surface`` as one token."""
    return not any(sign in surface for sign in _UNCLEAN)


def _beginnings(stored: Mapping[str, Any]) -> Iterator[str]:
    """The keys of completions: titles, headings and tags, from each of their words on."""
    texts = [stored["title"], *stored["tags"], *(heading for _, heading, _ in stored["sections"] if heading)]
    for text in texts:
        yield from (key for key, _ in completion_keys(text, stop_words_of(stored.get("language"))))
