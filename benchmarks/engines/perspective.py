"""The engine of this project through its public port: the same code that serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.engines import EngineKind, Finish, Top
from benchmarks.query import QueryKind
from services.search.engine import SyncReport
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from shared.search.contract import SearchQuery
from shared.search.encoding import dump_results

NAME = "Perspective"


def query_of(kind: QueryKind, text: str) -> SearchQuery:
    """The text that a reader would type for a query of this kind; a mistyped word stays, and is corrected."""
    match kind:
        case "phrase":
            return SearchQuery(f'"{text}"')
        case "prefix":
            return SearchQuery(f"{text}*")
        case _:
            return SearchQuery(text)


class Perspective:
    """The open engine. ``prepared`` only ranks, as the peers' top ten do; ``whole`` gives the complete answer."""

    def __init__(self, engine: WhooshEngine) -> None:
        self.engine = engine

    def prepared(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """See Engine."""
        query, engine = query_of(kind, text), self.engine
        slugs = engine.generation_data.slugs
        return lambda: [slugs[one.document] for one in engine.rank(query)]

    def whole(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """The whole answer: hits with sections and snippets, exact total, facets, corrections."""
        query, engine = query_of(kind, text), self.engine
        return lambda: [hit.slug for hit in engine.search(query).hits]

    def answer(self, text: str) -> dict[str, Any]:
        """See Engine."""
        found: dict[str, Any] = orjson.loads(dump_results(self.engine.search(SearchQuery(text))))
        return found


def build(articles: Sequence[Article], directory: Path) -> None:
    """Index ``articles`` in ``directory``, for Whoosh as well."""
    publish(articles, directory)()


def sync(articles: Sequence[Article], directory: Path) -> SyncReport:
    """Index ``articles`` in ``directory``, for Whoosh as well. Indexed articles stay."""
    store = WhooshIndexStore(directory)
    report = store.sync(articles)
    store.close()
    return report


def publish(articles: Sequence[Article], directory: Path) -> Finish:
    """Index ``articles`` in ``directory`` until readers are answered; the returned function waits for the rest."""
    store = WhooshIndexStore(directory)
    store.sync(articles)
    return store.close


def open_index(directory: Path) -> Perspective:
    """Open the newest generation."""
    engine = WhooshIndexStore(directory).open()
    if not isinstance(engine, WhooshEngine):
        raise TypeError(type(engine))
    return Perspective(engine)


def change(directory: Path, articles: Sequence[Article], _changed: Article) -> Finish:
    """Bring the index up to ``articles``, by comparing digests as the service does."""
    return publish(articles, directory)


KIND = EngineKind(NAME, build, open_index, change)
