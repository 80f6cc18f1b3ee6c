"""Bodies of requests: within a size and a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from services.render.sending import requests
from services.render.sending.requests import read_body


class Sent:
    """A request whose body comes in ``chunks``, and then never ends if ``is_endless``."""

    def __init__(self, *chunks: bytes, content_length: int | None = None, is_endless: bool = False) -> None:
        self.chunks = chunks
        self.content_length = content_length
        self.is_endless = is_endless
        self.content = self

    async def iter_any(self) -> AsyncIterator[bytes]:
        """The chunks."""
        for chunk in self.chunks:
            yield chunk
        if self.is_endless:
            await asyncio.Event().wait()


async def read(sent: Sent, most: int = 10) -> bytes:
    return await read_body(sent, most)  # type: ignore[arg-type] # what a request has of it


async def test_body_is_read_whole() -> None:
    assert await read(Sent(b"one", b"two")) == b"onetwo"


@pytest.mark.parametrize("sent", [Sent(content_length=11), Sent(b"12345", b"67890", b"1", is_endless=True)])
async def test_body_that_is_too_large_is_refused_before_its_end(sent: Sent) -> None:
    with pytest.raises(web.HTTPRequestEntityTooLarge):
        await read(sent)


async def test_a_client_that_never_sends_the_rest_gets_408(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold a place among the requests in flight for ever."""
    monkeypatch.setattr(requests, "BODY_S", 0.01)
    with pytest.raises(web.HTTPRequestTimeout):
        await read(Sent(b"{", content_length=5, is_endless=True))
