"""The indexer keeps a store up to date with the content, reports its state, and retries."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from services.search.arrays.segment.memory_segment import invert
from services.search.engine import IndexStore, SyncReport
from services.search.indexing.content_source import Content, follow_content, read_results
from services.search.indexing.indexer import VERIFY_S, Indexer
from services.search.indexing.state import MAX_PROBLEMS, IndexerState, decode_state, encode_state
from services.search.text.term_table import TermTable
from shared.content.article import Article, Body
from shared.content.folder.loader import LoadResult, load_now
from shared.content.folder.site_links import SiteLinks
from shared.content.folder.snapshot import Snapshot
from shared.content.library import build_library
from shared.content.parsing.site_config import SiteConfig
from shared.content.problem import Problem, StaleBody
from shared.process.tasks import running_task
from shared.web.settings import Settings
from tests.search_service.articles import FIRST_DAY, SITE, make_article
from tests.search_service.engine.memory_engine import MemoryStore, embedded


class Told:
    """Content that a test sets, and the states that the indexer reported."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Content | None] = asyncio.Queue()
        self.states: list[IndexerState] = []

    def tell(self, content: Content | None) -> None:
        """The next content, or None: there will be no more."""
        self._queue.put_nowait(content)

    async def contents(self) -> AsyncIterator[Content]:
        """The progress reported."""
        while (content := await self._queue.get()) is not None:
            yield content

    async def until(self, condition: Callable[[IndexerState], bool]) -> IndexerState:
        """Wait for a state that satisfies ``condition`` and return it."""
        async with asyncio.timeout(5):
            while not (self.states and condition(self.states[-1])):
                await asyncio.sleep(0.002)
        return self.states[-1]


@contextlib.asynccontextmanager
async def running(store: MemoryStore, told: Told, **options: float) -> AsyncIterator[None]:
    """An indexer at work."""
    async with running_task(Indexer(embedded(store), told.states.append, **options).run(told.contents())):
        yield


async def test_content_is_synced_as_it_changes() -> None:
    store, told = MemoryStore(), Told()
    async with running(store, told):
        told.tell(Content(SITE[:2]))
        state = await told.until(lambda one: one.phase == "idle" and one.generation is not None)
        assert (state.total, state.is_content_known, state.error) == (2, True, "")
        told.tell(Content(SITE))
        await told.until(lambda one: one.phase == "idle" and one.generation != state.generation)
        assert store.open().status().articles == len(SITE)


class Verified:
    """A store whose verification waits for a disk, and is counted."""

    def __init__(self) -> None:
        self._store = embedded(MemoryStore())
        self.verifications = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def verify(self) -> bool:
        self.verifications += 1
        await asyncio.sleep(0.3)
        return True


async def test_a_busy_machine_does_not_put_off_the_next_verification() -> None:
    indexer = Indexer(cast("IndexStore", Verified()), lambda _state: None)
    await indexer._verify()
    assert indexer._verify_every_s == VERIFY_S


async def test_edits_that_never_pause_do_not_put_off_verification() -> None:
    store, told = Verified(), Told()
    indexer = Indexer(cast("IndexStore", store), told.states.append, look_s=60.0)
    async with running_task(indexer.run(told.contents())):
        for number in range(1, 3):
            indexer._verified_at = -VERIFY_S  # as if its time had come
            told.tell(Content(SITE[:number]))
            await told.until(lambda one, number=number: one.phase == "idle" and one.total == number)  # type: ignore[misc] # mypy infers no lambda with defaults
        assert store.verifications >= 2


async def test_it_ends_when_content_ends_and_is_synced() -> None:
    store, told = MemoryStore(), Told()
    told.tell(Content(SITE))
    told.tell(None)
    async with asyncio.timeout(5):
        await Indexer(embedded(store), told.states.append).run(told.contents())
    assert store.current() == told.states[-1].generation
    assert [state.phase for state in told.states] == ["loading", "indexing", "idle"]


async def test_invalid_content_at_the_start_is_reported_and_nothing_is_written() -> None:
    store, told = MemoryStore(), Told()
    async with running(store, told):
        told.tell(Content(None, ("content/a.md:3: bad",)))
        state = await told.until(lambda one: bool(one.problems))
        assert (state.phase, state.is_content_known, state.generation) == ("idle", False, None)
        assert store.current() is None


