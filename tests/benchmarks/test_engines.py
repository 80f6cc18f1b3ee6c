"""Every engine that is measured answers the same questions about the same articles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cases.change import changed, word_of
from benchmarks.engines import Engine, EngineKind, engine_kinds, field_texts
from benchmarks.query import QueryKind
from shared.content.article import Block, Body
from tests.search_service.articles import SITE

KINDS = engine_kinds()


@pytest.fixture(scope="module", params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> EngineKind:
    """Each engine in turn."""
    return KINDS[request.param]


@pytest.fixture(scope="module")
def directory(kind: EngineKind, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its index of the small site."""
    path = tmp_path_factory.mktemp("index") / "own"
    kind.build(SITE, path)
    return path


@pytest.fixture(scope="module")
def engine(kind: EngineKind, directory: Path) -> Engine:
    """The same, open."""
    return kind.open(directory)


@pytest.mark.parametrize(
    ("query_kind", "text", "slugs"),
    [
        ("words", "message outbox", {"transactional-outbox"}),
        ("words", "request", {"tail-latency", "zero-trust"}),
        ("phrase", "outbox table", {"transactional-outbox"}),
        ("phrase", "table outbox", set()),
        ("prefix", "certif", {"zero-trust"}),
        ("typo", "tranzactional", {"transactional-outbox"}),
    ],
)
def test_every_engine_finds_the_query(engine: Engine, query_kind: QueryKind, text: str, slugs: set[str]) -> None:
    found = engine.prepared(query_kind, text)()
    assert set(found) == slugs or (query_kind == "words" and slugs < set(found))


def test_every_whole_answer_has_hits_an_exact_total_and_facets(engine: Engine) -> None:
    answer = engine.answer("message")
    assert {hit["slug"] for hit in answer["hits"]} == {"transactional-outbox", "kafka-consumers"}
    assert answer["total"] == 2
    assert answer["facets"]["tags"]
    assert answer["facets"]["years"]


@pytest.mark.parametrize("name", ["Perspective", "tantivy"])
def test_whole_answers_that_are_compared_have_marked_titles_and_sections(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    kind.build(SITE, tmp_path / "own")
    hit = kind.open(tmp_path / "own").answer("outbox relay")["hits"][0]
    assert hit["slug"] == "transactional-outbox"
    assert ["Outbox", True] in hit["title"]
    assert hit["sections"][0]["url"] == "/articles/transactional-outbox/#the-relay"
    assert any(is_match for _, is_match in hit["sections"][0]["snippet"])


def test_a_changed_article_is_found_by_its_new_word(kind: EngineKind, tmp_path: Path) -> None:
    kind.build(SITE, tmp_path / "own")
    articles = [changed(SITE[0], 3), *SITE[1:]]
    kind.change(tmp_path / "own", articles, articles[0])
    assert list(kind.open(tmp_path / "own").prepared("words", word_of(3))()) == [SITE[0].slug]


def test_the_six_fields_have_the_text_of_the_article() -> None:
    section = replace(SITE[0].body.sections[0], blocks=(Block("prose", "words"), Block("code", "SELECT 1", "sql")))
    texts = field_texts(replace(SITE[0], text=Body(sections=(section, *SITE[0].body.sections[1:]))))
    assert texts["headings"] == "The relay\nWhat it costs"
    assert texts["code"] == "SELECT 1"
    assert texts["body"].splitlines()[0] == "words"
    assert texts["tags"] == "messaging\ndatabases"
