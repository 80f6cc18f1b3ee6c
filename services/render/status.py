"""Gauges, readiness checks, and log lines for changes of state."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from services.render.searching.breaker import BreakerState
from services.render.sending.admission import Admission
from services.render.site.publisher import Publisher
from services.render.site.refresh import Content
from shared.process.logger import get_logger
from shared.web.health import Check, Health
from shared.web.metrics import Metrics
from shared.web.rate_limit import RateLimiter

log = get_logger("render.search")

_STATE_VALUES: dict[BreakerState, int] = {"closed": 0, "half-open": 1, "open": 2}


def watch_publisher(metrics: Metrics, publisher: Publisher) -> None:
    """Register gauges of the site and its cached answers."""
    articles = Gauge("perspective_articles", "Articles a reader can see", registry=metrics.registry)
    articles.set_function(lambda: len(publisher.site.scope.view.articles))
    pages = Gauge("perspective_prepared_pages", "Answers held ready", registry=metrics.registry)
    pages.set_function(lambda: len(publisher.store))
    held = Gauge("perspective_prepared_bytes", "Memory of the answers held ready", registry=metrics.registry)
    held.set_function(lambda: publisher.store.size_bytes)


def watch_admission(metrics: Metrics, admission: Admission, limiter: RateLimiter) -> None:
    """Pages made for one reader: how many are in flight, and how many requests were refused, for which reason."""
    in_flight = Gauge("perspective_pages_in_flight", "Pages being made for one reader", registry=metrics.registry)
    in_flight.set_function(lambda: admission.in_flight)
    refused = Counter(
        "perspective_pages_refused", "Pages refused because too many were in flight", registry=metrics.registry
    )
    admission.on_refusal = refused.inc
    limited = Counter(
        "perspective_rate_limited", "Searches refused because one client asked too often", registry=metrics.registry
    )
    limiter.on_refusal = limited.inc


def watch_content(metrics: Metrics, health: Health, content: Content) -> None:
    """Whether the current content is served. An edit that fails leaves the service ready."""

    def check() -> Check:
        problems = content.problems
        if not problems:
            return Check(is_ok=True)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return Check(
            is_ok=False, detail=f"shown in its last good state, or left out: {problems[0]}{more}", is_required=False
        )

    health.add("content", check)
    health.add("bodies", lambda: Check(is_ok=True, detail=content.verification.progress.describe(), is_required=False))
    verified = Gauge("perspective_verified_bodies", "Bodies of articles that were parsed", registry=metrics.registry)
    verified.set_function(lambda: content.verification.progress.done)
    count = Gauge(
        "perspective_content_problems",
        "Problems that keep sources from being served as they are",
        registry=metrics.registry,
    )
    count.set_function(lambda: len(content.problems))


def watch_breaker(
    metrics: Metrics, health: Health, reason: Callable[[], str]
) -> Callable[[BreakerState, BreakerState], None]:
    """Return the callback for changes of the breaker's state. Search never makes render unready.

    ``reason`` returns why search failed last, without anything that a reader typed.
    """
    gauge = Gauge(
        "perspective_search_breaker", "Circuit to search: 0 closed, 1 half open, 2 open", registry=metrics.registry
    )
    current: list[BreakerState] = ["closed"]
    health.add("search", lambda: _search_check(current[0], reason()))

    def on_change(old: BreakerState, new: BreakerState) -> None:
        current[0] = new
        gauge.set(_STATE_VALUES[new])
        if new == "closed":
            log.info("search is back")
        elif old == "closed":
            log.warning("search is unavailable: titles, summaries and tags are searched", reason=reason())

    return on_change


def _search_check(state: BreakerState, reason: str) -> Check:
    if state == "closed":
        return Check(is_ok=True)
    detail = f"search is unavailable: titles, summaries and tags are searched. {reason}"
    return Check(is_ok=False, detail=detail, is_required=False)
