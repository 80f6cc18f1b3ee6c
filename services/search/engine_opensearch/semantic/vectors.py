"""The vectors of an article as a document of the index of vectors, and back.

kind, slug     of an article; the document that names the state has the kind of a generation
rows           anchors, keys, scales and int8 rows, as a binary doc value: they score an article here
passages       the same rows as vectors of the k-NN plugin, if the cluster has it: they find articles by meaning
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from services.search.engine_opensearch.indexes.columns import read_binary
from services.search.engine_opensearch.indexes.generation import GENERATION
from services.search.semantic.passages import KEY_BYTES
from services.search.semantic.table import F32, I8, ArticleRows, VectorTable

#: Raise it when the documents change: all vectors are then made again.
FORMAT: Final = 1
VECTORS: Final = "vectors"
_HEAD = struct.Struct("<3I")


@dataclass(frozen=True, slots=True)
class ArticleVectors:
    """The rows of one article, as in a table."""

    rows: ArticleRows
    keys: npt.NDArray[np.uint8]
    vectors: I8
    scales: F32

    def body(self, *, has_knn: bool) -> dict[str, Any]:
        """The document of the cluster."""
        body: dict[str, Any] = {"kind": VECTORS, "slug": self.rows.slug, "rows": self._encoded()}
        if has_knn:
            # A vector of zeros has no cosine, and is close to nothing.
            body["passages"] = [{"vector": row} for row in self.vectors[self.vectors.any(axis=1)].tolist()]
        return body

    def _encoded(self) -> str:
        about = orjson.dumps([self.rows.anchors, self.rows.digest])
        head = _HEAD.pack(len(about), *self.vectors.shape)
        arrays = (self.keys.tobytes(), self.scales.astype("<f4").tobytes(), self.vectors.tobytes())
        return base64.b64encode(b"".join((head, about, *arrays))).decode("ascii")


def read_vectors(fields: dict[str, Any]) -> ArticleVectors:
    """The vectors of a hit that was fetched with the doc values ``slug`` and ``rows``."""
    raw = read_binary(fields["rows"][0])
    about, rows, dimensions = _HEAD.unpack_from(raw)
    at = _HEAD.size
    anchors, digest = orjson.loads(raw[at : at + about])
    at += about
    keys = np.frombuffer(raw, np.uint8, rows * KEY_BYTES, at).reshape(rows, KEY_BYTES)
    at += keys.nbytes
    scales = np.frombuffer(raw, "<f4", rows, at).astype(np.float32)
    vectors = np.frombuffer(raw, np.int8, rows * dimensions, at + 4 * rows).reshape(rows, dimensions)
    return ArticleVectors(ArticleRows(fields["slug"][0], tuple(anchors), digest), keys, vectors, scales)


def split(table: VectorTable) -> list[ArticleVectors]:
    """The vectors of each article of ``table``."""
    firsts = table.rows.firsts
    return [
        ArticleVectors(rows, table.keys[first:last], table.vectors[first:last], table.scales[first:last])
        for rows, first, last in zip(table.articles, firsts[:-1], firsts[1:], strict=True)
    ]


def join(found: Sequence[ArticleVectors], name: str, model: str) -> VectorTable:
    """Join the vectors of some articles into a table, with the similarity they have in the whole one."""
    if not found:
        none = np.zeros((0, 0), dtype=np.int8)
        return VectorTable(name, model, (), np.zeros((0, KEY_BYTES), np.uint8), none, np.zeros(0, np.float32))
    return VectorTable(
        name,
        model,
        tuple(one.rows for one in found),
        np.concatenate([one.keys for one in found]),
        np.concatenate([one.vectors for one in found]),
        np.concatenate([one.scales for one in found]),
    )


def create_body(dimensions: int, *, has_knn: bool) -> dict[str, Any]:
    """The body of the request that creates the index of vectors."""
    properties: dict[str, Any] = {
        "kind": {"type": "keyword"},
        "name": {"type": "keyword"},
        "slug": {"type": "keyword"},
        "rows": {"type": "binary", "doc_values": True},
        "raw": {"type": "object", "enabled": False},
    }
    if has_knn:
        method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
        vector = {"type": "knn_vector", "dimension": dimensions, "data_type": "byte", "method": method}
        properties["passages"] = {"type": "nested", "properties": {"vector": vector}}
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-2",
            "refresh_interval": "-1",
            **({"index.knn": True} if has_knn else {}),
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"includes": ["kind", "name", "slug", "raw"]},
            "properties": properties,
        },
    }


@dataclass(frozen=True, slots=True)
class VectorState:
    """The state of the index of vectors: ``done`` of ``total`` passages have one; ``name`` names the whole."""

    name: str
    model: str
    done: int
    total: int
    has_knn: bool

    def body(self) -> dict[str, Any]:
        """The document of the cluster."""
        raw = {"model": self.model, "done": self.done, "total": self.total, "has_knn": self.has_knn}
        return {"kind": GENERATION, "name": self.name, "raw": raw}


def read_state(source: dict[str, Any]) -> VectorState:
    """The state that ``VectorState.body`` wrote."""
    raw = source["raw"]
    return VectorState(source["name"], raw["model"], raw["done"], raw["total"], raw["has_knn"])


def alias_of(prefix: str, model: str) -> str:
    """The alias of the vectors of a model."""
    return f"{prefix}-vectors-{model}-{FORMAT}"
