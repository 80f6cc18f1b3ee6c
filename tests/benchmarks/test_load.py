"""The load generator and the servers it is pointed at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import InvalidMeasurement
from benchmarks.running.processes import Server, children_of, fetch, free_port, python_module, serving
from benchmarks.traffic.load import run_load

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks pin cores and read /proc")

BODY = b"<p>" + b"x" * 100_000  # more than one read of a socket


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The bare server over BODY."""
    file, port = tmp_path_factory.mktemp("bare") / "body", free_port()
    file.write_bytes(BODY)
    with serving(python_module("benchmarks.servers.bare", str(file), str(port)), port=port, first="/") as server:
        yield server


@pytest.mark.parametrize("connections", [1, 8])
def test_every_request_is_answered_and_timed(server: Server, connections: int) -> None:
    load = run_load(server.port, ["/a", "/b"], connections=connections, requests=50)
    assert len(load.latencies) == 50
    assert 0 < min(load.latencies) <= max(load.latencies) <= load.seconds
    assert load.throughput == pytest.approx(50 / load.seconds)


def test_an_answer_other_than_200_voids_the_measurement(server: Server) -> None:
    with pytest.raises(InvalidMeasurement, match="other than 200"):
        run_load(server.port, ["/ HTTP/9.9"], connections=1, requests=1)


def test_a_server_is_measured_from_outside(server: Server) -> None:
    assert fetch(server.port, "/") == (200, BODY)
    memory = server.memory()
    assert 1 << 20 < memory.own <= memory.resident
    assert server.pid not in children_of(server.pid)
    assert server.started_s > 0


def test_the_end_of_a_server_is_reported_with_its_output() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no port for you')"]
    with pytest.raises(InvalidMeasurement, match="no port for you"), serving(command, port=free_port(), first="/"):
        pytest.fail("it never answered")


def test_a_server_is_gone_after_its_context(tmp_path: Path) -> None:
    file, port = tmp_path / "body", free_port()
    file.write_bytes(b"short")
    with serving(python_module("benchmarks.servers.bare", str(file), str(port)), port=port, first="/"):
        assert fetch(port, "/")[1] == b"short"
    with pytest.raises(OSError, match="refused"):
        fetch(port, "/")
