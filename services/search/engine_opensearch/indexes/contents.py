"""The contents of the index behind an alias, which the writer caches between syncs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.search.engine_opensearch.cluster.connection import Connection, NoIndex
from services.search.engine_opensearch.indexes.columns import Columns, Encoded
from services.search.engine_opensearch.indexes.generation import ARTICLE, Meta, fetch_base, fetch_meta
from services.search.engine_opensearch.indexes.lexicon import Base
from services.search.engine_opensearch.indexes.publishing import index_behind, refresh
from shared.process.logger import get_logger

log = get_logger("index")

#: Slugs and digests to read per request.
PAGE = 10_000
#: Articles whose columns are read per request.
EDITED_AT_ONCE = 200


@dataclass(slots=True)
class Contents:
    """The generation of ``index``, its words, and the digest and publication of each article by slug."""

    index: str
    meta: Meta
    base: Base
    digests: dict[str, str]
    published: dict[str, int | None]


async def fetch_contents(connection: Connection, alias: str, known: Contents | None) -> Contents | None:
    """Fetch the contents of the index behind ``alias``, or None if it must be built.

    ``known`` are the contents after the last sync.
    """
    index = await index_behind(connection, alias)
    if index is None:
        return None
    try:
        meta = await fetch_meta(connection, alias, is_visible=False)
    except NoIndex:
        return None
    if meta.is_building:
        log.warning("an earlier sync was interrupted: the index is built again", index=index)
        return None
    if known and known.index == index and known.meta.name == meta.name:
        return known
    base = await fetch_base(connection, alias, meta)
    await refresh(connection, alias)  # so that the search below sees the writes of the last sync
    digests, published = await _articles(connection, alias)
    return Contents(index, meta, base, digests, published)


async def _articles(connection: Connection, alias: str) -> tuple[dict[str, str], dict[str, int | None]]:
    """Digest and publication by slug of every article of the index."""
    digests: dict[str, str] = {}
    published: dict[str, int | None] = {}
    after: list[Any] = []
    while True:
        body: dict[str, Any] = {
            "size": PAGE,
            "query": {"term": {"kind": "article"}},
            "_source": False,
            "docvalue_fields": ["slug", "digest", "by_year"],
            "sort": [{"slug": "asc"}],
            **({"search_after": after} if after else {}),
        }
        found = await connection.request("POST", f"/{alias}/_search", body)
        hits = found["hits"]["hits"]
        for hit in hits:
            slug = hit["fields"]["slug"][0]
            digests[slug] = hit["fields"]["digest"][0]
            published[slug] = next(iter(hit["fields"].get("by_year", ())), None)
        if len(hits) < PAGE:
            return digests, published
        after = hits[-1]["sort"]


async def fetch_columns(connection: Connection, alias: str, slugs: Sequence[str]) -> Mapping[str, Columns]:
    """The columns of articles as the index has them."""
    found: dict[str, Columns] = {}
    for first in range(0, len(slugs), EDITED_AT_ONCE):
        ids = [ARTICLE + slug for slug in slugs[first : first + EDITED_AT_ONCE]]
        body = {
            "size": len(ids),
            "query": {"ids": {"values": ids}},
            "_source": False,
            "docvalue_fields": ["slug", "columns"],
        }
        answer = await connection.request("POST", f"/{alias}/_search", body)
        for hit in answer["hits"]["hits"]:
            found[hit["fields"]["slug"][0]] = Encoded(hit["fields"]["columns"][0]).decode()
    return found
