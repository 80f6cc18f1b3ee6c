"""HTTP client of the search service, with a deadline; answers are validated.

Does not depend on pages or handlers. Errors:

    SearchClientError
        SearchUnavailable     no answer that can be shown: none, too slow, not of the contract, circuit open
        QueryRefused          the search service rejected the query (400, or 404 for an article that it does not have)
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from services.render.searching.breaker import BreakerOpen, CircuitBreaker
from services.render.searching.urls import query_params
from shared.search.contract import DEADLINE_HEADER, OVERLOADED, RelatedArticle, SearchQuery, SearchResults, Suggestion
from shared.search.encoding import (
    IndexStatus,
    MalformedAnswer,
    parse_related,
    parse_results,
    parse_status,
    parse_suggestions,
)
from shared.telemetry.tracing import inject, stage
from shared.web.request_id import HEADER as REQUEST_ID
from shared.web.request_id import current_request_id
from shared.web.tls import Identity

T = TypeVar("T")

#: Seconds for one attempt. A search takes milliseconds; longer than this, a page would feel broken.
ATTEMPT_S = 0.5
#: The share of an attempt that is the deadline of the search service. It rejects a query that takes longer, so a
#: time-out of the whole attempt means that the service does not answer at all.
ANSWERED_WITHIN = 0.8
#: Seconds for everything: two attempts and the pause between them. With rendering, every page stays under one second.
TOTAL_S = 0.75
#: Seconds before the one retry, drawn uniformly so that many readers do not retry at the same moment.
RETRY_PAUSE_S = (0.01, 0.06)
#: A page of fifty hits with snippets is under 200 kB, so a larger answer is not from the search service.
MAX_ANSWER_BYTES = 2_000_000
#: The part of an answer's reason that goes to the log and to /readyz.
MAX_REASON_CHARS = 200
#: Failures in a row that open the circuit, and seconds it stays open: long enough to spare a struggling service, short
#: enough that a reader who reloads finds search again.
FAILURES_TO_OPEN = 5
OPEN_S = 2.0

#: Statuses of a proxy or a restarting service: a retry may succeed a moment later.
_RETRIED_STATUSES = frozenset({502, 503, 504})


class SearchClientError(Exception):
    """The root of the errors of the client."""


class SearchUnavailable(SearchClientError):
    """No answer is available; ``retry_after_s`` is the time to wait before asking again."""

    def __init__(self, reason: str, retry_after_s: float = OPEN_S) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class QueryRefused(SearchClientError):
    """The search service rejected the query: ``detail`` says why, ``parameter`` names the wrong one. Both may be ""."""

    def __init__(self, status: int, detail: str = "", parameter: str = "") -> None:
        super().__init__(f"the search service answered {status}")
        self.status = status
        self.detail = detail
        self.parameter = parameter


class _Transient(Exception):
    """A transient failure, worth one retry."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: its status and the whole body. Its headers are not used: the contract determines the content."""

    status: int
    body: bytes


