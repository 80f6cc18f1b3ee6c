"""Mutual TLS between the services, by real handshakes: who is let in, who is not, and what happens on rotation."""

from __future__ import annotations

import asyncio
import contextlib
import io
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from yarl import URL

from services.render.searching.breaker import CircuitBreaker
from services.render.searching.client import SearchClient, SearchUnavailable
from shared.search.contract import SearchQuery, SearchResults
from shared.web.serving import open_socket, serving
from shared.web.settings import Settings
from shared.web.tls import TRUST_DOMAIN, Identity, TlsError, own_identity, spiffe_id
from tests.render.conftest import answer
from tests.web.certificates import DOMAIN, RENDER, SEARCH, Authority


async def hello(_request: web.Request) -> web.Response:
    return answer(SearchResults(SearchQuery("x"), 0, 0.1, "g1", ()))


@contextlib.asynccontextmanager
async def search_service(identity: Identity) -> AsyncIterator[str]:
    """A search service that answers over mutual TLS; the value is its address."""
    app = web.Application()
    app.router.add_get("/v1/search", hello)
    async with serving(app, open_socket("127.0.0.1", 0), tls=identity.server) as address:
        yield address


@contextlib.asynccontextmanager
async def site(address: str, identity: Identity | None) -> AsyncIterator[SearchClient]:
    """The site's client of the service at ``address``."""
    breaker = CircuitBreaker(failures_to_open=1000, open_s=1, clock=asyncio.get_running_loop().time, on_change=ignore)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield SearchClient(session, address, breaker, attempt_s=5, total_s=10, identity=identity)


def ignore(*_: object) -> None:
    pass


async def ask(server: Identity, client: Identity | None) -> SearchResults:
    async with search_service(server) as address, site(address, client) as search:
        return await search.search(SearchQuery("x"))


def identity_of(directory: Path, *peers: str) -> Identity:
    return Identity(directory, frozenset(peers or (RENDER, SEARCH)))


async def issued(
    authority: Authority, directory: Path, name: str, *peers: str, trusted: tuple[Authority, ...] = ()
) -> Identity:
    """A service with a certificate of ``authority``: files are written and read off the loop."""
    await asyncio.to_thread(authority.issue, directory, name, trusted=trusted)
    return await asyncio.to_thread(identity_of, directory, *peers)


async def test_services_that_know_each_other_talk(tmp_path: Path) -> None:
    authority = Authority()
    server = await issued(authority, tmp_path / "search", SEARCH, RENDER)
    client = await issued(authority, tmp_path / "render", RENDER, SEARCH)
    assert (await ask(server, client)).generation == "g1"


