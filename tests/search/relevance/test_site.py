"""The search of the site itself: what readers type finds what they mean."""

from __future__ import annotations

import asyncio
import random
import re
import string
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.stemming import STOP_WORDS
from services.search.text.tokens import surfaces_of, tokenize
from services.search.text.words.known import KnownWords
from shared.content.article import Article
from shared.content.folder.loader import load_library
from shared.search.contract import MAX_SIZE, SearchQuery

CONTENT = Path(__file__).parents[3] / "content"
TYPOS = 500


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    result = asyncio.run(load_library(CONTENT))
    assert result.library is not None, result.problems
    return tuple(result.library.visible(datetime.now(UTC)).articles)


@pytest.fixture(scope="module")
def engine(articles: tuple[Article, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"), CONTENT / "synonyms.toml")
    store.sync(articles)
    engine = store.open()
    yield engine
    engine.close()


def test_every_title_finds_its_own_article_first(engine: LocalEngine, articles: tuple[Article, ...]) -> None:
    for article in articles:
        assert engine.search(SearchQuery(article.title[:200])).hits[0].slug == article.slug


def test_title_that_begins_as_typed_stands_first_at_every_letter(
    engine: LocalEngine, articles: tuple[Article, ...]
) -> None:
    keys = {article.slug: " ".join(surfaces_of(article.title)) for article in articles}
    for article in articles:
        for end in range(3, len(article.title) + 1):
            typed = article.title[:end]
            key = " ".join(surfaces_of(typed))
            begun = {slug for slug, title in keys.items() if title.startswith(key)}
            first = engine.search(SearchQuery(typed, partial=True)).hits[: len(begun)]
            assert {hit.slug for hit in first} == begun, typed


def test_title_is_completed_from_each_of_its_words(engine: LocalEngine, articles: tuple[Article, ...]) -> None:
    for article in articles:
        for token in tokenize(article.title):
            for start, end in {(token.start, token.end), *((part.start, part.end) for part in token.parts)}:
                typed = article.title[start:end]
                if typed.lower() not in STOP_WORDS:
                    assert article.title in {one.text for one in engine.suggest(typed, limit=50)}, typed


def test_every_heading_finds_its_article_first_and_leads_to_its_section(
    engine: LocalEngine, articles: tuple[Article, ...]
) -> None:
    """A heading that several articles have finds all of them before any other."""
    places: dict[str, dict[str, set[str]]] = {}
    for article in articles:
        for section in article.body.sections:
            places.setdefault(section.heading.casefold(), {}).setdefault(article.slug, set()).add(section.anchor)
    places.pop("", None)
    for heading, owners in places.items():
        first = engine.search(SearchQuery(heading[:200])).hits[: len(owners)]
        slugs = {hit.slug for hit in first}
        assert slugs <= owners.keys(), heading
        assert len(slugs) == min(len(owners), SearchQuery("").size), heading
        assert all(hit.sections[0].anchor in owners[hit.slug] for hit in first), heading


def test_the_words_of_a_heading_in_any_order_find_its_article_first_or_second(
    engine: LocalEngine, articles: tuple[Article, ...]
) -> None:
    rng = random.Random(2028)  # noqa: S311 # test data
    owners = Counter(section.heading for article in articles for section in article.body.sections)
    for article in articles:
        # A heading that every article has ("References") is nobody's.
        for heading in (
            section.heading for section in article.body.sections if section.heading and owners[section.heading] == 1
        ):
            words = re.findall(r"[\w.@'-]+", heading.lower())
            typed = [word for word in words if word not in STOP_WORDS]
            rng.shuffle(words)
            for query in (" ".join(typed), " ".join(words)):
                assert article.slug in {hit.slug for hit in engine.search(SearchQuery(query)).hits[:2]}, query


def test_every_tag_finds_an_article_that_has_it_first(engine: LocalEngine, articles: tuple[Article, ...]) -> None:
    for tag in {tag for article in articles for tag in article.tags}:
        assert tag in engine.search(SearchQuery(tag)).hits[0].tags, tag


def test_no_typo_in_a_title_leaves_the_reader_without_the_article(
    engine: LocalEngine, articles: tuple[Article, ...]
) -> None:
    """A typo that is a word of the site is searched as typed: nobody could know that it was one."""
    rng = random.Random(2026)  # noqa: S311 # test data
    words = [(word, a) for a in articles for word in re.findall(r"[A-Za-z0-9]{4,}", a.title)]
    lost, tried, known = [], 0, KnownWords()
    while tried < TYPOS:
        word, article = rng.choice(words)
        typed = _one_edit(rng, word)
        if word.lower() in STOP_WORDS or typed.lower() in known or engine.search(SearchQuery(typed, exact=True)).total:
            continue
        tried += 1
        results = engine.search(SearchQuery(typed, size=MAX_SIZE))
        offered = [engine.search(SearchQuery(offer, size=MAX_SIZE)) for offer in results.offers]
        found = {hit.slug for answer in (results, *offered) for hit in answer.hits}
        # A name with a capital inside is not a typo, nor is a short word one with another first letter.
        is_typo = typed[1:] == typed[1:].lower() and typed[0] == word[0]
        if article.slug not in found and is_typo:
            lost.append((word, typed))
    assert not lost


def test_no_typo_in_a_whole_title_moves_its_article_from_the_top(
    engine: LocalEngine, articles: tuple[Article, ...]
) -> None:
    rng = random.Random(2027)  # noqa: S311 # test data
    lost = []
    for _ in range(200):
        article = rng.choice(articles)
        word = rng.choice(re.findall(r"[A-Za-z]{4,}", article.title))
        typed = article.title.replace(word, _one_edit(rng, word), 1)
        if engine.search(SearchQuery(typed)).hits[0].slug != article.slug:
            lost.append(typed)
    assert not lost


def _one_edit(rng: random.Random, word: str) -> str:
    at, letter = rng.randrange(len(word)), rng.choice(string.ascii_lowercase)
    edits = (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    )
    return rng.choice(edits)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("Outbox Pattern", "transactional-outbox"),
        ("mTLS", "zero-trust-spiffe-spire"),
        ("mutual tls", "zero-trust-spiffe-spire"),
        ("outbx patern", "transactional-outbox"),
        ("OOMKilled", "kubernetes-resources-kernel"),
        ("select for update", "transactional-outbox"),
        ("95th percentile", "p95-latency"),
        ("k8s requests and limits", "kubernetes-resources-kernel"),
    ],
)
def test_what_readers_type_finds_what_they_mean(engine: LocalEngine, typed: str, slug: str) -> None:
    assert engine.search(SearchQuery(typed)).hits[0].slug == slug


