"""The contract of every engine: each sentence of the docstrings of IndexStore and SearchEngine as a test.

Subclass EngineContract in a test module, and give it a fixture ``open_stores``: a function that returns a store over
one place, the same place each time within a test, as separate processes would open it. A sentence that holds only for
engines with a capability asks for it by ``needs``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.search.engine import IndexStore, SearchEngine, UnknownArticle
from shared.content.slug import tag_url
from tests.search_service.articles import SITE, make_article
from tests.search_service.engine.search_contract import SearchContract
from tests.search_service.engine.store_contract import OpenStore, StoreContract, synced


class EngineContract(StoreContract, SearchContract):
    """The contract of stores, of searches, and of completions and related articles."""

    @pytest.fixture
    async def store(self, open_stores: OpenStore) -> AsyncIterator[IndexStore]:
        """A store, empty."""
        store = await asyncio.to_thread(open_stores)  # it may read files
        yield store
        await store.close()

    @pytest.fixture
    async def engine(self, store: IndexStore) -> AsyncIterator[SearchEngine]:
        """An engine over the small site."""
        await synced(store, SITE)
        engine = await store.open()
        yield engine
        engine.close()

    async def test_suggestions_are_few_and_without_duplicates(self, engine: SearchEngine) -> None:
        suggestions = await engine.suggest("t", limit=3)
        texts = [one.text.casefold() for one in suggestions]
        assert 1 <= len(texts) <= 3
        assert len(texts) == len(set(texts))

    async def test_a_title_is_suggested_with_the_way_to_it(self, engine: SearchEngine) -> None:
        titles = {one.text: one.url for one in await engine.suggest("zer") if one.kind == "title"}
        assert titles == {"Zero trust with mutual TLS": "/articles/zero-trust/"}

    @pytest.mark.parametrize("tag", ["C#", "CI/CD", "Machine Learning", "Größe"])
    async def test_a_tag_is_suggested_with_the_way_to_its_page(self, store: IndexStore, tag: str) -> None:
        await synced(store, [make_article("one", tags=(tag,))])
        engine = await store.open()
        assert [(one.text, one.url) for one in await engine.suggest(tag[:4]) if one.kind == "tag"] == [
            (tag, tag_url(tag))
        ]
        engine.close()

    async def test_no_text_has_no_completion_that_fails(self, engine: SearchEngine) -> None:
        assert len(await engine.suggest("")) <= 8

    async def test_related_articles_are_others_of_the_index(self, engine: SearchEngine) -> None:
        related = await engine.related("transactional-outbox", limit=2)
        assert 1 <= len(related) <= 2
        assert "transactional-outbox" not in [one.slug for one in related]
        assert [one.score for one in related] == sorted((one.score for one in related), reverse=True)
        assert all(one.url == f"/articles/{one.slug}/" for one in related)

    async def test_related_to_an_unknown_article_is_an_error(self, engine: SearchEngine) -> None:
        with pytest.raises(UnknownArticle):
            await engine.related("no-such-article")

    async def test_status_describes_the_generation(self, engine: SearchEngine) -> None:
        status = await engine.status()
        assert status.generation == engine.generation
        assert status.articles == len(SITE)
        assert status.sections == sum(len(article.body.sections) for article in SITE)
        assert status.terms > 20
        assert status.size_bytes > 0
        assert status.updated <= datetime.now(UTC)

    async def test_close_is_idempotent(self, store: IndexStore) -> None:
        await synced(store, SITE)
        engine = await store.open()
        engine.close()
        engine.close()
