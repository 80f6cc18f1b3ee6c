"""Send a prepared answer.

For the first request, aiohttp and the application build the head. It is kept, and from then on the fast path sends head
and body in one write.
"""

from __future__ import annotations

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from services.render.sending.negotiation import choose_encoding
from services.render.sending.prepared import Prepared, Variant
from shared.web.conditions import conditional_status
from shared.web.metrics import route_of
from shared.web.prepared_first import RepeatedResponse
from shared.web.request_id import HEADER as REQUEST_ID

#: Headers of one response that are not part of the prepared answer.
_PER_REQUEST = frozenset({hdrs.DATE.lower(), hdrs.CONNECTION.lower(), REQUEST_ID.lower()})
#: Request headers that ask for anything but the plain answer.
_ASKS_FOR_MORE = (
    hdrs.IF_NONE_MATCH,
    hdrs.IF_MODIFIED_SINCE,
    hdrs.IF_MATCH,
    hdrs.IF_UNMODIFIED_SINCE,
    hdrs.EXPECT,
)


def respond(request: web.BaseRequest, prepared: Prepared) -> web.Response:
    """The response to ``request`` from prepared bytes: encoding chosen, or 304 or 412 by its conditions.

    The variant of that encoding must have been made. Serves HEAD as well.
    """
    variant = prepared.variants[_choose_encoding(request, prepared)]
    if prepared.status == 200:
        status = conditional_status(request, variant.tag, prepared.last_modified)
        if status is not None:
            return web.Response(status=status, headers=variant.kept)
    return PreparedResponse(prepared.status, variant)


def repeat(request: web.BaseRequest, prepared: Prepared) -> tuple[str, web.StreamResponse] | None:
    """The route and the response of ``request``, if it is an ordinary one and its answer was sent before."""
    if not _is_ordinary(request):
        return None
    headers = request.headers
    for name in _ASKS_FOR_MORE:  # a generator would take as long as the rest of this function
        if name in headers:
            return None
    variant = prepared.variants.get(_choose_encoding(request, prepared))
    if variant is None or (head := variant.head).block is None:
        return None
    return head.route, RepeatedResponse(prepared.status, head.block, variant.body)


def _choose_encoding(request: web.BaseRequest, prepared: Prepared) -> str:
    return choose_encoding(request.headers.get(hdrs.ACCEPT_ENCODING, ""), prepared.encodings)


def _is_ordinary(request: web.BaseRequest) -> bool:
    """Whether it is like almost all requests: a GET on a connection that stays open."""
    return request.method == hdrs.METH_GET and request.version == HttpVersion11 and request.keep_alive


class PreparedResponse(web.Response):
    """One variant as aiohttp and the application's hooks send it. The head of an ordinary one is kept."""

    def __init__(self, status: int, variant: Variant) -> None:
        super().__init__(status=status, body=variant.body, headers=variant.headers)
        self._variant = variant

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Prepare the head, and keep it for the next time."""
        # A handler that changed a header did so for this one answer.
        is_as_prepared = self._variant.headers == self.headers
        writer = await super().prepare(request)
        if (
            is_as_prepared
            and self._variant.head.block is None
            and isinstance(request, web.Request)
            and _is_ordinary(request)
        ):
            self._variant.head.keep(self._encode_head(), route_of(request))
        return writer

    def _encode_head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in _PER_REQUEST]
        return "\r\n".join([*lines, f"{hdrs.DATE}: "]).encode()
