"""The IndexStore of a cluster: one index for each version of the schema, behind an alias."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from services.search.engine import Cpu, IndexNotWritable, IndexUnavailable, SearchEngine, SyncReport
from services.search.engine_opensearch.cluster.connection import Cluster, Connection, NoIndex
from services.search.engine_opensearch.engine import OpenSearchEngine, Understanding
from services.search.engine_opensearch.finding.index_reader import IndexReader
from services.search.engine_opensearch.indexes.generation import fetch_base, fetch_meta, fetch_name
from services.search.engine_opensearch.indexes.lexicon import Base, Lexicon
from services.search.engine_opensearch.indexes.mapping import schema_digest
from services.search.engine_opensearch.indexes.writer import Writer
from services.search.engine_opensearch.stage import Stage
from services.search.text.dictionaries import Dictionaries
from services.search.text.words.names import names
from shared.content.article import Article
from shared.web.settings import Settings


def cluster_of(settings: Settings) -> Cluster:
    """The cluster that ``settings`` name."""
    return Cluster(
        tuple(settings.opensearch_urls.split(",")),
        index=settings.opensearch_index,
        user=settings.opensearch_user,
        password_file=settings.opensearch_password_file,
        token_file=settings.opensearch_token_file,
        ca_file=settings.opensearch_ca_file,
    )


class OpenSearchStore:
    """See IndexStore. It connects on first use."""

    def __init__(
        self,
        cluster: Cluster,
        synonyms_path: Path | None,
        cpu: Cpu,
        *,
        words_path: Path | None = None,
        stage: Stage | None = None,
    ) -> None:
        self._stage = stage
        self._cluster = cluster
        self._dictionaries = Dictionaries(synonyms_path, words_path)
        self._cpu = cpu
        self._connection: Connection | None = None
        self._writer: Writer | None = None
        #: The words of the last full build, by the name of the generation that wrote them.
        self._base: tuple[str, Base] = ("", Base())

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """See IndexStore. It runs an event loop of its own, as a connection belongs to one."""
        if self._writer is None:
            self._writer = Writer(self._cluster.index, self._alias())
        report = asyncio.run(self._sync(self._writer, tuple(articles), progress or (lambda _done, _total: None)))
        return replace(report, generation=self._dictionaries.named(report.generation))

    def _alias(self) -> str:
        return f"{self._cluster.index}-{schema_digest()}"

    async def _sync(
        self, writer: Writer, articles: tuple[Article, ...], progress: Callable[[int, int], None]
    ) -> SyncReport:
        connection = Connection(self._cluster, is_writer=True)
        try:
            return await writer.sync(connection, articles, progress)
        except (IndexUnavailable, ChildProcessError) as error:
            raise IndexNotWritable(str(error)) from error
        finally:
            await connection.close()

    async def verify(self) -> bool:
        """See IndexStore. A cluster keeps checksums of its own files."""
        return True

    async def current(self) -> str | None:
        """See IndexStore. Raises IndexUnavailable if the cluster cannot be reached."""
        try:
            name = await fetch_name(self._reader(), await asyncio.to_thread(self._alias))
        except NoIndex:
            return None
        version = await self._stage.version(self._reader()) if self._stage else ""
        return await asyncio.to_thread(self._dictionaries.named, name) + (f"-{version}" if version else "")

    async def open(self) -> SearchEngine:
        """See IndexStore."""
        connection, alias = self._reader(), await asyncio.to_thread(self._alias)
        meta = await fetch_meta(connection, alias, is_visible=True)
        if self._base[0] != meta.base:
            self._base = meta.base, await fetch_base(connection, alias, meta)
        lexicon = await asyncio.to_thread(_warm, self._base[1], meta.delta)
        suffix = await asyncio.to_thread(self._dictionaries.named, "")
        synonyms, known = await asyncio.to_thread(self._dictionaries.load)
        meaning = await self._stage.open(connection) if self._stage else None
        understanding = Understanding(lexicon, synonyms, known)
        index = IndexReader(connection, alias)
        return OpenSearchEngine(index, meta, understanding, cpu=self._cpu, suffix=suffix, meaning=meaning)

    async def close(self) -> None:
        """See IndexStore."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _reader(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._cluster)
        return self._connection


def _warm(base: Base, delta: dict[str, tuple[int, ...]]) -> Lexicon:
    """The words of a generation with their tables built and the list of names read: no reader waits for them."""
    lexicon = Lexicon(base, delta)
    _ = base.by_stem, base.plain, names()
    return lexicon
