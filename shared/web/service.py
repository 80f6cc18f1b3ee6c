"""What every service has, put on an application in one call: ids, metrics, error answers, headers, probes."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from shared.web.health import HEALTH, Health, healthz, readyz
from shared.web.metrics import METRICS, Metrics, metrics_middleware, metrics_page
from shared.web.problem import Present, Translate, present_nothing, problem_middleware
from shared.web.request_id import add_request_id, request_id_middleware
from shared.web.security import HEADERS, add_headers


def new_application(
    *,
    health: Health,
    metrics: Metrics,
    headers: Mapping[str, str],
    translate: Translate,
    present: Present = present_nothing,
) -> web.Application:
    """An application with the probes and nothing else yet. The service adds its routes and its ``cleanup_ctx``.

    ``translate`` says what the service's own errors are to a client; ``present`` may show a person a page instead of
    the problem details. Middlewares run in the order written: what fails inside is counted as what was answered.
    """
    app = web.Application(
        middlewares=[metrics_middleware, request_id_middleware, problem_middleware(translate, present)]
    )
    app[HEALTH] = health
    app[METRICS] = metrics
    app[HEADERS] = headers
    app.on_response_prepare.append(add_headers(headers))
    app.on_response_prepare.append(add_request_id)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics_page)
    return app
