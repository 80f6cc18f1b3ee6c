"""A cluster for tests: three nodes of this machine that a test may kill and stop, or one given by its address."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The address of a cluster to test against, in place of nodes started here.
ADDRESS = "PERSPECTIVE_TEST_OPENSEARCH"
#: Set where the tests must run, as in CI: a missing cluster is then a failure.
REQUIRED = "PERSPECTIVE_REQUIRE_OPENSEARCH"
HOST = Path(__file__).parent / "host"
NODES = 3


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes of this machine, by their numbers from 1 on."""

    port: int
    folder: Path

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each node."""
        return tuple(f"http://127.0.0.1:{self.port + number}" for number in range(NODES))

    def run(self, *arguments: str) -> None:
        """Run a command of ``host``; see its head. Raises CalledProcessError."""
        environment = {**os.environ, "OPENSEARCH_PORT": str(self.port), "OPENSEARCH_DIR": str(self.folder)}
        subprocess.run(["bash", str(HOST), *arguments], env=environment, check=True, capture_output=True, text=True)

    def cluster_manager(self) -> int:
        """The number of the node that manages the cluster now. Raises OSError."""
        with urllib.request.urlopen(f"{self.urls[0]}/_cat/cluster_manager?h=node", timeout=15) as answer:  # noqa: S310 - of this machine
            return int(answer.read().decode().strip().removeprefix("node-"))

    def wait_until_green(self) -> None:
        """Wait until every node is back and has its copies. Raises TimeoutError."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            path = f"/_cluster/health?wait_for_nodes={NODES}&wait_for_status=green&timeout=10s"
            try:
                for url in self.urls:  # each of them answers
                    urllib.request.urlopen(url + path, timeout=15).close()  # noqa: S310 - of this machine
            except OSError:
                time.sleep(1)
            else:
                return
        raise TimeoutError("the cluster is not green again")


def start() -> Nodes:
    """Three nodes, green. Raises CalledProcessError; its ``stderr`` says why."""
    nodes = Nodes(_free_ports(), Path(tempfile.mkdtemp(prefix="perspective-opensearch-")))
    try:
        nodes.run("start", str(NODES))
    except BaseException:
        nodes.run("stop", "--wipe")
        raise
    return nodes


def missing(environ: Mapping[str, str]) -> str:
    """Why there can be no cluster here, or "" where there can."""
    if environ.get(ADDRESS):
        return ""
    javas = (*Path("/usr/lib/jvm").glob("temurin-2[1-9]-jdk-*"), *Path("/usr/lib/jvm").glob("java-2[1-9]-*"))
    if not javas and not environ.get("OPENSEARCH_JAVA_HOME"):
        return f"no cluster: set {ADDRESS} to the address of one, or install Java 21 (OPENSEARCH_JAVA_HOME) and Maven"
    return "" if shutil.which("mvn") else f"no cluster: set {ADDRESS} to the address of one, or install Maven"


def _free_ports() -> int:
    """A port with two free ones behind it, and three more a hundred further."""
    for port in range(19_200, 29_200, 10):
        if all(_is_free(port + more) for more in (0, 1, 2, 101, 102, 103)):
            return port
    raise OSError("no free ports for a cluster")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
