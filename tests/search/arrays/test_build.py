"""Articles that are built by the processes of a pool."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from dataclasses import replace

import pytest

from services.search.arrays.segment import build
from services.search.arrays.segment.build import build_groups
from services.search.text.term_table import TermTable
from shared.content.article import Article
from tests.search.corpus import make_article


def slugs(articles: Iterable[Article], _table: TermTable) -> list[str]:
    """A Make: the slugs of a batch."""
    return [article.slug for article in articles]


def test_the_processes_have_ended_when_the_last_batch_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows, the last stage of an index and its merge, takes memory of its own."""
    monkeypatch.setattr(build, "POOL_FROM_DOCUMENTS", 2)
    monkeypatch.setattr(build, "processors", lambda: 2)
    articles = [make_article(seed) for seed in range(8)]
    made, alive = [], []
    for batch in build_groups([articles], slugs, 4):
        made += batch.made or []
        alive.append(len(multiprocessing.active_children()))
    assert made == [article.slug for article in articles]
    assert alive == [2, 0]


def test_a_batch_of_long_articles_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of a process grows with the words of a batch."""
    monkeypatch.setattr(build, "processors", lambda: 1)
    monkeypatch.setattr(build, "BATCH_DOCUMENTS", 4)
    monkeypatch.setattr(build, "LONG_WORDS", 10)
    words = [10, 10, 10, 10, 20, 20, 20, 20, 5]
    articles = [replace(make_article(number), word_count=count) for number, count in enumerate(words)]
    assert [batch.asked for batch in build_groups([articles], slugs, 4)] == [4, 2, 2, 1]
