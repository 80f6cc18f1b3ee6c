"""``/mcp``: the site's tools for agents, over the streamable HTTP transport of the Model Context Protocol.

Stateless: each POST carries one message and gets one JSON answer. There is no stream to open (GET) and no session to
end (DELETE): both answer 405.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import hdrs, web

from services.agents.markdown_version import markdown_url
from services.agents.protocol import reply_to
from services.agents.tools import Source, ToolError, make_server
from services.render.handlers import PUBLISHER, SEARCH, SETTINGS
from services.render.searching.client import QueryRefused, SearchUnavailable
from services.render.searching.fallback import filter_articles
from services.render.sending.admission import ADMISSION, RATE_LIMITER
from services.render.sending.requests import read_body
from shared.content.article import Article
from shared.content.problem import StaleBody
from shared.search.contract import SearchQuery, SearchResults

#: The revision that a client speaks, from its second message on.
PROTOCOL_VERSION = "MCP-Protocol-Version"
#: A call of either tool is far below this.
MAX_MESSAGE_BYTES = 64 << 10


async def post(request: web.Request) -> web.StreamResponse:
    """One message. Raises RateLimited, Busy and StaleBody like a search."""
    app = request.app
    app[RATE_LIMITER].admit(request)
    source = _source(app)
    _check_origin(request, source.base_url)
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    raw = await read_body(request, MAX_MESSAGE_BYTES)
    with app[ADMISSION].admitted():
        reply = await reply_to(raw, make_server(source), request.headers.get(PROTOCOL_VERSION))
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if reply.body is None:
        return web.Response(status=202, headers=headers)
    status = 200 if reply.is_readable else 400
    return web.Response(status=status, body=reply.body, content_type="application/json", headers=headers)


async def get(_request: web.Request) -> web.StreamResponse:
    """No stream: the server has nothing to say that it was not asked. Raises HTTPMethodNotAllowed."""
    raise web.HTTPMethodNotAllowed(hdrs.METH_GET, [hdrs.METH_POST])


def _source(app: web.Application) -> Source:
    publisher, client = app[PUBLISHER], app[SEARCH]
    scope = publisher.site.scope

    async def search(query: SearchQuery) -> SearchResults:
        try:
            return await client.search(query)
        except SearchUnavailable:
            async with app[ADMISSION].turn():
                return filter_articles(scope.view, query)
        except QueryRefused as refusal:
            raise ToolError(refusal.detail or "this query cannot be searched for") from refusal

    async def markdown(article: Article) -> bytes:
        path = markdown_url(article.url)
        prepared = await publisher.answer(path)
        if prepared is None:
            raise StaleBody(f"{article.source} is no longer shown")
        return prepared.variants["identity"].body

    return Source(scope.view, scope.base_url, search, markdown, app[SETTINGS].max_query_chars)


def _check_origin(request: web.Request, base_url: str) -> None:
    """Refuse a browser on another site, as the transport demands (DNS rebinding). Raises HTTPForbidden."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and urlsplit(origin).netloc.lower() not in {request.host.lower(), urlsplit(base_url).netloc}:
        raise web.HTTPForbidden
