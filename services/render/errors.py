"""Translate the errors of render into problem details for programs and pages for people.

Errors that reach it:

    BadParameter              a parameter has a wrong type or value (400)
    RateLimited               one client searches too often (429 with Retry-After)
    Busy                      too many pages are being made for single readers (503 with Retry-After)
    SearchClientError
        SearchUnavailable     503 with Retry-After for JSON; pages do without search
        QueryRefused          the problem that the search service answered (400 or 404)
    StaleBody                 the article's file has changed, and is not loaded yet (503)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType

from aiohttp import hdrs, web

from services.render.handlers import PUBLISHER, TEMPLATES, for_one_reader
from services.render.languages.interface import ENGLISH, Interface
from services.render.pages.listings import error_page
from services.render.pages.templates import Pages
from services.render.searching.client import QueryRefused, SearchUnavailable
from services.render.searching.fallback import near_titles
from services.render.sending.admission import ADMISSION, RETRY_S, Busy
from services.render.sending.prepared import PER_REQUEST, Prepared, prepare
from services.render.sending.respond import respond
from services.render.site.scope import Scope
from services.render.site.site import HTML, Site
from shared.content.problem import StaleBody
from shared.search.parameters import BadParameter
from shared.text.messages import message
from shared.web.problem import Problem, problem_response
from shared.web.rate_limit import RateLimited, retry_after
from shared.web.request_id import current_request_id

#: Paths that answer data; their errors are always problem details.
_DATA_PREFIXES = ("/api/", "/opensearch/")
_DATA_PATHS = frozenset({"/mcp"})
#: Paths that the search script requests: it shows a reader the detail of a problem.
_FOR_SCRIPTS = "/api/results"
#: Requests that are rejected to protect the service: no page is rendered for each of them.
_REFUSALS = frozenset({429, 503})
#: Browsers never keep an error.
_NO_STORE = "no-store"


@dataclass(frozen=True, slots=True)
class _Words:
    heading: str
    message: str


_WORDS: Mapping[int, _Words] = MappingProxyType(
    {
        400: _Words(message("Bad request"), message("Something in this address is malformed.")),
        404: _Words(message("Page not found"), message("It may have moved, or there may be a typo in the address.")),
        405: _Words(message("Method not allowed"), message("This address only serves a page.")),
        429: _Words(
            message("Too many searches"), message("Searches from your address exceed the limit. Try again in a moment.")
        ),
        500: _Words(
            message("Something went wrong"),
            message("That is our fault, and it has been logged. Trying again may help."),
        ),
        503: _Words(
            message("Unavailable right now"),
            message("The site is busy, or the article is being changed. Reload in a moment."),
        ),
    }
)
_NO_SEARCH = _Words(
    message("Search is unavailable"),
    message("Full-text search is unavailable right now. The rest of the site works."),
)
#: The error pages to send while the service is busy, by status: rendered once per site, for all readers.
GENERIC_PAGES: web.AppKey[dict[int, tuple[Site, Prepared]]] = web.AppKey("generic_pages")


def translate(error: Exception) -> Problem | None:
    """The problem for an error of this package; None for a fault of the program."""
    if isinstance(error, BadParameter):
        extra = {"parameter": error.parameter}
        return Problem(400, detail=str(error), extra=extra, text=error.text, values=error.values)
    if isinstance(error, RateLimited):
        return Problem(
            429, detail=_WORDS[429].message, text=_WORDS[429].message, headers={hdrs.RETRY_AFTER: retry_after(error)}
        )
    if isinstance(error, Busy | StaleBody):
        return Problem(
            503, detail=_WORDS[503].message, text=_WORDS[503].message, headers={hdrs.RETRY_AFTER: str(RETRY_S)}
        )
    if isinstance(error, SearchUnavailable):
        return Problem(
            503,
            title=_NO_SEARCH.heading,
            detail=_NO_SEARCH.message,
            text=_NO_SEARCH.message,
            headers={hdrs.RETRY_AFTER: str(max(1, ceil(error.retry_after_s)))},
        )
    if isinstance(error, QueryRefused):
        extra = {"parameter": error.parameter} if error.parameter else {}
        return Problem(error.status, detail=error.detail, extra=extra)
    return None


async def present(request: web.Request, problem: Problem) -> web.StreamResponse | None:
    """The site's own page for a person; None leaves it to problem details."""
    if request.path == _FOR_SCRIPTS:
        words = request.app[PUBLISHER].site.scope.words
        return problem_response(replace(problem, detail=_detail(problem, words)))
    if request.path.startswith(_DATA_PREFIXES) or request.path in _DATA_PATHS or _wants_json(request):
        return None
    is_refusal = problem.status in _REFUSALS
    prepared = _generic_page(request.app, problem.status) if is_refusal else await _page(request, problem)
    response = respond(request, prepared)
    response.headers.update({hdrs.CACHE_CONTROL: _NO_STORE, **problem.headers})
    return response


async def _page(request: web.Request, problem: Problem) -> Prepared:
    """The page for this request; while the service is busy, the generic one for its status."""
    admission = request.app[ADMISSION]
    try:
        with admission.admitted():
            async with admission.turn():
                return for_one_reader(request, _render(request, problem), HTML, problem.status)
    except Busy:
        return _generic_page(request.app, problem.status)


def _render(request: web.Request, problem: Problem) -> bytes:
    scope = request.app[PUBLISHER].site.scope
    said = _words(problem.status)
    near = near_titles(scope.view, request.path.rstrip("/").rpartition("/")[2]) if problem.status == 404 else ()
    context = error_page(
        scope,
        problem.status,
        scope.words.gettext(said.heading),
        _detail(problem, scope.words),
        near=near,
        request_id=current_request_id() if problem.status >= 500 else None,
    )
    return request.app[TEMPLATES].render(context)


def _generic_page(app: web.Application, status: int) -> Prepared:
    site = app[PUBLISHER].site
    made_for, prepared = app[GENERIC_PAGES].get(status, (None, None))
    if prepared is None or made_for is not site:
        body = generic_page(site.scope, app[TEMPLATES], status)
        prepared = prepare(body, HTML, made=None, status=status, effort=PER_REQUEST)
        app[GENERIC_PAGES][status] = (site, prepared)
    return prepared


def generic_page(scope: Scope, pages: Pages, status: int) -> bytes:
    """The error page for ``status`` that fits every address."""
    said, words = _words(status), scope.words
    return pages.render(error_page(scope, status, words.gettext(said.heading), words.gettext(said.message)))


def _words(status: int) -> _Words:
    return _WORDS.get(status, _WORDS[400] if status < 500 else _WORDS[500])


def _detail(problem: Problem, words: Interface) -> str:
    """The detail of a problem in the language of the site, or the text for its status if it is not translated."""
    if problem.text:
        return words.gettext(problem.text, **problem.values)
    if problem.detail and words.tag == ENGLISH.tag:
        return problem.detail
    return words.gettext(_words(problem.status).message)


def _wants_json(request: web.Request) -> bool:
    accept = request.headers.get(hdrs.ACCEPT, "")
    return "json" in accept and "text/html" not in accept
