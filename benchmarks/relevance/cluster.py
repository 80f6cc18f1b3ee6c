"""Perspective on a cluster beside the embedded engine: the same articles, the same queries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.engines import opensearch
from benchmarks.relevance.collections import Collection
from benchmarks.relevance.contestants import DEPTH, Ranking
from services.search.cpu import InlineCpu
from services.search.engine_opensearch.store import OpenSearchStore, cluster_of
from shared.search.contract import SearchQuery
from shared.web.settings import load_settings

#: How far nDCG@10 and MRR@10 of the two engines may be apart.
TOLERANCE = 0.01


@contextmanager
def on_cluster(collection: Collection) -> Iterator[Ranking]:
    """Perspective on the cluster of PERSPECTIVE_OPENSEARCH_URLS. Raises ToolMissing if none answers."""
    opensearch.check_cluster()
    with TemporaryDirectory(prefix="perspective-relevance-") as folder, asyncio.Runner() as runner:
        cluster = cluster_of(load_settings(opensearch.environ_of(Path(folder))))
        store = OpenSearchStore(cluster, collection.synonyms, InlineCpu())
        try:
            store.sync(collection.articles)
            engine = runner.run(store.open())
            yield lambda text: [hit.slug for hit in runner.run(engine.search(SearchQuery(text, size=DEPTH))).hits]
        finally:
            runner.run(store.close())
            opensearch.remove(Path(folder))
