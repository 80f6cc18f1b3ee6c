"""Perspective with its second stage, and questions to rank by meaning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks import BenchmarkError
from benchmarks.relevance.collections import Collection, Query, load_articles
from benchmarks.relevance.contestants import DEPTH, Ranking
from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.relevance.judged import ANSWERS, JudgedQuery, check_relevance, parse_relevance
from services.search.second_stage import embed_now
from services.search.semantic.stage import SemanticStore
from shared.search.contract import SearchQuery
from shared.web.settings import Settings

QUESTIONS_FILE = Path(__file__).parent / "questions.toml"


def load_judged(content_dir: Path, file: Path = QUESTIONS_FILE) -> tuple[Collection, tuple[JudgedQuery, ...]]:
    """The articles of the site with the questions of ``file``, and these with their sections. Raises BenchmarkError."""
    articles = load_articles(content_dir)
    queries, problems = parse_relevance(file.read_text(encoding="utf-8"), str(file))
    if problems := (*problems, *check_relevance(queries, articles, str(file))):
        raise BenchmarkError("\n".join(map(str, problems)))
    asked = tuple(Query(query.text, query.articles) for query in queries)
    return Collection("questions", articles, asked, ANSWERS, content_dir / "synonyms.toml"), queries


def load_questions(content_dir: Path, half: int) -> Collection:
    """The articles of the site and every other question: from the first (``half`` 0) or from the second (1) on."""
    collection, _ = load_judged(content_dir)
    return replace(collection, name=f"questions-{['odd', 'even'][half]}", queries=collection.queries[half::2])


@contextmanager
def open_semantic(collection: Collection, settings: Settings) -> Iterator[LocalEngine]:
    """The engine of this project with the second stage. Raises BenchmarkError if there is no model."""
    store = SemanticStore(WhooshIndexStore(settings.index_dir, collection.synonyms), settings)
    store.sync(collection.articles)
    state = embed_now(settings, collection.articles, "en", None)
    if state.is_off:
        raise BenchmarkError(state.detail)
    engine = store.open()
    yield engine
    engine.close()
    store.close()


def settings_for(collection: Collection, model: Path, cache: Path) -> Settings:
    """Settings that keep the index and the vectors of ``collection`` in ``cache``: making them takes minutes."""
    # The halves of the questions share the vectors of the site.
    name = "site" if collection.name.startswith("questions") else collection.name
    return Settings(index_dir=cache / name, semantic_model=model, semantic="on")


@contextmanager
def by_meaning(collection: Collection, model: Path, cache: Path) -> Iterator[Ranking]:
    """Perspective with the second stage.

    Vectors are kept in ``cache``. Raises BenchmarkError if there is no model.
    """
    with open_semantic(collection, settings_for(collection, model, cache)) as engine:
        yield lambda text: [hit.slug for hit in engine.search(SearchQuery(text, size=DEPTH)).hits]