def test_a_correction_is_reported_and_can_be_undone(engine: LocalEngine) -> None:
    corrected = engine.search(SearchQuery("outbx patern"))
    assert corrected.correction is not None
    assert (corrected.correction.original, corrected.correction.text) == ("outbx patern", "outbox pattern")
    as_typed = engine.search(SearchQuery("outbx patern", exact=True))
    assert (as_typed.total, as_typed.correction) == (0, None)


def test_completions_forgive_a_typo_from_the_fourth_letter(engine: LocalEngine) -> None:
    assert "The Transactional Outbox Pattern" in [one.text for one in engine.suggest("outb")]
    assert "The Transactional Outbox Pattern" in [one.text for one in engine.suggest("outnox")]
    assert engine.suggest("oxt") == ()


def test_completions_forgive_a_typo_in_a_long_text(engine: LocalEngine, articles: tuple[Article, ...]) -> None:
    rng = random.Random(2028)  # noqa: S311 # test data
    for article in articles:
        for _ in range(8):
            at = rng.randrange(1, len(article.title) - 2)
            typed = article.title[:at] + rng.choice(string.ascii_lowercase) + article.title[at:]
            if not article.title[at].isalnum() or not article.title[at - 1].isalnum():
                continue
            assert article.title in [one.text for one in engine.suggest(typed)], typed


def test_completions_forgive_each_kind_of_edit(engine: LocalEngine) -> None:
    title = "The Transactional Outbox Pattern"
    for typed in (
        "transactionl outb",
        "transsactional outb",
        "transactoinal outb",
        "transactionel outb",
        "outbx pattern ",
    ):
        assert title in [one.text for one in engine.suggest(typed)], typed
    assert engine.suggest("xransactional") == ()
    assert engine.suggest("transxctionxl") == ()
