"""The application of a service with request ids, metrics, errors, headers and probes installed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from shared.process.heartbeat import Heartbeat
from shared.process.tasks import running_task
from shared.telemetry.requests import traces_middlewares
from shared.web.health import HEALTH, HEARTBEAT, Health, healthz, loop_check, managed_healthz, readyz
from shared.web.metrics import METRICS, Metrics, metrics_middleware, metrics_page
from shared.web.problem import Present, Translate, present_nothing, problem_middleware
from shared.web.request_id import add_request_id, request_id_middleware
from shared.web.security import HEADERS, add_headers

#: Adds the addresses for operators to the application that serves them.
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
    app[HEARTBEAT] = heartbeat = Heartbeat()
    heartbeat.on_beat = metrics.loop_lag.observe
    app.cleanup_ctx.append(_beating)
    app.on_response_prepare.append(add_headers(headers))
    app.on_response_prepare.append(add_request_id)
    app.router.add_get("/healthz", healthz)
    if not is_managed_elsewhere:
        _add_operators_pages(app)
    return app


async def _beating(app: web.Application) -> AsyncIterator[None]:
    async with running_task(app[HEARTBEAT].run(), name="heartbeat"):
        yield


def management_application(app: web.Application, loop: asyncio.AbstractEventLoop) -> web.Application:
    """Build the application that serves probes and metrics of ``app`` on its own address. It counts no request.

    It runs on another event loop than ``app``, which runs on ``loop``, so probes and metrics are answered while
    ``loop`` is busy. The operators' pages of a service use its resources and are made on ``loop``.
    """
    own = (managed_healthz, readyz, metrics_page)
    management = web.Application(
        middlewares=[request_id_middleware, problem_middleware(lambda _error: None), _on_loop(loop, own)]
    )
    management[HEALTH], management[METRICS], management[HEADERS] = app[HEALTH], app[METRICS], app[HEADERS]
    management[HEARTBEAT] = app[HEARTBEAT]
    app[HEALTH].add("event loop", partial(loop_check, app[HEARTBEAT]))
    management.on_response_prepare.append(add_headers(app[HEADERS]))
    management.on_response_prepare.append(add_request_id)
    management.router.add_get("/healthz", managed_healthz)
    _add_operators_pages(management)
    if OPERATORS in app:
        app[OPERATORS](management)
    return management


def _on_loop(loop: asyncio.AbstractEventLoop, own: tuple[Handler, ...]) -> Middleware:
    """Run every handler on ``loop``, except the ones in ``own``."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in own:
            return await handler(request)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_called(handler, request), loop))

    return middleware


async def _called(handler: Handler, request: web.Request) -> web.StreamResponse:
    return await handler(request)


def _add_operators_pages(app: web.Application) -> None:
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics_page)
