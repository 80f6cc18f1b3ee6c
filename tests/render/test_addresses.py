"""Addresses over HTTP: what moved, what is not there, and what bad requests get."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.check.links import check_links
from services.render import handlers
from services.render.app import add_routes, create_app
from services.render.errors import GENERIC_PAGES, present, translate
from services.render.handlers import PUBLISHER, TEMPLATES
from services.render.pages.templates import load_pages
from services.render.sending.admission import ADMISSION, Admission
from services.render.site.site import build_site
from shared.content.library import build_library
from shared.content.slug import is_own_path
from shared.web.problem import problem_middleware
from shared.web.request_id import request_id_middleware
from shared.web.settings import Settings
from tests.content.articles import article
from tests.render.conftest import Serve, fetch
from tests.render.sites import BASE_URL, OUTBOX, SITE_TOML, make_scope, many_sources

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


async def test_moved_pages_are_found(serve: Serve) -> None:
    client = await serve()
    for path, location in MOVED:
        response = await fetch(client, path)
        assert (path, response.status) == (path, 301 if location else 404)
        assert response.headers.get("Location") == location


REDIRECTS = f"""{SITE_TOML}
[redirects]
"/index.xml" = "/feed.xml"
"/feed" = "/feed.xml"
"/categories/Kafka Streams/" = "/tags/c++/"
"/categories/*" = "/tags/*"
"/start/" = "/begin/#top"
"/begin" = "/old/outbox"
"/part" = "/about/?from=part#who"
"/lab/" = "https://lab.example.org/a?b=1"
"/about/" = "/archive/"
"/me/" = "/about#who"
"""
REDIRECTED = [
    ("/index.xml", "/feed.xml"),
    ("/Index.XML?a=1", "/feed.xml?a=1"),
    ("/feed", "/feed.xml"),
    ("/feed/", "/feed.xml"),
    ("/categories/kafka%20streams", "/tags/c++/"),
    ("/Categories/C%2B%2B", "/tags/c%2B%2B/"),
    ("/categories/c++/feed.xml", "/tags/c%2B%2B/feed.xml"),
    ("/start", "/articles/transactional-outbox/#top"),
    ("/part/?a=1", "/about/?from=part#who"),
    ("/lab?a=1", "https://lab.example.org/a?b=1"),
    ("/about/", None),
    ("/me/", "/about/#who"),
    ("/articles", "/archive/"),
    ("/articles/?a=1", "/archive/?a=1"),
]


@pytest.mark.parametrize("mount", ["", "/blog"])
async def test_old_paths_of_the_site_redirect(serve: Serve, content: Path, mount: str) -> None:
    text = REDIRECTS.replace(BASE_URL, BASE_URL + mount)
    await asyncio.to_thread((content / "site.toml").write_text, text, encoding="utf-8")
    client = await serve()
    for path, location in REDIRECTED:
        response = await fetch(client, f"{mount}{path}")
        assert (path, response.status) == (path, 301 if location else 200)
        below = f"{mount}{location}" if location and location.startswith("/") else location
        assert response.headers.get("Location") == below


async def test_old_paths_whose_spellings_lead_in_a_circle_are_not_there(serve: Serve, content: Path) -> None:
    rows = '"/Old/" = "/next"\n"/Next/" = "/old"\n"/b/index.html" = "/B/"\n'
    await asyncio.to_thread((content / "site.toml").write_text, f'title = "T"\n[redirects]\n{rows}', encoding="utf-8")
    client = await serve()
    for path in ("/Old/", "/next", "/old", "/B/", "/b/index.html"):
        assert (path, (await fetch(client, path)).status) == (path, 404)


NOTHING_THERE = [
    "/nothing/",
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


async def test_live_reload_is_not_routed_unless_it_is_on(serve: Serve) -> None:
    assert (await fetch(await serve(), "/_live")).status == 404


async def test_a_fault_is_a_500_with_the_request_named_and_no_detail(serve: Serve) -> None:
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
    markdown = await (await fetch(client, "/articles/transactional-outbox.md")).text()
    assert OUTBOX[:20] not in markdown
    for path in ("/articles/transactional-outbox/index.md", "/content/articles/transactional-outbox.md", "/site.toml"):
        response = await fetch(client, path)
        assert response.status == 404
        assert OUTBOX[:20] not in await response.text()


def test_routes_can_be_added_only_once_each() -> None:
    app = web.Application()
    add_routes(app, is_live=True)
    paths = [resource.canonical for resource in app.router.resources()]
    assert len(paths) == len(set(paths))


def test_no_alias_takes_an_address_of_the_site_itself() -> None:
    """Nobody would ever be redirected from it, so it is an error of the article."""
    scope = make_scope()
    empty = replace(scope, view=replace(scope.view, articles=(), pages=()))
    routes = create_app(Settings(live_reload=True)).router.routes()
    taken = {
        "/" + str(one.get_info().get("path") or one.get_info()["formatter"]).strip("/")
        for route in routes
        if (one := route.resource) is not None and route.handler is not handlers.page
    }
    taken |= {path.rstrip("/") for path in build_site(empty, load_pages()).recipes}
    assert len(taken) > 25
    assert {path for path in taken if not is_own_path(path)} == {"", "/"}


def test_check_knows_each_address_that_a_link_may_name() -> None:
    """All but further pages of the listing, which move, and other forms of pages: Markdown, cards and sizes."""
    scope = make_scope()
    paths = {path for path in build_site(scope, load_pages()).recipes if not re.search(r"\.md$|/page/|\.png$", path)}
    assert len(paths) > 20
    links = "\n\n".join(f"[one](<{path}>)" for path in sorted(paths))
    everything = (*scope.view.articles, *scope.view.pages, article("links", links))
    assert [str(one) for one in check_links(build_library(scope.view.site, everything))] == []
