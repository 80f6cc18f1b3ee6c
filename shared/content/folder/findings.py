"""Problems of parsed bodies, in a file that both services append to, so that only one of them parses each body.

One line per body: a checksum, and as JSON the digest of its article and its problems. Digests name the versions of all
parsers, so a line never becomes stale. Lines that are damaged or truncated are skipped. A file that cannot be read or
written costs the time of parsing.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from sys import intern
from zlib import crc32

import orjson

from shared.content.folder.cache_file import replace_cache
from shared.content.problem import Problem, Severity
from shared.process.logger import get_logger

log = get_logger("content.findings")

Found = tuple[str, tuple[Problem, ...]]


class Findings:
    """The file at ``path``. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._read_to = 0
        self._is_writable = True

    def add(self, digest: str, problems: tuple[Problem, ...]) -> None:
        """Append one body. Lines of several processes do not mix, because each is one write at the end of the file."""
        if not self._is_writable:
            return
        rows = [(one.path, one.line, one.message, one.severity) for one in problems]
        try:
            data = _line(orjson.dumps([digest, rows]))
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                os.write(file, data)
            finally:
                os.close(file)
        except TypeError:  # a lone surrogate: the body is parsed again
            return
        except OSError as error:
            self._is_writable = False
            log.warning("what parsing found is not kept", path=str(self.path), error=str(error))

    def read_new(self) -> dict[str, tuple[Problem, ...]]:
        """The problems by digest of what was added since the last call, by any process."""
        with self._lock:
            data = self._tail()
            whole = data.rfind(b"\n") + 1
            self._read_to += whole
        return dict(_parsed(data[:whole]))

    def keep_only(self, digests: Collection[str]) -> None:
        """Remove unused lines once they are most of the file."""
        with contextlib.suppress(OSError):
            lines = self.path.read_bytes().splitlines(keepends=True)
            if len(lines) <= 2 * len(digests):
                return
            kept = {line for line in lines for digest, _ in _parsed(line) if digest in digests}
            replace_cache(self.path, b"".join(kept))

    def _tail(self) -> bytes:
        """The bytes after those already read; all if the file was replaced by a shorter one."""
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._read_to:
                    self._read_to = 0
                file.seek(self._read_to)
                return file.read()
        except OSError:
            return b""


def _line(payload: bytes) -> bytes:
    return b"%08x %s\n" % (crc32(payload), payload)


def _parsed(data: bytes) -> Iterator[Found]:
    """Parse the complete lines of ``data``."""
    for line in data.splitlines():
        payload = line[9:]
        with contextlib.suppress(ValueError, TypeError):
            if int(line[:8], 16) == crc32(payload):
                digest, rows = orjson.loads(payload)
                yield digest, tuple(_problem(*row) for row in rows)


def _problem(path: str, line: int, message: str, severity: Severity) -> Problem:
    """Share equal strings: 12,000 pages of documentation have 40,000 problems with 2,700 messages."""
    return Problem(intern(path), line, intern(message), "error" if severity == "error" else "warning")
