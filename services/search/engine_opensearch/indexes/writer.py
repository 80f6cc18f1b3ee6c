"""Bring the cluster's index up to date: a full build writes a new index and switches the alias, an edit is a bulk.

An edit first marks the generation document as being written and finally as complete, and one refresh publishes all of
it. An interrupted edit shows readers nothing; the next sync then builds another index.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from services.search.arrays.segment.build import build_memory_segments
from services.search.arrays.segment.memory_segment import DocumentRecord
from services.search.engine import IndexNotWritable, IndexUnavailable, SyncReport
from services.search.engine_opensearch.cluster.bulk import Action, send
from services.search.engine_opensearch.cluster.connection import BLOCKED, Connection, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.indexes.columns import Columns, columns_of, field_counts
from services.search.engine_opensearch.indexes.contents import Contents, fetch_columns, fetch_contents
from services.search.engine_opensearch.indexes.documents import article_body
from services.search.engine_opensearch.indexes.generation import (
    ARTICLE,
    GENERATION,
    LEXICON,
    Meta,
)
from services.search.engine_opensearch.indexes.lexicon import (
    MAX_DELTA,
    Base,
    Counts,
    Delta,
    Lexicon,
    add_counts,
    make_base,
)
from services.search.engine_opensearch.indexes.mapping import create_body
from services.search.engine_opensearch.indexes.publishing import (
    complete,
    index_behind,
    refresh,
    remove,
    remove_leftovers,
    swap,
)
from services.search.engine_opensearch.indexes.tally import Tally
from services.search.indexing.changes import Change, plan_changes
from shared.content.article import Article
from shared.process.logger import get_logger

log = get_logger("index")

Progress = Callable[[int, int], None]


class Writer:
    """Writes the indices behind ``alias``. It caches the contents between syncs, but keeps no connection."""

    def __init__(self, prefix: str, alias: str) -> None:
        self._prefix = prefix
        self._alias = alias
        self._lease = Lease(f"{prefix}-lease", alias)
        self._known: Contents | None = None

    async def sync(self, connection: Connection, articles: Sequence[Article], progress: Progress) -> SyncReport:
        """Make the index hold exactly ``articles``. Raises IndexNotWritable."""
        started = time.perf_counter()
        try:
            await self._lease.acquire(connection)
            try:
                change = await self._sync(connection, articles, progress)
            finally:
                await self._lease.release(connection)
        except Refused as error:
            self._known = None
            raise IndexNotWritable(_why_not_writable(error)) from error
        except IndexUnavailable as error:
            self._known = None
            raise IndexNotWritable(str(error)) from error
        except BaseException:
            self._known = None
            raise
        name = self._known.meta.name if self._known else ""
        counts = len(change.added), len(change.changed), len(change.removed)
        return SyncReport(name, *counts, time.perf_counter() - started)

    async def _sync(self, connection: Connection, articles: Sequence[Article], progress: Progress) -> Change:
        known = self._known = await fetch_contents(connection, self._alias, self._known)
        change = plan_changes(known.digests if known else {}, articles)
        if known is None:
            return await self._build(connection, change, progress)
        if not change.is_empty:
            return await self._edit(connection, known, change, progress)
        return change

    # -- a full build -------------------------------------------------------------------------------------------------

    async def _build(self, connection: Connection, change: Change, progress: Progress) -> Change:
        build = secrets.token_hex(4)
        index = f"{self._alias}-{build}"
        before = await index_behind(connection, self._alias)
        await remove_leftovers(connection, self._prefix, self._alias, before)
        body = create_body(build)
        body["settings"] |= {"number_of_replicas": 0, "auto_expand_replicas": False}
        await connection.request("PUT", f"/{index}", body)
        try:
            known = await self._fill(connection, index, build, change, progress)
            await complete(connection, index, len(known.digests))
            await self._held(connection)
            await swap(connection, self._alias, before, index)
        except BaseException:
            await remove(connection, index)
            raise
        self._known = known
        await remove_leftovers(connection, self._prefix, self._alias, index)
        return Change(change.only(change.added).added, (), ())

    async def _fill(
        self, connection: Connection, index: str, build: str, change: Change, progress: Progress
    ) -> Contents:
        counts: dict[str, Counts] = {}
        tally = Tally()
        averages: np.ndarray[Any, np.dtype[np.float64]] | None = None
        for built in build_memory_segments(change.added, progress):
            rows = list(columns_of(built.memory_segment))
            if averages is None:  # those of the first articles: these weights only select candidates
                averages = np.mean([columns.lengths for _, columns in rows], axis=0, dtype=float)
            for record, columns in rows:
                add_counts(counts, field_counts(columns))
                tally.add(record, columns)
            await send(connection, _indexing(index, rows, averages, self._lease.term), lambda: self._held(connection))
            await self._held(connection)
        base = make_base(counts)
        name = f"{build}-1"
        meta = Meta(name, build, datetime.now(UTC), tally.totals(), name, 0, {})
        meta = await self._write_meta(connection, index, meta, base, is_edit=False)
        return Contents(index, meta, base, tally.digests, tally.moments)

    async def _write_meta(
        self, connection: Connection, index: str, meta: Meta, base: Base | None, *, is_edit: bool
    ) -> Meta:
        """Write ``meta`` and, if given, the words of a new ``base``; return it as written."""
        term, words = self._lease.term, []
        if base is not None:
            words = [
                Action(index, f"{LEXICON}-{number}", {"kind": LEXICON, "name": meta.name, "raw": {"words": part}}, term)
                for number, part in enumerate(base.parts())
            ]
            meta = replace(meta, base=meta.name, parts=len(words), delta={})
        await send(
            connection,
            [*words, Action(index, GENERATION, meta.body(), term, is_edit)],
            lambda: self._held(connection),
        )
        return meta

    # -- an edit ------------------------------------------------------------------------------------------------------

    async def _edit(self, connection: Connection, known: Contents, change: Change, progress: Progress) -> Change:
        meta = known.meta
        name = f"{meta.build}-{int(meta.name.rpartition('-')[2]) + 1}"
        term = self._lease.term
        await send(connection, [Action(self._alias, GENERATION, meta.building(name).body(), term, is_edit=True)], None)
        gone = await fetch_columns(
            connection, self._alias, [*change.removed, *(article.slug for article in change.changed)]
        )
        lexicon = Lexicon(known.base, dict(meta.delta))
        counts: dict[str, Counts] = {}
        tally = Tally(meta.totals, dict(known.digests), dict(known.moments))
        for slug, columns in gone.items():
            _take(counts, lexicon, field_counts(columns), -1)
            tally.take(slug, columns)
        averages = meta.totals.whole().averages
        written: list[Article] = []
        for built in build_memory_segments((*change.added, *change.changed), progress):
            rows = list(columns_of(built.memory_segment))
            for record, columns in rows:
                _take(counts, lexicon, field_counts(columns), 1)
                tally.add(record, columns)
            await send(
                connection, _indexing(self._alias, rows, averages, term, is_edit=True), lambda: self._held(connection)
            )
            written += built.articles
        made = change.only(written)
        removals = [Action(self._alias, ARTICLE + slug, None, term) for slug in made.removed]
        await send(connection, removals, lambda: self._held(connection))
        after = replace(
            meta, name=name, updated=datetime.now(UTC), totals=tally.totals(), delta={**meta.delta, **counts}
        )
        base = known.base
        if len(after.delta) > MAX_DELTA:
            words = {surface: tuple(row) for surface, row in zip(base.surfaces, base.counts.tolist(), strict=True)}
            base = make_base({**words, **after.delta})
        rewritten = base if base is not known.base else None
        after = await self._write_meta(connection, self._alias, after, rewritten, is_edit=True)
        await refresh(connection, self._alias)
        self._known = Contents(known.index, after, base, tally.digests, tally.moments)
        return made

    async def _held(self, connection: Connection) -> None:
        await self._lease.renew(connection)


def _take(counts: Delta, lexicon: Lexicon, own: Mapping[str, Counts], sign: int) -> None:
    for surface in own:
        counts.setdefault(surface, lexicon.counts(surface))
    add_counts(counts, own, sign)


def _indexing(
    index: str,
    rows: Sequence[tuple[DocumentRecord, Columns]],
    averages: np.ndarray[Any, np.dtype[np.float64]],
    term: int,
    *,
    is_edit: bool = False,
) -> Iterator[Action]:
    for record, columns in rows:
        body = article_body(record, columns, averages)
        yield Action(index, ARTICLE + body["slug"], body, term, is_edit)


def _why_not_writable(error: Refused) -> str:
    if error.kind in BLOCKED:
        return f"the cluster accepts no writes, as where its disk is full: {error}"
    return f"the cluster refused to write: {error}"
