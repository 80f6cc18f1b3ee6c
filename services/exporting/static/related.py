"""The related articles of each article, as in the search service: from an index that is built for the export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from services.search.engine import IndexStore
from services.search.opening import open_store
from shared.content.article import Article
from shared.web.settings import Settings


def related_articles(
    settings: Settings, articles: Sequence[Article], stage: Path, progress: Callable[[int, int], None] | None
) -> Mapping[str, tuple[str, ...]]:
    """The slugs of the articles related to each of ``articles``, most similar first. Builds the index in ``stage``."""
    with TemporaryDirectory(prefix="index-", dir=stage) as index_dir:
        chosen = {"index_dir": Path(index_dir), "search_engine": "whoosh", "semantic": "off"}
        store = open_store(settings.model_copy(update=chosen))
        store.sync(articles, progress)
        return asyncio.run(_ask(store, [article.slug for article in articles]))


async def _ask(store: IndexStore, slugs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    engine = await store.open()
    try:
        return {slug: tuple(one.slug for one in await engine.related(slug)) for slug in slugs}
    finally:
        engine.close()
        await store.close()
