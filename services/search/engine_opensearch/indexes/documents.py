"""Article → the document of the cluster: fields to search, to sort and count by, and the parts of a hit."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from services.search import schema
from services.search.engine_opensearch.indexes.columns import Columns, weights_of_fields
from services.search.engine_opensearch.indexes.mapping import (
    EMPTY,
    FREQUENCY,
    MAX_TOKEN,
    SCALE,
    TOGETHER,
    positions_field,
)
from services.search.indexing.completions import completion_keys
from services.search.indexing.documents import IndexDocument
from services.search.indexing.stored import exact_keys, stored_fields
from services.search.text.terms import stop_words_of
from shared.search.attributes import ATTRIBUTES

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]

_UNCLEAN = re.compile(f"[{TOGETHER}{EMPTY}{FREQUENCY} ]")
#: The separator before a token, by its distance from the last one in positions.
_BETWEEN = (TOGETHER, *(" " + f"{EMPTY} " * gap for gap in range(schema.BLOCK_GAP + 1)))


def article_body(document: IndexDocument, columns: Columns, averages: F64) -> dict[str, Any]:
    """The document of the cluster for one article; ``averages`` are the mean lengths of the fields."""
    encoded = stored_fields(document)
    stored = orjson.loads(encoded)
    surfaces = [surface if is_clean(surface) else "" for surface in columns.surfaces]
    body: dict[str, Any] = {
        "kind": "article",
        "slug": stored["slug"],
        "digest": stored["digest"],
        "exact": [exact_value(key, kind) for key, kind in sorted(exact_keys(stored))],
        "suggest": sorted(set(_beginnings(stored))),
        "stored": base64.b64encode(encoded).decode("ascii"),
        "columns": columns.encode(),
        "raw": {"text": document.text.decode("utf-8", "replace")},
        **_weighted(columns, surfaces, averages),
        **_placed(columns, surfaces),
    }
    for one in ATTRIBUTES:
        value = stored["attributes"][one.name]
        if one.kind == "keyword":
            body[f"is_{one.name}"] = [keyword for keyword, _ in value]
            body[f"as_{one.name}"] = [orjson.dumps(pair).decode() for pair in value]
        elif value is not None:
            body[f"by_{one.name}"] = value
            body[f"is_{one.name}"] = year_of_timestamp(value) if one.kind == "date" else value
    return body


def exact_value(key: int, kind: int) -> str:
    """An exact match as a term: its kind, and the hash of the text."""
    return f"{kind}:{key:x}"


def year_of_timestamp(seconds: int) -> int:
    """The year of a time in seconds (see ``sort_key_of``)."""
    return int(np.datetime64(seconds, "s").astype("datetime64[Y]").astype(int)) + 1970


def _weighted(columns: Columns, surfaces: Sequence[str], averages: F64) -> dict[str, str]:
    """The words with their weighted frequencies; ``surfaces`` has "" for one that OpenSearch would split."""
    weights = weights_of_fields(columns.lengths, averages)
    of_each = weights[columns.fields] * SCALE
    is_code = columns.fields == schema.CODE
    found = {}
    for name, chosen in (("prose", ~is_code), ("code", is_code)):
        sums = np.bincount(columns.terms[chosen], of_each[chosen], len(surfaces))
        numbers = np.flatnonzero(sums)
        frequencies = np.maximum(np.rint(sums[numbers]), 1.0).astype(np.int64).tolist()
        pairs = zip((surfaces[number] for number in numbers.tolist()), frequencies, strict=True)
        found[name] = " ".join([f"{surface}{FREQUENCY}{frequency}" for surface, frequency in pairs if surface])
    return found


def _placed(columns: Columns, surfaces: Sequence[str]) -> dict[str, str]:
    """The tokens of each field at their positions; a gap is at most as wide as a boundary of blocks."""
    is_kept = np.array([bool(surface) for surface in surfaces], dtype=bool)[columns.terms]
    found = {}
    for number, field in enumerate(schema.FIELDS):
        rows = np.flatnonzero(is_kept & (columns.fields == number))
        if len(rows):
            found[positions_field(field.name)] = _tokens(surfaces, columns.terms[rows], columns.positions[rows])
    return found


def _tokens(surfaces: Sequence[str], terms: U32, positions: U32) -> str:
    """The words ``terms`` at ``positions``. Words of one position are joined, in order, without repetition."""
    _, rows = np.unique((positions.astype(np.uint64) << np.uint64(32)) | terms, return_index=True)
    rows = np.sort(rows)
    rows = rows[np.argsort(positions[rows], kind="stable")]
    steps = np.diff(positions[rows].astype(np.int64), prepend=positions[rows[0]])
    before = [_BETWEEN[step] for step in np.minimum(steps, schema.BLOCK_GAP + 1).tolist()]
    before[0] = ""
    words = map(surfaces.__getitem__, terms[rows].tolist())
    return "".join(chain.from_iterable(zip(before, words, strict=True)))


def is_clean(surface: str) -> bool:
    """Whether OpenSearch keeps ``surface`` as one token."""
    return _UNCLEAN.search(surface) is None


def together(surfaces: Sequence[str]) -> str:
    """The first of ``surfaces`` as tokens of one position: as many as OpenSearch keeps together."""
    sizes = accumulate(len(surface) + 1 for surface in surfaces)
    return TOGETHER.join(surface for surface, size in zip(surfaces, sizes, strict=True) if size <= MAX_TOKEN)


def _beginnings(stored: Mapping[str, Any]) -> Iterator[str]:
    """The keys of completions: titles, headings and tags, from each of their words on."""
    texts = [stored["title"], *stored["tags"], *(heading for _, heading, _ in stored["sections"] if heading)]
    for text in texts:
        yield from (key for key, _ in completion_keys(text, stop_words_of(stored.get("language"))))
