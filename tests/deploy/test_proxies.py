"""Caddy and nginx as deploy/ configures them, for real, before two replicas that refuse, stop or are both well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.running.processes import fetch, free_port
from tests.campaign.torture.rolling import caddy, nginx
from tests.deploy.programs import program

PROXIES = {"caddy": caddy, "nginx": nginx}
Start = Callable[[list[int]], AbstractContextManager[int]]


class Replica(BaseHTTPRequestHandler):
    """Answers everything but what is refused, as a replica does that is busy or has no search."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """See BaseHTTPRequestHandler."""
        body = b"refused" if self.path.startswith("/refused") else b"page"
        self.send_response(503 if body == b"refused" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@contextmanager
def replica() -> Iterator[ThreadingHTTPServer]:
    """A replica on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Replica)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=sorted(PROXIES))
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    """Start one of the proxies before replicas on these ports; the value is its own port."""
    name = request.param
    path = program(name)

    @contextmanager
    def started(upstreams: list[int]) -> Iterator[int]:
        port = free_port()
        with PROXIES[name](path, tmp_path / name, port, upstreams):
            yield port

    return started


def test_refusals_do_not_take_the_site_down(start: Start) -> None:
    """They did: one 503 of a replica counted as its end, and two of them answered 502 to every reader."""
    with replica() as one, replica() as other, start([one.server_port, other.server_port]) as port:
        for _ in range(12):
            assert fetch(port, "/refused") == (503, b"refused")
        assert [fetch(port, "/articles/x/") for _ in range(8)] == [(200, b"page")] * 8


def test_a_replica_that_is_gone_is_not_noticed(start: Start) -> None:
    gone = free_port()
    with replica() as one, start([one.server_port, gone]) as port:
        assert [fetch(port, "/articles/x/") for _ in range(30)] == [(200, b"page")] * 30


def test_operators_endpoints_are_not_public(start: Start) -> None:
    with replica() as one, replica() as other, start([one.server_port, other.server_port]) as port:
        assert [fetch(port, path)[0] for path in ("/metrics", "/readyz", "/healthz")] == [404, 404, 200]
