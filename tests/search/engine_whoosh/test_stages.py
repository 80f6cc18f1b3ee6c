"""A large index is published in stages: what is there answers, and says how far it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.indexing import changes
from services.search.indexing.changes import Change, stages
from shared.content.article import Article
from shared.search.contract import Building, SearchQuery
from tests.search.corpus import make_article

ARTICLES = [make_article(seed) for seed in range(40)]


@pytest.fixture
def small_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "FIRST_STAGE", 3)
    monkeypatch.setattr(changes, "STAGE_GROWTH", 2)


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
def test_an_index_built_in_stages_is_the_one_built_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = WhooshIndexStore(tmp_path / "staged")
    name = staged.sync(ARTICLES).generation
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
