"""Request handlers: each parses, calls one function, and returns. They contain no page logic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from aiohttp import hdrs, web

from services.render.insight.recording import RECORDER
from services.render.pages.contexts import SearchPage
from services.render.pages.listings import listing_url
from services.render.pages.results import brief, search_page
from services.render.pages.templates import Pages
from services.render.previews import HEADERS, find_hidden, preview, read_secret, slug_of
from services.render.searching.client import SearchClient, SearchUnavailable
from services.render.searching.fallback import filter_articles
from services.render.searching.urls import Params, is_search, parse_page_search, parse_typed_search
from services.render.sending.admission import ADMISSION, RATE_LIMITER
from services.render.sending.negotiation import choose_encoding, prefers_markdown
from services.render.sending.prepared import ENCODINGS, PER_REQUEST, Prepared, prepare
from services.render.sending.respond import repeat, respond
from services.render.sending.static_files import StaticFiles
from services.render.site.publisher import Publisher
from services.render.site.site import HTML
from shared.content.library import Library
from shared.search.contract import SearchQuery
from shared.search.parameters import parse_page, searched_part
from shared.web.prepared_first import FindPrepared
from shared.web.security import DATA_POLICY
from shared.web.settings import Settings

PUBLISHER = web.AppKey("publisher", Publisher)
SEARCH = web.AppKey("search", SearchClient)
STATIC = web.AppKey("static", StaticFiles)
TEMPLATES = web.AppKey("templates", Pages)
SETTINGS = web.AppKey("settings", Settings)
#: Returns the whole site, hidden articles included; None before it is loaded.
LIBRARY: web.AppKey[Callable[[], Library | None]] = web.AppKey("library")


def prepared_answers(app: web.Application) -> FindPrepared:
    """The function that finds the cached answer to a request; None if there is none."""
    publisher, recorder = app[PUBLISHER], app[RECORDER]

    def find(request: web.BaseRequest) -> tuple[str, web.StreamResponse] | None:
        path = request.raw_path
        if prefers_markdown(request.headers.get(hdrs.ACCEPT, "")):
            return None
        # Paths are compared as they were sent: one with an escape in it must be decoded first.
        prepared = None if "%" in path else publisher.ready(path) or publisher.file(path)
        found = None if prepared is None else repeat(request, prepared)
        if found is not None and recorder is not None and hdrs.REFERER in request.headers:
            recorder.followed(request)
        return found

    return find


async def home(request: web.Request) -> web.StreamResponse:
    """``/``: the listing, or with search parameters the results."""
    if not request.rel_url.raw_query_string:
        return await _answer(request, "/")
    params = tuple(request.query.items())
    if is_search(params):
        return await results(request)
    page = parse_page(request.query)
    return await _answer(request, "/") if page == 1 else _moved_listing(request, page)


def _moved_listing(request: web.Request, page: int) -> web.StreamResponse:
    """Redirect ``/?page=N``, the former address of a page of the listing."""
    site, path = request.app[PUBLISHER].site, listing_url(page)
    if path not in site.recipes:
        raise web.HTTPNotFound
    rest = request.rel_url.without_query_params("page").raw_query_string
    raise web.HTTPMovedPermanently(f"{site.scope.mount}{path}" + (f"?{rest}" if rest else ""))


async def page(request: web.Request) -> web.StreamResponse:
    """Serve the page or file at this path."""
    return await _answer(request, request.path)


async def _answer(request: web.Request, path: str) -> web.StreamResponse:
    publisher, recorder = request.app[PUBLISHER], request.app[RECORDER]
    if recorder is not None and hdrs.REFERER in request.headers:
        recorder.followed(request)
    if prefers_markdown(request.headers.get(hdrs.ACCEPT, "")):
        path = publisher.site.markdown_path(path) or path
    prepared = await publisher.answer(path, request.headers.get(hdrs.ACCEPT_ENCODING, ""))
    if prepared is None:
        raise _moved_or_missing(publisher, request)
    return respond(request, prepared)


def _moved_or_missing(publisher: Publisher, request: web.Request) -> web.HTTPException:
    """Redirect (301) an old path or another spelling of an address; else 404."""
    site = publisher.site
    mount = site.scope.mount
    # The mount without its slash is the front page.
    path = "" if mount and request.raw_path.partition("?")[0] == mount else request.path
    location = site.moved(path, request.rel_url.raw_query_string)
    return web.HTTPNotFound() if location is None else web.HTTPMovedPermanently(location)


async def static(request: web.Request) -> web.StreamResponse:
    """One of the site's own files."""
    prepared = request.app[PUBLISHER].file(request.path)
    if prepared is None:
        raise web.HTTPNotFound
    return respond(request, prepared)


