"""The last step of a prepared answer: head and body leave in one write, and the head is put together once.

aiohttp builds and encodes sixteen headers anew for every response: by profile a fifth of the time that an answer from
memory takes. Here the first answer goes that way, hooks and all; what it sent is kept for the next ones.
"""

from __future__ import annotations

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.web_request import BaseRequest

from services.render.negotiation import choose_encoding, is_not_modified
from services.render.prepared import Prepared, Variant
from shared.web.request_id import HEADER as REQUEST_ID
from shared.web.request_id import current_request_id

#: Headers that belong to one request, not to the answer.
_PER_REQUEST = frozenset({hdrs.DATE.lower(), hdrs.CONNECTION.lower(), REQUEST_ID.lower()})


def respond(request: web.BaseRequest, prepared: Prepared) -> web.Response:
    """The response to ``request`` from prepared bytes: encoding chosen, or 304 where the client has it. Serves HEAD as
    well."""
    asked = request.headers
    variant = prepared.variants[choose_encoding(asked.get(hdrs.ACCEPT_ENCODING, ""), prepared.encodings)]
    none_match, since = asked.get(hdrs.IF_NONE_MATCH), asked.get(hdrs.IF_MODIFIED_SINCE)
    is_conditional = (none_match or since) and prepared.status == 200
    if is_conditional and is_not_modified(none_match, since, variant.etag, prepared.last_modified):
        return web.Response(status=304, headers=variant.kept)
    return PreparedResponse(prepared.status, variant)


class PreparedResponse(web.Response):
    """One variant, sent. The response of an ordinary request (GET, HTTP/1.1, connection kept) takes the short way."""

    def __init__(self, status: int, variant: Variant) -> None:
        super().__init__(status=status, body=variant.body, headers=variant.headers)
        self._variant = variant
        self._is_short = False

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Ready the head: as kept from the last time, or as aiohttp and the application's hooks make it."""
        is_ordinary = (
            request.method == hdrs.METH_GET
            and request.version == HttpVersion11
            and request.keep_alive
            # A handler that changed a header speaks for this one answer.
            and self._variant.headers == self._headers
        )
        if is_ordinary and self._variant.head.block is not None:
            self._is_short = True
            self._keep_alive = True
            self._req = request
            self._payload_writer = request.writer
            return self._payload_writer
        writer = await super().prepare(request)
        if is_ordinary:
            self._variant.head.block = self._encode_head()
        return writer

    def _encode_head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in _PER_REQUEST]
        return "\r\n".join([*lines, f"{hdrs.DATE}: "]).encode()

    async def write_eof(self, data: bytes = b"") -> None:
        """Send it. ``data`` is not for answers that are complete."""
        request, block = self._req, self._variant.head.block
        if not self._is_short or self._eof_sent or request is None or block is None:
            await super().write_eof(data)
            return
        transport, writer = request.transport, request.writer
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client closed the connection")
        tail = f"{rfc822_formatted_time()}\r\n{REQUEST_ID}: {current_request_id() or '-'}\r\n\r\n".encode()
        transport.write(b"".join((block, tail, self._variant.body)))
        self._eof_sent = True
        self._payload_writer = self._req = None
        self._body_length = writer.output_size = len(block) + len(tail) + len(self._variant.body)
        await writer.drain()
