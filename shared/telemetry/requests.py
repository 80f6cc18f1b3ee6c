"""A span for each request: its route pattern, method, status and request id, and nothing that a reader sent."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp.hdrs import METH_ALL
from aiohttp.typedefs import Handler, Middleware

from shared.telemetry.tracing import Span, current_tracer
from shared.web.access_log import PROBES
from shared.web.metrics import route_of
from shared.web.request_id import current_request_id


def traces_middlewares() -> list[Middleware]:
    """The middleware that opens the spans, if there is a tracer."""
    return [] if current_tracer() is None else [traces_middleware]


@web.middleware
async def traces_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Open a span for every request but the probes."""
    tracer = current_tracer()
    if tracer is None or request.path in PROBES:
        return await handler(request)
    with tracer.server(request.headers) as span:
        redirect = None
        status = 500
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:  # a redirect is an ordinary response
            redirect, status = answer, answer.status
        finally:
            describe(span, request.method, route_of(request), status)
    if redirect is not None:
        raise redirect
    return response


def describe(span: Span, method: str, route: str, status: int) -> None:
    """Record the request and the response (OpenTelemetry's conventions for HTTP)."""
    method = method if method in METH_ALL else "_OTHER"
    span.name(f"{method} {route}")
    attributes: Mapping[str, str | int] = {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
        "perspective.request_id": current_request_id() or "",
    }
    for name, value in attributes.items():
        span.set(name, value)