async def preview_page(request: web.Request) -> web.StreamResponse:
    """A draft, or a file beside it, for a reader whose link still opens it."""
    app, token = request.app, request.match_info["token"]
    scope, library, now = app[PUBLISHER].site.scope, app[LIBRARY](), datetime.now(UTC)
    secret = await asyncio.to_thread(read_secret, app[SETTINGS].cache_dir)
    slug = slug_of(secret, token, now) if secret else None
    article = find_hidden(library, slug, now) if slug and library else None
    if article is None or library is None:
        raise web.HTTPNotFound
    with app[ADMISSION].admitted():
        file = request.match_info.get("file", "")
        make = partial(preview, scope, library, article, token=token, file=file, pages=app[TEMPLATES])
        made = await asyncio.to_thread(make)
    if made is None:
        raise web.HTTPNotFound
    response = respond(request, for_one_reader(request, *made))
    response.headers.update(HEADERS)
    return response


async def results(request: web.Request) -> web.StreamResponse:
    """The results page: from the search service, or from titles, summaries and tags while that is unavailable.

    Raises RateLimited, or Busy when too many pages are being made already.
    """
    return await _found(request, parse_page_search, request.app[TEMPLATES].render)


async def typed_results(request: web.Request) -> web.StreamResponse:
    """``/api/results``: the results part of the page, for search as you type. Raises as ``results``.

    With ``brief=1``, for the dialog: without filters, orders and further pages.
    """
    render = request.app[TEMPLATES].render_results
    is_brief = request.query.get("brief") == "1"
    shown = (lambda page: render(brief(page))) if is_brief else render
    # A fragment of a page is data: a browser that opens it by itself needs only its text.
    return await _found(request, parse_typed_search, shown, DATA_POLICY)


async def _found(
    request: web.Request,
    parse: Callable[[Params, int], SearchQuery],
    render: Callable[[SearchPage], bytes],
    policy: str | None = None,
) -> web.StreamResponse:
    app, started = request.app, perf_counter()
    app[RATE_LIMITER].admit(request)
    max_chars = app[SETTINGS].max_query_chars
    asked = parse(tuple(request.query.items()), max_chars)
    searched = searched_part(request.query, asked, max_chars)
    admission = app[ADMISSION]
    with admission.admitted():
        scope = app[PUBLISHER].site.scope
        try:
            found, is_degraded = await app[SEARCH].search(asked), False
        except SearchUnavailable:
            found, is_degraded = None, True
        async with admission.turn():
            answer = filter_articles(scope.view, asked) if found is None else found
            # The links of a page lead to pages, so their words are complete.
            whole = replace(asked, text=asked.text.rstrip(), partial=False)
            page = search_page(scope, replace(answer, searched=searched), whole, is_degraded=is_degraded)
            body = render(page)
            if (recorder := app[RECORDER]) is not None:
                recorder.searched(request, asked, found, perf_counter() - started)
            return respond(request, for_one_reader(request, body, HTML, policy=policy))


def for_one_reader(
    request: web.Request, body: bytes, content_type: str, status: int = 200, policy: str | None = None
) -> Prepared:
    """An answer for this request alone: compressed lightly, and only in the encoding that this client accepts.

    ``policy`` is a Content-Security-Policy other than that of pages.
    """
    encoding = choose_encoding(request.headers.get("Accept-Encoding", ""), ENCODINGS)
    encodings = () if encoding == "identity" else (encoding,)
    effort = PER_REQUEST
    return prepare(body, content_type, made=None, status=status, effort=effort, encodings=encodings, policy=policy)
