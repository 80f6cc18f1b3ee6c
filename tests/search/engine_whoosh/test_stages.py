"""A large index is published in stages: what is there answers, and says how far it is."""

from __future__ import annotations

import errno
import gc
import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from services.search.arrays.segment import build
from services.search.engine import IndexNotWritable
from services.search.engine_whoosh.store import index_writer, segment_files
from services.search.engine_whoosh.store.segment_files import SegmentMaker
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.indexing import changes
from services.search.indexing.changes import Change, stages
from services.search.text.term_table import TermTable
from shared.content.article import Article, Body
from shared.content.problem import InvalidContent, Problem, StaleBody
from shared.search.contract import Building, SearchQuery
from tests.campaign.damage import flip
from tests.search.corpus import make_article

ARTICLES = [make_article(seed) for seed in range(40)]


@pytest.fixture
def small_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "FIRST_STAGE", 3)
    monkeypatch.setattr(changes, "STAGE_GROWTH", 2)
    monkeypatch.setattr(segment_files, "SMALL_SEGMENT_DOCUMENTS", 2)


@pytest.mark.usefixtures("small_stages")
def test_stages_hold_every_article_once_in_order_and_remove_first() -> None:
    change = Change(tuple(ARTICLES[:20]), tuple(ARTICLES[20:]), ("gone",))
    parts = stages(change)
    assert [part.count for part in parts] == [3, 6, 12, 19]
    assert [one for part in parts for one in (*part.added, *part.changed)] == ARTICLES
    assert [part.removed for part in parts] == [("gone",), (), (), ()]
    assert stages(Change((), (), ())) == []
    assert stages(Change((), (), ("gone",))) == [Change((), (), ("gone",))]


class Follower:
    """Opens each generation that appears while an index is built, as a serving process does."""

    def __init__(self, directory: Path) -> None:
        self._store = WhooshIndexStore(directory)
        self.seen: dict[str | None, tuple[Building | None, int]] = {}

    def look(self, _done: int, _total: int) -> None:
        current = self._store.current()
        if current is not None and current not in self.seen:
            results = self._store.open().search(SearchQuery(""))
            self.seen[current] = results.building, results.total


