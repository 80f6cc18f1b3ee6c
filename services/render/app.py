"""The composition root of render: builds every part, opens resources in order, closes them in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web

from services.render import handlers, mcp_handlers, search_handlers
from services.render.errors import GENERIC_PAGES, present, translate
from services.render.handlers import LIBRARY, PUBLISHER, SEARCH, SETTINGS, STATIC, TEMPLATES
from services.render.insight.operators import PROBLEMS, TOKEN, opened, operators_routes
from services.render.insight.recording import RECORDER, make_recorder
from services.render.insight.token import read_token
from services.render.pages.machine_files import security_txt
from services.render.pages.templates import load_pages
from services.render.searching.breaker import CircuitBreaker
from services.render.searching.client import FAILURES_TO_OPEN, OPEN_S, SearchClient
from services.render.sending.admission import ADMISSION, RATE_LIMITER, Admission
from services.render.sending.requests import unmounting
from services.render.sending.respond import respond
from services.render.sending.static_files import load_static_files
from services.render.site.background import running
from services.render.site.live import LIVE, LiveReload
from services.render.site.page_store import PageStore
from services.render.site.publisher import Publisher
from services.render.site.recompression import Recompression
from services.render.site.refresh import Content
from services.render.site.related import RelatedArticles
from services.render.status import watch_admission, watch_breaker, watch_content, watch_publisher
from services.render.theming.cache import ThemeCache
from shared.content.folder.heads import HeadStore
from shared.content.folder.loader import LoadResult, Touched, load_library
from shared.content.folder.watch import directory_changes, watch_library
from shared.process.memory import freeze_memory
from shared.web.health import HEALTH, Health
from shared.web.metrics import METRICS, Metrics
from shared.web.prepared_first import FIND_PREPARED
from shared.web.protocol import MAKE_REQUEST
from shared.web.rate_limit import RateLimiter, parse_trusted_proxies
from shared.web.security import PAGE_POLICY, security_headers
from shared.web.service import OPERATORS, new_application
from shared.web.settings import Settings
from shared.web.tls import own_identity

STATIC_DIR = Path(__file__).parent / "pages" / "static"
#: Memory for cached answers: every page of a site of a thousand articles, the most requested of a larger one.
STORE_BYTES = 128 << 20
#: One thread renders while another draws a picture; more would only compete for the interpreter.
THREADS = 2
#: Connections to the search service, so that a burst of readers does not become a burst of sockets.
SEARCH_CONNECTIONS = 32
#: Seconds for which the address of search is cached: a container that is replaced gets another one.
SEARCH_ADDRESS_S = 2

#: Addresses of pages and files that a Site has (see ``build_site``); its pages of content have any address.
PAGES = (
    "/articles/{slug}/",
    "/articles/{slug}/{file:.+}",
    "/tags/",
    "/tags/{tag}/",
    "/tags/{tag}/feed.xml",
    "/authors/",
    "/authors/{author}/",
    "/authors/{author}/feed.xml",
    "/series/",
    "/series/{series}/",
    "/archive/",
    "/feed.xml",
    "/rss.xml",
    "/feed.json",
    "/sitemap.xml",
    "/robots.txt",
    "/llms.txt",
    "/opensearch.xml",
)

Clock = Callable[[], datetime]
CONTENT = web.AppKey("content", Content)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
THREAD_POOL = web.AppKey("thread_pool", ThreadPoolExecutor)
RELATED = web.AppKey("related", RelatedArticles)
RECOMPRESSION = web.AppKey("recompression", Recompression)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, *, clock: Clock = _utc_now) -> web.Application:
    """Build the application.

    Nothing is read before it starts. Starting raises InvalidContent with every problem of front matter.
    """
    app = new_application(
        health=Health(),
        metrics=Metrics(),
        headers=security_headers(policy=PAGE_POLICY, is_https=settings.is_https),
        translate=translate,
        present=present,
        is_managed_elsewhere=settings.render_management_port is not None,
    )
    app[SETTINGS] = settings
    app[CLOCK] = clock
    app[RECORDER] = make_recorder(settings, clock, time.monotonic)
    app[TOKEN], app[PROBLEMS] = None, tuple
    app.cleanup_ctx.extend([_insight, _threads, _own_files, _search, _publisher, _live, _content, _background])
    app[ADMISSION] = Admission()
    app[RATE_LIMITER] = RateLimiter(
        settings.searches_per_second, parse_trusted_proxies(settings.trusted_proxies), time.monotonic
    )
    app[GENERIC_PAGES] = {}
    watch_admission(app[METRICS], app[ADMISSION], app[RATE_LIMITER])
    app[OPERATORS] = operators_routes(app)
    if settings.render_management_port is None:
        app[OPERATORS](app)
    add_routes(app, is_live=settings.live_reload)
    return app


def add_routes(app: web.Application, *, is_live: bool) -> None:
    """Add all routes. HEAD works wherever GET does."""
    routes = [
        web.get("/", handlers.home),
        *(web.get(path, handlers.page) for path in PAGES),
        web.get("/.well-known/security.txt", _security_txt),
        web.get("/opensearch/suggestions", search_handlers.opensearch_suggestions),
        web.get("/api/results", handlers.typed_results),
        web.get("/api/search", search_handlers.search),
        web.get("/api/suggest", search_handlers.suggest),
        web.post("/api/opened", opened),
        web.post("/mcp", mcp_handlers.post),
        web.get("/mcp", mcp_handlers.get),
        web.get("/preview/{token}/", handlers.preview_page),
        web.get("/preview/{token}/{file:.+}", handlers.preview_page),
        web.get("/static/{file:.+}", handlers.static),
        web.get("/favicon.ico", handlers.static),
    ]
    if is_live:
        routes.append(web.get("/_live", _live_stream))
    # Last: pages of the content, old addresses, and 404.
    app.add_routes([*routes, web.get("/{path:.*}", handlers.page)])


async def _security_txt(request: web.Request) -> web.StreamResponse:
    """Made for each request, because it has an expiry date. Raises HTTPNotFound if the site names no contact."""
    body = security_txt(request.app[PUBLISHER].site.scope, request.app[CLOCK]())
    if body is None:
        raise web.HTTPNotFound
    return respond(request, handlers.for_one_reader(request, body, "text/plain; charset=utf-8"))


async def _live_stream(request: web.Request) -> web.StreamResponse:
    return await request.app[LIVE].stream(request)


async def _insight(app: web.Application) -> AsyncIterator[None]:
    """The operator's token, and the file of counts. Raises BadToken."""
    path, recorder = app[SETTINGS].insight_token_file, app[RECORDER]
    app[TOKEN] = await asyncio.to_thread(read_token, path) if path else None
    if recorder is None:
        yield
        return
    async with running("insight", recorder.persist):
        yield


