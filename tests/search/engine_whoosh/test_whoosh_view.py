"""When the Whoosh index is written: with every generation, and again after another program wrote to it."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
from whoosh.index import open_dir

from services.search.engine_whoosh.store import maintenance, segment_files, whoosh_view
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE, make_article

#: Documents that a sync removes or replaces, so that there are several segments and deletions.
GONE = make_article("gone", "Outbox of old", text="The outbox was here.", day=1)


def foreign_addition(directory: Path) -> None:
    writer = open_dir(str(directory)).writer()
    writer.add_document(slug="foreign", title="Foreign outbox")
    writer.commit(merge=False)


def foreign_deletion(directory: Path) -> None:
    open_dir(str(directory)).delete_by_term("slug", "zero-trust")


def foreign_merge(directory: Path) -> None:
    open_dir(str(directory)).optimize()


def foreign_change(directory: Path) -> None:
    with open_dir(str(directory)).writer() as writer:
        writer.update_document(slug="tail-latency", title="Another")


@pytest.mark.parametrize("write", [foreign_addition, foreign_deletion, foreign_merge, foreign_change])
def test_a_write_of_another_program_is_noticed_and_the_index_rebuilt(
    tmp_path: Path, events: io.StringIO, write: Any
) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE[:2])
    store.sync(SITE)
    store.close()
    before = sorted(path.name for path in tmp_path.glob("*.arrays"))
    write(tmp_path)
    assert all_slugs(store) == sorted(one.slug for one in SITE)
    for again in (WhooshIndexStore(tmp_path), store):
        again.sync(SITE)
        again.close()
    assert events.getvalue().count("changed by another program") == 1
    assert sorted(path.name for path in tmp_path.glob("*.arrays")) == before
    assert seen_by_whoosh(tmp_path) == {one.slug: one.title for one in SITE}


def all_slugs(store: WhooshIndexStore) -> list[str]:
    """What this project's engine lists, sorted."""
    with contextlib.closing(store.open()) as engine:
        return sorted(hit.slug for hit in engine.search(SearchQuery("", size=50)).hits)


def seen_by_whoosh(directory: Path) -> dict[str, str]:
    with open_dir(str(directory)).searcher() as searcher:
        return {fields["slug"]: fields["title"] for fields in searcher.documents()}


@pytest.mark.parametrize("articles", [(), SITE[:1], (*SITE[1:], GONE)])
def test_whoosh_sees_every_generation(tmp_path: Path, articles: tuple[Article, ...]) -> None:
    store = WhooshIndexStore(tmp_path)
    for site in (SITE, articles):
        store.sync(site)
        store.close()
        assert seen_by_whoosh(tmp_path) == {one.slug: one.title for one in site}


def test_a_large_whoosh_index_is_written_by_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "ALONE_FROM_DOCUMENTS", len(SITE))
    monkeypatch.setattr(whoosh_view.WhooshView, "write", None)  # in this process it would fail
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE)
    store.close()
    assert seen_by_whoosh(tmp_path) == {one.slug: one.title for one in SITE}


def test_an_edit_of_a_large_index_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_files, "SMALL_SEGMENT_DOCUMENTS", len(SITE))
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE)
    store.close()
    monkeypatch.setattr(maintenance, "ALONE_FROM_DOCUMENTS", 2)
    monkeypatch.setattr(maintenance, "process_pool", None)
    store.sync((*SITE, GONE))
    store.close()
    assert len(seen_by_whoosh(tmp_path)) == len(SITE) + 1


def test_the_whoosh_index_is_finished_by_the_next_sync(tmp_path: Path) -> None:
    """A process that is killed after it published a generation leaves it unfinished."""
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE)
    store.close()
    for path in (*tmp_path.glob("*.seg"), *tmp_path.glob("*.toc")):
        path.unlink()
    assert not store.sync(SITE).is_change
    store.close()
    assert len(seen_by_whoosh(tmp_path)) == len(SITE)


def test_while_another_program_writes_its_index_is_left_alone(tmp_path: Path, events: io.StringIO) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE[:2])
    store.close()
    writer = open_dir(str(tmp_path)).writer()
    store.sync(SITE)
    store.close()
    assert "another program writes to it" in events.getvalue()
    assert all_slugs(store) == sorted(one.slug for one in SITE)
    writer.cancel()
    store.sync(SITE)
    store.close()
    assert len(seen_by_whoosh(tmp_path)) == len(SITE)
