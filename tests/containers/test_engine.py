"""Which container engine is used, and the message without one. No engine is needed for these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.containers.engine import CONTAINER_HOST, Engine, find_engine, missing

BESIDE = Path("/beside")


def machine_with(*working: str) -> Callable[..., bool]:
    """A machine on which commands that start so work."""
    return lambda *command: " ".join(command).startswith(working)


def test_docker_with_compose_comes_first() -> None:
    assert find_engine(BESIDE, machine_with("docker", "podman")) == Engine(("docker", "compose"), "docker")


def test_docker_without_its_daemon_is_skipped() -> None:
    assert find_engine(BESIDE, machine_with("docker compose", "podman")) == Engine(("podman-compose",), "podman")


def test_tool_beside_the_checkout_is_taken_where_nothing_is_installed() -> None:
    tool = ("bash", str(BESIDE / CONTAINER_HOST), "compose")
    assert find_engine(BESIDE, machine_with("bash", "podman info")) == Engine(tool, "podman")


def test_podman_compose_without_podman_is_no_engine() -> None:
    assert find_engine(BESIDE, machine_with("podman-compose")) is None


def test_missing_engine_is_named_with_the_package_that_adds_it() -> None:
    assert "install Docker with Compose" in missing({}, None)
    assert missing({}, Engine(("docker", "compose"), "docker")) == ""


def test_missing_engine_is_a_failure_where_it_is_required() -> None:
    with pytest.raises(AssertionError, match="a container engine is required"):
        missing({"PERSPECTIVE_REQUIRE_CONTAINERS": "1"}, None)
