"""The application of a service with request ids, metrics, errors, headers and probes installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from shared.telemetry.requests import traces_middlewares
from shared.web.health import HEALTH, Health, healthz, readyz
from shared.web.metrics import METRICS, Metrics, metrics_middleware, metrics_page
from shared.web.problem import Present, Translate, present_nothing, problem_middleware
from shared.web.request_id import add_request_id, request_id_middleware
from shared.web.security import HEADERS, add_headers

#: Adds the addresses that a service has for its operators, on whichever application serves those.
OPERATORS: web.AppKey[Callable[[web.Application], None]] = web.AppKey("operators")


def new_application(
    *,
    health: Health,
    metrics: Metrics,
    headers: Mapping[str, str],
    translate: Translate,
    present: Present = present_nothing,
    is_managed_elsewhere: bool = False,
) -> web.Application:
    """An application with probes. The service adds its routes and its ``cleanup_ctx``.

    ``translate`` turns the service's own errors into problems; ``present`` may answer with a page instead of problem
    details. Middlewares run in the order written, so a failed request is counted with the status that was sent.
    With ``is_managed_elsewhere``, ``/readyz`` and ``/metrics`` are left to ``management_application``.
    """
    app = web.Application(
        middlewares=[
            *traces_middlewares(),
            metrics_middleware,
            request_id_middleware,
            problem_middleware(translate, present),
        ]
    )
    app[HEALTH] = health
    app[METRICS] = metrics
    app[HEADERS] = headers
    app.on_response_prepare.append(add_headers(headers))
    app.on_response_prepare.append(add_request_id)
    app.router.add_get("/healthz", healthz)
    if not is_managed_elsewhere:
        _add_operators_pages(app)
    return app


def management_application(app: web.Application) -> web.Application:
    """Build the application that serves probes and metrics of ``app`` on its own address. It counts no request."""
    management = web.Application(middlewares=[request_id_middleware, problem_middleware(lambda _error: None)])
    management[HEALTH], management[METRICS], management[HEADERS] = app[HEALTH], app[METRICS], app[HEADERS]
    management.on_response_prepare.append(add_headers(app[HEADERS]))
    management.on_response_prepare.append(add_request_id)
    management.router.add_get("/healthz", healthz)
    _add_operators_pages(management)
    if OPERATORS in app:
        app[OPERATORS](management)
    return management


def _add_operators_pages(app: web.Application) -> None:
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics_page)
