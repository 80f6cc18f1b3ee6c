"""The file of counts: what it holds, and what happens when it cannot be used."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.render.insight.counts import RANKS, Counts
from services.render.insight.store import Store, StoreError

DAY = date(2026, 6, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "insight.db"


def test_changes_add_up_and_come_back(path: Path) -> None:
    store = Store(path)
    assert store.load(DAY) == []
    store.add({(DAY, "outbox"): Counts(3, 1, 0, 0, "", "nothing", [1, *[0] * RANKS])}, DAY)
    store.add({(DAY, "outbox"): Counts(1, 0, 0, 1, "outboxes", "", [1, *[0] * (RANKS - 1), 2])}, DAY)
    assert store.load(DAY) == [((DAY, "outbox"), Counts(4, 1, 0, 1, "outboxes", "nothing", [2, *[0] * (RANKS - 1), 2]))]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_old_days_leave_no_trace_in_the_file(path: Path) -> None:
    store = Store(path)
    store.add({(DAY, "a distinctive query"): Counts(3)}, DAY)
    assert b"distinctive" in path.read_bytes()
    store.add({}, DAY + timedelta(days=1))
    assert b"distinctive" not in path.read_bytes()


def test_file_holds_days_queries_and_numbers_alone(path: Path) -> None:
    Store(path).add({(DAY, "outbox"): Counts(3)}, DAY)
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {name for name, _ in tables} == {"searches", "clicks"}
    assert not any(word in sql for _, sql in tables for word in ("address", "client", "mark", "time"))


def test_damaged_file_is_an_error_with_its_path(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 100)
    for use in (lambda: Store(path).load(DAY), lambda: Store(path).add({(DAY, "q"): Counts(1)}, DAY)):
        with pytest.raises(StoreError, match=r"insight\.db: file is not a database"):
            use()
    assert path.read_bytes() == b"this is no database" * 100


def test_flipped_bytes_never_raise_anything_else(path: Path) -> None:
    store = Store(path)
    store.add({(DAY, f"query {number}"): Counts(3, last="all") for number in range(50)}, DAY)
    good = path.read_bytes()
    for place in range(0, len(good), 97):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        try:
            for (day, query), counts in store.load(DAY):
                assert isinstance(day, date)
                assert isinstance(query, str)
                assert counts.visitors >= 0
            store.add({(DAY, "new"): Counts(1)}, DAY)
        except StoreError:
            continue


def test_locked_file_is_an_error_after_the_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.render.insight.store.BUSY_S", 0.01)
    store = Store(path)
    store.add({}, DAY)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            store.add({(DAY, "q"): Counts(1)}, DAY)
    store.add({(DAY, "q"): Counts(1)}, DAY)


def test_database_of_another_program_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE searches (mine TEXT)")
        database.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store(path).add({(DAY, "q"): Counts(1)}, DAY)
    assert path.read_bytes() == before


def test_file_of_a_newer_release_stays_as_it_is(path: Path) -> None:
    Store(path).add({(DAY, "q"): Counts(1)}, DAY)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version=7")
    with pytest.raises(StoreError, match="format 7"):
        Store(path).load(DAY)


def test_full_disk_changes_nothing(path: Path) -> None:
    """``max_page_count`` gives the error of a full disk."""
    store = Store(path)
    store.add({(DAY, "q"): Counts(1)}, DAY)

    class Full(Store):
        def _prepare(self, database: sqlite3.Connection) -> None:
            super()._prepare(database)
            database.execute("PRAGMA max_page_count=1")

    with pytest.raises(StoreError, match="full"):
        Full(path).add({(DAY, f"{'x' * 90} {number}"): Counts(1) for number in range(500)}, DAY)
    assert [query for (_, query), _ in store.load(DAY)] == ["q"]


def test_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="insight"):
        Store(tmp_path / "file" / "insight.db").load(DAY)