async def test_problems_go_when_content_is_mended(events: io.StringIO) -> None:
    store, told = MemoryStore(), Told()
    async with running(store, told):
        told.tell(Content(SITE, ("content/a.md:3: bad",)))
        await told.until(lambda one: one.phase == "idle" and one.problem_count == 1)
        told.tell(Content(SITE))
        await told.until(lambda one: one.phase == "idle" and one.problem_count == 0)
    logged = [orjson.loads(line) for line in events.getvalue().splitlines() if "good" in line]
    assert [(one["event"], one.get("first")) for one in logged] == [
        ("what has problems keeps its last good state, or is left out", "content/a.md:3: bad"),
        ("content is good again", None),
    ]


async def test_a_full_disk_is_reported_and_retried_until_there_is_room() -> None:
    store, told = MemoryStore(), Told()
    store.sync(SITE[:1])
    before = store.current()
    store.disk.problem = "No space left on device: .perspective/index"
    async with running(store, told, retry_first_s=0.01):
        told.tell(Content(SITE))
        state = await told.until(lambda one: one.phase == "retrying")
        assert "No space left on device" in state.error
        assert "tried again in" in state.error
        assert (state.generation, store.current()) == (before, before)
        store.disk.problem = ""
        state = await told.until(lambda one: one.phase == "idle")
        assert (state.error, state.generation) == ("", store.current())
        assert store.open().status().articles == len(SITE)


async def test_a_change_while_waiting_to_try_again_is_tried_at_once() -> None:
    store, told = MemoryStore(), Told()
    store.disk.problem = "read-only file system"
    async with running(store, told, retry_first_s=60):
        told.tell(Content(SITE))
        await told.until(lambda one: one.phase == "retrying")
        store.disk.problem = ""
        told.tell(Content(SITE[:1]))
        await told.until(lambda one: one.phase == "idle" and one.total == 1)


class Files:
    """The files of SITE, which may be away."""

    def __init__(self, *, are_away: bool) -> None:
        self.are_away = are_away
        self.content = Content(tuple(replace(one, text=partial(self._read, one.body)) for one in SITE))

    def _read(self, body: Body) -> Body:
        if self.are_away:
            raise StaleBody("the file changed since it was loaded")
        return body


async def test_files_that_are_again_as_they_were_loaded_are_indexed() -> None:
    """Nothing has changed then, so no content tells of it: a folder was moved away and put back."""
    store, told, files = MemoryStore(), Told(), Files(are_away=True)
    async with running(store, told, retry_first_s=0.01):
        told.tell(files.content)
        await told.until(lambda one: one.phase == "idle" and one.generation is not None)
        assert store.open().status().articles == 0
        files.are_away = False
        async with asyncio.timeout(5):
            while store.open().status().articles < len(SITE):
                await asyncio.sleep(0.01)


async def test_the_last_content_is_synced_once_though_its_files_have_changed() -> None:
    """`perspective index` ends."""
    store, told = MemoryStore(), Told()
    told.tell(Files(are_away=True).content)
    told.tell(None)
    async with asyncio.timeout(5):
        await Indexer(embedded(store), told.states.append, retry_first_s=0.01).run(told.contents())
    assert told.states[-1].phase == "idle"


async def test_an_index_that_somebody_removed_is_built_again() -> None:
    store, told = MemoryStore(), Told()
    async with running(store, told, look_s=0.01):
        told.tell(Content(SITE))
        await told.until(lambda one: one.phase == "idle")
        store.disk.newest = None
        async with asyncio.timeout(5):
            while store.current() is None:
                await asyncio.sleep(0.002)


async def test_a_fault_of_the_engine_ends_the_indexer() -> None:
    class BrokenStore(MemoryStore):
        def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
            raise ZeroDivisionError

    told = Told()
    told.tell(Content(SITE))
    with pytest.raises(ExceptionGroup) as caught:
        await Indexer(embedded(BrokenStore()), told.states.append).run(told.contents())
    assert caught.group_contains(ZeroDivisionError)


