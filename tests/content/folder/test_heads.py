"""The store of article heads: a restart reads what changed, and nothing that is wrong with the store reaches a page."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.content import versions
from shared.content.folder import heads, loader
from shared.content.folder.bodies import Bodies, LazyBody
from shared.content.folder.cache_file import write_cache
from shared.content.folder.heads import HeadStore
from shared.content.folder.loader import LoadResult, load_now
from shared.content.folder.reading import read_source
from shared.content.folder.tree import TreeFile
from shared.content.library import Library
from tests.campaign.damage import DAMAGES
from tests.content.articles import source
from tests.privileges import unprivileged


@pytest.fixture(autouse=True)
def every_site_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "LARGE", 1)
    monkeypatch.setattr(heads, "SETTLED_S", -60.0)


@pytest.fixture
def content(site: Path, tmp_path: Path) -> Path:
    """The fixture site, which uses every feature."""
    return Path(shutil.copytree(site, tmp_path / "content"))


@pytest.fixture
def store(content: Path, tmp_path: Path) -> HeadStore:
    return HeadStore(tmp_path / "cache", content)


@pytest.fixture
def sources_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that loads read."""
    read: list[str] = []

    def spy(file: TreeFile) -> str | None:
        read.append(file.source)
        return read_source(file)

    monkeypatch.setattr(loader, "read_source", spy)
    return read


def load_and_keep(content: Path, store: HeadStore) -> LoadResult:
    """What a service does at its start."""
    result = load_now(content, heads=store)
    store.keep(result.snapshot)
    return result


def state(library: Library) -> tuple[object, ...]:
    """Everything that a reader or an author may see of it."""
    library.verify()
    bodies = [one.body for one in (*library.articles, *library.pages)]
    return library.articles, library.pages, bodies, library.files, library.problems, library.permalinks


def test_a_restart_reads_no_article_and_gives_the_same_site(
    content: Path, store: HeadStore, sources_read: list[str]
) -> None:
    first = load_and_keep(content, store).require()
    sources_read.clear()
    again = load_and_keep(content, store).require()
    # The article with samples to run is read: another file says whether they ran.
    assert [one for one in sources_read if one.startswith("articles/")] == ["articles/every-feature/index.md"]
    assert state(again) == state(first) == state(load_now(content).require())


def test_a_restart_reads_no_article_whose_picture_has_a_problem(
    content: Path, store: HeadStore, sources_read: list[str]
) -> None:
    folder = content / "articles" / "with-a-picture"
    folder.mkdir()
    (folder / "index.md").write_text(source(), "utf-8")
    (folder / "photo.jpg").write_text("This is no picture.", "utf-8")
    first = load_and_keep(content, store).require()
    sources_read.clear()
    again = load_and_keep(content, store).require()
    assert "articles/with-a-picture/index.md" not in sources_read
    assert state(again) == state(first)


def test_articles_of_the_same_layout_share_what_they_have_in_common(content: Path, store: HeadStore) -> None:
    """At 12,000 articles, equal values in objects of their own took 7 MB in each service."""
    for name in ("one", "two"):
        (content / "articles" / f"{name}.md").write_text(source(title=name, tags="[shared-tag]"), "utf-8")
    for library in (load_and_keep(content, store).require(), load_and_keep(content, store).require()):
        one, two = (article for article in library.articles if article.source in {"articles/one.md", "articles/two.md"})
        assert one.tags[0] is two.tags[0]
        assert one.lines is two.lines
        assert isinstance(one.text, LazyBody)
        assert isinstance(two.text, LazyBody)
        assert one.text.inputs is two.text.inputs


def test_what_changed_meanwhile_is_read(content: Path, store: HeadStore, sources_read: list[str]) -> None:
    load_and_keep(content, store)
    (content / "articles" / "second-part.md").write_text(source("Other words.", title="Other"))
    (content / "articles" / "a-draft.md").unlink()
    (content / "articles" / "new.md").write_text(source("New."))
    (content / "articles" / "every-feature" / "box.svg").unlink()
    sources_read.clear()
    after = load_and_keep(content, store)
    assert state(after.require()) == state(load_now(content).require())
    assert {"articles/second-part.md", "articles/new.md", "articles/every-feature/index.md"} <= set(sources_read)


def flip_in_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def forge(path: Path) -> None:
    """A row that is not one, with the right sum."""
    payload = b'[["articles/x.md", [1, 2], [], []]]'
    write_cache(path, heads._KEY, payload)


@pytest.mark.parametrize("damage", [*DAMAGES, flip_in_the_middle, forge])
def test_a_damaged_store_costs_time_and_nothing_else(
    content: Path, store: HeadStore, damage: Callable[[Path], object]
) -> None:
    first = load_and_keep(content, store).require()
    damage(store.path)
    assert state(load_and_keep(content, store).require()) == state(first)


