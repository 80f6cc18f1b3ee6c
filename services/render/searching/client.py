"""Asks the search service, within a deadline, and never trusts what it answers.

It knows no page and no handler. Errors:

    SearchClientError
        SearchUnavailable     no answer that can be shown: nobody there, too slow, the circuit open, or not of the
        contract QueryRefused          the search service said what is wrong with the question (a 4xx with problem
        details)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote

import aiohttp
from yarl import URL

from services.render.searching.breaker import BreakerOpen, CircuitBreaker
from services.render.searching.urls import query_params
from shared.search.contract import RelatedArticle, SearchQuery, SearchResults, Suggestion
from shared.search.encoding import (
    MalformedAnswer,
    parse_generation,
    parse_related,
    parse_results,
    parse_suggestions,
)

T = TypeVar("T")

#: Seconds for one attempt. A search takes milliseconds; what takes longer than this would make a page feel broken.
ATTEMPT_S = 0.5
#: Seconds for everything: two attempts, the pause between them. With rendering it keeps every page under one second.
TOTAL_S = 0.75
#: Seconds before the one retry, drawn evenly: so that many readers do not all come back at once.
RETRY_PAUSE_S = (0.01, 0.06)
#: A page of fifty hits with snippets is under 200 kB. More is not ours, and is not read into memory.
MAX_ANSWER_BYTES = 2_000_000
#: Failures in a row that open the circuit, and seconds it stays open: long enough to spare a struggling service, short
#: enough that a reader who reloads finds search again.
FAILURES_TO_OPEN = 5
OPEN_S = 2.0

#: Statuses of a proxy or a service that is restarting: the same question may work a moment later.
_RETRIED_STATUSES = frozenset({502, 503, 504})
#: The headers of an answer that are passed on to a reader's browser.
_RELAYED_HEADERS = ("Content-Type", "Cache-Control", "ETag", "Retry-After")


class SearchClientError(Exception):
    """The root of what the client raises."""


class SearchUnavailable(SearchClientError):
    """There is no answer that can be shown; ``retry_after_s`` is when asking again makes sense."""

    def __init__(self, reason: str, retry_after_s: float = OPEN_S) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class QueryRefused(SearchClientError):
    """The search service refused the question."""

    def __init__(self, answer: SearchAnswer) -> None:
        super().__init__(f"the search service answered {answer.status}")
        self.answer = answer


class _Transient(Exception):
    """A failure that one retry may mend."""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """One answer as it came: status, the headers that may be passed on, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class SearchClient:
    """The search service, seen from the site. Every method ends within TOTAL_S and raises SearchUnavailable or
    QueryRefused."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        breaker: CircuitBreaker,
        *,
        attempt_s: float = ATTEMPT_S,
        total_s: float = TOTAL_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._base_url = URL(base_url)
        self._breaker = breaker
        self._attempt_s = attempt_s
        self._total_s = total_s
        self._pause = pause

    async def search(self, query: SearchQuery) -> SearchResults:
        """The page of hits that ``query`` asks for."""
        return await self._ask("/v1/search", query_params(query), parse_results)

    async def suggest(self, text: str) -> tuple[Suggestion, ...]:
        """Completions of ``text``, best first."""
        return await self._ask("/v1/suggest", (("q", text),), parse_suggestions)

    async def related(self, slug: str) -> tuple[RelatedArticle, ...]:
        """Articles like ``slug``, most alike first; none where the index does not know it (yet)."""
        try:
            return await self._ask(f"/v1/related/{quote(slug, safe='')}", (), parse_related)
        except QueryRefused as refusal:
            if refusal.answer.status == 404:
                return ()
            raise

    async def generation(self) -> str:
        """The name of the index generation that answers now."""
        return await self._ask("/v1/status", (), parse_generation)

    async def relay_search(self, params: tuple[tuple[str, str], ...]) -> SearchAnswer:
        """The answer of /v1/search to a browser's own parameters, checked to be one, as it came. A 4xx is an answer
        too."""
        return await self._relay("/v1/search", params, parse_results)

    async def relay_suggest(self, params: tuple[tuple[str, str], ...]) -> SearchAnswer:
        """The same for /v1/suggest."""
        return await self._relay("/v1/suggest", params, parse_suggestions)

    async def _relay(
        self, path: str, params: tuple[tuple[str, str], ...], parse: Callable[[bytes], object]
    ) -> SearchAnswer:
        def check(answer: SearchAnswer) -> SearchAnswer:
            parse(answer.body)
            return answer

        try:
            return await self._guarded(path, params, check)
        except QueryRefused as refusal:
            return refusal.answer

    async def _ask(self, path: str, params: tuple[tuple[str, str], ...], parse: Callable[[bytes], T]) -> T:
        return await self._guarded(path, params, lambda answer: parse(answer.body))

    async def _guarded(self, path: str, params: tuple[tuple[str, str], ...], read: Callable[[SearchAnswer], T]) -> T:
        """One question under breaker, deadline and retry; garbage counts against the service like silence."""
        url = self._base_url.join(URL(path, encoded=True)).with_query(params)
        try:
            with self._breaker.guard(SearchUnavailable):
                answer = await self._attempts(url)
                if answer.status == 200:
                    try:
                        return read(answer)
                    except MalformedAnswer as error:
                        raise SearchUnavailable(f"an answer that is not of the contract: {error}") from error
        except BreakerOpen as refusal:
            raise SearchUnavailable(str(refusal), refusal.retry_after_s) from refusal
        raise QueryRefused(answer)

    async def _attempts(self, url: URL) -> SearchAnswer:
        try:
            async with asyncio.timeout(self._total_s):
                try:
                    return await self._attempt(url)
                except _Transient:
                    await self._pause(random.uniform(*RETRY_PAUSE_S))  # noqa: S311 - jitter is no secret
                    return await self._attempt(url)
        except _Transient as error:
            raise SearchUnavailable(str(error)) from error
        except TimeoutError as error:
            raise SearchUnavailable(f"no answer within {self._attempt_s} s") from error
        except aiohttp.ClientError as error:
            raise SearchUnavailable(f"not an answer: {type(error).__name__}") from error

    async def _attempt(self, url: URL) -> SearchAnswer:
        """One request. The time-out is in here, so that slowness is a failure like any other and opens the breaker."""
        try:
            async with (
                asyncio.timeout(self._attempt_s),
                self._session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response,
            ):
                if response.status in _RETRIED_STATUSES:
                    raise _Transient(f"the search service answered {response.status}")
                if response.status != 200 and not _is_problem(response):
                    raise SearchUnavailable(f"the search service answered {response.status} without problem details")
                return SearchAnswer(response.status, _relayed_headers(response), await _read_bounded(response))
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise _Transient(f"connection failed: {type(error).__name__}") from error


def _is_problem(response: aiohttp.ClientResponse) -> bool:
    """Whether it is a refusal in the contract's own words; any other 4xx comes from something else on that address."""
    return 400 <= response.status < 500 and response.content_type == "application/problem+json"


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise SearchUnavailable(f"an answer over {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


def _relayed_headers(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    return MappingProxyType({name: response.headers[name] for name in _RELAYED_HEADERS if name in response.headers})
