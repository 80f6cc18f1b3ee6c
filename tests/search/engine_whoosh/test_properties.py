"""What must hold for any text typed and any site."""

from __future__ import annotations

import os
import random
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store import whoosh_view
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.engine_whoosh.store.whoosh_segment import write_segment
from services.search.text.tokens import tokenize
from shared.content.article import Article, Block, Body, Section
from shared.search.contract import MAX_SIZE, Explanation, SearchQuery, SearchResults
from tests.search.corpus import COMPOUNDS, WORDS, make_article, make_query

ARTICLES = [make_article(seed) for seed in range(25)]

SYNTAX = ('"', "-", "OR", "tag:", "title:", "*", "(", "  ")
TYPED = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*WORDS, *COMPOUNDS, '"', "-", "OR", "tag:", "title:", "*", "(", "  "]), max_size=20).map(
        " ".join
    ),
    st.lists(st.text(alphabet='abc*"-:()', max_size=6), max_size=30).map(" ".join),
)


@settings(max_examples=200, deadline=None)
@given(TYPED, st.booleans())
def test_any_text_is_answered_and_highlighting_never_alters_it(engine: LocalEngine, typed: str, partial: bool) -> None:
    titles = {article.slug: article.title for article in ARTICLES}
    results = engine.search(SearchQuery(typed, partial=partial, size=MAX_SIZE))
    assert results.total >= len(results.hits)
    for hit in results.hits:
        assert "".join(text for text, _ in hit.title) == titles[hit.slug]
        for section in hit.sections:
            shown = "".join(text for text, _ in section.snippet).removeprefix("… ").removesuffix(" …")
            assert shown in _text_of(hit.slug), (typed, shown)


@pytest.mark.parametrize("word", [*WORDS, "C++", "v1.2.3", "x-request-id", "cpu.max", "std::vector"])
def test_typing_a_word_never_passes_by_what_begins_so(engine: LocalEngine, word: str) -> None:
    begun = {hit.slug for hit in engine.search(SearchQuery(f"{word}*", size=MAX_SIZE)).hits}
    for end in range(1, len(word)):
        if tokenize(word[:end]):
            typed = engine.search(SearchQuery(word[:end], partial=True, exact=True, size=MAX_SIZE))
            assert begun <= {hit.slug for hit in typed.hits}, word[:end]


def _text_of(slug: str) -> str:
    (article,) = (one for one in ARTICLES if one.slug == slug)
    return "\n".join(block.text for section in article.body.sections for block in section.blocks)


@settings(max_examples=200, deadline=None)
@given(TYPED)
def test_any_text_is_completed(engine: LocalEngine, typed: str) -> None:
    suggestions = engine.suggest(typed)
    assert len({suggestion.text.casefold() for suggestion in suggestions}) == len(suggestions)