@pytest.mark.parametrize("name", ["PARSER_VERSION", "DIALECT_VERSION"])
def test_another_version_does_not_use_this_ones_cache(
    content: Path, store: HeadStore, sources_read: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    load_and_keep(content, store)
    monkeypatch.setattr(versions, name, 99)
    sources_read.clear()
    load_and_keep(content, store)
    assert "articles/second-part.md" in sources_read


def test_a_store_that_cannot_be_written_is_done_without(content: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = HeadStore(tmp_path / "file" / "cache", content)
    for _ in range(2):
        assert len(load_and_keep(content, store).require().articles) > 2


def test_a_file_that_changed_just_now_is_not_trusted(
    content: Path, store: HeadStore, sources_read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "SETTLED_S", 60.0)
    load_and_keep(content, store)
    sources_read.clear()
    load_and_keep(content, store)
    assert "articles/second-part.md" in sources_read


@pytest.mark.parametrize(
    "keys",
    [{"extra": "{day: 2026-01-01}"}, {"extra": "{1: one}"}, {"extra": "{a: [1, {b: 2.5}]}"}, {"title": '"\\ud800"'}],
)
def test_values_that_json_cannot_hold_are_read_again(content: Path, store: HeadStore, keys: dict[str, str]) -> None:
    (content / "articles" / "odd.md").write_text(source("Text.", **keys))
    first = load_and_keep(content, store)
    assert store.path.exists()
    again = load_and_keep(content, store)
    assert again.problems == first.problems
    assert state(again.require()) == state(first.require())


def test_a_small_site_keeps_nothing(content: Path, store: HeadStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "LARGE", 500)
    load_and_keep(content, store)
    assert not store.directory.exists()


def test_an_article_that_is_broken_is_not_kept(content: Path, store: HeadStore) -> None:
    load_and_keep(content, store)
    (content / "articles" / "second-part.md").write_text("broken")
    broken: LoadResult = load_and_keep(content, store)
    assert [problem.path for problem in broken.problems] == [f"{content}/articles/second-part.md"]


@pytest.mark.parametrize("is_killed", [False, True])
def test_one_of_two_services_reads_the_articles_of_a_first_start(
    content: Path, store: HeadStore, sources_read: list[str], *, is_killed: bool
) -> None:
    first = load_now(content, heads=store)
    other = HeadStore(store.directory, content, waits=True)
    with ThreadPoolExecutor(1) as threads:
        sources_read.clear()
        waiting = threads.submit(load_and_keep, content, other)
        if is_killed:
            store.write = lambda *_: None  # type: ignore[method-assign] # its lock ends, and nothing is written
        store.keep(first.snapshot)
        assert state(waiting.result().require()) == state(first.require())
    assert ("articles/second-part.md" in sources_read) == is_killed


def test_render_does_not_wait_for_the_indexer(content: Path, store: HeadStore) -> None:
    load_now(content, heads=store)
    assert load_and_keep(content, HeadStore(store.directory, content)).library


def test_two_services_and_a_kill_leave_a_whole_file(content: Path, store: HeadStore) -> None:
    expected = state(load_and_keep(content, store).require())
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_for_ever, args=(store,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    whole = {one.source for library in [load_now(content).require()] for one in (*library.articles, *library.pages)}
    for _ in range(50):
        # Each read finds one whole file, whichever process replaces it meanwhile. That with samples to run is not kept.
        assert store.read(Bodies()).entries.keys() == whole - {"articles/every-feature/index.md"}
    for writer in writers:
        writer.kill()
        writer.join()
    assert state(load_and_keep(content, store).require()) == expected


def write_for_ever(store: HeadStore) -> None:
    heads.LARGE, heads.SETTLED_S = 1, -60.0
    snapshot = load_now(store.content_dir).snapshot
    while os.getppid() != 1:
        store.write(snapshot.entries.values(), snapshot.rules, time.time())


def test_other_rules_of_the_site_are_read_again(content: Path, store: HeadStore, sources_read: list[str]) -> None:
    first = load_now(content, heads=store)
    store.keep(first.snapshot)
    sources_read.clear()
    site = content / "site.toml"
    site.write_text(f'timezone = "Asia/Tokyo"\nheading_ids = "github"\n{site.read_text()}')
    found = load_now(content, heads=store)
    store.keep(found.snapshot)
    assert first.articles().keys() <= set(sources_read)
    before = {one.digest for one in first.articles().values()}
    assert before.isdisjoint(one.digest for one in found.articles().values())
    assert load_now(content, found, touched=frozenset({"site.toml"})) is found
    sources_read.clear()
    assert load_now(content, heads=store).articles() == found.articles()
    assert set(sources_read) <= {"site.toml", "verified.json", "articles/every-feature/index.md"}


def test_a_folder_that_may_not_be_entered_costs_the_time_of_reading(content: Path, store: HeadStore) -> None:
    store.directory.mkdir(mode=0o000)
    with unprivileged():
        result = load_and_keep(content, store)
    assert result.library is not None
    assert result.library.articles
