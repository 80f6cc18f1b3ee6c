"""What this service's errors are to a client, and the page that a person sees instead of problem details.

Errors that reach it:

    BadParameter              the address asks for something that cannot be (400)
    SearchClientError
        SearchUnavailable     503 with Retry-After where JSON is asked for; pages do without search
        QueryRefused          what the search service said (400 or 404)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType

from aiohttp import hdrs, web

from services.render.handlers import PUBLISHER, TEMPLATES, for_one_reader
from services.render.pages.listings import error_page
from services.render.searching.client import QueryRefused, SearchUnavailable
from services.render.searching.fallback import near_titles
from services.render.sending.respond import respond
from services.render.site.site import HTML
from shared.search.parameters import BadParameter
from shared.web.problem import Problem
from shared.web.request_id import current_request_id

#: Addresses whose answers are data: an error there is problem details, whoever asks.
_DATA_PREFIXES = ("/api/", "/opensearch/")
#: Browsers never keep an error.
_NO_STORE = "no-store"


@dataclass(frozen=True, slots=True)
class _Words:
    heading: str
    message: str


_WORDS: Mapping[int, _Words] = MappingProxyType(
    {
        400: _Words("That address does not work", "Something in it is not as it should be."),
        404: _Words("Nothing is at this address", "It may have moved, or the address may have a typing error."),
        405: _Words("That cannot be done here", "This address only shows a page."),
        500: _Words("Something went wrong here", "The fault is ours and has been written down. Trying again may help."),
    }
)


def translate(error: Exception) -> Problem | None:
    """The problem that an error of this package is; None for a fault."""
    if isinstance(error, BadParameter):
        return Problem(400, detail=str(error), extra={"parameter": error.parameter})
    if isinstance(error, SearchUnavailable):
        return Problem(
            503,
            title="Search is unavailable",
            detail="Full-text search is unavailable at the moment. The site itself works.",
            headers={hdrs.RETRY_AFTER: str(max(1, ceil(error.retry_after_s)))},
        )
    if isinstance(error, QueryRefused):
        extra = {"parameter": error.parameter} if error.parameter else {}
        return Problem(error.status, detail=error.detail, extra=extra)
    return None


def present(request: web.Request, problem: Problem) -> web.StreamResponse | None:
    """The site's own page for a person; None leaves it to problem details."""
    if request.path.startswith(_DATA_PREFIXES) or _wants_json(request):
        return None
    scope = request.app[PUBLISHER].site.scope
    words = _WORDS.get(problem.status, _WORDS[400] if problem.status < 500 else _WORDS[500])
    near = near_titles(scope.view, request.path.rstrip("/").rpartition("/")[2]) if problem.status == 404 else ()
    context = error_page(
        scope,
        problem.status,
        words.heading,
        problem.detail or words.message,
        near=near,
        request_id=current_request_id() if problem.status >= 500 else None,
    )
    prepared = for_one_reader(request, request.app[TEMPLATES].render(context), HTML, problem.status)
    response = respond(request, prepared)
    response.headers.update({hdrs.CACHE_CONTROL: _NO_STORE, **problem.headers})
    return response


def _wants_json(request: web.Request) -> bool:
    accept = request.headers.get(hdrs.ACCEPT, "")
    return "json" in accept and "text/html" not in accept