@pytest.mark.parametrize("seed", range(4))
def test_the_explanation_adds_up_to_the_score(engine: LocalEngine, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 # test data
    for _ in range(50):
        for hit in engine.search(SearchQuery(make_query(rng), explain=True)).hits:
            assert hit.explanation is not None
            assert hit.explanation.value == pytest.approx(hit.score)
            _adds_up(hit.explanation)


def _adds_up(node: Explanation) -> None:
    if node.parts:
        assert node.value == pytest.approx(sum(part.value for part in node.parts), abs=1e-9), node.label
        for part in node.parts:
            _adds_up(part)


@pytest.mark.parametrize("seed", range(4))
def test_an_index_that_grew_answers_like_one_built_at_once(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 # test data
    grown, built = WhooshIndexStore(tmp_path / "grown"), WhooshIndexStore(tmp_path / "built")
    articles = {article.slug: article for article in ARTICLES[:12]}
    grown.sync(articles.values())
    for step in range(6):
        for _ in range(rng.randint(1, 3)):
            changed = make_article(rng.randrange(25), version=step + 1)
            articles[changed.slug] = changed
        for slug in rng.sample(sorted(articles), 1):
            del articles[slug]
        grown.sync(articles.values())
    assert built.sync(articles.values()).generation == grown.current()
    left, right = grown.open(), built.open()
    for _ in range(60):
        query = SearchQuery(make_query(rng), size=MAX_SIZE, explain=True)
        assert _answer(left.search(query)) == _answer(right.search(query)), query.text
    for word in WORDS:
        assert left.suggest(word[:4]) == right.suggest(word[:4]), word
    for slug in articles:
        assert left.related(slug) == right.related(slug)


def _answer(results: SearchResults) -> tuple[object, ...]:
    hits = [(hit.slug, hit.title, hit.sections, hit.score) for hit in results.hits]
    return results.total, hits, results.facets, results.correction, results.matched


@pytest.mark.parametrize("seed", range(4))
def test_an_unrelated_article_never_removes_a_hit(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 # test data
    unrelated = _with_words(make_article(99), "xylophone quartz zephyr")
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    before = store.open()
    store.sync([*ARTICLES, unrelated])
    after = store.open()
    for _ in range(80):
        query = SearchQuery(make_query(rng), size=MAX_SIZE)
        old = {hit.slug for hit in before.search(query).hits}
        assert old <= {hit.slug for hit in after.search(query).hits} | {unrelated.slug}, query.text


def _with_words(article: Article, text: str) -> Article:
    text_body = Body(sections=(Section("", "", 1, (Block("prose", text),)),))
    return replace(article, title=text, summary=text, tags=(), series=None, text=text_body)


@pytest.mark.parametrize(
    "typed",
    [
        "a" * 200,
        "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 3,
        "a* b* c* " * 20,
        '"' * 200,
        '"a "b" c" "d',
        "the of and to in is",
        "!@#$%^&()_+{}|<>?" * 10,
        "outbox 消息队列 очередь صندوق 🦀",
        "- - - -",
        "\x00\x01\x1d\x1e\x1f",
        "aA" * 100,
    ],
)
def test_hostile_text_is_answered(engine: LocalEngine, typed: str) -> None:
    results = engine.search(SearchQuery(typed[:200]))
    assert results.total >= 0
    engine.suggest(typed[:200])


@pytest.mark.parametrize("seed", range(3))
def test_what_a_store_remembers_is_what_its_files_say(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 # test data
    versions = dict.fromkeys(range(25), 0)
    store = WhooshIndexStore(tmp_path)
    for _ in range(12):
        for number in rng.sample(range(25), rng.randint(1, 3)):
            versions[number] += 1
        left_out = set(rng.sample(range(25), rng.randint(0, 2)))
        articles = [make_article(number, version=v) for number, v in versions.items() if number not in left_out]
        generation = store.sync(articles).generation
        another = WhooshIndexStore(tmp_path)
        assert not another.sync(articles).is_change
        assert another.current() == generation
        assert another.open().status().articles == len(articles)


def test_an_index_that_is_cut_off_under_a_store_is_built_again(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    for path in tmp_path.rglob("*.arrays"):
        path.write_bytes(path.read_bytes()[:1000])
    assert store.sync(ARTICLES).added == len(ARTICLES)
    assert store.open().status().articles == len(ARTICLES)


def test_an_index_that_is_cut_off_while_its_whoosh_view_is_written_ends_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, truncated = threading.Event(), threading.Event()

    def write_segment_of_truncated(*args: Any, **kwargs: Any) -> None:
        begun.set()
        truncated.wait(10)
        write_segment(*args, **kwargs)

    monkeypatch.setattr(whoosh_view, "write_segment", write_segment_of_truncated)
    store = WhooshIndexStore(tmp_path)
    store.sync(ARTICLES)
    assert begun.wait(10)
    for path in tmp_path.rglob("*.arrays"):
        os.truncate(path, 1000)
    truncated.set()
    assert store.sync(ARTICLES).added == len(ARTICLES)
    assert store.open().status().articles == len(ARTICLES)
