"""The index: its analysis, its fields, and the version of both.

Text is analysed by this project and not by OpenSearch: every field takes tokens as they are. Tokens of one position are
joined by TOGETHER, an empty position is EMPTY, and the frequency of a weighted token stands behind FREQUENCY. None of
the three occurs in a token.

    kind           article, generation or lexicon
    slug, digest   of an article
    exact          hash and kind of each title, slug, heading and tag, for exact matches
    prose, code    weighted frequencies of BM25F (times 1000) of words outside and inside of code
    at_FIELD       the positions of each text field: phrases, and words restricted to a field
    is_NAME        keywords, year or number of an attribute, to filter by
    by_NAME        the sort key of an attribute, in seconds for a date
    as_NAME        [value, label] of keywords, to count
    suggest        beginnings of titles, headings and tags
    stored, columns   the parts of a hit, as binary doc values: read without the rest of the document
    raw.text       the text of snippets, the only field in the stored source: no other is read from there
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any, Final

import orjson

from services.search import schema
from services.search.arrays.index_format import index_digest
from services.search.arrays.matching.matching import K1
from shared.search.attributes import ATTRIBUTES

#: Raise it when the mapping or the contents of a field change: the next sync builds another index.
FORMAT: Final = 3
TOGETHER, EMPTY, FREQUENCY = "\u00a6", "\u2400", "\u241f"
#: The integer for a weighted frequency of 1: OpenSearch stores frequencies as integers.
SCALE: Final = 1000
#: The number of results that can be paged through: MAX_PAGE times MAX_SIZE of the contract.
MAX_RESULTS: Final = 50_000
#: Characters of a token, tokens of one position included; OpenSearch splits a longer one.
MAX_TOKEN: Final = 4_000
#: The fields in the stored source of a document.
KEPT: Final = ["kind", "slug", "digest", "name", "raw"]


def positions_field(field: str) -> str:
    """The field of OpenSearch that holds the positions of the text field ``field``."""
    return f"at_{field}"


def _mapping() -> dict[str, Any]:
    keyword = {"type": "keyword"}
    binary = {"type": "binary", "doc_values": True}
    raw = {"type": "object", "enabled": False}
    frequencies = {"type": "text", "analyzer": "weighted", "similarity": "weighted", "index_options": "freqs"}
    positions = {"type": "text", "analyzer": "placed", "norms": False, "index_options": "positions"}
    fields: dict[str, Any] = {
        "kind": keyword,
        "slug": keyword,
        "digest": {"type": "keyword", "index": False},
        "exact": keyword,
        "prose": {**frequencies, "norms": False},
        "code": {**frequencies, "norms": False},
        "suggest": {"type": "keyword", "doc_values": False, "ignore_above": 8000},
        "name": keyword,
        "stored": binary,
        "columns": binary,
        "raw": raw,
    }
    fields |= {positions_field(field.name): positions for field in schema.FIELDS}
    for one in ATTRIBUTES:
        if one.kind == "keyword":
            fields[f"is_{one.name}"] = {"type": "keyword", "ignore_above": 8000}
            fields[f"as_{one.name}"] = {"type": "keyword", "index": False, "ignore_above": 8000}
        else:
            fields[f"is_{one.name}"] = {"type": "long"}
            fields[f"by_{one.name}"] = {"type": "long"}
    return {"dynamic": "strict", "_source": {"includes": KEPT}, "properties": fields}


def _analysis() -> dict[str, Any]:
    return {
        "tokenizer": {"spaces": {"type": "char_group", "tokenize_on_chars": [" "], "max_token_length": MAX_TOKEN}},
        "filter": {
            "together": {
                "type": "pattern_capture",
                "patterns": [f"([^{TOGETHER}]+)"],
                "preserve_original": False,
            },
            "empty": {"type": "stop", "stopwords": [EMPTY]},
            "frequency": {"type": "delimited_term_freq", "delimiter": FREQUENCY},
        },
        "analyzer": {
            "placed": {"type": "custom", "tokenizer": "spaces", "filter": ["together", "empty"]},
            "weighted": {"type": "custom", "tokenizer": "spaces", "filter": ["frequency"]},
        },
    }


def create_body(build: str) -> dict[str, Any]:
    """The body of the request that creates the index of one build."""
    saturated = f"return query.boost * doc.freq / (doc.freq + {K1 * SCALE});"
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-2",
            # Automatic refresh is off: a sync publishes by its own refresh.
            "refresh_interval": "-1",
            "max_result_window": MAX_RESULTS,
            "analysis": _analysis(),
            "similarity": {"weighted": {"type": "scripted", "script": {"source": saturated}}},
        },
        "mappings": {**_mapping(), "_meta": {"schema": schema_digest(), "build": build}},
    }


@cache
def schema_digest() -> str:
    """The version of the conversion of articles to documents: another digest, another index. Reads files once."""
    parts = [str(FORMAT).encode(), index_digest().encode(), orjson.dumps(_mapping(), option=orjson.OPT_SORT_KEYS)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