class SearchClient:
    """Client of the search service. Every method ends within TOTAL_S.

    All raise SearchUnavailable or QueryRefused.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        breaker: CircuitBreaker,
        *,
        attempt_s: float = ATTEMPT_S,
        total_s: float = TOTAL_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        identity: Identity | None = None,
    ) -> None:
        """With ``identity``, requests use mutual TLS: it has the site's certificate and checks that of the service."""
        self._session = session
        self._base_url = URL(base_url)
        self._breaker = breaker
        self._attempt_s = attempt_s
        self._total_s = total_s
        self._pause = pause
        self._identity = identity

    async def search(self, query: SearchQuery) -> SearchResults:
        """Return one page of hits for ``query``."""
        return await self._ask("/v1/search", query_params(query), parse_results)

    async def suggest(self, text: str) -> tuple[Suggestion, ...]:
        """Completions of ``text``, best first."""
        return await self._ask("/v1/suggest", (("q", text),), parse_suggestions)

    async def related(self, slug: str) -> tuple[RelatedArticle, ...]:
        """Articles related to ``slug``, most similar first; none if the index does not have it (yet)."""
        try:
            return await self._ask(f"/v1/related/{quote(slug, safe='')}", (), parse_related, rejections=(400, 404))
        except QueryRefused as refusal:
            if refusal.status == 404:
                return ()
            raise

    async def generation(self) -> str:
        """The name of the current generation of the index."""
        return (await self.status()).generation

    async def status(self) -> IndexStatus:
        """Return the current state of the index."""
        return await self._ask("/v1/status", (), parse_status)

    async def relay_search(self, params: tuple[tuple[str, str], ...]) -> tuple[bytes, SearchResults]:
        """Relay a browser's own parameters to /v1/search; return the body as sent, and parsed."""
        return await self._relay("/v1/search", params, parse_results)

    async def relay_suggest(self, params: tuple[tuple[str, str], ...]) -> bytes:
        """Relay a browser's own parameters to /v1/suggest."""
        return (await self._relay("/v1/suggest", params, parse_suggestions))[0]

    async def _relay(
        self, path: str, params: tuple[tuple[str, str], ...], parse: Callable[[bytes], T]
    ) -> tuple[bytes, T]:
        def check(body: bytes) -> tuple[bytes, T]:
            return body, parse(body)

        return await self._ask(path, params, check)

    async def _ask(
        self,
        path: str,
        params: tuple[tuple[str, str], ...],
        parse: Callable[[bytes], T],
        *,
        rejections: tuple[int, ...] = (400,),
    ) -> T:
        """One query under breaker, deadline and retry. ``rejections`` are the statuses with which it may be rejected.

        An answer that breaks the contract counts against the service like no answer. A query that the service rejects,
        or aborts because it costs too much, does not: one reader's expensive query must not open the circuit for
        everybody.
        """
        url = self._base_url.join(URL(path, encoded=True)).with_query(params)
        try:
            with self._breaker.guard(SearchUnavailable):
                answer = await self._attempts(url)
                if answer.status not in (200, 503, *rejections):
                    raise SearchUnavailable(f"the search service answered {answer.status}")
                if answer.status == 200:
                    try:
                        return parse(answer.body)
                    except MalformedAnswer as error:
                        raise SearchUnavailable(f"an answer that is not of the contract: {error}") from error
        except BreakerOpen as refusal:
            raise SearchUnavailable(str(refusal), refusal.retry_after_s) from refusal
        if answer.status == 503:
            raise SearchUnavailable("the search service is overloaded, or the query costs too much")
        problem = _parse_problem(answer.body)
        raise QueryRefused(answer.status, problem.get("detail", ""), problem.get("parameter", ""))

    async def _attempts(self, url: URL) -> _Answer:
        try:
            async with asyncio.timeout(self._total_s):
                try:
                    return await self._attempt(url)
                except _Transient:
                    await self._pause(random.uniform(*RETRY_PAUSE_S))  # noqa: S311 - jitter is not a secret
                    return await self._attempt(url)
        except _Transient as error:
            raise SearchUnavailable(str(error)) from error
        except TimeoutError as error:
            raise SearchUnavailable(f"no answer within {self._attempt_s} s") from error
        except aiohttp.ClientError as error:
            raise SearchUnavailable(f"not an answer: {type(error).__name__}") from error

    async def _attempt(self, url: URL) -> _Answer:
        """One request. The time-out is applied here, so that slowness counts as a failure and opens the breaker."""
        with stage(f"GET {_pattern(url.path)}", "client") as span:
            answer = await self._attempt_now(url)
            span.set("http.response.status_code", answer.status)
            return answer

    async def _attempt_now(self, url: URL) -> _Answer:
        deadline_ms = max(1, round(self._attempt_s * ANSWERED_WITHIN * 1000))
        headers = {"Accept-Encoding": "identity", DEADLINE_HEADER: str(deadline_ms)}
        if request_id := current_request_id():
            headers[REQUEST_ID] = request_id
        inject(headers)
        try:
            async with (
                asyncio.timeout(self._attempt_s),
                self._session.get(
                    url, allow_redirects=False, headers=headers, ssl=self._identity.client if self._identity else True
                ) as response,
            ):
                if response.status == 200 or (response.status in (400, 404) and _is_problem(response)):
                    return _Answer(response.status, await _read_bounded(response))
                if response.status == 503 and _is_problem(response):
                    body = await _read_bounded(response)
                    if _parse_problem(body).get("type") == OVERLOADED:
                        return _Answer(response.status, body)
                    detail = _parse_problem(body).get("detail", "")[:MAX_REASON_CHARS]
                    raise _Transient(f"the search service answered 503: {detail}")
                if response.status in _RETRIED_STATUSES:
                    raise _Transient(f"the search service answered {response.status}")
                raise SearchUnavailable(f"the search service answered {response.status}")
        except (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError) as error:
            # The peer is not the search service: a retry would not help.
            raise SearchUnavailable(f"TLS: {error.__cause__ or type(error).__name__}") from error
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise _Transient(f"connection to {url.authority} failed: {_cause(error)}") from error


def _cause(error: aiohttp.ClientError) -> str:
    """What the system says about a connection; the kind of the error if it says nothing."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    if isinstance(cause, socket.gaierror):  # its numbers are not those of the system
        return str(cause.strerror)
    number = cause.errno if isinstance(cause, OSError) else None
    return os.strerror(number) if number else type(error).__name__


def _pattern(path: str) -> str:
    """The route pattern of the address."""
    return "/v1/related/{slug}" if "/v1/related/" in path else path


def _is_problem(response: aiohttp.ClientResponse) -> bool:
    """Whether the answer has problem details (RFC 9457), as every error of the contract does."""
    return response.content_type == "application/problem+json"


def _parse_problem(body: bytes) -> dict[str, str]:
    """The text members of problem details; none if the body is something else."""
    try:
        problem = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    members = problem.items() if isinstance(problem, dict) else ()
    return {name: value for name, value in members if isinstance(value, str)}


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise SearchUnavailable(f"an answer over {MAX_ANSWER_BYTES} bytes")
    return bytes(body)