def test_a_state_survives_the_pipe() -> None:
    state = IndexerState(phase="indexing", done=3, total=9, generation="g", seconds=1.5, is_content_known=True)
    assert decode_state(encode_state(state)) == state
    assert encode_state(state).count(b"\n") == 1


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"phase": "dancing"}', b"Traceback (most recent call last):", b"\xff"]
)
def test_a_line_that_is_no_state_is_none(line: bytes) -> None:
    assert decode_state(line) is None


def test_many_problems_are_counted_and_some_are_shown() -> None:
    state = IndexerState().with_problems(tuple(f"p{number}" for number in range(MAX_PROBLEMS + 5)))
    assert (len(state.problems), state.problem_count) == (MAX_PROBLEMS, MAX_PROBLEMS + 5)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (IndexerState(), "starting"),
        (IndexerState(phase="loading"), "reading content"),
        (IndexerState(phase="indexing", done=5, total=9), "5 of 9"),
        (IndexerState(phase="idle"), "up to date"),
        (IndexerState(phase="down", error="was killed"), "was killed"),
        (IndexerState(phase="indexing", done=5, total=9, error="disk full"), "5 of 9 articles, after: disk full"),
    ],
)
def test_a_state_is_described_for_an_operator(state: IndexerState, words: str) -> None:
    assert words in state.describe()


async def test_an_invalid_edit_keeps_the_articles_of_the_last_good_one() -> None:
    library = build_library(SiteConfig(), SITE)
    bad = LoadResult(None, (Problem("content/a.md", 3, "bad"),), Snapshot())

    async def results() -> AsyncIterator[LoadResult]:
        yield bad
        yield LoadResult(library, (), Snapshot())
        yield bad

    now = datetime(2030, 1, 1, tzinfo=UTC)
    first, second, third = [content async for content in read_results(results(), lambda: now, SiteLinks())]
    assert first == Content(None, ("content/a.md:3: bad",))
    assert second.articles is not None
    assert {one.slug for one in second.articles} == {one.slug for one in SITE}
    assert (third.articles, third.problems) == (second.articles, first.problems)


async def test_only_visible_articles_are_found() -> None:
    library = build_library(SiteConfig(), [make_article("now"), make_article("later", day=10)])

    async def results() -> AsyncIterator[LoadResult]:
        yield LoadResult(library, (), Snapshot())

    contents = [content async for content in read_results(results(), lambda: FIRST_DAY, SiteLinks())]
    assert [[one.slug for one in content.articles or ()] for content in contents] == [["now"]]


ARTICLE = "---\ntitle: New\nsummary: New.\npublished: 2025-01-01\n---\n\nText.\n"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """An empty folder of articles."""
    articles = tmp_path / "articles"
    articles.mkdir()
    return articles


async def test_without_watching_content_is_read_once(articles: Path) -> None:
    await asyncio.to_thread((articles / "new.md").write_text, ARTICLE)
    settings = Settings(content_dir=articles.parent, watch="off")
    contents = [content async for content in follow_content(settings)]
    assert [[one.slug for one in content.articles or ()] for content in contents] == [["new"]]


async def test_with_watching_a_new_article_comes_by_itself(articles: Path) -> None:
    following = follow_content(Settings(content_dir=articles.parent))
    async with asyncio.timeout(20):
        assert (await anext(following)).articles == ()
        await asyncio.to_thread((articles / "new.md").write_text, ARTICLE)
        content = await anext(following)
    assert content.articles is not None
    assert [one.slug for one in content.articles] == ["new"]
    await following.aclose()


def test_the_indexer_asks_for_no_html_and_indexes_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    text = "---\ntitle: T\nsummary: S\npublished: 2026-01-01\n---\n\nLead.\n\n## A heading\n\n[b](b.md)\n"
    (folder / "a.md").write_text(text)
    (folder / "b.md").write_text(text)
    whole = load_now(tmp_path).require().articles
    indexed = load_now(tmp_path, wants_html=False).require().articles
    for one, other in zip(whole, indexed, strict=True):
        assert (bool(one.body.html), other.body.html) == (True, "")
        assert other.digest == one.digest
        assert invert([other], TermTable()).records == invert([one], TermTable()).records
