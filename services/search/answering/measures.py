"""Metrics of index, cache, CPU work and indexer. ``shared.web.metrics`` has those of requests."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.search.answering.answers import Answer
from services.search.answering.flights import Flights
from services.search.answering.generations import Generations
from services.search.cpu import ThreadedCpu
from services.search.indexing.feed import IndexerFeed
from shared.process.byte_cache import ByteCache


class SearchCollector(Collector):
    """Reads the counters of each part when metrics are requested, so that answering costs nothing more."""

    def __init__(
        self,
        generations: Generations,
        cpu: ThreadedCpu,
        flights: Flights[Answer],
        cache: ByteCache[Hashable, bytes],
        feed: IndexerFeed,
    ) -> None:
        self._generations = generations
        self._cpu = cpu
        self._flights = flights
        self._cache = cache
        self._feed = feed

    def collect(self) -> Iterator[Metric]:
        """The metrics now."""
        lookups = CounterMetricFamily("perspective_search_cache_lookups", "Answers looked up", labels=["result"])
        lookups.add_metric(["hit"], self._cache.hits)
        lookups.add_metric(["miss"], self._cache.misses)
        yield lookups
        yield GaugeMetricFamily("perspective_search_cache_bytes", "Memory of cached answers", self._cache.size_bytes)
        work = CounterMetricFamily("perspective_search_work", "Answers computed, by where", labels=["where"])
        for where in ("inline", "offloaded", "refused"):
            work.add_metric([where], getattr(self._cpu, where))
        work.add_metric(["shared"], self._flights.shared)
        yield work
        yield GaugeMetricFamily("perspective_search_waiting", "Answers in flight", len(self._flights))
        yield CounterMetricFamily("perspective_index_swaps", "Generations opened", self._generations.swaps)
        is_open = float(self._generations.name is not None)
        yield GaugeMetricFamily("perspective_index_open", "Whether an index is open", is_open)
        state = self._feed.state
        yield GaugeMetricFamily("perspective_content_problems", "Problems of the content", state.problem_count)
        yield GaugeMetricFamily("perspective_indexer_restarts", "Restarts of the indexer", state.restarts)
        yield GaugeMetricFamily(
            "perspective_indexer_up", "Whether the index follows the content", float(not state.error)
        )
        yield GaugeMetricFamily("perspective_index_sync_seconds", "Time of the last sync", state.seconds)
