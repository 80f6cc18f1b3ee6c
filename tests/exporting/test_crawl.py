"""A crawl of the export finds what a crawl of the running site finds: the same addresses, the same bodies.

The exceptions are named in ``without_exceptions``; docs/exporting.md names them too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import pytest
from aiohttp import hdrs
from aiohttp.test_utils import TestServer
from yarl import URL

from services.exporting.static import StaticExport, export_site
from services.exporting.static.names import file_name
from services.render.app import create_app
from shared.search.contract import RelatedArticle
from shared.web.settings import Settings
from tests.render.addresses import addresses
from tests.render.conftest import Clock, FakeSearch, OwnServer
from tests.render.sites import BASE_URL, NOW


@pytest.fixture(autouse=True)
def related(monkeypatch: pytest.MonkeyPatch) -> None:
    """The related articles that search names, to the running site and to the export."""
    named = {"zero-trust": ("moved",)}
    monkeypatch.setattr("services.exporting.static.job.related_articles", lambda *_: named)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered."""

    content_type: str
    body: bytes


Get = Callable[[str], Awaitable[Answer | None]]


def without_exceptions(body: bytes) -> bytes:
    """``body`` without what an export has that the running site has not, and the other way round."""
    text = body.decode("utf-8", "surrogateescape")
    text = text.replace('" data-static>', '">')
    text = re.sub(r"<noscript><p class=\"notice\">Search on this copy.*?</noscript>\n", "", text)
    text = re.sub(r'  <Url type="application/x-suggestions\+json".*?/>\n', "", text)
    return text.encode("utf-8", "surrogateescape")


async def crawl(get: Get, mount: str) -> dict[str, Answer]:
    """Every answer that the front page and the files for programs lead to, by its address."""
    starts = ("/", "/sitemap.xml", "/opensearch.xml", "/robots.txt", "/llms.txt", "/favicon.ico")
    waiting = [mount + path for path in starts]
    found: dict[str, Answer] = {}
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        answer = await get(path)
        assert answer is not None, path
        found[path] = answer
        is_text = answer.content_type.startswith("text/") or answer.content_type.endswith(("xml", "json", "javascript"))
        text = without_exceptions(answer.body).decode() if is_text else ""
        named = list(addresses(path, answer.content_type, text))
        named += [URL(one).raw_path for one in re.findall(rf"{BASE_URL}[^\s)\"'<>&{{}}\\]*", text)]
        waiting += [one for one in named if "?" not in one]
    return found


@contextlib.asynccontextmanager
async def running_site(content: Path, base_url: str) -> AsyncIterator[Get]:
    """The running site, whose search names the same related articles."""
    fake = FakeSearch()
    article = RelatedArticle("moved", "/articles/moved/", "A moved article & more", 1.0)
    fake.related = {"zero-trust": (article,)}
    async with contextlib.AsyncExitStack() as stack:
        search = await stack.enter_async_context(TestServer(fake.application()))
        settings = {
            "content_dir": content,
            "watch": "off",
            "base_url": base_url,
            "search_url": str(search.make_url("/")),
        }
        server = await stack.enter_async_context(
            OwnServer(create_app(Settings.model_validate(settings), clock=Clock()))
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def get(path: str) -> Answer | None:
            url = URL(f"http://{server.host}:{server.port}{path}", encoded=True)
            async with session.get(url, allow_redirects=False) as response:
                return Answer(response.content_type, await response.read()) if response.status == 200 else None

        yield get


def files_of(target: Path, mount: str) -> Get:
    """The files as a server sends them that knows nothing of this site."""
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".xml": "application/xml"}

    async def get(path: str) -> Answer | None:
        assert path.startswith(f"{mount}/"), path
        name = file_name(unquote(path.removeprefix(mount)))
        file = target / name
        if not await asyncio.to_thread(file.is_file):
            return None
        types.update({".json": "application/json", ".md": "text/markdown", ".txt": "text/plain"})
        return Answer(types.get(file.suffix, "application/octet-stream"), await asyncio.to_thread(file.read_bytes))

    return get


async def exported(content: Path, target: Path, base_url: str) -> Path:
    """The folder of an export."""
    settings = Settings.model_validate({"content_dir": content, "base_url": base_url})
    await asyncio.to_thread(export_site, StaticExport(target, settings, now=NOW))
    return target


