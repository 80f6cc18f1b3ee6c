"""Raw HTTP/1.1: bytes out, answers in. It reads strictly, so that an answer of the wrong length is a fault."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import brotli

from tests.campaign.cases import Fault

#: An answer that takes longer is a fault. Far above what a loaded machine needs.
TIMEOUT_S = 30.0
BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``headers`` are in the order in which they came, with lower-case names."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of the header ``name`` (lower case), or nothing."""
        return next((value for key, value in self.headers if key == name), "")

    def decoded(self) -> bytes:
        """The body without its content coding. Raises Fault for one that is damaged or unknown."""
        coding = self.header("content-encoding")
        try:
            return _DECODERS[coding](self.body) if self.body else b""
        except Exception as error:
            raise Fault(f"a body that is not what Content-Encoding says ({coding!r}): {error!r}") from error


_DECODERS = {"": bytes, "identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


def exchange(port: int, request: bytes, methods: Sequence[str]) -> list[Answer]:
    """Send ``request``, which holds one request for each of ``methods``, stop sending, and read to the end.

    Raises Fault for what is not HTTP, an answer of another length than it says, or none within TIMEOUT_S.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        except TimeoutError as error:
            raise Fault(f"no answer within {TIMEOUT_S:.0f} s to {request[:300]!r}") from error
        except (ConnectionResetError, BrokenPipeError):
            return []  # the service closed while we were still sending: allowed for what it refuses
    return list(parse_answers(received, methods))


def parse_answers(received: bytes, methods: Sequence[str]) -> Iterator[Answer]:
    """The answers in ``received``, to requests with ``methods``. Raises Fault for what is not HTTP/1.1."""
    asked = iter(methods)
    while received:
        head, separator, rest = received.partition(b"\r\n\r\n")
        if not separator:
            raise Fault(f"an answer without the end of its head: {received[:200]!r}")
        status, headers = _parse_head(head)
        if status == 100:
            received = rest
            continue
        body, received = _take_body(rest, status, headers, next(asked, "GET"))
        yield Answer(status, headers, body)


def _parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version not in {"HTTP/1.0", "HTTP/1.1"} or not rest[:3].isdigit():
        raise Fault(f"not a status line: {first[:200]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or "\n" in value or "\r" in value:
            raise Fault(f"not a header: {line[:200]!r}")
        headers.append((name.lower(), value.strip()))
    return int(rest[:3]), tuple(headers)


def _take_body(rest: bytes, status: int, headers: tuple[tuple[str, str], ...], method: str) -> tuple[bytes, bytes]:
    # A request that cannot be read has no method: its answer has a body, and is the last.
    is_unread = status == 400 and rest.startswith(b"{")
    if (method == "HEAD" and not is_unread) or status in BODILESS:
        return b"", rest
    named = dict(headers)
    if named.get("transfer-encoding") == "chunked":
        return _take_chunks(rest)
    if "content-length" not in named:
        return rest, b""
    length = int(named["content-length"])
    if len(rest) < length:
        raise Fault(f"a body of {len(rest)} bytes where Content-Length says {length}")
    return rest[:length], rest[length:]


def _take_chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line, 16)
        if size == 0:
            return body, rest.partition(b"\r\n")[2]
        body, rest = body + rest[:size], rest[size + 2 :]
