"""Bringing the cluster's index up to date: a full build goes into a new index and swaps the alias, an edit is a bulk.

An edit writes the generation document first as being built and last as complete, and one refresh publishes all of it.
Whatever is interrupted in between shows no reader anything; the next sync then builds another index.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson

from services.search import schema
from services.search.engine import IndexNotWritable, IndexUnavailable, SyncReport
from services.search.engine_opensearch.cluster.bulk import Action, send
from services.search.engine_opensearch.cluster.connection import BLOCKED, Connection, NoIndex, Refused
from services.search.engine_opensearch.cluster.lease import Lease
from services.search.engine_opensearch.indexes.columns import Columns, Encoded, columns_of, field_counts
from services.search.engine_opensearch.indexes.documents import article_body
from services.search.engine_opensearch.indexes.generation import (
    ARTICLE,
    GENERATION,
    LEXICON,
    Meta,
    Totals,
    fetch_base,
    fetch_meta,
    newest_of,
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
from services.search.engine_whoosh.segment.memory_segment import DocumentRecord
from services.search.engine_whoosh.store.build import build_memory_segments
from services.search.indexing.changes import Change, plan_changes
from shared.content.article import Article
from shared.process.logger import get_logger

log = get_logger("index")

Progress = Callable[[int, int], None]
#: Slugs and digests read at a time.
PAGE = 10_000
#: Articles whose columns are read at a time.
EDITED_AT_ONCE = 200
#: How long the copies of a new index may take until it is published without all of them.
GREEN_S = 30


@dataclass(slots=True)
class _Known:
    """What the last sync left, so that the next one asks for none of it."""

    index: str
    meta: Meta
    base: Base
    digests: dict[str, str]
    moments: dict[str, int | None]


class Writer:
    """Writes the indices behind ``alias``. It keeps what it knows from sync to sync, and no connection."""

    def __init__(self, prefix: str, alias: str) -> None:
        self._prefix = prefix
        self._alias = alias
        self._lease = Lease(f"{prefix}-lease", alias)
        self._known: _Known | None = None

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
        known = await self._indexed(connection)
        change = plan_changes(known.digests if known else {}, articles)
        if known is None:
            return await self._build(connection, change, progress)
        if not change.is_empty:
            return await self._edit(connection, known, change, progress)
        return change

    # -- what there is ------------------------------------------------------------------------------------------------

    async def _indexed(self, connection: Connection) -> _Known | None:
        """What the index behind the alias holds, or None where it has to be built."""
        index = await self._behind_alias(connection)
        if index is None:
            return None
        try:
            meta = await fetch_meta(connection, self._alias, is_visible=False)
        except NoIndex:
            return None
        if meta.is_building:
            log.warning("an earlier sync was interrupted: the index is built again", index=index)
            return None
        if self._known and self._known.index == index and self._known.meta.name == meta.name:
            return self._known
        base = await fetch_base(connection, self._alias, meta)
        await _refresh(connection, self._alias)  # what is searched for from here on is what the last sync wrote
        digests, moments = await self._articles(connection)
        self._known = _Known(index, meta, base, digests, moments)
        return self._known

    async def _behind_alias(self, connection: Connection) -> str | None:
        try:
            return next(iter(await connection.request("GET", f"/_alias/{self._alias}")), None)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    async def _articles(self, connection: Connection) -> tuple[dict[str, str], dict[str, int | None]]:
        """Digest and publication by slug of every article of the index."""
        digests: dict[str, str] = {}
        moments: dict[str, int | None] = {}
        after: list[Any] = []
        while True:
            body: dict[str, Any] = {
                "size": PAGE,
                "query": {"term": {"kind": "article"}},
                "_source": False,
                "docvalue_fields": ["slug", "digest", "by_year"],
                "sort": [{"slug": "asc"}],
                **({"search_after": after} if after else {}),
            }
            found = await connection.request("POST", f"/{self._alias}/_search", body)
            hits = found["hits"]["hits"]
            for hit in hits:
                slug = hit["fields"]["slug"][0]
                digests[slug] = hit["fields"]["digest"][0]
                moments[slug] = next(iter(hit["fields"].get("by_year", ())), None)
            if len(hits) < PAGE:
                return digests, moments
            after = hits[-1]["sort"]

    # -- a full build -------------------------------------------------------------------------------------------------

    async def _build(self, connection: Connection, change: Change, progress: Progress) -> Change:
        build = secrets.token_hex(4)
        index = f"{self._alias}-{build}"
        before = await self._behind_alias(connection)
        await self._remove_leftovers(connection, keep=before)
        body = create_body(build)
        body["settings"] |= {"number_of_replicas": 0, "auto_expand_replicas": False}
        await connection.request("PUT", f"/{index}", body)
        try:
            known = await self._fill(connection, index, build, change, progress)
            await self._publish(connection, index, before, len(known.digests))
        except BaseException:
            await self._remove(connection, index)
            raise
        self._known = known
        await self._remove_leftovers(connection, keep=index)
        return Change(change.only(change.added).added, (), ())

    async def _fill(self, connection: Connection, index: str, build: str, change: Change, progress: Progress) -> _Known:
        counts: dict[str, Counts] = {}
        tally = _Tally()
        averages: np.ndarray[Any, np.dtype[np.float64]] | None = None
        for built in build_memory_segments(change.added, progress):
            rows = list(columns_of(built.memory_segment))
            if averages is None:  # those of the first articles: what they weigh chooses hits, and does not score them
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
        return _Known(index, meta, base, tally.digests, tally.moments)

    async def _write_meta(
        self, connection: Connection, index: str, meta: Meta, base: Base | None, *, is_edit: bool
    ) -> Meta:
        """Write ``meta``, and with it the words of a new ``base`` where there is one; as it was written."""
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

    async def _publish(self, connection: Connection, index: str, before: str | None, articles: int) -> None:
        """Make ``index`` what readers see: complete, on all copies, and only if nobody else has swapped meanwhile."""
        await _refresh(connection, index)
        counted = await connection.request("POST", f"/{index}/_count", {"query": {"term": {"kind": "article"}}})
        if counted["count"] != articles or counted["_shards"]["successful"] < counted["_shards"]["total"]:
            raise IndexNotWritable(f"the new index has {counted['count']} of {articles} articles: it is not published")
        await connection.request("PUT", f"/{index}/_settings", {"index": {"auto_expand_replicas": "0-2"}})
        await self._wait_for_copies(connection, index)
        await self._held(connection)
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self._alias}}]
        if before is not None:
            actions.insert(0, {"remove": {"index": before, "alias": self._alias, "must_exist": True}})
        await connection.request("POST", "/_aliases", {"actions": actions})

    async def _wait_for_copies(self, connection: Connection, index: str) -> None:
        # In the path: the client takes a parameter of that name for its own.
        path = f"/_cluster/health/{index}?wait_for_status=green&timeout={GREEN_S}s"
        try:
            await connection.request("GET", path)
        except Refused:
            log.warning("published without all copies: the cluster has not made them yet", index=index)

    async def _remove_leftovers(self, connection: Connection, keep: str | None) -> None:
        """Remove what is left of unfinished builds, what was replaced, and all but the newest index of other versions.

        That one may belong to a release that still runs while machines are upgraded one by one.
        """
        others: list[tuple[int, str]] = []
        for index, about in (await connection.request("GET", f"/{self._prefix}-*?expand_wildcards=open")).items():
            if index in {keep, f"{self._prefix}-lease"} or index.startswith(f"{self._prefix}-vectors-"):
                continue
            if about["aliases"] and not index.startswith(f"{self._alias}-"):
                others.append((int(about["settings"]["index"]["creation_date"]), index))
            else:
                await self._remove(connection, index)
        for _, index in sorted(others)[:-1]:
            await self._remove(connection, index)

    async def _remove(self, connection: Connection, index: str) -> None:
        try:
            await connection.request("DELETE", f"/{index}", params={"ignore_unavailable": "true"})
        except (Refused, IndexUnavailable) as error:
            log.warning("an index is left over, and is removed by the next sync", index=index, error=str(error))

    # -- an edit ------------------------------------------------------------------------------------------------------

    async def _edit(self, connection: Connection, known: _Known, change: Change, progress: Progress) -> Change:
        meta = known.meta
        name = f"{meta.build}-{int(meta.name.rpartition('-')[2]) + 1}"
        term = self._lease.term
        await send(connection, [Action(self._alias, GENERATION, meta.building(name).body(), term, is_edit=True)], None)
        gone = await self._columns(connection, [*change.removed, *(article.slug for article in change.changed)])
        lexicon = Lexicon(known.base, dict(meta.delta))
        counts: dict[str, Counts] = {}
        tally = _Tally(meta.totals, dict(known.digests), dict(known.moments))
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
        await _refresh(connection, self._alias)
        self._known = _Known(known.index, after, base, tally.digests, tally.moments)
        return made

    async def _columns(self, connection: Connection, slugs: Sequence[str]) -> Mapping[str, Columns]:
        """The columns of articles as the index has them."""
        found: dict[str, Columns] = {}
        for first in range(0, len(slugs), EDITED_AT_ONCE):
            ids = [ARTICLE + slug for slug in slugs[first : first + EDITED_AT_ONCE]]
            body = {
                "size": len(ids),
                "query": {"ids": {"values": ids}},
                "_source": False,
                "docvalue_fields": ["slug", "columns"],
            }
            answer = await connection.request("POST", f"/{self._alias}/_search", body)
            for hit in answer["hits"]["hits"]:
                found[hit["fields"]["slug"][0]] = Encoded(hit["fields"]["columns"][0]).decode()
        return found

    async def _held(self, connection: Connection) -> None:
        await self._lease.renew(connection)


class _Tally:
    """Adds up what is true of all articles."""

    def __init__(
        self,
        totals: Totals | None = None,
        digests: dict[str, str] | None = None,
        moments: dict[str, int | None] | None = None,
    ) -> None:
        self._lengths = np.array(totals.lengths if totals else [0] * len(schema.FIELDS), dtype=np.int64)
        self._sections = totals.sections if totals else 0
        self.digests = digests if digests is not None else {}
        self.moments = moments if moments is not None else {}

    def add(self, record: DocumentRecord, columns: Columns) -> None:
        """One more article."""
        stored = _stored(record)
        self._lengths += np.array(columns.lengths)
        self._sections += len(columns.sections)
        self.digests[stored["slug"]] = stored["digest"]
        self.moments[stored["slug"]] = stored["attributes"]["year"]

    def take(self, slug: str, columns: Columns) -> None:
        """One article less."""
        self._lengths -= np.array(columns.lengths)
        self._sections -= len(columns.sections)
        del self.digests[slug], self.moments[slug]

    def totals(self) -> Totals:
        """The sums."""
        lengths = tuple(self._lengths.tolist())
        return Totals(len(self.digests), self._sections, lengths, newest_of(list(self.moments.values())))


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


def _stored(record: DocumentRecord) -> dict[str, Any]:
    stored: dict[str, Any] = orjson.loads(record.stored)
    return stored


async def _refresh(connection: Connection, index: str) -> None:
    """Publish what was written, on every copy. Raises IndexNotWritable where one did not take part."""
    shards = (await connection.request("POST", f"/{index}/_refresh"))["_shards"]
    if shards["failed"]:
        raise IndexNotWritable(f"{shards['failed']} copies of the index did not publish the change")


def _why_not_writable(error: Refused) -> str:
    if error.kind in BLOCKED:
        return f"the cluster accepts no writes, as where its disk is full: {error}"
    return f"the cluster refused to write: {error}"
