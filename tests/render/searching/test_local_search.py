"""The stand-in for full-text search, and names like a mistyped one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.searching.fallback import common_tags, filter_articles, mark, near_tags, near_titles
from services.search.text.tokens import surfaces_of
from shared.search.attributes import filters
from shared.search.contract import FacetCount, SearchQuery
from tests.content.articles import source
from tests.render.sites import make_scope, many_sources

VIEW = make_scope().view


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        (SearchQuery(""), ["tail-latency", "transactional-outbox", "zero-trust"]),
        (SearchQuery("", sort="oldest"), ["zero-trust", "transactional-outbox", "tail-latency"]),
        (SearchQuery("OUTBOX relay"), ["transactional-outbox"]),
        (SearchQuery("messaging"), ["tail-latency", "transactional-outbox"]),
        (SearchQuery("outbox latency"), []),
        (SearchQuery("", filters=filters(tags=("messaging", "databases"))), ["transactional-outbox"]),
        (SearchQuery("", filters=filters(year=2025)), ["zero-trust"]),
        (SearchQuery("", filters=filters(series="reliability")), ["tail-latency", "transactional-outbox"]),
        (SearchQuery("", filters=filters(series="other")), []),
        (SearchQuery('"tail latency"'), ["tail-latency"]),
        (SearchQuery("future"), []),
        (SearchQuery("", size=1, page=2), ["transactional-outbox"]),
        (SearchQuery("", page=9), []),
    ],
)
def test_titles_summaries_and_tags_are_filtered(query: SearchQuery, slugs: list[str]) -> None:
    assert [hit.slug for hit in filter_articles(VIEW, query).hits] == slugs


def test_the_total_and_the_facets_are_those_of_all_pages() -> None:
    results = filter_articles(make_scope(many_sources(30)).view, SearchQuery("", size=5, page=2))
    assert (results.total, len(results.hits)) == (30, 5)
    assert sum(count.count for count in results.facets["tags"]) == 30
    assert results.facets["tags"][0] == FacetCount("tag-0", 5, "tag-0")


def test_matches_in_titles_are_marked() -> None:
    (hit,) = filter_articles(VIEW, SearchQuery("outbox")).hits
    assert hit.title == (("The Transactional ", False), ("Outbox", True), (" Pattern", False))


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=4), max_size=4))
def test_marking_never_alters_the_text(text: str, words: list[str]) -> None:
    pieces = mark(text, words)
    assert "".join(piece for piece, _ in pieces) == text


def test_marks_ignore_case_and_diacritics() -> None:
    assert mark("Café au lait", ["cafe"])[0] == ("Café", True)


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Straße und Fuß", "STRASSE"),
        ("Don't panic", "dont"),
        ("Don\N{RIGHT SINGLE QUOTATION MARK}t panic", "don't"),
        ("\N{LATIN SMALL LIGATURE FI}ne print", "fine"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER S}QL", "sql"),
        ("Naïve Bayes", "naive"),
        ("read\N{NON-BREAKING HYPHEN}only", "read-only"),
        ("co\N{SOFT HYPHEN}operate", "cooperate"),
        ("İstanbul", "istanbul"),
    ],
)
def test_words_fold_as_in_full_text_search(title: str, typed: str) -> None:
    view = make_scope({"articles/one.md": source(title=f'"{title}"')}).view
    (hit,) = filter_articles(view, SearchQuery(typed)).hits
    found = [surface for text, is_match in hit.title if is_match for surface in surfaces_of(text)]
    assert found == surfaces_of(typed)


@pytest.mark.parametrize("typed", ["transactional-outbx", "outbox patern", "Transactionl Outbox"])
def test_a_mistyped_title_is_found(typed: str) -> None:
    assert near_titles(VIEW, typed)[0].url == "/articles/transactional-outbox/"


def test_a_word_that_is_like_no_title_has_no_guess() -> None:
    view = make_scope({"articles/colophon.md": source(title="Colophon")}).view
    assert near_titles(view, "xylophone") == ()


def test_guesses_far_behind_the_best_are_dropped() -> None:
    """By the measure "About" is like "transactional outbx": it would stand beside the article that was meant."""
    assert [link.label for link in near_titles(VIEW, "transactional-outbx")] == ["The Transactional Outbox Pattern"]


def test_the_tags_of_most_articles_come_first() -> None:
    assert [link.label for link in common_tags(VIEW, 2)] == ["messaging", "c++"]


def test_a_mistyped_tag_is_found() -> None:
    assert near_tags(VIEW, "mesaging")[0].label == "messaging"


@given(st.text(max_size=400))
def test_any_text_gives_at_most_a_few_names(typed: str) -> None:
    assert len(near_titles(VIEW, typed)) <= 5
    assert len(near_tags(VIEW, typed)) <= 5