async def _threads(app: web.Application) -> AsyncIterator[None]:
    app[THREAD_POOL] = pool = ThreadPoolExecutor(THREADS, thread_name_prefix="render")
    yield
    # Connections are closed by now, so no request waits for a page in the pool.
    pool.shutdown(wait=False, cancel_futures=True)


async def _own_files(app: web.Application) -> AsyncIterator[None]:
    loop, pool = asyncio.get_running_loop(), app[THREAD_POOL]
    app[STATIC] = await loop.run_in_executor(pool, load_static_files, STATIC_DIR, app[CLOCK]())
    app[TEMPLATES] = await loop.run_in_executor(pool, load_pages)
    yield


async def _publisher(app: web.Application) -> AsyncIterator[None]:
    app[RELATED] = related = RelatedArticles(app[SEARCH])
    store, pool = PageStore(STORE_BYTES), app[THREAD_POOL]
    app[RECOMPRESSION] = recompression = Recompression(store, pool)
    publisher = Publisher(app[TEMPLATES], store, pool, app[CLOCK], related.ask, recompression=recompression)
    app[PUBLISHER] = publisher
    watch_publisher(app[METRICS], publisher)
    app[FIND_PREPARED] = handlers.prepared_answers(app)
    app[MAKE_REQUEST] = unmounting(lambda: publisher.site.scope.mount)
    yield


async def _live(app: web.Application) -> AsyncIterator[None]:
    app[LIVE] = live = LiveReload()

    async def close(_app: web.Application) -> None:
        live.close()

    app.on_shutdown.append(close)
    yield


async def _content(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    themes = ThemeCache(settings.content_dir, app[STATIC], app[TEMPLATES], app[CLOCK])
    content = Content(settings, app[PUBLISHER], themes, app[LIVE])
    app[CONTENT] = content
    app[LIBRARY] = lambda: content.library
    app[PROBLEMS] = lambda: tuple(map(str, content.problems))
    watch_content(app[METRICS], app[HEALTH], content)
    heads = HeadStore(settings.cache_dir, settings.content_dir)
    first = await load_library(settings.content_dir, drafts=settings.drafts, heads=heads)
    await content.start(first)
    follow = partial(_follow, settings, content, app[CLOCK])
    follow_theme = content.follow_theme if settings.watch != "off" else _nothing
    async with (
        running("store of articles", partial(_finish_start, heads, first)),
        running("content", follow),
        running("verification", content.verification.run),
        running("theme", follow_theme),
    ):
        yield


async def _finish_start(heads: HeadStore, first: LoadResult) -> None:
    """Cache the articles for the next start, and freeze and release memory: the first page does not wait for this."""
    await asyncio.to_thread(heads.keep, first.snapshot)
    await asyncio.to_thread(freeze_memory)


async def _follow(settings: Settings, content: Content, clock: Clock) -> None:
    changes, last = _changes(settings), content.loaded
    await content.follow(watch_library(settings.content_dir, last, drafts=settings.drafts, changes=changes, now=clock))


def _changes(settings: Settings) -> AsyncIterator[Touched]:
    """Return the source of content changes for PERSPECTIVE_WATCH. With "off" only the clock changes the site."""
    if settings.watch == "off":
        return _never()
    return directory_changes(settings.content_dir, force_polling=settings.force_polling)


async def _nothing() -> None:
    """Do nothing."""


async def _never() -> AsyncIterator[Touched]:
    await asyncio.Event().wait()
    yield None


async def _search(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    breaker = CircuitBreaker(
        failures_to_open=FAILURES_TO_OPEN,
        open_s=OPEN_S,
        clock=asyncio.get_running_loop().time,
        on_change=watch_breaker(app[METRICS], app[HEALTH], lambda: breaker.reason),
    )
    connector = aiohttp.TCPConnector(limit=SEARCH_CONNECTIONS, ttl_dns_cache=SEARCH_ADDRESS_S)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, auto_decompress=False))
        identity = await stack.enter_async_context(own_identity(settings, "search"))
        app[SEARCH] = SearchClient(session, settings.search_origin, breaker, identity=identity)
        yield


async def _background(app: web.Application) -> AsyncIterator[None]:
    async with (
        running("related articles", partial(app[RELATED].follow, app[PUBLISHER].renew)),
        running("recompression", app[RECOMPRESSION].run),
    ):
        yield
