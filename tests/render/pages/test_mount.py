"""A site below a path of its host: every address of every page lies there, however a proxy passes requests on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import aiohttp
import orjson
import pytest
from aiohttp import hdrs
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from services.render.pages.mount import html_below_mount, json_below_mount, mount_of, without_mount
from shared.search.contract import Hit, SearchQuery, SearchResults
from tests.render.addresses import addresses
from tests.render.conftest import Client, FakeSearch, Serve, answer

BASE, MOUNT = "https://example.org/blog", "/blog"
#: Where a crawl begins: the front page, and what nothing has to lead to.
STARTS = tuple(MOUNT + path for path in ("/", "/archive/", "/sitemap.xml", "/opensearch.xml"))


@pytest.mark.parametrize(
    ("address", "mount"),
    [
        ("https://example.org", ""),
        ("https://example.org/", ""),
        ("https://example.org/blog/", "/blog"),
        ("https://example.org/a/b", "/a/b"),
        ("https://example.org/notes de génie", "/notes%20de%20g%C3%A9nie"),
    ],
)
def test_mount_is_the_path_of_the_address(address: str, mount: str) -> None:
    assert mount_of(address) == mount


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a class="x" href="/tags/">t</a>', '<a class="x" href="/blog/tags/">t</a>'),
        ("<a href='/?q=\"'>t</a>", "<a href='/blog/?q=\"'>t</a>"),
        ('<a href="//cdn.example/">t</a>', '<a href="//cdn.example/">t</a>'),
        ('<a href="#top">t</a>', '<a href="#top">t</a>'),
        ('<a href="https://other.example/">t</a>', '<a href="https://other.example/">t</a>'),
        ('<source srcset="/a.webp 1w, /b.webp 2w">', '<source srcset="/blog/a.webp 1w, /blog/b.webp 2w">'),
        ('<p data-styles="/s/a.css /s/b.css">', '<p data-styles="/blog/s/a.css /blog/s/b.css">'),
        ('<p title="href=&quot;/x&quot;">/x href="/y"</p>', '<p title="href=&quot;/x&quot;">/x href="/y"</p>'),
        ('<input value=" src=\'/x\'">', '<input value=" src=\'/x\'">'),
        ("<code>&lt;a href=\"/x\"&gt;</code>", "<code>&lt;a href=\"/x\"&gt;</code>"),
    ],
)  # fmt: skip
def test_mount_is_put_before_paths_of_the_site_alone(html: str, expected: str) -> None:
    assert html_below_mount(html, MOUNT) == expected
    assert html_below_mount(html, "") == html


def test_urls_in_json_lie_below_the_mount() -> None:
    value = {"hits": [{"url": "/a/", "title": "/b/", "sections": [{"url": "/a/#x"}]}], "url": "https://other.example/"}
    moved = {"hits": [{"url": "/blog/a/", "title": "/b/", "sections": [{"url": "/blog/a/#x"}]}], "url": value["url"]}
    assert json_below_mount(value, MOUNT) == moved


@given(st.text("/abc?=%.", max_size=12))
def test_target_below_the_mount_is_the_same_without_it(rest: str) -> None:
    assert without_mount(f"{MOUNT}/{rest}", MOUNT) == f"/{rest}"
    assert without_mount(f"/{rest}", "") == f"/{rest}"
    assert without_mount(f"/blogger/{rest}", MOUNT) == f"/blogger/{rest}"


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/metrics?x"])
def test_operators_pages_are_not_below_the_mount(path: str) -> None:
    assert without_mount(MOUNT + path, MOUNT) == MOUNT + path


async def crawl(client: Client | aiohttp.ClientSession) -> set[str]:
    """Follow every address from STARTS; fails for one outside of the mount or without an answer."""
    waiting, seen = list(STARTS), set(STARTS)
    while waiting:
        path = waiting.pop()
        response = await client.get(URL(path, encoded=True), allow_redirects=False)
        assert response.status == 200, path
        is_text = response.content_type.startswith("text/") or response.content_type.endswith(("xml", "json"))
        for one in addresses(path, response.content_type, await response.text()) if is_text else ():
            assert one.startswith(f"{MOUNT}/"), f"{path} leads to {one}"
            if one not in seen and "?q=" not in one:
                seen.add(one)
                waiting.append(one)
    return seen


async def test_no_address_of_the_site_leads_out_of_the_mount(serve: Serve, content: Path) -> None:
    client = await serve(base_url=BASE, live_reload=True)
    seen = await crawl(client)
    kinds = ("/articles/transactional-outbox/", "/tags/messaging/", "/feed.xml", "/feed.json", "/series/reliability/")
    assert {MOUNT + kind for kind in kinds} <= seen
    assert any(one.endswith(".woff2") for one in seen)
    assert any("/static/local-search/ask." in one for one in seen)  # an import of a script


async def test_requests_are_answered_with_and_without_the_mount(serve: Serve) -> None:
    client = await serve(base_url=BASE)
    for _ in range(2):  # made, then as it was sent before
        below = await client.get(f"{MOUNT}/articles/tail-latency/")
        taken_off = await client.get("/articles/tail-latency/")
        assert (below.status, taken_off.status) == (200, 200)
        assert await below.read() == await taken_off.read()
        assert "Content-Security-Policy" in below.headers


@pytest.mark.parametrize(
    ("path", "location"),
    [
        (MOUNT, f"{MOUNT}/"),
        (f"{MOUNT}?q=x", f"{MOUNT}/?q=x"),
        (f"{MOUNT}/old/outbox/", f"{MOUNT}/articles/transactional-outbox/"),
        ("/old/outbox/", f"{MOUNT}/articles/transactional-outbox/"),
        (f"{MOUNT}/tags", f"{MOUNT}/tags/"),
        (f"{MOUNT}//Tags/index.html?q=x", f"{MOUNT}/tags/?q=x"),
        (f"{MOUNT.upper()}/TAGS/", f"{MOUNT}/tags/"),
        (f"{MOUNT.upper()}/", f"{MOUNT}/"),
    ],
)
async def test_redirects_lead_below_the_mount(serve: Serve, path: str, location: str) -> None:
    client = await serve(base_url=BASE)
    response = await client.get(path, allow_redirects=False)
    assert (response.status, response.headers[hdrs.LOCATION]) == (301, location)


@pytest.mark.parametrize("spelling", ["/caf%c3%a9", "/CAF%C3%89", "/cafe%CC%81"])
async def test_a_mount_in_letters_of_any_language_may_be_spelt_another_way(serve: Serve, spelling: str) -> None:
    client = await serve(base_url="https://example.org/café")
    response = await client.get(URL(f"{spelling}/tags/", encoded=True), allow_redirects=False)
    assert (response.status, response.headers[hdrs.LOCATION]) == (301, "/caf%C3%A9/tags/")


async def test_canonical_address_and_error_pages_lie_below_the_mount(serve: Serve) -> None:
    client = await serve(base_url=BASE)
    page = await (await client.get(f"{MOUNT}/tags/")).text()
    assert f'<link rel="canonical" href="{BASE}/tags/">' in page
    missing = await client.get(f"{MOUNT}/nowhere/")
    assert missing.status == 404
    assert set(addresses("/blog/nowhere/", "text/html", await missing.text())) == {
        one for one in addresses("/blog/nowhere/", "text/html", await missing.text()) if one.startswith(f"{MOUNT}/")
    }
    assert "Disallow: /blog/api/\n" in await (await client.get("/robots.txt")).text()


async def test_results_lead_below_the_mount_on_pages_and_in_json(serve: Serve, search: FakeSearch) -> None:
    title = (("Tail latency", False),)
    hit = Hit("tail-latency", "/articles/tail-latency/", title, "A summary.", "2026-03-01", (), None, 1, 1.0)
    search.results = lambda _request: answer(SearchResults(SearchQuery("tail"), 1, 0.1, "g1", (hit,)))
    client = await serve(base_url=BASE, search_url=search.url)
    found = orjson.loads(await (await client.get(f"{MOUNT}/api/search?q=tail")).read())
    assert found["hits"][0]["url"] == f"{MOUNT}/articles/tail-latency/"
    for path in (f"{MOUNT}/?q=tail", f"{MOUNT}/api/results?q=tail"):
        page = await (await client.get(path)).text()
        assert f'href="{MOUNT}/articles/tail-latency/' in page
        assert all(one.startswith(f"{MOUNT}/") for one in addresses(path, "text/html", page))


NGINX = """
pid {place}/pid; error_log {place}/error.log; daemon off; worker_processes 1;
events {{}}
http {{
    access_log off; client_body_temp_path {place}/b; proxy_temp_path {place}/p;
    fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    server {{ listen 127.0.0.1:{port}; location /blog/ {{ proxy_pass http://{site}{slash}; }} }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    {handle} /blog/* {{
        reverse_proxy {site}
    }}
}}
"""


def proxy(name: str, place: Path, site: str, port: int, *, strips: bool) -> list[str]:
    """The command of a proxy on ``port`` that passes ``/blog/`` on to ``site``, with that path or without it."""
    path = shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin")
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    place.mkdir()
    config = place / "config"
    if name == "nginx":
        config.write_text(NGINX.format(place=place, port=port, site=site, slash="/" if strips else ""))
        return [path, "-e", str(place / "error.log"), "-c", str(config)]
    config.write_text(CADDY.format(port=port, site=site, handle="handle_path" if strips else "handle"))
    return [path, "run", "--adapter", "caddyfile", "--config", str(config)]


@pytest.mark.parametrize("strips", [True, False], ids=["strips", "passes-on"])
@pytest.mark.parametrize("name", ["nginx", "caddy"])
@pytest.mark.parametrize("is_repeating", [True], indirect=True)
async def test_site_works_behind_a_proxy(
    serve: Serve, tmp_path: Path, unused_tcp_port_factory: Callable[[], int], name: str, strips: bool
) -> None:
    client, port = await serve(base_url=BASE), unused_tcp_port_factory()
    place = tmp_path / "proxy"
    command = await asyncio.to_thread(proxy, name, place, f"127.0.0.1:{client.port}", port, strips=strips)
    home = {"HOME": str(place), "XDG_DATA_HOME": str(place), "XDG_CONFIG_HOME": str(place)}
    process = await asyncio.create_subprocess_exec(*command, env=home, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            while not await answers(session):
                await asyncio.sleep(0.1)
            seen = await crawl(session)
            async with session.get("/blog/old/outbox/", allow_redirects=False) as moved:
                await moved.read()
    finally:
        process.terminate()
        await process.wait()
    assert f"{MOUNT}/articles/transactional-outbox/" in seen
    assert moved.headers[hdrs.LOCATION] == f"{MOUNT}/articles/transactional-outbox/"


async def answers(session: aiohttp.ClientSession) -> bool:
    """Whether the proxy listens already."""
    try:
        async with session.get(f"{MOUNT}/") as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def test_operators_pages_stay_where_a_proxy_keeps_them(serve: Serve) -> None:
    client = await serve(base_url=BASE)
    assert (await client.get(f"{MOUNT}/metrics")).status == 404
    assert (await client.get("/metrics")).status == 200
