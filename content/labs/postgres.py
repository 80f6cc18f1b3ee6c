"""A PostgreSQL server that lives as long as one lab, in a temporary directory, reachable by a Unix socket alone.

The labs need Python's standard library and PostgreSQL's own programs (Debian: the packages `postgresql` and
`postgresql-client`). `initdb` refuses to run as root: started by root, the server runs as the user `postgres`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Where Debian keeps `initdb` and `pg_ctl`, which are not on the path: a folder for each major version.
DEBIAN = Path("/usr/lib/postgresql")
#: `fsync` off makes the labs quick and changes nothing that they show: no lab survives a power cut anyway.
SETTINGS = (
    "-c fsync=off -c listen_addresses= -c autovacuum=off -c log_min_messages=fatal -c log_min_error_statement=panic"
)


class Missing(Exception):
    """The machine lacks a program of PostgreSQL."""


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs: the newest of Debian's, or what the path finds. Raises Missing."""
    folders = (
        [DEBIAN / version / "bin" for version in sorted((folder.name for folder in DEBIAN.iterdir()), key=float, reverse=True)]
        if DEBIAN.is_dir()
        else []
    )
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None:
        raise Missing(f"{name} is not installed: on Debian, apt-get install postgresql")
    return found


class Session:
    """One connection: a `psql` that answers statement by statement, so that a script can interleave several."""

    def __init__(self, socket: str) -> None:
        self._psql = subprocess.Popen(
            [
                program("psql"),
                "-XqAt",
                "-F",
                " | ",
                "-v",
                "VERBOSITY=terse",
                "-h",
                socket,
                "-U",
                "postgres",
                "postgres",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )

    def send(self, statements: str) -> None:
        """Start statements without waiting for their answer: they may wait for a lock of another session."""
        assert self._psql.stdin is not None
        self._psql.stdin.write(f"{statements};\n\\echo <end>\n")
        self._psql.stdin.flush()

    def answer(self) -> str:
        """The rows and errors of the last `send`, as psql prints them without headers."""
        assert self._psql.stdout is not None
        lines = iter(self._psql.stdout.readline, "<end>\n")
        return "".join(line for line in lines if line).strip()

    def run(self, statements: str) -> str:
        """Send and wait."""
        self.send(statements)
        return self.answer()

    def close(self) -> None:
        """End the connection; an open transaction is rolled back."""
        self._psql.communicate("\\q\n", timeout=10)


class Server:
    """A running server: `connect` opens sessions, which end with it."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        self._sessions: list[Session] = []

    def connect(self) -> Session:
        """A new connection in its own process."""
        self._sessions.append(Session(self.socket))
        return self._sessions[-1]

    def version(self) -> str:
        """As in `PostgreSQL 15.18`."""
        return "PostgreSQL " + self.connect().run("SHOW server_version").split()[0]

    def close(self) -> None:
        """End every session."""
        for session in self._sessions:
            session.close()


@contextmanager
def server(settings: str = "") -> Iterator[Server]:
    """A new, empty server; stopped and deleted at the end. Raises Missing."""
    initdb, ctl = program("initdb"), program("pg_ctl")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as directory:
        if as_user:
            shutil.chown(directory, "postgres")
        data = f"{directory}/data"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": directory}
        subprocess.run(
            [*as_user, initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet
        )
        options = f"{SETTINGS} -c unix_socket_directories={directory} {settings}"
        subprocess.run([*as_user, ctl, "-D", data, "-w", "-l", f"{directory}/log", "-o", options, "start"], **quiet)
        running = Server(directory)
        try:
            yield running
        finally:
            running.close()
            subprocess.run([*as_user, ctl, "-D", data, "-m", "immediate", "stop"], **quiet)
