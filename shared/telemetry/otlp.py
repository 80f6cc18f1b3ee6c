"""The only import of OpenTelemetry: spans go to a collector in batches, from a thread of their own.

A full queue drops spans and a slow collector delays none but the thread that sends. Unless OTEL_TRACES_SAMPLER says
what to record, it is a bounded number of traces a second: recording costs more than answering from memory.
"""

from __future__ import annotations

import contextlib
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextvars import ContextVar, Token, copy_context
from functools import partial
from types import TracebackType
from typing import ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.process.logger import get_logger
from shared.telemetry import tracing
from shared.telemetry.starting import ENDPOINTS
from shared.telemetry.tracing import NOTHING, Kind, Span, Value
from shared.version import VERSION

P = ParamSpec("P")
T = TypeVar("T")

#: Traces recorded per second, unless OTEL_TRACES_SAMPLER says otherwise.
TRACES_PER_S = 10
#: Seconds that the last batch may take when the process stops.
STOP_S = 1.0
#: Seconds between two log lines about a collector that does not accept traces.
QUIET_S = 60.0
TRACEPARENT = "traceparent"

_PARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?")
_KINDS: Mapping[Kind, SpanKind] = {"client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}
#: Whether the request of this task is not recorded, which the next service must know.
_is_dropped: ContextVar[bool] = ContextVar("is_dropped", default=False)

log = get_logger("telemetry")


@contextlib.contextmanager
def exporting(environ: Mapping[str, str], service: str, *, is_public: bool) -> Iterator[str]:
    """Send traces inside the context, whose value is the collector's address; the last batch gets STOP_S."""
    names = {SERVICE_NAMESPACE: "perspective", SERVICE_VERSION: VERSION}
    if not environ.get("OTEL_SERVICE_NAME", "").strip() and "service.name=" not in environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    ):
        names[SERVICE_NAME] = f"perspective-{service}"
    is_chosen = bool(environ.get("OTEL_TRACES_SAMPLER", "").strip())
    provider = TracerProvider(
        sampler=None if is_chosen else ParentBased(ALWAYS_ON),
        resource=Resource.create(names),
        shutdown_on_exit=False,
    )
    _take_over_log()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    budget = None if is_chosen else Budget(TRACES_PER_S, time.monotonic)
    tracing.install(OtlpTracer(provider, budget, is_public=is_public))
    try:
        yield _shown(next(filter(None, map(environ.get, ENDPOINTS)), ""))
    finally:
        tracing.install(None)
        last = threading.Thread(target=provider.shutdown, name="last traces", daemon=True)
        last.start()
        last.join(STOP_S)


def _shown(endpoint: str) -> str:
    """The address without credentials."""
    url = urlsplit(endpoint)
    return f"{url.scheme}://{url.hostname}" + (f":{url.port}" if url.port else "")


class _OneLine(logging.Handler):
    """Log complaints of OpenTelemetry as one event a minute: the collector is not this service's fault."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._quiet_until = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the first one of a minute."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_S
            log.warning("traces are lost", reason=record.getMessage()[:200])


def _take_over_log() -> None:
    """Send what OpenTelemetry and its HTTP client log through _OneLine: the last batch too, while the process ends."""
    handler = _OneLine()
    for logger in map(logging.getLogger, ("opentelemetry", "urllib3")):
        logger.propagate = False
        logger.handlers = [handler]


class Budget:
    """At most ``per_second`` traces a second. ``clock`` is monotonic, in seconds."""

    def __init__(self, per_second: int, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._clock = clock
        self._second = 0
        self._left = per_second

    def take(self) -> bool:
        """Whether one more trace may be recorded."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._left = second, self._per_second
        self._left -= 1
        return self._left >= 0


class OtlpTracer:
    """A Tracer that records with ``provider``, as far as ``budget`` allows (None: as its sampler says)."""

    def __init__(self, provider: TracerProvider, budget: Budget | None, *, is_public: bool) -> None:
        self._tracer = provider.get_tracer("perspective", VERSION)
        self._budget = budget
        self._is_public = is_public
        self._propagator = TraceContextTextMapPropagator()

    def server(self, headers: Mapping[str, str]) -> Span:
        """See Tracer."""
        return self.prepared(headers) or _Dropped()

    def prepared(self, headers: Mapping[str, str]) -> Span | None:
        """See Tracer."""
        parent = headers.get(TRACEPARENT)
        if self._budget is not None and not self._is_recorded(parent, self._budget):
            return None
        outer = context.Context()
        if parent is not None:
            # Without tracestate, because it is text of the client.
            outer = self._propagator.extract({TRACEPARENT: parent}, outer)
        return self._begin("request", SpanKind.SERVER, outer)

    def _is_recorded(self, parent: str | None, budget: Budget) -> bool:
        known = _PARENT.fullmatch(parent) if parent is not None else None
        if known is None:
            return budget.take()
        if not int(known[1], 16) & 1:
            return False
        return budget.take() if self._is_public else True

    def root(self, name: str) -> Span:
        """See Tracer."""
        return self._begin(name, SpanKind.INTERNAL, context.Context())

    def child(self, name: str, kind: Kind) -> Span:
        """See Tracer."""
        if not trace.get_current_span().is_recording():
            return NOTHING
        return self._begin(name, _KINDS[kind], None)

    def _begin(self, name: str, kind: SpanKind, outer: context.Context | None) -> Span:
        span = self._tracer.start_span(name, outer, kind, record_exception=False, set_status_on_exception=False)
        return _Recorded(span)

    def note(self, name: str, value: Value) -> None:
        """See Tracer."""
        trace.get_current_span().set_attribute(name, value)

    def inject(self, headers: MutableMapping[str, str]) -> None:
        """See Tracer. The next service hears too that a request is not to be recorded."""
        if trace.get_current_span().get_span_context().is_valid:
            self._propagator.inject(headers)
            headers.pop("tracestate", None)
        elif _is_dropped.get():
            numbers = random.getrandbits(128) | 1, random.getrandbits(64) | 1
            headers[TRACEPARENT] = "00-{:032x}-{:016x}-00".format(*numbers)

    def carry(self, work: Callable[P, T]) -> Callable[P, T]:
        """See Tracer."""
        if not trace.get_current_span().is_recording():
            return work
        carried: Callable[P, T] = partial(copy_context().run, work)
        return carried


class _Recorded:
    """A span that is sent, and is current inside its context."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token: Token[context.Context] | None = None

    def __enter__(self) -> Self:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._span.set_attribute("error.type", kind.__qualname__)
            if not issubclass(kind, GeneratorExit):
                self._span.set_status(StatusCode.ERROR)
        self._span.end()
        if self._token is not None:
            context.detach(self._token)

    def set(self, name: str, value: Value) -> None:
        """See Span."""
        self._span.set_attribute(name, value)
        if name == "http.response.status_code" and isinstance(value, int) and value >= 500:
            self._span.set_status(StatusCode.ERROR)

    def name(self, name: str) -> None:
        """See Span."""
        self._span.update_name(name)


class _Dropped:
    """A request that is not recorded, nor the requests that it sends to other services."""

    def __init__(self) -> None:
        self._token: Token[bool] | None = None

    def __enter__(self) -> Self:
        self._token = _is_dropped.set(True)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._token is not None:
            _is_dropped.reset(self._token)

    def set(self, name: str, value: Value) -> None:
        """Record nothing."""

    def name(self, name: str) -> None:
        """Record nothing."""
