"""The counts in an SQLite file. Every method blocks: ``recording`` calls them in a thread.

The file holds a day, a query and numbers: no address, no mark of a visitor, and no query that too few visitors typed.
Rows are deleted, and overwritten on the disk, when their day is over.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from services.render.insight.counts import RANKS, Counts, Found
from services.render.insight.ledger import MAX_ALL, Key
from services.render.insight.queries import normalise

#: Seconds to wait for another process that writes.
BUSY_S = 1.0
#: Written into the file, so that no other database is taken for ours ("PsIn"), and the version of the tables.
APPLICATION_ID, VERSION = 0x5073496E, 1

_TABLES = """
CREATE TABLE IF NOT EXISTS searches (
    day TEXT NOT NULL, query TEXT NOT NULL, visitors INTEGER NOT NULL, found_nothing INTEGER NOT NULL,
    found_some INTEGER NOT NULL, corrected INTEGER NOT NULL, corrected_to TEXT NOT NULL, last TEXT NOT NULL,
    PRIMARY KEY (day, query)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clicks (
    day TEXT NOT NULL, query TEXT NOT NULL, rank INTEGER NOT NULL, clicks INTEGER NOT NULL,
    PRIMARY KEY (day, query, rank)
) WITHOUT ROWID;
"""
_ADD_SEARCHES = """
INSERT INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, query) DO UPDATE SET
    visitors = visitors + excluded.visitors, found_nothing = found_nothing + excluded.found_nothing,
    found_some = found_some + excluded.found_some, corrected = corrected + excluded.corrected,
    corrected_to = CASE excluded.corrected_to WHEN '' THEN corrected_to ELSE excluded.corrected_to END,
    last = CASE excluded.last WHEN '' THEN last ELSE excluded.last END
"""
_ADD_CLICKS = """
INSERT INTO clicks VALUES (?, ?, ?, ?) ON CONFLICT (day, query, rank) DO UPDATE SET clicks = clicks + excluded.clicks
"""


class StoreError(Exception):
    """The file cannot be read or written; ``str`` says why."""


class Store:
    """Counts in the file ``path``. Made by the first ``load`` or ``add``, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, first: date) -> list[tuple[Key, Counts]]:
        """The counts since the day ``first``, the newest days first, at most MAX_ALL. Raises StoreError."""
        with self._open() as database:
            rows = database.execute(
                "SELECT * FROM searches WHERE day >= ? ORDER BY day DESC, visitors DESC LIMIT ?",
                (first.isoformat(), MAX_ALL),
            )
            found = dict(filter(None, map(_counts, rows)))
            for day, query, rank, clicks in database.execute("SELECT day, query, rank, clicks FROM clicks"):
                when = _day(day)
                counts = None if when is None else found.get((when, query))
                if counts is not None and rank in range(1, RANKS + 2) and isinstance(clicks, int):
                    counts.clicks[rank - 1] = max(0, clicks)
        return list(found.items())

    def add(self, changes: Mapping[Key, Counts], first: date) -> None:
        """Add ``changes`` and delete days before ``first``, in one transaction. Raises StoreError."""
        searches, clicks = [], []
        for (day, query), one in changes.items():
            key = (day.isoformat(), query)
            numbers = (one.visitors, one.nothing, one.some, one.corrected)
            searches.append((*key, *numbers, one.corrected_to, one.last))
            clicks += [(*key, rank, count) for rank, count in enumerate(one.clicks, 1) if count]
        with self._open() as database:
            database.executemany(_ADD_SEARCHES, searches)
            database.executemany(_ADD_CLICKS, clicks)
            database.execute("DELETE FROM searches WHERE day < ?", (first.isoformat(),))
            database.execute("DELETE FROM clicks WHERE day < ?", (first.isoformat(),))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction. A connection is opened for each: a file that was deleted or repaired is simply found."""
        try:
            with contextlib.suppress(FileExistsError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            database = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", timeout=BUSY_S, uri=True)
            with contextlib.closing(database):
                self._prepare(database)
                with database:
                    yield database
        except (sqlite3.Error, OSError, ValueError, OverflowError) as error:  # damaged text is a ValueError
            raise StoreError(f"{self.path}: {getattr(error, 'strerror', None) or error}") from error

    def _prepare(self, database: sqlite3.Connection) -> None:
        """Make the tables of a new file. Raises StoreError for the file of another program or release."""
        (owner,), (version,) = (
            database.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
        )
        if owner != APPLICATION_ID:
            if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise StoreError(f"{self.path}: this is the database of another program")
            database.executescript(
                f"BEGIN IMMEDIATE; {_TABLES}"
                f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; COMMIT"
            )
        elif version != VERSION:
            raise StoreError(f"{self.path}: written by another release (format {version}, this one has {VERSION})")
        database.execute("PRAGMA secure_delete=ON")


def _counts(row: Iterable[Any]) -> tuple[Key, Counts] | None:
    """One row; None for one of another form."""
    day, query, visitors, nothing, some, corrected, corrected_to, last = row
    numbers = (visitors, nothing, some, corrected)
    when = _day(day)
    if when is None or not all(isinstance(one, int) and one >= 0 for one in numbers) or last not in get_args(Found):
        return None
    if not isinstance(query, str) or not isinstance(corrected_to, str) or normalise(query) != query:
        return None
    return (when, query), Counts(*numbers, corrected_to, last)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
