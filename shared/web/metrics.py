"""Metrics of a service in the Prometheus text format. Each service has its own registry.

Labels are bounded: a route is its pattern, never the path of a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter

from aiohttp import web
from aiohttp.hdrs import METH_ALL
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric

#: From the fastest prepared page to the deadline of a search, in seconds.
BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The requests of one service; more metrics register themselves at ``registry``."""

    def __init__(self, **labels: str) -> None:
        """``labels`` are added to every sample, to tell the workers of one service apart."""
        self.registry = CollectorRegistry()
        self._labels = labels
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "perspective_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "perspective_request_seconds", "Time to answer", ("route",), buckets=BUCKETS_S, registry=self.registry
        )
        self.loop_lag = Histogram(
            "perspective_loop_lag_seconds",
            "Time by which the event loop is late",
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.in_flight = 0
        in_flight = Gauge("perspective_requests_in_flight", "Requests being answered", registry=self.registry)
        in_flight.set_function(lambda: self.in_flight)
        # Looking up labelled children costs more than counting, so each combination is looked up once.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def count(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count one request answered."""
        # The client chooses the method, so an unknown one must not become a key.
        key = (method if method in METH_ALL else "other", route, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self.requests.labels(key[0], route, str(status))
        counter.inc()
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self.seconds.labels(route)
        timer.observe(took_s)

    def collect(self) -> Iterable[Metric]:
        """View of the registry with the labels of this process: the part that ``generate_latest`` reads."""
        for metric in self.registry.collect():
            if self._labels:
                metric.samples = [one._replace(labels={**one.labels, **self._labels}) for one in metric.samples]
            yield metric


METRICS = web.AppKey("metrics", Metrics)


@web.middleware
async def metrics_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time every request by the pattern of its route."""
    metrics = request.app[METRICS]
    started = perf_counter()
    status = 500
    metrics.in_flight += 1
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        status = answer.status
        raise
    except asyncio.CancelledError:
        status = 499  # nginx's status for a client that disconnected
        raise
    else:
        status = response.status
        return response
    finally:
        metrics.in_flight -= 1
        metrics.count(request.method, route_of(request), status, perf_counter() - started)


def route_of(request: web.Request) -> str:
    """The pattern that the request matched, or "unmatched"."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical


async def metrics_page(request: web.Request) -> web.Response:
    """Render all metrics. The process collector reads /proc, so this runs off the event loop."""
    metrics = request.app[METRICS]
    body = await asyncio.to_thread(generate_latest, metrics)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})