async def test_a_client_that_ends_its_connection_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """TLS of asyncio knows no half-closed connection, and warns of a protocol that keeps one."""
    authority = Authority()
    server = await issued(authority, tmp_path / "search", SEARCH, RENDER)
    client = await issued(authority, tmp_path / "render", RENDER, SEARCH)
    async with search_service(server) as address:
        url = URL(address)
        reader, writer = await asyncio.open_connection(url.host, url.port, ssl=client.client)
        writer.write(b"GET /v1/search HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
    assert "eof_received" not in caplog.text


Issue = Callable[[Path, Authority], Path]
STRANGERS: dict[str, Issue] = {
    "another authority": lambda path, _: Authority("stranger").issue(path, RENDER, SEARCH),
    "another identity": lambda path, authority: authority.issue(path, f"{DOMAIN}/billing"),
    "another trust domain": lambda path, authority: authority.issue(path, "spiffe://evil.example/search"),
    "an identity that only begins alike": lambda path, authority: authority.issue(path, f"{SEARCH}/admin"),
    "two identities": lambda path, authority: authority.issue(path, RENDER, SEARCH),
    "no identity": lambda path, authority: authority.issue(path),
    "a web address": lambda path, authority: authority.issue(path, "https://example.org/search"),
    "an expired certificate": lambda path, authority: authority.issue(path, RENDER, life=timedelta(hours=-1)),
}


@pytest.mark.parametrize("issue", STRANGERS.values(), ids=STRANGERS.keys())
@pytest.mark.parametrize("is_server", [True, False], ids=["as search", "as render"])
async def test_a_stranger_is_refused_on_either_side_and_logged(
    tmp_path: Path, events: io.StringIO, issue: Issue, is_server: bool
) -> None:
    authority = Authority()
    await asyncio.to_thread(issue, tmp_path / "stranger", authority)
    stranger = await asyncio.to_thread(identity_of, tmp_path / "stranger")
    good = await issued(authority, tmp_path / "good", RENDER if is_server else SEARCH)
    server, client = (stranger, good) if is_server else (good, stranger)
    with pytest.raises(SearchUnavailable):
        await ask(server, client)
    # The side that was refused logs it a turn of the loop later.
    async with asyncio.timeout(60):
        while not ("TLS peer refused" in events.getvalue() and "by the peer" in events.getvalue()):
            await asyncio.sleep(0.01)
    assert "Traceback" not in events.getvalue()


@pytest.mark.parametrize(("other", "is_refused"), [("render", False), ("search", True)])
async def test_by_default_a_service_expects_the_other_one_alone(tmp_path: Path, other: str, is_refused: bool) -> None:
    authority, search = Authority(), f"{TRUST_DOMAIN}/search"
    await asyncio.to_thread(authority.issue, tmp_path / "search", search)
    client = await issued(authority, tmp_path / "client", f"{TRUST_DOMAIN}/{other}", search)
    async with own_identity(Settings(tls_dir=tmp_path / "search"), "render") as server:
        assert server is not None
        with pytest.raises(SearchUnavailable) if is_refused else contextlib.nullcontext():
            await ask(server, client)


async def test_a_client_without_a_certificate_is_refused(tmp_path: Path, events: io.StringIO) -> None:
    authority = Authority()
    server = await issued(authority, tmp_path / "search", SEARCH)
    anonymous = await asyncio.to_thread(ssl.create_default_context, cafile=str(tmp_path / "search" / "ca.crt"))
    anonymous.check_hostname = False
    async with search_service(server) as address, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{address}/v1/search", ssl=anonymous)
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{address.replace('https', 'http')}/v1/search")
    assert "Traceback" not in events.getvalue()


async def test_rotated_certificates_are_used_and_no_connection_is_dropped(tmp_path: Path) -> None:
    old, new = Authority("old"), Authority("new")
    server = await issued(old, tmp_path / "search", SEARCH, trusted=(old, new))
    client = await issued(old, tmp_path / "render", RENDER, trusted=(old, new))
    async with search_service(server) as address, site(address, client) as search:
        await search.search(SearchQuery("x"))
        for authority in (new, new):
            await asyncio.to_thread(authority.issue, tmp_path / "search", SEARCH)
            assert await asyncio.to_thread(server.reload)
            await asyncio.to_thread(authority.issue, tmp_path / "render", RENDER)
            assert await asyncio.to_thread(client.reload)
            await search.search(SearchQuery("x"))
        assert not await asyncio.to_thread(client.reload)
        # The old authority is trusted no more: a client with its certificate is refused.
        late = await issued(old, tmp_path / "late", RENDER, trusted=(old, new))
        async with site(address, late) as other:
            with pytest.raises(SearchUnavailable):
                await other.search(SearchQuery("x"))
        await search.search(SearchQuery("x"))


async def test_an_incomplete_rotation_keeps_the_old_certificate_and_logs_once(
    tmp_path: Path, events: io.StringIO
) -> None:
    authority = Authority()
    directory = tmp_path / "search"
    identity = await issued(authority, directory, SEARCH)
    before = identity.client
    await asyncio.to_thread((directory / "tls.key").write_text, "half a key")
    async with identity.following(every_s=0.01):
        await asyncio.sleep(0.2)
        assert identity.client is before
        assert events.getvalue().count("not read again") == 1
        await asyncio.to_thread(authority.issue, directory, SEARCH)
        for _ in range(500):
            if identity.client is not before:
                break
            await asyncio.sleep(0.01)
        assert identity.client is not before


@pytest.mark.parametrize("name", ["tls.crt", "tls.key", "ca.crt"])
@pytest.mark.parametrize("text", [None, "", "nonsense"])
def test_a_file_that_is_none_is_named(tmp_path: Path, name: str, text: str | None) -> None:
    directory = Authority().issue(tmp_path / "search", SEARCH)
    (directory / name).unlink()
    if text is not None:
        (directory / name).write_text(text)
    with pytest.raises(TlsError, match=name.replace(".", r"\.")):
        identity_of(directory)


def test_an_encrypted_key_is_refused_without_asking_for_its_pass_phrase(tmp_path: Path) -> None:
    directory = Authority().issue(tmp_path / "search", SEARCH)
    key = serialization.load_pem_private_key((directory / "tls.key").read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    (directory / "tls.key").write_bytes(pem)
    with pytest.raises(TlsError, match=r"tls\.key is encrypted: a service takes a key without a pass phrase"):
        identity_of(directory)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((("URI", SEARCH),), SEARCH),
        ((("DNS", "x"), ("URI", SEARCH)), SEARCH),
        ((("URI", SEARCH), ("URI", RENDER)), None),
        ((("URI", "https://example.org"),), None),
        ((), None),
    ],
)
def test_a_peer_is_named_by_its_one_uri(names: tuple[tuple[str, str], ...], found: str | None) -> None:
    assert spiffe_id({"subjectAltName": names}) == found
    assert spiffe_id(None) is None