@pytest.mark.parametrize("mount", ["", "/blog"], ids=["root", "sub-path"])
async def test_crawl_of_the_files_equals_a_crawl_of_the_running_site(content: Path, tmp_path: Path, mount: str) -> None:
    base_url = BASE_URL + mount
    target = await exported(content, tmp_path / "out", base_url)
    async with running_site(content, base_url) as get:
        live = await crawl(get, mount)
    static = await crawl(files_of(target, mount), mount)
    assert live.keys() == static.keys()
    for path, answer in live.items():
        assert without_exceptions(static[path].body) == without_exceptions(answer.body), path
    pages = ("/page/2/", "/tags/c++/", "/series/reliability/", "/archive/", "/articles/moved/", "/articles/moved.md")
    files = ("/feed.xml", "/tags/messaging/feed.xml", "/articles/tail-latency/dot.png", "/articles/moved/social.png")
    assert {mount + one.replace("+", "%2B") for one in (*pages, *files)} <= static.keys()
    assert b"/articles/moved/" in static[f"{mount}/articles/zero-trust/"].body


NGINX = """
pid {place}/pid; error_log {place}/error.log; daemon off; worker_processes 1;
events {{}}
http {{
    include {types}; default_type application/octet-stream;
    access_log off; client_body_temp_path {place}/b; proxy_temp_path {place}/p;
    fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    server {{ listen 127.0.0.1:{port}; root {root}; include {export}/.hosting/nginx.conf; }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    root * {root}
    import {export}/.hosting/Caddyfile
}}
"""


def host(name: str, place: Path, export: Path, root: Path, port: int) -> list[str]:
    """The command of a web server that serves ``root`` on ``port`` by the rules that the export has for it."""
    path = shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin")
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    place.mkdir()
    config = place / "config"
    values = {"place": place, "port": port, "root": root, "export": export, "types": "/etc/nginx/mime.types"}
    if name == "nginx":
        # Started by root, its worker could not read a folder of root's own.
        config.write_text(("" if os.getuid() else "user root;") + NGINX.format(**values))
        return [path, "-e", str(place / "error.log"), "-c", str(config)]
    config.write_text(CADDY.format(**values))
    return [path, "run", "--adapter", "caddyfile", "--config", str(config)]


#: Old addresses and where the running site leads from them; each must be a rule of every host.
MOVED = {
    "/old/outbox/": "/articles/transactional-outbox/",
    "/old/outbox": "/articles/transactional-outbox/",
    "/Old/Path.html": "/articles/moved/",
    "/2019/old%20name/": "/articles/moved/",
    "/feed.rss": "/articles/moved/",
    "/v1.2": "/articles/moved/",
}


@pytest.mark.parametrize("name", ["nginx", "caddy"])
async def test_hosts_serve_the_export_as_the_service_serves_the_site(
    content: Path, tmp_path: Path, unused_tcp_port: int, name: str
) -> None:
    mount = "/blog"
    root = tmp_path / "root"
    export = await exported(content, root / "blog", f"https://blog.example.org{mount}")
    command = await asyncio.to_thread(host, name, tmp_path / "host", export, root, unused_tcp_port)
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(*command, env=home, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as session:
            while not await answers(session, f"{mount}/"):
                assert process.returncode is None, (await process.communicate())[1].decode()[-2000:]
                await asyncio.sleep(0.1)

            async def get(path: str) -> Answer | None:
                async with session.get(URL(path, encoded=True), allow_redirects=False) as response:
                    return Answer(response.content_type, await response.read()) if response.status == 200 else None

            found = await crawl(get, mount)
            page = await fetch(session, f"{mount}/tags/")
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self'" in policy
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            for path in found:
                if "/static/" in path:
                    hashed = await fetch(session, path)
                    assert "immutable" in hashed.headers[hdrs.CACHE_CONTROL], path
            markdown = await fetch(session, f"{mount}/articles/moved.md")
            assert markdown.headers[hdrs.CONTENT_TYPE] == "text/markdown; charset=utf-8"
            for old, new in MOVED.items():
                moved = await fetch(session, mount + old)
                assert moved.status == 301, old
                assert URL(moved.headers[hdrs.LOCATION]).path == mount + new, old
            missing = await fetch(session, f"{mount}/nowhere/at/all/")
            assert missing.status == 404
            assert "Page not found" in await missing.text()
            assert missing.headers["Content-Security-Policy"] == policy
            for hidden in ("/_headers", "/.perspective-export.json", "/.hosting/Caddyfile"):
                assert (await fetch(session, mount + hidden)).status == 404, hidden
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def fetch(session: aiohttp.ClientSession, path: str) -> aiohttp.ClientResponse:
    """The answer to exactly ``path``, read: a response that is not read keeps its connection."""
    response = await session.get(URL(path, encoded=True), allow_redirects=False)
    await response.read()
    return response


async def answers(session: aiohttp.ClientSession, path: str) -> bool:
    """Whether the server listens already."""
    try:
        async with session.get(path) as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False
