"""The contract of searches, for every engine: hits, their order, and their contents."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.search.engine import IndexStore, SearchEngine
from shared.search.attributes import SORTS, filters
from shared.search.contract import MAX_SECTIONS, Marked, SearchQuery
from tests.search_service.articles import SITE, make_article
from tests.search_service.engine.store_contract import slugs, synced, timeless

HOSTILE = (
    "((((",
    '"unclosed',
    "tag:",
    "tag: year:x series:",
    "*",
    "a*",
    "a* b* c*",
    "-",
    "-outbox",
    "OR OR OR",
    'title:"outbox',
    '"" ""',
    "🦀 🚀",
    "مرحبا بالعالم",
    "\u202eoutbox",
    "\u0301\u0301\u0301",
    "C++ .NET --dry-run",
    "' OR 1=1 --",
    "the of and",
    "x" * 200,
    "a " * 100,
    "\\",
    "%00",
)


def joined(marked: Marked) -> str:
    """The text that was cut into pieces."""
    return "".join(text for text, _ in marked)


class SearchContract:
    """The sentences about searches. EngineContract has the fixtures."""

    @pytest.mark.parametrize("typed", ["🦀 🚀", "((((", "*", "\u0301\u0301", "-"])
    async def test_a_query_without_words_finds_nothing(self, engine: SearchEngine, typed: str) -> None:
        assert (await engine.search(SearchQuery(typed))).total == 0
        assert (await engine.search(SearchQuery(typed, filters=filters(tags=("kafka",))))).total == 0

    @pytest.mark.parametrize("typed", ["", "  ", '"', "-"])
    async def test_an_unfinished_query_without_words_finds_everything(self, engine: SearchEngine, typed: str) -> None:
        assert (await engine.search(SearchQuery(typed, partial=True))).total == len(SITE)

    async def test_a_word_finds_the_articles_that_have_it(self, engine: SearchEngine) -> None:
        results = await engine.search(SearchQuery("relay"))
        assert slugs(results) == ["transactional-outbox"]
        assert results.total == 1
        assert results.matched == "all"
        assert results.took_ms >= 0
        assert results.generation == engine.generation

    async def test_the_answer_repeats_the_question(self, engine: SearchEngine) -> None:
        query = SearchQuery("message", filters=filters(tags=("messaging",)), size=3)
        assert (await engine.search(query)).query == query

    async def test_articles_with_all_words_come_first(self, engine: SearchEngine) -> None:
        assert slugs(await engine.search(SearchQuery("message offset")))[0] == "kafka-consumers"

    async def test_no_text_lists_every_article_newest_first_then_by_slug(self, engine: SearchEngine) -> None:
        results = await engine.search(SearchQuery(""))
        assert slugs(results) == ["kafka-consumers", "tail-latency", "zero-trust", "transactional-outbox"]
        assert results.total == 4

    async def test_white_space_counts_as_no_text(self, engine: SearchEngine) -> None:
        assert (await engine.search(SearchQuery("  "))).total == 4

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (SearchQuery("", filters=filters(tags=("messaging",))), ["kafka-consumers", "transactional-outbox"]),
            (SearchQuery("", filters=filters(tags=("messaging", "performance"))), ["kafka-consumers"]),
            (SearchQuery("", filters=filters(tags=("messaging", "security"))), []),
            (SearchQuery("", filters=filters(tags=("unknown",))), []),
            (SearchQuery("", filters=filters(year=2025)), ["transactional-outbox"]),
            (SearchQuery("", filters=filters(year=1999)), []),
            (SearchQuery("", filters=filters(series="reliability")), ["tail-latency", "transactional-outbox"]),
            (SearchQuery("", filters=filters(series="unknown")), []),
            (SearchQuery("message", filters=filters(tags=("databases",))), ["transactional-outbox"]),
            (SearchQuery("", filters=filters(author="ada-writer")), ["zero-trust", "transactional-outbox"]),
            (SearchQuery("", filters=filters(author="jose-nunez", year=2026)), ["tail-latency"]),
            (SearchQuery("", filters=filters(author="Ada Writer")), []),
            (
                SearchQuery("", filters=filters(reviewed=2026)),
                ["kafka-consumers", "tail-latency", "transactional-outbox"],
            ),
            (SearchQuery("", filters=filters(reviewed=2025)), []),
            (SearchQuery("tag:messaging"), ["kafka-consumers", "transactional-outbox"]),
            (SearchQuery('author:"Ada Writer"'), ["zero-trust", "transactional-outbox"]),
            (SearchQuery("reviewed:2026 message"), ["kafka-consumers", "transactional-outbox"]),
            (SearchQuery("year:2025", filters=filters(year=2026)), []),
        ],
    )
    async def test_hits_match_all_filters(self, engine: SearchEngine, query: SearchQuery, expected: list[str]) -> None:
        results = await engine.search(query)
        assert slugs(results) == expected
        assert results.total == len(expected)

    async def test_sorting_by_time_works_in_both_directions(self, engine: SearchEngine) -> None:
        newest = slugs(await engine.search(SearchQuery("", sort="newest")))
        oldest = slugs(await engine.search(SearchQuery("", sort="oldest")))
        assert newest == ["kafka-consumers", "tail-latency", "zero-trust", "transactional-outbox"]
        assert oldest[0] == "transactional-outbox"
        assert oldest[-1] == "kafka-consumers"
        assert sorted(newest) == sorted(oldest)

    async def test_articles_without_the_attribute_are_sorted_last(self, engine: SearchEngine) -> None:
        found = slugs(await engine.search(SearchQuery("", sort="reviewed")))
        assert found == ["kafka-consumers", "tail-latency", "transactional-outbox", "zero-trust"]

    @pytest.mark.parametrize("sort", SORTS)
    @pytest.mark.parametrize("text", ["", "same words"])
    async def test_paging_neither_repeats_nor_omits_a_hit(self, store: IndexStore, text: str, sort: str) -> None:
        await synced(
            store,
            [make_article(f"article-{number:02}", text="The same words.", day=number // 4) for number in range(23)],
        )
        engine = await store.open()
        pages = [await engine.search(SearchQuery(text, sort=sort, page=page, size=5)) for page in range(1, 7)]
        engine.close()
        found = [slug for page in pages for slug in slugs(page)]
        assert {page.total for page in pages} == {23}
        assert len(found) == len(set(found)) == 23
        assert [len(page.hits) for page in pages] == [5, 5, 5, 5, 3, 0]

    async def test_equal_scores_are_ordered_newest_first_then_by_slug(self, store: IndexStore) -> None:
        made = [make_article(f"n-{slug}", "Equal", text="The same words.", day=0) for slug in "dbca"]
        await synced(store, made)
        engine = await store.open()
        assert slugs(await engine.search(SearchQuery("words"))) == ["n-a", "n-b", "n-c", "n-d"]
        engine.close()

    async def test_facet_counts_are_exact_under_the_query(self, engine: SearchEngine) -> None:
        facets = (await engine.search(SearchQuery("", size=1))).facets
        assert [(one.value, one.count) for one in facets["tags"]] == [
            ("messaging", 2),
            ("performance", 2),
            ("databases", 1),
            ("security", 1),
        ]
        assert [(one.value, one.count) for one in facets["years"]] == [(2026, 3), (2025, 1)]
        assert [(one.value, one.count, one.label) for one in facets["series"]] == [("reliability", 2, "Reliability")]
        assert [(one.value, one.count, one.label) for one in facets["authors"]] == [
            ("ada-writer", 2, "Ada Writer"),
            ("jose-nunez", 1, "José Núñez"),
        ]
        assert [(one.value, one.count) for one in facets["reviewed"]] == [(2026, 3)]

    async def test_the_same_question_gets_the_same_answer(self, engine: SearchEngine) -> None:
        query = SearchQuery("message the", explain=True)
        assert timeless(await engine.search(query)) == timeless(await engine.search(query))

    async def test_concurrent_questions_get_their_own_answers(self, engine: SearchEngine) -> None:
        texts = ["message", "relay", "request", "the average", ""] * 8
        expected = [timeless(await engine.search(SearchQuery(text))) for text in texts]
        answers = await asyncio.gather(*(engine.search(SearchQuery(text)) for text in texts))
        assert [timeless(one) for one in answers] == expected

    @pytest.mark.parametrize("text", HOSTILE)
    @pytest.mark.parametrize("partial", [False, True])
    async def test_nothing_typed_is_an_error(self, engine: SearchEngine, text: str, partial: bool) -> None:
        results = await engine.search(SearchQuery(text, partial=partial))
        assert results.total >= len(results.hits)
        await engine.suggest(text)

    # One contract, run by the class of each engine: that is what this health check warns of.
    @settings(suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture])
    @given(text=st.text(max_size=60))
    async def test_any_text_is_answered_with_hits_of_the_index(self, engine: SearchEngine, text: str) -> None:
        results = await engine.search(SearchQuery(text, partial=True))
        assert 0 <= results.total <= len(SITE)
        assert len(results.hits) == min(results.total, results.query.size)

    async def test_marks_never_alter_the_title(self, engine: SearchEngine) -> None:
        hit = (await engine.search(SearchQuery("outbox pattern"))).hits[0]
        assert joined(hit.title) == "The Transactional Outbox Pattern"
        assert {text.casefold() for text, is_match in hit.title if is_match} >= {"outbox"}

    async def test_a_hit_is_the_article(self, engine: SearchEngine) -> None:
        hit = (await engine.search(SearchQuery("relay"))).hits[0]
        article = SITE[0]
        assert (hit.slug, hit.url) == (article.slug, f"/articles/{article.slug}/")
        assert (hit.summary, hit.tags, hit.reading_minutes) == (article.summary, article.tags, article.reading_minutes)
        assert (hit.published, hit.series) == ("2025-01-11", "Reliability")

    async def test_sections_lead_to_anchors_of_the_article_and_quote_it(self, engine: SearchEngine) -> None:
        hit = (await engine.search(SearchQuery("relay"))).hits[0]
        section = hit.sections[0]
        assert (section.heading, section.anchor) == ("The relay", "the-relay")
        assert section.url == "/articles/transactional-outbox/#the-relay"
        assert any(is_match for _, is_match in section.snippet)
        assert joined(section.snippet).strip("… ") in SITE[0].body.sections[1].blocks[0].text

    async def test_the_text_before_the_first_heading_has_no_fragment(self, engine: SearchEngine) -> None:
        section = (await engine.search(SearchQuery("identity"))).hits[0].sections[0]
        assert (section.heading, section.anchor, section.url) == ("", "", "/articles/zero-trust/")

    async def test_a_hit_shows_few_sections(self, store: IndexStore) -> None:
        await synced(store, [make_article("long", sections=tuple((f"Part {n}", "The word again.") for n in range(9)))])
        engine = await store.open()
        assert 1 <= len((await engine.search(SearchQuery("word"))).hits[0].sections) <= MAX_SECTIONS
        engine.close()

    async def test_scores_are_explained_only_when_asked(self, engine: SearchEngine) -> None:
        assert (await engine.search(SearchQuery("message"))).hits[0].explanation is None
        hit = (await engine.search(SearchQuery("message", explain=True))).hits[0]
        assert hit.explanation is not None
        assert hit.explanation.value == pytest.approx(hit.score)
