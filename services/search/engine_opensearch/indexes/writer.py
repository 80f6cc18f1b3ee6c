"""Bring the cluster's index up to date: a full build writes a new index and switches the alias, an edit is a bulk.

An edit first marks the generation document as being written and finally as complete, and one refresh publishes all of
it. An interrupted edit shows readers nothing; the next sync then builds another index.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from services.search.arrays.segment.build import BATCH_DOCUMENTS, Batch, build_groups, counted
from services.search.engine import IndexNotWritable, IndexUnavailable, SyncReport
from services.search.engine_opensearch.cluster.bulk import Action, action, send, send_all
from services.search.engine_opensearch.cluster.connection import BLOCKED, Connection, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.indexes.batch import Prepare, Prepared
from services.search.engine_opensearch.indexes.columns import word_counts
from services.search.engine_opensearch.indexes.contents import Contents, fetch_columns, fetch_contents
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
        self._stale = 0

    async def sync(self, connection: Connection, articles: Sequence[Article], progress: Progress) -> SyncReport:
        """Make the index hold exactly ``articles``. Raises IndexNotWritable."""
        started, self._stale = time.perf_counter(), 0
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
        return SyncReport(name, *counts, time.perf_counter() - started, self._stale)

    async def _sync(self, connection: Connection, articles: Sequence[Article], progress: Progress) -> Change:
        known = self._known = await fetch_contents(connection, self._alias, self._known)
        change = plan_changes(known.digests if known else {}, articles)
        if known is None:
            return await self._build(connection, change, progress)
        if not change.is_empty:
            return await self._edit(connection, known, change, progress)
        return change

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
            await complete(connection, index, len(known.digests), lambda: self._held(connection))
            await self._held(connection)
            await swap(connection, self._alias, before, index)
        except BaseException:
            await remove(connection, index)
            raise
        self._known = known
        await remove_leftovers(connection, self._prefix, self._alias, index)
        return Change(tuple(article for article in change.added if article.slug in known.digests), (), ())

    async def _fill(
        self, connection: Connection, index: str, build: str, change: Change, progress: Progress
    ) -> Contents:
        counts: dict[str, Counts] = {}
        tally = Tally()

        def take(batch: Prepared) -> None:
            add_counts(counts, batch.counts)
            tally.add(batch)

        batches = counted(_prepared(change.added, index, self._lease.term, tally), progress, change.count)
        await self._send(connection, batches, take)
        base = make_base(counts)
        name = f"{build}-1"
        meta = Meta(name, build, datetime.now(UTC), tally.totals(), name, 0, {})
        meta = await self._write_meta(connection, index, meta, base, is_edit=False)
        return Contents(index, meta, base, tally.digests, tally.published)

    async def _send(
        self, connection: Connection, batches: Iterator[Batch[Prepared]], take: Callable[[Prepared], None]
    ) -> list[Article]:
        """Write ``batches`` while the next ones are made; ``take`` gets each. Returns the articles that were read."""
        written: list[Article] = []

        async def actions() -> AsyncIterator[tuple[Action, ...]]:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                self._stale += batch.stale
                written.extend(batch.articles)
                if batch.made is not None:
                    take(batch.made)
                    yield batch.made.actions

        await send_all(connection, actions(), lambda: self._held(connection))
        return written

    async def _write_meta(
        self, connection: Connection, index: str, meta: Meta, base: Base | None, *, is_edit: bool
    ) -> Meta:
        """Write ``meta`` and, if given, the words of a new ``base``; return it as written."""
        term, words = self._lease.term, []
        if base is not None:
            words = [
                action(index, f"{LEXICON}-{number}", {"kind": LEXICON, "name": meta.name, "raw": {"words": part}}, term)
                for number, part in enumerate(base.parts())
            ]
            meta = replace(meta, base=meta.name, parts=len(words), delta={})
        await send(
            connection,
            [*words, action(index, GENERATION, meta.body(), term, is_edit=is_edit)],
            lambda: self._held(connection),
        )
        return meta

    async def _edit(self, connection: Connection, known: Contents, change: Change, progress: Progress) -> Change:
        meta = known.meta
        name = f"{meta.build}-{int(meta.name.rpartition('-')[2]) + 1}"
        term = self._lease.term
        await send(connection, [action(self._alias, GENERATION, meta.building(name).body(), term, is_edit=True)], None)
        gone = await fetch_columns(
            connection, self._alias, [*change.removed, *(article.slug for article in change.changed)]
        )
        lexicon = await asyncio.to_thread(Lexicon, known.base, dict(meta.delta))  # reads lists of words at first
        counts: dict[str, Counts] = {}
        tally = Tally(meta.totals, dict(known.digests), dict(known.published))
        _take(counts, lexicon, word_counts(gone.values()), -1)
        for slug, columns in gone.items():
            tally.subtract(slug, columns)

        def take(batch: Prepared) -> None:
            _take(counts, lexicon, batch.counts, 1)
            tally.add(batch)

        prepare = Prepare(self._alias, term, meta.totals.statistics().averages, is_edit=True)
        batches = counted(build_groups([(*change.added, *change.changed)], prepare), progress, change.count)
        written = await self._send(connection, batches, take)
        made = change.only(written)
        removals = [action(self._alias, ARTICLE + slug, None, term) for slug in made.removed]
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
        self._known = Contents(known.index, after, base, tally.digests, tally.published)
        return made

    async def _held(self, connection: Connection) -> None:
        await self._lease.renew(connection)


def _take(counts: Delta, lexicon: Lexicon, own: Mapping[str, Counts], sign: int) -> None:
    for surface in own:
        counts.setdefault(surface, lexicon.counts(surface))
    add_counts(counts, own, sign)


def _prepared(articles: Sequence[Article], index: str, term: int, tally: Tally) -> Iterator[Batch[Prepared]]:
    """Prepare all ``articles`` for a new index: first a sample of the whole site, for the mean lengths of the fields.

    These come from ``tally``: the caller must add each batch to it before it takes the next one.
    """
    step = max(len(articles) // BATCH_DOCUMENTS, 1)
    sample = articles[::step][:BATCH_DOCUMENTS]
    taken = {article.slug for article in sample}
    rest = [article for article in articles if article.slug not in taken]
    prepare = Prepare(index, term, None)
    yield from build_groups([sample], prepare)
    yield from build_groups([rest], replace(prepare, averages=tally.totals().statistics().averages))


def _why_not_writable(error: Refused) -> str:
    if error.kind in BLOCKED:
        return f"the cluster accepts no writes, as where its disk is full: {error}"
    return f"the cluster refused to write: {error}"
