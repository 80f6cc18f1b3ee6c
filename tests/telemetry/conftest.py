"""A collector of traces in this process, and the two services that send to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

#: Seconds to wait for what must come: the machine may be busy.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Received:
    """One span as a collector gets it."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str | int | bool | float]
    is_error: bool


@dataclass
class Collector:
    """A collector by OTLP over HTTP. ``status`` is what it answers, after ``delay_s``."""

    spans: list[Received] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    status: int = 200
    delay_s: float = 0.0
    url: str = ""

    def take(self, body: bytes) -> None:
        """Decode one request."""
        self.raw.append(body)
        message = ExportTraceServiceRequest.FromString(body)
        for resource in message.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    attributes = {
                        one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
                        for one in span.attributes
                    }
                    ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                    service = names["service.name"]
                    self.spans.append(Received(service, span.name, *ids, attributes, span.status.code == 2))

    def wait_for(self, is_there: Callable[[list[Received]], bool]) -> list[Received]:
        """The spans, once ``is_there`` holds for them."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_there(self.spans):
            assert time.monotonic() < deadline, [(span.service, span.name, span.attributes) for span in self.spans]
            time.sleep(0.02)
        return list(self.spans)


@pytest.fixture(scope="package")
def collector_server() -> Iterator[Collector]:
    """One server for all tests."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            began = time.monotonic()
            while time.monotonic() < began + collector.delay_s:  # it may end sooner
                time.sleep(0.02)
            if collector.status == 200:
                collector.take(body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    yield collector
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def collector(collector_server: Collector) -> Iterator[Collector]:
    """The collector, with nothing received yet.

    The thread that sends the last traces must not outlive the test: it draws random times to wait, which Hypothesis
    forbids.
    """
    collector_server.spans.clear()
    collector_server.raw.clear()
    collector_server.status, collector_server.delay_s = 200, 0.0
    yield collector_server
    collector_server.status, collector_server.delay_s = 200, 0.0
    for thread in threading.enumerate():
        if thread.name == "last traces":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
