"""Finds what can run compose.yaml on this machine: Docker with Compose, podman-compose, or a tool that brings them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Sets up Podman and speaks compose where no engine is installed; machines that have it keep it beside the checkout.
CONTAINER_HOST = Path("shared/tools/container-host")
REMEDY = "install Docker with Compose, or podman and podman-compose, then run: make compose-test"


@dataclass(frozen=True, slots=True)
class Engine:
    """The commands that run a compose file and that ask about its containers."""

    compose: tuple[str, ...]
    containers: str


def find_engine(beside: Path, works: Callable[..., bool] | None = None) -> Engine | None:
    """The first that works, or None. ``beside`` is the folder that holds the checkout; ``works`` tries a command."""
    works = works or _works
    if works("docker", "compose", "version") and works("docker", "info"):
        return Engine(("docker", "compose"), "docker")
    tool = beside / CONTAINER_HOST
    for compose in (("podman-compose",), ("bash", str(tool), "compose")):
        if works(*compose, "version") and works("podman", "info"):
            return Engine(compose, "podman")
    return None


def missing(environ: Mapping[str, str], engine: Engine | None) -> str:
    """Why the containers cannot be tried here, or "". Raises AssertionError where they must be (as in CI)."""
    if engine is not None:
        return ""
    assert not environ.get("PERSPECTIVE_REQUIRE_CONTAINERS"), f"a container engine is required: {REMEDY}"
    return f"no container engine: {REMEDY}"


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
