"""compose.yaml, running on free ports over a copy of the content: what the tests ask, stop, kill and edit."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.containers.engine import Engine

BUILD_S = 600
#: The most that a container may take to be started, indexed and answering.
READY_S = 60
#: The most that an edit may take to be seen, with the machine busy with other tests.
FOLLOW_S = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site said."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Stack:
    """One project of the engine. ``content`` is mounted into it, ``port`` is the site's."""

    engine: Engine
    name: str
    checkout: Path
    content: Path
    env_file: Path
    port: int

    def up(self) -> None:
        """Build both images, start both services and wait until they answer."""
        self.env_file.write_text(
            f"PERSPECTIVE_CONTENT_DIR={self.content}\nPERSPECTIVE_PUBLISH=127.0.0.1:{self.port}\n", encoding="utf-8"
        )
        self.compose("up", "--build", "--detach", timeout_s=BUILD_S)
        wait_until("the site is served and searched", self.is_searchable, READY_S)

    def down(self) -> None:
        """Remove everything that ``up`` made."""
        self.compose("down", "--volumes", "--rmi", "local", "--timeout", "5")

    def get(self, path: str, **parameters: str) -> Answer:
        """Ask the site, as a browser on this machine does. A connection that fails is an Answer with status 0."""
        query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"{path}?{query}" if query else path)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, str(error))
        finally:
            connection.close()

    def search(self, text: str) -> Answer:
        """Search through the site's own endpoint."""
        return self.get("/api/search", q=text)

    def is_searchable(self) -> bool:
        """Whether both services answer."""
        return self.get("/").status == 200 and self.search("outbox").status == 200

    def python(self, service: str, code: str) -> str:
        """Run Python inside a service's container; what it prints."""
        return self.compose("exec", "-T", service, "python", "-c", code)

    def container(self, service: str) -> str:
        """The id of a service's container."""
        label = f"label=com.docker.compose.project={self.name}"
        found = self._run(
            self.engine.containers, "ps", "--all", "--quiet", "--filter", label,
            "--filter", f"label=com.docker.compose.service={service}",
        )  # fmt: skip
        return found.split()[0]

    def inspect(self, service: str) -> Any:
        """What the engine knows of a service's container."""
        return json.loads(self._run(self.engine.containers, "inspect", self.container(service)))[0]

    def compose(self, *arguments: str, timeout_s: float = 120) -> str:
        """Run a compose command on this project; what it prints."""
        command = (*self.engine.compose, "--project-name", self.name, "--env-file", str(self.env_file), *arguments)
        return self._run(*command, timeout_s=timeout_s)

    def _run(self, *command: str, timeout_s: float = 60) -> str:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PERSPECTIVE_")}
        # Podman leaves health checks out of an image in its own format.
        environ["BUILDAH_FORMAT"] = "docker"
        done = subprocess.run(
            command, cwd=self.checkout, env=environ, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)} exited {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()


def wait_until(what: str, is_so: Callable[[], bool], most_s: float) -> float:
    """The seconds until ``is_so``; an AssertionError that names ``what`` after ``most_s``."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < most_s, f"not within {most_s:.0f} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - started
