"""``perspective mcp``: the tools for agents on standard input and output, over the content folder and its index."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

import click

from services.agents.markdown_version import article_markdown
from services.agents.protocol import reply_to
from services.agents.tools import Source, ToolError, make_server
from services.cli.options import content_option, engine_option, index_option, settings_from, start_logging
from services.search.answering.written import search_as_written
from services.search.engine import IndexStore, IndexUnavailable, SearchEngine
from services.search.opening import open_store
from shared.content.article import Article
from shared.content.folder.loader import LoadResult, load_library
from shared.content.library import LibraryView
from shared.search.contract import SearchQuery, SearchResults
from shared.web.settings import Settings


@click.command("mcp")
@content_option
@index_option
@engine_option
def command(**options: object) -> None:
    """Serve the tools search and read to an agent on standard input and output (Model Context Protocol)."""
    settings = settings_from(options)
    start_logging(settings, "mcp")
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    """Answer one message a line until the input ends."""
    content, index = _Content(settings), _Index(open_store(settings))
    await content.view()  # report invalid content at once
    try:
        while raw := await asyncio.to_thread(sys.stdin.buffer.readline):
            if not raw.strip():
                continue
            reply = await reply_to(raw, make_server(await _source(settings, content, index)))
            if reply.body is not None:
                sys.stdout.buffer.write(reply.body + b"\n")
                sys.stdout.buffer.flush()
    finally:
        await index.close()


async def _source(settings: Settings, content: _Content, index: _Index) -> Source:
    view = await content.view()
    base_url = settings.base_url or view.site.base_url

    async def markdown(article: Article) -> bytes:
        return await asyncio.to_thread(article_markdown, view, base_url, article)

    return Source(view, base_url, index.search, markdown, settings.max_query_chars)


class _Content:
    """The current articles: the folder is checked before each message."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last: LoadResult | None = None

    async def view(self) -> LibraryView:
        """The articles visible now. Raises InvalidContent."""
        self._last = await load_library(self._settings.content_dir, self._last)
        return self._last.require().visible(datetime.now(UTC))


class _Index:
    """The newest generation in ``store``, opened for the first search."""

    def __init__(self, store: IndexStore) -> None:
        self._store = store
        self._engine: SearchEngine | None = None

    async def search(self, query: SearchQuery) -> SearchResults:
        """Search the index. Raises ToolError if there is none."""
        try:
            if self._engine is None or await self._store.current() != self._engine.generation:
                newer = await self._store.open()
                if self._engine is not None:
                    self._engine.close()
                self._engine = newer
            return await search_as_written(self._engine, query)
        except IndexUnavailable as error:
            raise ToolError(f"{error}; build it with: perspective index") from error

    async def close(self) -> None:
        """Close what was opened."""
        if self._engine is not None:
            self._engine.close()
        await self._store.close()
