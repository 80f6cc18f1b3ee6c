"""The processes that run samples: Python, SQLite, and PostgreSQL if there is a server. Blocking.

A sample is its author's own code, as trusted as the rest of the repository. The limits stop runaway samples: time,
memory, output, an empty working directory, no environment, no network.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shared.content.article import CodeSample
from shared.content.markdown.code.fences import POSTGRESQL_GROUP

#: A sample is an illustration: one that runs longer than this (seconds) does not belong on a page.
TIME_LIMIT_S = 10.0
#: The address of PostgreSQL, as psql takes it: postgresql://user@host/database
POSTGRESQL_VARIABLE = "PERSPECTIVE_TEST_POSTGRES"
#: Characters to show of an exception, or of the end of standard error.
_SHOWN_ERROR_CHARS = 300

#: The last place of a traceback in a file of a sample, from the number in its name on.
_PLACE = re.compile(r'\d+\.txt", line (?P<line>\d+)[^\n]*\n(?P<shown>(?:[ \t][^\n]*\n)*)')

_DRIVERS = Path(__file__).parent / "drivers"


class SampleUnavailable(Exception):
    """A sample cannot be run here; the message says what is missing and how to add it."""


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run: output, version, and the reason if it failed."""

    output: str
    version: str
    failure: str | None = None


class Runner(Protocol):
    """Runs the ``earlier`` blocks without their output, then ``code`` with its output, in one fresh process."""

    def run(self, earlier: Sequence[str], code: str) -> Run:
        """Never raises for an error of the sample. Raises SampleUnavailable."""
        ...


def find_runner(sample: CodeSample, environment: Mapping[str, str] = os.environ) -> Runner:
    """The runner of a sample. Raises SampleUnavailable if a requirement is missing here."""
    if sample.language == "python":
        return DriverRunner("python_driver.py", f"Python {sys.version_info.major}.{sys.version_info.minor}")
    if sample.group == POSTGRESQL_GROUP:
        address = environment.get(POSTGRESQL_VARIABLE)
        psql = shutil.which("psql")
        if not address or not psql:
            raise SampleUnavailable(
                f"it needs psql, and {POSTGRESQL_VARIABLE} set to the address of a PostgreSQL server"
            )
        return PostgresqlRunner(psql, address)
    import sqlite3  # noqa: PLC0415 # some builds of Python lack it, and only these samples need it

    return DriverRunner("sqlite_driver.py", f"SQLite {sqlite3.sqlite_version}")


@dataclass(frozen=True, slots=True)
class DriverRunner:
    """Runs the parts of a sample by a script of ``drivers/``, which prints the output of the last part."""

    driver: str
    version: str
    time_limit_s: float = TIME_LIMIT_S

    def run(self, earlier: Sequence[str], code: str) -> Run:
        """Run ``code`` with the samples ``earlier`` beside it as files."""
        with tempfile.TemporaryDirectory(prefix="perspective-sample-") as directory:
            names = []
            for number, part in enumerate((*earlier, code), start=1):
                names.append(f"sample_{number}.txt")
                (Path(directory) / names[-1]).write_text(part, encoding="utf-8")
            # -I: import nothing from the environment, the user's site or this directory.
            command = [sys.executable, "-I", "-X", "utf8", str(_DRIVERS / self.driver), *names]
            return _run(command, directory, self.version, self.time_limit_s)


@dataclass(frozen=True, slots=True)
class PostgresqlRunner:
    """Runs a sample by psql in a schema of its own, which is dropped afterwards."""

    psql: str
    address: str
    time_limit_s: float = TIME_LIMIT_S
    schema: str = field(default_factory=lambda: f"sample_{uuid.uuid4().hex}")

    def run(self, earlier: Sequence[str], code: str) -> Run:
        """Run ``code`` after the samples ``earlier``, whose output is dropped."""
        quiet = "".join(f"\\o {os.devnull}\n{part}\n;\n\\o\n" for part in earlier)
        script = f"SET search_path TO {self.schema}, public;\n{quiet}{code}"
        with tempfile.TemporaryDirectory(prefix="perspective-sample-") as directory:
            version = self._psql(directory, "SHOW server_version;")
            if version.failure:
                raise SampleUnavailable(f"the server at {POSTGRESQL_VARIABLE} does not answer: {version.failure}")
            name = f"PostgreSQL {version.output.split(' ')[0].strip()}"
            self._psql(directory, f"CREATE SCHEMA {self.schema};")
            try:
                run = self._psql(directory, script)
            finally:
                self._psql(directory, f"SET client_min_messages TO error; DROP SCHEMA {self.schema} CASCADE;")
        return Run(run.output, name, run.failure)

    def _psql(self, directory: str, script: str) -> Run:
        (Path(directory) / "script.sql").write_text(script, encoding="utf-8")
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator", " | "]
        command = [self.psql, *options, "--set", "ON_ERROR_STOP=1", "--file", "script.sql", self.address]
        return _run(command, directory, "PostgreSQL", self.time_limit_s)


def _run(command: Sequence[str], directory: str, version: str, time_limit_s: float) -> Run:
    """Run ``command`` in ``directory``; processes that it started end with it."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": directory,
        "TMPDIR": directory,
        "LANG": "C.UTF-8",
    }
    with (Path(directory) / ".output").open("w+b") as output, (Path(directory) / ".errors").open("w+b") as errors:
        process = subprocess.Popen(  # noqa: S603 # the command is ours; the code it runs is the author's
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        failure = None
        try:
            code = process.wait(time_limit_s)
        except subprocess.TimeoutExpired:
            code, failure = 0, f"this sample was stopped after {time_limit_s:g} seconds: make it smaller"
        finally:
            _end(process)
        output.seek(0)
        errors.seek(0)
        printed, complaint = (stream.read().decode("utf-8", "replace") for stream in (output, errors))
    if code:
        failure = f"this sample fails: {_reason(complaint) or f'exit status {code}'}"
    return Run(printed, version, failure)


def _reason(complaint: str) -> str:
    """The end of what a sample wrote to standard error; of a traceback, the exception and the line of the sample."""
    after = complaint.rpartition('File "sample_')[2]
    if place := _PLACE.match(after):
        exception = " ".join(after[place.end() :].split())[:_SHOWN_ERROR_CHARS]
        return f"{exception} (line {place['line']} of the sample: {place['shown'].strip().partition(chr(10))[0]})"
    shown = complaint.strip()
    if len(shown) > _SHOWN_ERROR_CHARS:
        shown = shown[-_SHOWN_ERROR_CHARS:]
        shown = shown.partition("\n")[2] or shown
    return shown


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
