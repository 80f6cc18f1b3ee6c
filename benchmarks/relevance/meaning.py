"""Perspective with its second stage, and the questions that it is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import BenchmarkError
from benchmarks.relevance.collections import Collection, Query
from benchmarks.relevance.contestants import DEPTH, Ranking
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.relevance.judged import ANSWERS, check_relevance, parse_relevance
from services.search.second_stage import make_now
from services.search.semantic.stage import ReadingStore
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from shared.web.settings import Settings

QUESTIONS_FILE = Path(__file__).parent / "questions.toml"


def load_questions(content_dir: Path, half: int) -> Collection:
    """The articles of the site and every other question: from the first (``half`` 0) or from the second (1) on."""
    articles = tuple(load_now(content_dir).require().articles)
    queries, problems = parse_relevance(QUESTIONS_FILE.read_text(encoding="utf-8"), str(QUESTIONS_FILE))
    if problems := (*problems, *check_relevance(queries, articles, str(QUESTIONS_FILE))):
        raise BenchmarkError("\n".join(map(str, problems)))
    chosen = tuple(Query(query.text, query.articles) for query in queries[half::2])
    return Collection(f"questions-{['odd', 'even'][half]}", articles, chosen, ANSWERS, content_dir / "synonyms.toml")


@contextmanager
def by_meaning(collection: Collection, model: Path, cache: Path) -> Iterator[Ranking]:
    """Perspective with the second stage.

    Vectors are kept in ``cache``: making them takes minutes. Raises BenchmarkError where there is no model.
    """
    # The halves of the questions share the vectors of the site.
    name = "site" if collection.name.startswith("questions") else collection.name
    settings = Settings(index_dir=cache / name, semantic_model=model, semantic="on")
    store = ReadingStore(WhooshIndexStore(settings.index_dir, collection.synonyms), settings)
    store.sync(collection.articles)
    state = make_now(settings, collection.articles, "en", None)
    if state.is_off:
        raise BenchmarkError(state.detail)
    engine = store.open()
    yield lambda text: [hit.slug for hit in engine.search(SearchQuery(text, size=DEPTH)).hits]
    engine.close()
    store.close()
