"""Answers over HTTP: encodings, conditions, and what caches may keep."""

from __future__ import annotations

import asyncio
import gzip

import brotli

from tests.render.conftest import Client, Serve, fetch

NEGOTIATED = [("br", "gzip, deflate, br"), ("gzip", "gzip"), (None, ""), ("gzip", "br;q=0, gzip")]


async def test_the_encoding_is_negotiated(serve: Serve) -> None:
    client = await serve()
    for encoding, accepted in NEGOTIATED:
        plain = await (await fetch(client, "/archive/")).read()
        response = await fetch(client, "/archive/", headers={"Accept-Encoding": accepted})
        assert response.headers.get("Content-Encoding") == encoding
        assert response.headers["Vary"] == "Accept-Encoding"
        raw = await raw_body(client, "/archive/", accepted)
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
        assert unpack(raw) == plain


async def raw_body(client: Client, path: str, accepted: str) -> bytes:
    """The body as it is on the wire."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: {accepted}\r\n\r\n"
    writer.write(request.encode())
    raw = await reader.read()
    writer.close()
    return raw.partition(b"\r\n\r\n")[2]


CACHED = ["/", "/articles/transactional-outbox/", "/feed.xml", "/?q=outbox"]


async def test_an_answer_that_the_client_has_is_a_304(serve: Serve) -> None:
    client = await serve()
    for path in CACHED:
        headers = {"Accept-Encoding": "br"}
        first = await fetch(client, path, headers=headers)
        etag = first.headers["ETag"]
        assert etag.startswith("W/"), "other replicas may have compressed the same text with other effort"
        for condition in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
            again = await fetch(client, path, headers=headers | {"If-None-Match": condition})
            assert (again.status, await again.read()) == (304, b""), condition
            assert again.headers["ETag"] == etag
            assert again.headers["Vary"] == first.headers["Vary"]
            assert "Accept-Encoding" in again.headers["Vary"].split(", ")
        other = await fetch(client, path, headers=headers | {"If-None-Match": '"other"'})
        assert other.status == 200


async def test_each_encoding_has_a_tag_of_its_own(serve: Serve) -> None:
    client = await serve()
    tags = {(await fetch(client, "/", headers={"Accept-Encoding": e})).headers["ETag"] for e in ("br", "gzip", "")}
    assert len(tags) == 3
    assert [tag for tag in tags if not tag.startswith("W/")] == [
        (await fetch(client, "/", headers={"Accept-Encoding": ""})).headers["ETag"]
    ]


async def test_a_date_is_a_condition_too(serve: Serve) -> None:
    client = await serve()
    modified = (await fetch(client, "/")).headers["Last-Modified"]
    assert (await fetch(client, "/", headers={"If-Modified-Since": modified})).status == 304
    older = {"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}
    assert (await fetch(client, "/", headers=older)).status == 200


async def test_the_second_answer_has_the_same_headers_as_the_first(serve: Serve) -> None:
    client = await serve()
    first, second = await fetch(client, "/about/"), await fetch(client, "/about/")
    changing = {"x-request-id", "date"}
    assert {k: v for k, v in first.headers.items() if k.lower() not in changing} == {
        k: v for k, v in second.headers.items() if k.lower() not in changing
    }
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert await first.read() == await second.read()


async def test_own_files_are_immutable_under_their_fingerprint(serve: Serve) -> None:
    client = await serve()
    page = await (await fetch(client, "/")).text()
    url = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    response = await fetch(client, url)
    assert response.status == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (await fetch(client, url.replace(".css", ".xss"))).status == 404
