"""The operator's page and its exports, behind a token; and the address to which scripts report opened hits.

Without a token the addresses do not exist.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from services.render.handlers import PUBLISHER, SEARCH, SETTINGS, TEMPLATES, for_one_reader
from services.render.insight.page import PATH, insight_page
from services.render.insight.recording import RECORDER, Recorder
from services.render.insight.report import IndexState, Report, report_of, to_csv, to_json
from services.render.insight.token import is_authorized
from services.render.searching.client import QueryRefused, SearchUnavailable
from services.render.sending.admission import RATE_LIMITER
from services.render.sending.requests import read_body
from services.render.sending.respond import respond
from services.render.site.site import HTML
from shared.web.problem import Problem, problem_response
from shared.web.protocol import MAKE_REQUEST
from shared.web.rate_limit import RateLimited, RateLimiter, parse_trusted_proxies, retry_after

#: A report of one opened hit is far smaller.
MAX_REPORT_BYTES = 2_048
#: Wrong tokens that one client may send, per second.
GUESSES_PER_SECOND = 0.5

_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    hdrs.VARY: hdrs.AUTHORIZATION,
}
_CHALLENGE = 'Basic realm="insight", charset="UTF-8"'

#: The token; None if the operator has set none.
TOKEN: web.AppKey[bytes | None] = web.AppKey("insight_token")
#: The content problems, as text.
PROBLEMS: web.AppKey[Callable[[], tuple[str, ...]]] = web.AppKey("insight_problems")


def operators_routes(app: web.Application) -> Callable[[web.Application], None]:
    """A function that adds the operator's addresses of ``app`` to the application that serves them."""
    trusted = parse_trusted_proxies(app[SETTINGS].trusted_proxies)
    guesses = RateLimiter(GUESSES_PER_SECOND, trusted, time.monotonic)

    def add(target: web.Application) -> None:
        forms = {"": _html, ".csv": _csv, ".json": _json}
        for suffix, form in forms.items():
            target.router.add_get(PATH + suffix, _guarded(app, guesses, form))
        if target is not app:
            target[MAKE_REQUEST] = lambda make: app[MAKE_REQUEST](make) if MAKE_REQUEST in app else make
            target.router.add_get("/static/{file:.+}", _static_of(app))
            target.router.add_get("/favicon.ico", _static_of(app))

    return add


Form = Callable[[web.Request, web.Application, Report], web.StreamResponse]


def _guarded(app: web.Application, guesses: RateLimiter, form: Form) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        token, recorder = app[TOKEN], app[RECORDER]
        if token is None or recorder is None:
            raise web.HTTPNotFound
        response = _refusal(request, token, guesses) or form(request, app, await _report(app, recorder))
        response.headers.update(_HEADERS)
        return response

    return handle


def _refusal(request: web.Request, token: bytes, guesses: RateLimiter) -> web.StreamResponse | None:
    """The answer to a request without the token; None if it has the token."""
    if is_authorized(request.headers.get(hdrs.AUTHORIZATION, ""), token):
        return None
    try:
        guesses.admit(request)
    except RateLimited as error:
        detail = "Too many wrong tokens from your address. Try again in a moment."
        return problem_response(Problem(429, detail, headers={hdrs.RETRY_AFTER: retry_after(error)}))
    detail = "This page needs the operator's token: as the password (with any user name), or as a bearer token."
    return problem_response(Problem(401, detail, headers={hdrs.WWW_AUTHENTICATE: _CHALLENGE}))


async def _report(app: web.Application, recorder: Recorder) -> Report:
    return report_of(
        recorder.ledger,
        made=datetime.now(UTC),
        times=tuple(recorder.times),
        index=await _index(app),
        problems=app[PROBLEMS](),
        problem=recorder.problem,
    )


async def _index(app: web.Application) -> IndexState | None:
    try:
        status = await app[SEARCH].status()
    except (SearchUnavailable, QueryRefused):
        return None
    updated = status.updated
    age_s = None if updated is None or updated.tzinfo is None else (datetime.now(UTC) - updated).total_seconds()
    return IndexState(status.articles, age_s)


def _html(request: web.Request, app: web.Application, report: Report) -> web.StreamResponse:
    body = app[TEMPLATES].render(insight_page(app[PUBLISHER].site.scope, report))
    return respond(request, for_one_reader(request, body, HTML))


def _csv(request: web.Request, _app: web.Application, report: Report) -> web.StreamResponse:
    response = respond(request, for_one_reader(request, to_csv(report.rows).encode(), "text/csv; charset=utf-8"))
    response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="insight-{report.made:%Y-%m-%d}.csv"'
    return response


def _json(request: web.Request, _app: web.Application, report: Report) -> web.StreamResponse:
    return respond(request, for_one_reader(request, to_json(report), "application/json"))


def _static_of(app: web.Application) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        prepared = app[PUBLISHER].file(request.path)
        if prepared is None:
            raise web.HTTPNotFound
        return respond(request, prepared)

    return handle


async def opened(request: web.Request) -> web.StreamResponse:
    """``POST /api/opened``: the query and the rank of a hit that was opened, as a form. The answer is empty.

    Only a query that this client typed today is counted, each rank once. Raises RateLimited, and HTTPForbidden for a
    page of another site.
    """
    recorder = request.app[RECORDER]
    if recorder is None:
        raise web.HTTPNotFound
    request.app[RATE_LIMITER].admit(request)
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise web.HTTPForbidden
    body = (await read_body(request, MAX_REPORT_BYTES)).decode("utf-8", "replace")
    try:
        form = parse_qs(body, max_num_fields=8)
    except ValueError as error:
        raise web.HTTPBadRequest from error
    query, rank = form.get("q", [""])[0], form.get("rank", [""])[0]
    if query and rank.isascii() and rank.isdigit() and len(rank) <= 4:
        recorder.opened(request, query, int(rank))
    return web.Response(status=204, headers={hdrs.CACHE_CONTROL: "no-store"})
