"""The contract of stores, for every engine: each sentence of the docstring of IndexStore as a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from services.search.engine import IndexStore, IndexUnavailable, SearchEngine, SyncReport
from shared.content.article import Article, Body
from shared.content.problem import StaleBody
from shared.search.contract import SearchQuery, SearchResults
from tests.search_service.articles import SITE, make_article

OpenStore = Callable[[], IndexStore]


def slugs(results: SearchResults) -> list[str]:
    """The hits, in order."""
    return [hit.slug for hit in results.hits]


def timeless(results: SearchResults) -> SearchResults:
    """Results without the time they took."""
    return replace(results, took_ms=0.0)


async def synced(
    store: IndexStore, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None
) -> SyncReport:
    """Sync as a service does: in a thread."""
    return await asyncio.to_thread(store.sync, articles, progress)


def needs(engine: SearchEngine, capability: str) -> None:
    """Skip the test where ``engine`` does not have ``capability``, a name of Capabilities."""
    if not getattr(engine.capabilities, capability):
        pytest.skip(f"this engine does not promise {capability}")


def _changed_since() -> Body:
    raise StaleBody("it changed since it was loaded")


class StoreContract:
    """The sentences about stores. EngineContract has the fixtures."""

    async def test_open_says_unavailable_where_there_is_no_index(self, store: IndexStore) -> None:
        assert await store.current() is None
        with pytest.raises(IndexUnavailable):
            await store.open()

    async def test_sync_publishes_a_generation_that_open_opens(self, store: IndexStore) -> None:
        report = await synced(store, SITE)
        assert (report.added, report.changed, report.removed, report.is_change) == (len(SITE), 0, 0, True)
        assert report.seconds >= 0
        engine = await store.open()
        assert engine.generation == await store.current() == report.generation
        engine.close()

    async def test_sync_of_no_articles_publishes_an_empty_generation(self, store: IndexStore) -> None:
        report = await synced(store, [])
        assert await store.current() == report.generation
        engine = await store.open()
        assert (await engine.search(SearchQuery("outbox"))).total == 0
        assert (await engine.search(SearchQuery(""))).hits == ()
        assert await engine.suggest("outbox") == ()
        assert (await engine.status()).articles == 0
        engine.close()

    async def test_sync_without_a_difference_publishes_nothing(self, store: IndexStore) -> None:
        first = await synced(store, SITE)
        second = await synced(store, reversed(SITE))
        assert not second.is_change
        assert second.generation == first.generation == await store.current()

    async def test_sync_touches_only_what_differs_by_digest(self, store: IndexStore) -> None:
        await synced(store, SITE)
        edited = make_article("tail-latency", "Tail latency, again", text="The median hides less.", day=380)
        report = await synced(store, [SITE[0], edited, SITE[3], make_article("new-one")])
        assert (report.added, report.changed, report.removed) == (1, 1, 1)

    async def test_sync_makes_the_index_hold_exactly_the_given_articles(self, store: IndexStore) -> None:
        await synced(store, SITE)
        await synced(store, [make_article("new-one", text="Quokkas sleep."), SITE[0]])
        engine = await store.open()
        assert slugs(await engine.search(SearchQuery("quokkas"))) == ["new-one"]
        assert (await engine.search(SearchQuery("percentile", exact=True))).total == 0
        assert (await engine.search(SearchQuery(""))).total == 2
        engine.close()

    async def test_sync_leaves_out_what_changed_since_it_was_loaded(self, store: IndexStore) -> None:
        stale = replace(SITE[0], text=_changed_since)
        report = await synced(store, [stale, *SITE[1:]])
        assert (report.added, report.stale) == (len(SITE) - 1, 1)
        again = await synced(store, [stale, *SITE[1:]])
        assert (again.is_change, again.stale) == (False, 1)
        report = await synced(store, SITE)
        assert (report.added, report.changed, report.stale) == (1, 0, 0)
        edited = replace(stale, digest="edited")
        report = await synced(store, [edited, *SITE[1:]])
        assert (report.is_change, report.stale) == (False, 1)

    async def test_sync_tells_progress_that_rises_to_its_total(self, store: IndexStore) -> None:
        told: list[tuple[int, int]] = []
        await synced(store, SITE, lambda done, total: told.append((done, total)))
        assert told[-1] == (len(SITE), len(SITE))
        assert told == sorted(told)

    async def test_an_open_engine_answers_from_its_generation_whatever_is_written(self, store: IndexStore) -> None:
        await synced(store, SITE)
        old = await store.open()
        needs(old, "is_snapshot")
        before = timeless(await old.search(SearchQuery("message")))
        for number in range(5):
            await synced(store, [make_article(f"other-{number}", text="Nothing of the kind.")])
        assert timeless(await old.search(SearchQuery("message"))) == before
        assert old.generation != await store.current()
        old.close()

    async def test_an_answer_names_the_generation_that_gave_it(self, store: IndexStore) -> None:
        await synced(store, SITE)
        old = await store.open()
        await synced(store, [make_article("new-one", text="A message of a new kind.")])
        results = await old.search(SearchQuery("message"))
        assert (slugs(results) == ["new-one"]) == (results.generation != old.generation)
        old.close()

    async def test_another_store_over_the_same_place_sees_the_generation(self, open_stores: OpenStore) -> None:
        report = await synced(await asyncio.to_thread(open_stores), SITE)
        reader = await asyncio.to_thread(open_stores)
        assert await reader.current() == report.generation
        engine = await reader.open()
        assert (await engine.search(SearchQuery("outbox"))).total == 1
        engine.close()
        await reader.close()

    async def test_a_sync_that_fails_leaves_the_last_generation(self, store: IndexStore) -> None:
        generation = (await synced(store, SITE)).generation

        def broken() -> Iterable[Article]:
            yield make_article("half")
            raise RuntimeError("the power failed")

        with pytest.raises(RuntimeError, match="power"):
            await synced(store, broken())
        assert await store.current() == generation
        engine = await store.open()
        assert (await engine.search(SearchQuery(""))).total == len(SITE)
        engine.close()
        assert (await synced(store, [*SITE, make_article("half")])).added == 1

    async def test_updates_and_a_rebuild_give_the_same_hits_in_the_same_order(
        self, store: IndexStore, open_stores: OpenStore
    ) -> None:
        await synced(store, SITE[:2])
        await synced(store, [make_article("gone", text="message"), *SITE[1:]])
        await synced(store, SITE)
        updated = await store.open()
        needs(updated, "ranks_like_a_rebuild")
        answers = [slugs(await updated.search(SearchQuery(text))) for text in ("message", "request", "the", "")]
        updated.close()
        await synced(store, [])
        await synced(store, SITE)
        rebuilt = await store.open()
        assert [slugs(await rebuilt.search(SearchQuery(text))) for text in ("message", "request", "the", "")] == answers
        rebuilt.close()
