"""The generation document: the name of the generation, and the statistics of the whole index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from services.search.arrays.segment.columns import NEVER
from services.search.arrays.segment.generation import CollectionStatistics
from services.search.engine import IndexUnavailable
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable, Connection, NoIndex, Refused
from services.search.engine_opensearch.indexes.lexicon import Base, Delta, decode_delta, encode_delta, read_base

#: The identifiers of documents: of the generation, and the prefixes for the words and for articles.
GENERATION = "generation"
LEXICON = "lexicon"
ARTICLE = "article:"
#: Read a document as searches see it, from the copy of the node that was asked: another node may hang.
AS_SEARCHED = {"realtime": "false", "preference": "_local"}
#: Prefix of the name while a sync is in progress: a copy that recovers may show half of it.
BUILDING = "building:"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all articles.

    ``lengths`` are positions by field, ``filled`` the articles with any; ``newest`` is the latest publication in
    seconds.
    """

    articles: int
    sections: int
    lengths: tuple[int, ...]
    filled: tuple[int, ...]
    newest: int

    def statistics(self) -> CollectionStatistics:
        """The statistics that scores need."""
        # A field that few articles have is not shorter for that: see Generation.
        averages: npt.NDArray[np.float64] = np.array(self.lengths, dtype=float) / np.maximum(self.filled, 1)
        return CollectionStatistics(self.articles, averages, self.newest)


@dataclass(frozen=True, slots=True)
class Meta:
    """One generation.

    ``build`` names its index, ``base`` the words that ``delta`` changes, which are in ``parts`` documents.
    """

    name: str
    build: str
    updated: datetime
    totals: Totals
    base: str
    parts: int
    delta: Delta

    @property
    def is_building(self) -> bool:
        """Whether a sync was in progress."""
        return self.name.startswith(BUILDING)

    def building(self, name: str) -> Meta:
        """A copy that marks ``name`` as being written."""
        return replace(self, name=BUILDING + name)

    def body(self) -> dict[str, Any]:
        """The document of the cluster."""
        totals = self.totals
        raw = {
            "build": self.build,
            "updated": self.updated.isoformat(),
            "articles": totals.articles,
            "sections": totals.sections,
            "lengths": totals.lengths,
            "filled": totals.filled,
            "newest": totals.newest,
            "base": self.base,
            "parts": self.parts,
            "delta": encode_delta(self.delta),
        }
        return {"kind": GENERATION, "name": self.name, "raw": raw}


def read_meta(source: dict[str, Any]) -> Meta:
    """The generation that ``Meta.body`` wrote."""
    raw = source["raw"]
    lengths, filled = tuple(raw["lengths"]), tuple(raw["filled"])
    totals = Totals(raw["articles"], raw["sections"], lengths, filled, raw["newest"])
    updated = datetime.fromisoformat(raw["updated"])
    return Meta(source["name"], raw["build"], updated, totals, raw["base"], raw["parts"], decode_delta(raw["delta"]))


def newest_of(published: Sequence[int | None]) -> int:
    """The latest of ``published``, or NEVER."""
    return max((time for time in published if time is not None), default=NEVER)


async def fetch_meta(connection: Connection, alias: str, *, is_visible: bool) -> Meta:
    """The generation behind ``alias``; with ``is_visible`` as searches see it. Raises NoIndex, ClusterUnavailable."""
    params = AS_SEARCHED if is_visible else {}
    return read_meta(await _source(connection, f"/{alias}/_doc/{GENERATION}", params))


async def fetch_name(connection: Connection, alias: str) -> str:
    """The name of the generation that searches see. Raises NoIndex, ClusterUnavailable."""
    params = {**AS_SEARCHED, "_source_includes": "name"}
    return str((await _source(connection, f"/{alias}/_doc/{GENERATION}", params))["name"])


async def fetch_base(connection: Connection, alias: str, meta: Meta) -> Base:
    """The words of the full build. Raises NoIndex, ClusterUnavailable.

    They never change under one name, so the copy of the node that was asked serves if it has them already.
    """
    try:
        return await _words(connection, alias, meta, AS_SEARCHED)
    except IndexUnavailable:
        return await _words(connection, alias, meta, {})


async def _words(connection: Connection, alias: str, meta: Meta, params: Mapping[str, str]) -> Base:
    found = [await _source(connection, f"/{alias}/_doc/{LEXICON}-{part}", params) for part in range(meta.parts)]
    if any(source["name"] != meta.base for source in found):
        raise ClusterUnavailable("the index was replaced while it was opened")
    return read_base(source["raw"]["words"] for source in found)


async def _source(connection: Connection, path: str, params: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = await connection.request("GET", path, params=params)
    except Refused as error:
        if error.status == 404:
            raise NoIndex("the cluster has no index of this site and version yet") from error
        raise ClusterUnavailable(str(error)) from error
    source: dict[str, Any] = found["_source"]
    return source