@pytest.mark.usefixtures("small_stages")
def test_an_index_that_is_being_built_answers_from_what_it_holds_and_says_so(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    report = WhooshIndexStore(tmp_path).sync(ARTICLES, follower.look)
    follower.look(0, 0)
    assert report.added == len(ARTICLES)
    assert list(follower.seen.values()) == [
        (Building(3, 40), 3),
        (Building(9, 40), 9),
        (Building(21, 40), 21),
        (None, 40),
    ]


@pytest.mark.usefixtures("small_stages")
def test_a_deleted_index_answers_as_a_whole_until_it_is_built_again(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    store.close()
    reader = WhooshIndexStore(tmp_path)
    engine = reader.open()
    shutil.rmtree(tmp_path)
    assert reader.current() is None
    current: list[str | None] = []
    stages_seen: list[Building | None] = []

    def look(_done: int, _total: int) -> None:
        if (tmp_path / "CURRENT").exists():
            current.append(reader.current())
            stages_seen.append(WhooshIndexStore(tmp_path).open().status().building)

    WhooshIndexStore(tmp_path).sync(ARTICLES, look)
    assert set(current) == {engine.generation}
    assert Building(3, 40) in stages_seen
    assert engine.search(SearchQuery("")).total == len(ARTICLES)
    assert reader.current() not in {None, engine.generation}, "the complete one is opened"
    assert reader.open().search(SearchQuery("")).total == len(ARTICLES)


@pytest.mark.usefixtures("small_stages")
@pytest.mark.parametrize("loss", ["dropped", "written to"])
def test_a_stage_is_opened_if_nothing_better_answers(tmp_path: Path, loss: str) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    store.close()
    reader = WhooshIndexStore(tmp_path)
    engine = reader.open()
    name = engine.generation
    if loss == "dropped":
        del engine
        gc.collect()
    else:
        for path in tmp_path.glob("*.arrays"):
            flip(path, random.Random(1))  # noqa: S311 - a seed, no secret
    shutil.rmtree(tmp_path)
    seen = []

    def look(_done: int, _total: int) -> None:
        seen.append(reader.current())

    WhooshIndexStore(tmp_path).sync(ARTICLES, look)
    assert not {None, name}.issuperset(seen)


@pytest.mark.usefixtures("small_stages")
def test_an_index_built_in_stages_is_the_one_built_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = WhooshIndexStore(tmp_path / "staged")
    name = staged.sync(ARTICLES).generation
    staged.close()
    monkeypatch.setattr(changes, "FIRST_STAGE", 1000)
    whole = WhooshIndexStore(tmp_path / "whole")
    assert whole.sync(ARTICLES).generation == name
    assert [len(one.open().generation_data.segments) for one in (staged, whole)] == [1, 1]
    for article in ARTICLES:
        assert staged.open().related(article.slug) == whole.open().related(article.slug)
    assert not staged.sync(ARTICLES).is_change


@pytest.mark.usefixtures("small_stages")
def test_a_build_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(done: int, _total: int) -> None:
        if done > 9:
            raise Killed

    with pytest.raises(Killed):
        WhooshIndexStore(tmp_path).sync(ARTICLES, kill)
    assert WhooshIndexStore(tmp_path).open().status().building == Building(9, 40)
    assert WhooshIndexStore(tmp_path).sync(ARTICLES).added == len(ARTICLES) - 9


@pytest.mark.usefixtures("small_stages")
def test_articles_that_change_in_stages_stay_findable(tmp_path: Path) -> None:
    WhooshIndexStore(tmp_path).sync(ARTICLES)
    edited: list[Article] = [make_article(seed, version=1) for seed in range(40)]
    follower = Follower(tmp_path)
    report = WhooshIndexStore(tmp_path).sync(edited, follower.look)
    assert report.changed == len(edited)
    assert set(follower.seen.values()) == {(None, 40)}


@pytest.mark.usefixtures("small_stages")
def test_segments_of_a_build_are_merged_while_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(index_writer, "maintain", lambda *_: None)
        name = WhooshIndexStore(tmp_path).sync(ARTICLES).generation
    reader = WhooshIndexStore(tmp_path)
    before = reader.open()
    assert len(before.generation_data.segments) == 4
    store = WhooshIndexStore(tmp_path)
    assert not store.sync(ARTICLES).is_change
    store.close()
    assert reader.current() != name, "other files: readers open them"
    after = reader.open()
    assert (len(after.generation_data.segments), after.generation, reader.current()) == (1, name, name)
    for text in ("relay", "outbox pattern", ""):
        assert replace(after.search(SearchQuery(text)), took_ms=0) == replace(
            before.search(SearchQuery(text)), took_ms=0
        )


def test_a_build_that_fails_leaves_no_files_of_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_writer, "SEGMENT_DOCUMENTS", 10)
    monkeypatch.setattr(build, "BATCH_DOCUMENTS", 10)

    def fail(_done: int, _total: int) -> None:
        assert list(tmp_path.glob("*.arrays.new"))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(IndexNotWritable, match="the disk is full"):
        WhooshIndexStore(tmp_path).sync(ARTICLES, fail)
    (tmp_path / "0123456789abcdef.arrays.new").write_bytes(b"of a build that was killed")
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    store.close()
    assert not list(tmp_path.glob("*.arrays.new"))


def test_a_batch_of_which_nothing_can_be_read_writes_no_file(tmp_path: Path) -> None:
    assert SegmentMaker(tmp_path)((), TermTable()) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("small_stages")
def test_a_large_build_writes_few_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs every query its time until they are merged."""
    monkeypatch.setattr(changes, "FIRST_STAGE", len(ARTICLES))
    monkeypatch.setattr(build, "BATCH_DOCUMENTS", 10)
    monkeypatch.setattr(index_writer, "SEGMENT_DOCUMENTS", 2)
    monkeypatch.setattr(index_writer, "BUILT_SEGMENTS", 4)
    monkeypatch.setattr(index_writer, "maintain", lambda *_: None)
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    assert len(store.open().generation_data.segments) == 4


def _changed() -> Body:
    raise StaleBody("the file changed since it was loaded")


def _defect() -> Body:
    raise InvalidContent([Problem("articles/x.md", 1, "this article cannot be read")])


def test_an_index_waits_for_files_that_changed_and_not_for_what_no_parser_reads(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path)
    broken, changed = replace(ARTICLES[0], text=_defect), replace(ARTICLES[1], text=_changed)
    store.sync([broken, changed, *ARTICLES[2:]])
    assert store.open().status().building == Building(38, 39)
    store.sync([broken, *ARTICLES[1:]])
    assert store.open().status().building is None
    assert store.sync([broken, *ARTICLES[1:]]).stale == 0
    assert store.open().status().building is None
