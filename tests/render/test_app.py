"""The site over HTTP: every page and file, and the headers that each is sent with."""

from __future__ import annotations

import asyncio
import gc
import itertools
import re
from xml.etree import ElementTree as ET

from shared.search.contract import Hit, SearchQuery, SearchResults
from tests.render.conftest import FakeSearch, Serve, answer, fetch

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


async def test_a_collection_walks_through_no_article_once_the_site_is_loaded(serve: Serve) -> None:
    """A full collection holds up every request, for longer the more articles there are."""
    gc.collect()
    assert not gc.get_freeze_count()
    await serve()
    async with asyncio.timeout(10):
        while not gc.get_freeze_count():
            await asyncio.sleep(0.01)


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
                if encoding == "br":  # compressed once more in the background: fewer bytes, the same text
                    assert int(head.pop("content-length")) > 0
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
    for path, encoding in itertools.product((*PAGES, *DATA), ("identity", "gzip", "br")):
        headers = {"Accept-Encoding": encoding}
        get, head = [await fetch(client, path, method=method, headers=headers) for method in ("GET", "HEAD")]
        assert (head.status, await head.read()) == (200, b""), path
        if path not in {"/metrics", "/readyz"}:  # these differ from one moment to the next
            for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"):
                if (encoding, name) != ("br", "Content-Length"):  # a page may be compressed once more between the two
                    assert head.headers.get(name) == get.headers.get(name), (path, name)


async def test_links_of_the_pages_lead_somewhere(serve: Serve) -> None:
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
