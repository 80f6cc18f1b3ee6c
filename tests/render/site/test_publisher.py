"""The site gives way to the next one whole; pages are made once, off the event loop, and kept while they are true."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.render.languages.interface import ENGLISH
from services.render.pages.contexts import PageContext
from services.render.pages.templates import Pages, load_pages
from services.render.sending.prepared import Prepared, encode, prepare
from services.render.site import publisher as publisher_module
from services.render.site.page_store import OVERHEAD_BYTES, Entry, PageStore
from services.render.site.publisher import BuildScope, Publisher
from services.render.site.recipes import Made
from services.render.site.recompression import Recompression
from services.render.site.scope import Scope
from services.render.site.site import HTML, Site, build_site
from tests.render.conftest import Clock
from tests.render.sites import NOW, OUTBOX, SOURCES, make_scope

OUTBOX_PATH = "/articles/transactional-outbox/"


class CountingPages(Pages):
    """Templates that remember what they rendered, and in which thread."""

    def __init__(self, pages: Pages) -> None:
        super().__init__(pages._directory, pages._ours[ENGLISH])
        self.rendered: list[str] = []
        self.threads: set[str] = set()

    def render(self, context: PageContext) -> bytes:
        self.rendered.append(context.meta.canonical or "")
        self.threads.add(threading.current_thread().name)
        return super().render(context)


@pytest.fixture(scope="module")
def compiled() -> Pages:
    return load_pages()


@pytest.fixture
def templates(compiled: Pages) -> CountingPages:
    return CountingPages(compiled)


class Search:
    """Answers with what is set; ``None`` is not an answer."""

    def __init__(self) -> None:
        self.related: tuple[str, ...] | None = None
        self.asked: list[str] = []

    async def ask(self, slug: str) -> tuple[str, ...] | None:
        self.asked.append(slug)
        return self.related


@pytest.fixture
def search_answers() -> Search:
    return Search()


@pytest.fixture
async def pool() -> AsyncIterator[ThreadPoolExecutor]:
    made = ThreadPoolExecutor(2, thread_name_prefix="render")
    yield made
    await asyncio.to_thread(made.shutdown)


@pytest.fixture
def publisher(templates: CountingPages, clock: Clock, search_answers: Search, pool: ThreadPoolExecutor) -> Publisher:
    return Publisher(templates, PageStore(1 << 22), pool, clock, search_answers.ask)


def build(sources: Mapping[str, str] = SOURCES) -> BuildScope:
    def scope(now: datetime) -> Scope:
        return make_scope(sources, now=now)

    return scope


async def show(publisher: Publisher, path: str) -> bytes:
    prepared = await publisher.answer(path)
    assert prepared is not None
    return prepared.variants["identity"].body


async def test_a_page_is_rendered_once_and_not_on_the_event_loop(
    publisher: Publisher, templates: CountingPages
) -> None:
    await publisher.publish(build())
    assert publisher.ready("/about/") is None
    first = await show(publisher, "/about/")
    assert publisher.ready("/about/") is not None
    assert await show(publisher, "/about/") is first
    assert len(templates.rendered) == 1
    assert all(name.startswith("render") for name in templates.threads)


async def test_a_page_is_compressed_for_those_who_accept_it_once_and_not_on_the_event_loop(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str]] = []

    def compress(prepared: Prepared, encoding: str) -> Prepared:
        if encoding not in prepared.variants:
            made.append((encoding, threading.current_thread().name.partition("_")[0]))
        return encode(prepared, encoding)

    monkeypatch.setattr(publisher_module, "encode", compress)
    await publisher.publish(build())
    for accepted, encoding in (
        ("", "identity"),
        ("gzip, br", "br"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br", "br"),
    ):
        answer = await publisher.answer(OUTBOX_PATH, accepted)
        assert answer is not None
        assert answer.variants[encoding].headers.get("Content-Encoding", "identity") == encoding
    assert made == [("br", "render"), ("gzip", "render")]
    first = await publisher.answer("/about/", "gzip")
    assert first is not None
    assert list(first.variants) == ["identity", "gzip"]
    assert publisher.store.size_bytes == sum(
        entry.size_bytes for path in (OUTBOX_PATH, "/about/") if (entry := publisher.store.peek(path))
    )


async def test_readers_who_ask_at_once_wait_for_one_rendering(publisher: Publisher, templates: CountingPages) -> None:
    await publisher.publish(build())
    await asyncio.gather(*(show(publisher, "/archive/") for _ in range(20)))
    assert len(templates.rendered) == 1


async def test_a_reader_who_leaves_does_not_take_the_page_from_others(publisher: Publisher) -> None:
    await publisher.publish(build())
    leaving = asyncio.create_task(show(publisher, "/archive/"))
    staying = asyncio.create_task(show(publisher, "/archive/"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert b"Archive" in await staying


async def test_an_edit_renders_again_only_what_it_changed(
    publisher: Publisher, templates: CountingPages, clock: Clock
) -> None:
    await publisher.publish(build())
    paths = [path for path, recipe in publisher.site.recipes.items() if recipe.content_type == HTML]
    before = {path: await show(publisher, path) for path in paths}
    templates.rendered.clear()
    clock.now += timedelta(minutes=1)
    await publisher.publish(build({**SOURCES, "articles/transactional-outbox.md": OUTBOX + "\nOne more thing.\n"}))
    assert publisher.ready(OUTBOX_PATH) is None
    after = {path: await show(publisher, path) for path in paths}
    assert [path for path in paths if before[path] != after[path]] == [OUTBOX_PATH]
    assert [url.removeprefix("https://blog.example.org") for url in templates.rendered] == [OUTBOX_PATH]
    unchanged = publisher.ready("/about/")
    assert unchanged is not None
    assert unchanged.last_modified == NOW


async def test_publishing_the_same_again_changes_nothing(publisher: Publisher) -> None:
    scope = make_scope()
    assert await publisher.publish(lambda _now: scope)
    site = publisher.site
    assert not await publisher.publish(lambda _now: scope)
    assert publisher.site is site


async def test_an_article_appears_everywhere_when_its_time_comes(publisher: Publisher, clock: Clock) -> None:
    await publisher.publish(build())
    assert await publisher.prepare("/articles/future/") is None
    assert b"Tomorrow" not in await show(publisher, "/")
    clock.now += timedelta(days=1)
    await publisher.publish(build())
    for path in ("/", "/articles/future/", "/archive/", "/tags/messaging/", "/feed.xml", "/rss.xml", "/feed.json"):
        assert b"Tomorrow" in await show(publisher, path), path
    assert b"/articles/future/" in await show(publisher, "/sitemap.xml")


async def test_related_articles_are_asked_when_a_page_is_made_and_kept_while_search_is_silent(
    publisher: Publisher, search_answers: Search
) -> None:
    search, path = search_answers, "/articles/zero-trust/"
    await publisher.publish(build())
    assert search.asked == []
    assert b"Related" not in await show(publisher, path)
    search.related = ("tail-latency",)
    assert b"Related" not in await show(publisher, path)
    await publisher.renew()
    assert b"Related" in await show(publisher, path)
    assert await show(publisher, path)
    search.related = None
    await publisher.renew()
    assert b"Related" in await show(publisher, path)
    assert search.asked == ["zero-trust"] * 3


async def test_a_page_is_packed_when_it_is_asked_for_again_and_once(
    templates: CountingPages, clock: Clock, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, given = PageStore(1 << 22), list[str]()
    recompression = Recompression(store, pool)
    monkeypatch.setattr(recompression, "enqueue", lambda path, _prepared: given.append(path))
    publisher = Publisher(templates, store, pool, clock, recompression=recompression)
    await publisher.publish(build())
    await publisher.prepare(OUTBOX_PATH)
    assert given == []
    publisher.ready(OUTBOX_PATH)
    publisher.ready(OUTBOX_PATH)
    assert given == [OUTBOX_PATH]
    await publisher.renew()  # validated again, and the same
    await publisher.prepare(OUTBOX_PATH)
    publisher.ready(OUTBOX_PATH)
    assert given == [OUTBOX_PATH]
    await publisher.publish(build({**SOURCES, "articles/transactional-outbox.md": OUTBOX + "\nOne more thing.\n"}))
    await publisher.prepare(OUTBOX_PATH)
    assert given == [OUTBOX_PATH]
    publisher.ready(OUTBOX_PATH)
    assert given == [OUTBOX_PATH, OUTBOX_PATH]


async def test_removed_entries_are_gone(publisher: Publisher) -> None:
    await publisher.publish(build())
    await show(publisher, "/articles/zero-trust/")
    await publisher.publish(build({k: v for k, v in SOURCES.items() if "zero" not in k}))
    assert publisher.ready("/articles/zero-trust/") is None
    assert await publisher.prepare("/articles/zero-trust/") is None


async def test_nothing_is_served_before_the_first_site(publisher: Publisher) -> None:
    with pytest.raises(RuntimeError):
        _ = publisher.site


@pytest.fixture(scope="module")
def site(compiled: Pages) -> Site:
    return build_site(make_scope(), compiled)


def test_the_size_of_an_entry_includes_its_overhead(site: Site) -> None:
    made = Made(None, prepare(b"x" * 1000, "image/png", made=NOW))
    assert Entry(site, made).size_bytes == 1000 + OVERHEAD_BYTES


def test_an_alias_never_hides_a_page(compiled: Pages) -> None:
    scope = make_scope()
    about = replace(scope.view.pages_by_slug["about"], aliases=("/archive/", "/old/"))
    view = replace(scope.view, articles=(), pages=(about,))
    site = build_site(replace(scope, view=view), compiled)
    assert site.redirects == {"/old/": "/about/", "/articles/": "/archive/"}
