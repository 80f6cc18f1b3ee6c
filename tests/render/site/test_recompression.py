"""Pages are compressed once more when there is time, and only those that are still served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.render.pages.templates import load_pages
from services.render.sending.prepared import Prepared, encode, prepare
from services.render.site import recompression as module
from services.render.site.page_store import Entry, PageStore, keep_variant
from services.render.site.recipes import Made
from services.render.site.recompression import Recompression
from services.render.site.site import HTML, Site, build_site
from tests.render.sites import NOW, SOURCES, make_scope


class Pauses:
    """Counts pauses; after ``last`` it waits for ever, and says that all is done."""

    def __init__(self, last: int) -> None:
        self._left = last
        self.done = asyncio.Event()
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._left -= 1
        if not self._left:
            self.done.set()


@pytest.fixture
async def pool() -> AsyncIterator[ThreadPoolExecutor]:
    made = ThreadPoolExecutor(1)
    yield made
    await asyncio.to_thread(made.shutdown)


@pytest.fixture(scope="module")
def site() -> Site:
    return build_site(make_scope(SOURCES, now=NOW), load_pages())


def page(name: str) -> Prepared:
    text = "".join(f"<p>{name} {at}: the relay reads row {at * at} of the outbox</p>" for at in range(300))
    return prepare(text.encode(), HTML, made=NOW)


def keep(store: PageStore, site: Site, path: str, prepared: Prepared) -> None:
    entry = Entry(site, Made(path, prepared, ("other",)))
    store.put(path, entry, entry.size_bytes)


async def pack_all(recompression: Recompression, pauses: Pauses) -> None:
    work = asyncio.create_task(recompression.run())
    await pauses.done.wait()
    work.cancel()


async def test_a_page_that_is_served_is_recompressed_and_stays_the_page_that_it_is(
    site: Site, pool: ThreadPoolExecutor
) -> None:
    store, pauses, made = PageStore(1 << 20), Pauses(1), page("a")
    keep(store, site, "/a/", made)
    recompression = Recompression(store, pool, pauses)
    recompression.enqueue("/a/", made)
    await pack_all(recompression, pauses)
    entry = store.peek("/a/")
    assert entry is not None
    assert entry.site is site
    assert (entry.made.context, entry.made.related) == ("/a/", ("other",))
    assert len(entry.made.prepared.variants["br"].body) < len(made.variants["br"].body)
    assert entry.made.prepared.variants["identity"] is made.variants["identity"]
    assert pauses.seconds[0] > 0
    assert (store.hits, store.misses) == (0, 0)


async def test_a_page_that_was_made_again_or_is_gone_is_left_alone(site: Site, pool: ThreadPoolExecutor) -> None:
    store, pauses, old, new = PageStore(1 << 20), Pauses(2), page("old"), page("new")
    keep(store, site, "/a/", new)
    recompression = Recompression(store, pool, pauses)
    recompression.enqueue("/a/", old)
    recompression.enqueue("/gone/", old)
    await pack_all(recompression, pauses)
    entry = store.peek("/a/")
    assert entry is not None
    assert entry.made.prepared is new
    assert store.peek("/gone/") is None


async def test_of_a_site_that_is_crawled_the_newest_pages_wait(
    site: Site, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    store, pauses, made = PageStore(1 << 20), Pauses(2), page("a")
    recompression = Recompression(store, pool, pauses)
    for path in ("/1/", "/2/", "/3/"):
        keep(store, site, path, made)
        recompression.enqueue(path, made)
    await pack_all(recompression, pauses)
    kept = [entry.made.prepared is made for path in ("/1/", "/2/", "/3/") if (entry := store.peek(path)) is not None]
    assert kept == [True, False, False]


async def test_pictures_and_huge_pages_stay_as_they_are(
    site: Site, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 40_000)
    store, pauses, small = PageStore(1 << 20), Pauses(1), page("a")
    huge, picture = prepare(b"<p>outbox</p>" * 5000, HTML, made=NOW), prepare(b"picture", "image/png", made=NOW)
    recompression = Recompression(store, pool, pauses)
    for path, made in (("/huge/", huge), ("/p.png", picture), ("/a/", small)):
        keep(store, site, path, made)
        recompression.enqueue(path, made)
    await pack_all(recompression, pauses)
    assert [entry.made.prepared for path in ("/huge/", "/p.png") if (entry := store.peek(path))] == [huge, picture]


async def test_a_variant_that_was_made_meanwhile_is_kept(site: Site, pool: ThreadPoolExecutor) -> None:
    text = "".join(f"<p>the relay reads row {at * at} of the outbox</p>" for at in range(300)).encode()
    store, pauses, made = PageStore(1 << 20), Pauses(1), prepare(text, HTML, made=NOW, effort=None)
    keep(store, site, "/a/", made)
    recompression = Recompression(store, pool, pauses)
    recompression.enqueue("/a/", made)
    keep_variant(store, "/a/", encode(made, "gzip"), "gzip")
    await pack_all(recompression, pauses)
    entry = store.peek("/a/")
    assert entry is not None
    assert set(entry.made.prepared.variants) == {"identity", "gzip", "br"}
