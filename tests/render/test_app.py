"""The site over HTTP: every address, what it is sent as, and what bad requests get."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import brotli
import orjson
from aiohttp import ClientResponse
from yarl import URL

from services.render.app import add_routes
from shared.search.contract import Hit, SearchQuery, SearchResults
from tests.render.conftest import Client, FakeSearch, Serve, answer
from tests.render.sites import OUTBOX, many_sources

PAGES = (
    "/",
    "/?page=1",
    "/?utm_source=mail",
    "/articles/transactional-outbox/",
    "/tags/",
    "/tags/messaging/",
    "/tags/c%2B%2B/",
    "/tags/c++/",
    "/series/",
    "/series/reliability/",
    "/archive/",
    "/about/",
    "/?q=outbox",
    "/?tag=messaging",
)
DATA = {
    "/feed.xml": "application/atom+xml",
    "/rss.xml": "application/rss+xml",
    "/feed.json": "application/feed+json",
    "/tags/messaging/feed.xml": "application/atom+xml",
    "/tags/c%2B%2B/feed.xml": "application/atom+xml",
    "/sitemap.xml": "application/xml",
    "/robots.txt": "text/plain",
    "/llms.txt": "text/plain",
    "/articles/transactional-outbox.md": "text/markdown",
    "/about.md": "text/markdown",
    "/opensearch.xml": "application/opensearchdescription+xml",
    "/articles/transactional-outbox/social.png": "image/png",
    "/favicon.ico": "image/vnd.microsoft.icon",
    "/healthz": "application/json",
    "/readyz": "application/json",
    "/metrics": "text/plain",
}


async def fetch(client: Client, path: str, **options: object) -> ClientResponse:
    """Ask for exactly ``path``, quoting and all, and follow nothing."""
    method = str(options.pop("method", "GET"))
    url = URL(str(client.make_url("/")).rstrip("/") + path, encoded=True)
    return await client.session.request(method, url, allow_redirects=False, **options)  # type: ignore[arg-type]


async def test_an_answer_is_the_same_the_second_and_third_time(serve: Serve) -> None:
    """The first is put together by aiohttp and every part of the application, the next ones are prepared."""
    client = await serve()
    measured = {"/metrics", "/readyz", "/healthz"}
    paths = [path for path in (*PAGES, *DATA) if path not in measured]
    paths += re.findall(r'"(/static/[^"]+)"', await (await client.get("/")).text())
    for path in [*paths, "/articles/transactional%2Doutbox/", "/articles/transactional-outbox/?x=1"]:
        for encoding in ("br", "identity"):
            seen = []
            for _ in range(3):
                response = await fetch(client, path, headers={"Accept-Encoding": encoding})
                head = {name.lower(): value for name, value in response.headers.items()}
                assert head.pop("date")
                assert head.pop("x-request-id")
                seen.append((response.status, head, await response.read()))
            assert seen[1:] == seen[:2], path
            assert seen[0][0] == 200


async def test_every_page_answers_with_html_and_its_headers(serve: Serve) -> None:
    client = await serve()
    for path in PAGES:
        response = await fetch(client, path)
        assert response.status == 200, path
        assert response.headers["Content-Type"] == "text/html; charset=utf-8", path
        assert response.headers["Cache-Control"] == "no-cache", path
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'"), path
        assert response.headers["X-Content-Type-Options"] == "nosniff", path
        assert response.headers["X-Request-Id"], path
        assert "<h1" in await response.text(), path


async def test_data_is_sent_with_the_headers_that_hold_for_data(serve: Serve) -> None:
    client = await serve()
    page = await fetch(client, "/")
    style = re.search(r'href="(/static/site\.[^"]+)"', await page.text())
    assert style
    data = await fetch(client, style[1])

    assert {"Permissions-Policy", "Cross-Origin-Opener-Policy"} <= page.headers.keys()
    assert not {"Permissions-Policy", "Cross-Origin-Opener-Policy"} & data.headers.keys()
    assert data.headers["X-Content-Type-Options"] == "nosniff"
    assert data.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_every_file_for_programs_answers_with_its_type(serve: Serve) -> None:
    client = await serve()
    for path, content_type in DATA.items():
        response = await fetch(client, path)
        assert (response.status, response.content_type) == (200, content_type), path
        body = await response.read()
        if content_type.endswith("xml"):
            ET.fromstring(body)  # noqa: S314 - our own bytes


async def test_head_answers_what_get_does_without_a_body(serve: Serve) -> None:
    client = await serve()
    for path in (*PAGES, *DATA):
        get, head = await fetch(client, path), await fetch(client, path, method="HEAD")
        assert (head.status, await head.read()) == (200, b""), path
        if path not in {"/metrics", "/readyz"}:  # these differ from one moment to the next
            for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
                assert head.headers.get(name) == get.headers.get(name), (path, name)


async def test_links_of_the_pages_lead_somewhere(serve: Serve) -> None:
    import re  # noqa: PLC0415 - only here

    client = await serve()
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        response = await fetch(client, path)
        assert response.status == 200, path
        if response.content_type == "text/html":
            found = re.findall(r'(?:href|src)="(/[^"#]*)', await response.text())
            waiting += {link.replace("&amp;", "&") for link in found} - seen - set(waiting)
    assert len(seen) > 20


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
    import asyncio  # noqa: PLC0415 - only here

    reader, writer = await asyncio.open_connection(client.host, client.port)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: {accepted}\r\n\r\n"
    writer.write(request.encode())
    raw = await reader.read()
    writer.close()
    return raw.partition(b"\r\n\r\n")[2]


CACHED = ["/", "/articles/transactional-outbox/", "/feed.xml", "/?q=outbox"]


async def test_what_the_client_has_is_not_sent_again(serve: Serve) -> None:
    client = await serve()
    for path in CACHED:
        headers = {"Accept-Encoding": "br"}
        first = await fetch(client, path, headers=headers)
        etag = first.headers["ETag"]
        for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
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


MOVED = [
    ("/articles/transactional-outbox", "/articles/transactional-outbox/"),
    ("/articles/transactional-outbox?utm=1", "/articles/transactional-outbox/?utm=1"),
    ("/old/outbox/", "/articles/transactional-outbox/"),
    ("/old/outbox", "/articles/transactional-outbox/"),
    ("/tags", "/tags/"),
    ("/tags/c%2B%2B", "/tags/c%2B%2B/"),
    ("/about", "/about/"),
    ("/About/", "/about/"),
    ("/about/index.html", "/about/"),
    ("/index.html", "/"),
    ("/INDEX.HTM", "/"),
    ("/articles//transactional-outbox", "/articles/transactional-outbox/"),
    ("//articles/Transactional-Outbox/Index.html", "/articles/transactional-outbox/"),
    ("///evil.example//", None),
    ("//evil.example/about/", None),
    ("/Old//Outbox/", "/articles/transactional-outbox/"),
    ("/tags/C++/", "/tags/c%2B%2B/"),
    ("/Feed.xml", "/feed.xml"),
    ("/feed.xml/", None),
    ("/ARTICLES/tail-latency.md", "/articles/tail-latency.md"),
]


async def test_what_moved_is_found(serve: Serve) -> None:
    client = await serve()
    for path, location in MOVED:
        response = await fetch(client, path)
        assert (path, response.status) == (path, 301 if location else 404)
        assert response.headers.get("Location") == location


NOTHING_THERE = [
    "/nothing/",
    "/articles/",
    "/articles/idea/",
    "/articles/future/",
    "/articles/transactional-outbox/nothing.png",
    "/articles/../../etc/passwd",
    "/articles/%2e%2e/%2e%2e/etc/passwd",
    "/articles/..%2f..%2fetc/passwd",
    "/articles/transactional-outbox/..%2f..%2fsite.toml",
    "/articles/transactional-outbox/%2e%2e/transactional-outbox.md",
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static//etc/passwd",
    "/static/site.css",
    "//evil.example/",
    "/%2f%2fevil.example",
    "/%00",
    "/articles/%00/",
    "/articles/%ff%fe/",
    "/%",
    "/%zz",
    "/" + "a" * 8_000,
    "/articles/" + "%2e%2e/" * 500,
    "/tags/%F0%9F%90%98/",
    "/?page=99",
]


async def test_a_hostile_or_unknown_path_is_a_404_with_the_sites_own_page(serve: Serve) -> None:
    client = await serve()
    for path in NOTHING_THERE:
        response = await fetch(client, path)
        assert response.status == 404
        assert response.headers["Cache-Control"] == "no-store"
        text = await response.text()
        assert 'role="search"' in text or "<search" in text
        assert "root:" not in text


def add_notes(content: Path) -> None:
    """Add articles, so that the listing has a second page."""
    for name, text in many_sources(4).items():
        (content / name).write_text(text, encoding="utf-8")


async def test_former_address_of_a_page_of_the_listing_leads_to_its_address(serve: Serve, content: Path) -> None:
    await asyncio.to_thread(add_notes, content)
    client = await serve()
    for old, new in (("/?page=2", "/page/2/"), ("/?page=2&utm_source=x", "/page/2/?utm_source=x")):
        response = await fetch(client, old)
        assert (response.status, response.headers["Location"]) == (301, new)
    assert (await fetch(client, "/page/2/")).status == 200


async def test_an_unknown_path_offers_near_titles(serve: Serve) -> None:
    text = await (await fetch(await serve(), "/articles/transactional-outbx/")).text()
    assert 'href="/articles/transactional-outbox/"' in text


async def test_an_unknown_path_is_a_problem_to_programs(serve: Serve) -> None:
    response = await fetch(await serve(), "/nothing/", headers={"Accept": "application/json"})
    assert response.status == 404
    assert response.content_type == "application/problem+json"


WRONG = [
    ("/?page=0", "page"),
    ("/?page=abc", "page"),
    ("/?q=x&page=0", "page"),
    ("/?q=x&size=10000", "size"),
    ("/?year=x", "year"),
    ("/?q=x&sort=best", "sort"),
]


async def test_a_wrong_parameter_is_a_400_that_names_it(serve: Serve) -> None:
    client = await serve()
    for path, name in WRONG:
        page = await fetch(client, path)
        assert page.status == 400
        assert re.search(f"{name} (is|has) .*(it takes|at most) ", await page.text())
        problem = await fetch(client, path, headers={"Accept": "application/json"})
        assert problem.content_type == "application/problem+json"
        assert orjson.loads(await problem.read())["parameter"] == name


TYPED = [
    "",
    "%20",
    "((((",
    "%22unclosed",
    "tag:",
    "*",
    "a*",
    "%F0%9F%90%98",
    "%D7%A9%D7%9C%D7%95%D7%9D",
    "%00%01",
    "%ff",
    "<script>",
    "'\"><img",
    "x" * 200,
    "a+" * 100,
    "-",
    "OR",
    "{{7*7}}",
]


async def test_whatever_is_typed_gets_a_page(serve: Serve) -> None:
    client = await serve()
    for typed in TYPED:
        response = await fetch(client, f"/?q={typed}")
        assert response.status == 200
        text = await response.text()
        assert "<script>" not in text
        assert "<img" not in text.partition("<main")[2]
        assert "49" not in text.partition("<h1")[2].partition("</h1>")[0]


METHODS = ["POST", "PUT", "DELETE", "PATCH"]


async def test_other_methods_are_not_allowed(serve: Serve) -> None:
    client = await serve()
    for method in METHODS:
        response = await fetch(client, "/", method=method)
        assert response.status == 405
        assert "GET" in response.headers["Allow"]


async def test_results_are_rendered_by_the_server(serve: Serve, search: FakeSearch) -> None:
    hit = Hit(
        "transactional-outbox",
        "/articles/transactional-outbox/",
        (("The ", False), ("<Outbox>", True)),
        "A summary.",
        "2026-01-12",
        ("messaging",),
        None,
        9,
        1.0,
    )
    search.results = lambda _request: answer(SearchResults(SearchQuery("outbox"), 1, 0.1, "g1", (hit,)))
    text = await (await fetch(await serve(search_url=search.url), "/?q=outbox")).text()
    assert "The <mark>&lt;Outbox&gt;</mark>" in text
    assert 'value="outbox"' in text
    assert "Full-text search is unavailable" not in text


async def test_a_text_over_the_limit_is_searched_as_far_as_it_fits_and_the_page_says_so(serve: Serve) -> None:
    client = await serve()
    text = await (await fetch(client, "/?q=outbox+" + "relay+" * 60)).text()
    assert f"Searched: <q>outbox {'relay ' * 32}</q>".replace(" </q>", "</q>") in text
    assert "Searched:" not in await (await fetch(client, "/?q=outbox")).text()


async def test_live_reload_is_not_routed_unless_it_is_on(serve: Serve) -> None:
    assert (await fetch(await serve(), "/_live")).status == 404


async def test_a_fault_is_a_500_with_the_request_named_and_no_detail(serve: Serve) -> None:
    from aiohttp import web  # noqa: PLC0415
    from aiohttp.test_utils import TestClient, TestServer  # noqa: PLC0415 - only here

    from services.render.errors import GENERIC_PAGES, present, translate  # noqa: PLC0415
    from services.render.handlers import PUBLISHER, TEMPLATES  # noqa: PLC0415
    from services.render.sending.admission import ADMISSION, Admission  # noqa: PLC0415
    from shared.web.problem import problem_middleware  # noqa: PLC0415
    from shared.web.request_id import request_id_middleware  # noqa: PLC0415

    whole = await serve()

    async def fail(_request: web.Request) -> web.Response:
        raise RuntimeError("secret detail")

    app = web.Application(middlewares=[request_id_middleware, problem_middleware(translate, present)])
    app[PUBLISHER], app[TEMPLATES] = whole.app[PUBLISHER], whole.app[TEMPLATES]
    app[ADMISSION], app[GENERIC_PAGES] = Admission(), {}
    app.router.add_get("/fail", fail)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/fail", headers={"X-Request-Id": "abc-123"})
        text = await response.text()
    assert response.status == 500
    assert "secret" not in text
    assert "abc-123" in text


async def test_the_articles_source_is_not_served(serve: Serve) -> None:
    client = await serve()
    twin = await (await fetch(client, "/articles/transactional-outbox.md")).text()
    assert OUTBOX[:20] not in twin
    for path in ("/articles/transactional-outbox/index.md", "/content/articles/transactional-outbox.md", "/site.toml"):
        response = await fetch(client, path)
        assert response.status == 404
        assert OUTBOX[:20] not in await response.text()


def test_routes_can_be_added_only_once_each() -> None:
    from aiohttp import web  # noqa: PLC0415

    app = web.Application()
    add_routes(app, is_live=True)
    paths = [resource.canonical for resource in app.router.resources()]
    assert len(paths) == len(set(paths))
