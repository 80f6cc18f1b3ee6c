"""Page contexts, by value: the contents of each page, their order, and their links."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import orjson
import pytest

from services.render.pages import listings
from services.render.pages.articles import article_page, static_page
from services.render.pages.parts import Link, Meta
from tests.render.sites import (
    BASE_URL,
    DRAFT,
    OUTBOX,
    SITE,
    SOURCES,
    TAIL,
    TRUST,
    dated_sources,
    make_scope,
    many_sources,
)


def titles(cards: object) -> list[str]:
    assert isinstance(cards, tuple)
    return [card.title for card in cards]


def json_ld(meta: Meta) -> dict[str, dict[str, object]]:
    return {value["@type"]: value for value in map(orjson.loads, meta.json_ld)}


def test_the_listing_has_featured_articles_on_top_and_the_rest_newest_first() -> None:
    page = listings.listing_page(make_scope())
    assert titles(page.featured) == ["The Transactional Outbox Pattern"]
    assert titles(page.cards) == ["Tail latency", "Zero trust & mutual TLS: <script> has no place"]


def test_neither_drafts_nor_articles_of_the_future_are_listed() -> None:
    scope = make_scope()
    shown = titles(listings.listing_page(scope).cards) + [
        c.title for y in listings.archive_page(scope).years for c in y.cards
    ]
    assert "An idea" not in shown
    assert "Tomorrow's article" not in shown


def test_every_article_is_on_exactly_one_page_of_the_listing() -> None:
    scope = make_scope(many_sources(20))
    assert listings.listing_pages(scope) == 7
    listed = [card.url for number in range(1, 8) for card in listings.listing_page(scope, number).cards]
    assert sorted(listed) == sorted(article.url for article in scope.view.articles)
    assert listed == [article.url for article in scope.view.articles]


def test_later_pages_have_no_featured_articles_and_name_their_neighbours() -> None:
    scope = make_scope(many_sources(9) | {"articles/transactional-outbox.md": OUTBOX})
    second = listings.listing_page(scope, 2)
    assert second.featured == ()
    assert second.meta.canonical == f"{BASE_URL}/page/2/"
    assert (second.meta.previous_url, second.meta.next_url) == ("/", "/page/3/")


def test_a_site_without_articles_has_a_listing() -> None:
    page = listings.listing_page(make_scope({"pages/about.md": SOURCES["pages/about.md"]}))
    assert (page.cards, page.featured, page.tags) == ((), (), ())
    assert page.pager.pages == 1


def test_only_the_newest_featured_articles_are_on_top_and_older_ones_are_listed() -> None:
    sources = {name: text.replace("tags:", "featured: true\ntags:") for name, text in many_sources(5).items()}
    scope = make_scope(sources)
    first = listings.listing_page(scope)
    assert len(first.featured) == listings.MAX_FEATURED
    assert [a.title for a in scope.view.articles] == titles(first.featured) + titles(first.cards)


@pytest.mark.parametrize(
    ("page", "count", "numbers"),
    [
        (1, 1, "1"),
        (1, 3, "1 2 3"),
        (1, 9, "1 2 3 … 9"),
        (5, 9, "1 … 3 4 5 6 7 … 9"),
        (9, 9, "1 … 7 8 9"),
        (4, 9, "1 2 3 4 5 6 … 9"),
    ],
)
def test_the_pager_links_the_ends_and_the_neighbourhood(page: int, count: int, numbers: str) -> None:
    pager = listings.build_pager(page, count, lambda number: f"/{number}")
    assert " ".join(link.label if link else "…" for link in pager.numbers) == numbers
    assert [link.label for link in pager.numbers if link and link.is_current] == [str(page)]
    assert pager.previous_url == (f"/{page - 1}" if page > 1 else None)
    assert pager.next_url == (f"/{page + 1}" if page < count else None)


def test_tags_are_by_name_and_lead_to_their_quoted_page() -> None:
    page = listings.tags_page(make_scope())
    assert [(row.tag.label, row.tag.url, row.tag.count) for row in page.rows] == [
        ("c++", "/tags/c%2B%2B/", 1),
        ("databases", "/tags/databases/", 1),
        ("messaging", "/tags/messaging/", 2),
        ("performance", "/tags/performance/", 1),
        ("security", "/tags/security/", 1),
    ]


def test_a_tag_shows_its_articles_its_feed_and_the_tags_beside_it() -> None:
    page = listings.tag_page(make_scope(), "messaging")
    assert titles(page.cards) == ["Tail latency", "The Transactional Outbox Pattern"]
    assert page.lead == "2 articles about messaging."
    assert {tag.label for tag in page.tags} == {"databases", "performance"}
    assert [feed.url for feed in page.meta.feeds] == ["/tags/messaging/feed.xml"]


def test_a_tag_of_many_articles_shows_the_newest_as_cards_and_every_other_as_a_line_of_its_year() -> None:
    scope = make_scope(dated_sources(60))
    page = listings.tag_page(scope, "much")
    assert len(page.cards) == listings.MAX_TAG_CARDS
    assert sum(len(year.cards) for year in page.earlier) == 60 - listings.MAX_TAG_CARDS
    assert [year.year for year in page.earlier] == sorted({year.year for year in page.earlier}, reverse=True)
    shown = [*page.cards, *(one for year in page.earlier for one in year.cards)]
    assert [one.url for one in shown] == [article.url for article in scope.view.by_tag["much"]]


def test_a_tag_names_no_more_neighbours_than_the_front_page_names_tags() -> None:
    assert len(listings.tag_page(make_scope(dated_sources(60)), "much").tags) == listings.MAX_HOME_TAGS


@pytest.mark.parametrize(("parts", "shown"), [(4, 4), (6, 6), (7, 5), (30, 5)])
def test_all_series_show_the_first_parts_of_a_long_one(parts: int, shown: int) -> None:
    scope = make_scope(dated_sources(parts))
    (series,) = listings.series_index_page(scope).series
    assert ([one.part for one in series.cards], series.count) == (list(range(1, shown + 1)), parts)
    (whole,) = listings.series_page(scope, "long").series
    assert len(whole.cards) == parts
    assert whole.minutes == series.minutes


@pytest.mark.parametrize(
    ("part", "shown"), [(1, range(1, 8)), (4, range(1, 8)), (15, range(12, 19)), (30, range(24, 31))]
)
def test_an_article_names_the_parts_around_it(part: int, shown: range) -> None:
    scope = make_scope(dated_sources(30))
    box = article_page(scope, scope.view.by_slug[f"one-{part}"]).series
    assert box is not None
    assert ([one.part for one in box.parts], box.count) == (list(shown), 30)
    assert [one.part for one in box.parts if one.is_current] == [part]


def test_the_archive_links_to_its_years_where_they_are_several() -> None:
    assert not listings.archive_page(make_scope()).has_contents
    assert listings.archive_page(make_scope(dated_sources(60))).has_contents


def test_a_series_is_in_order_of_its_parts() -> None:
    page = listings.series_page(make_scope(), "reliability")
    (series,) = page.series
    assert [card.part for card in series.cards] == [1, 2]
    assert page.meta.canonical == f"{BASE_URL}/series/reliability/"


def test_the_archive_is_by_year() -> None:
    years = listings.archive_page(make_scope()).years
    assert [(year.year, len(year.cards)) for year in years] == [(2026, 2), (2025, 1)]


def test_an_article_has_its_head_its_place_and_its_neighbours() -> None:
    scope = make_scope()
    page = article_page(scope, scope.view.by_slug["transactional-outbox"])
    assert (page.published, page.updated) == (date(2026, 1, 12), date(2026, 2, 1))
    assert page.authors == (Link("The authors", "/authors/the-authors/"),)
    assert page.previous == Link("Zero trust & mutual TLS: <script> has no place", "/articles/zero-trust/")
    assert page.next == Link("Tail latency", "/articles/tail-latency/")
    assert [heading.anchor for heading in page.toc] == ["the-dual-write", "the-relay", "ordering"]
    assert page.series is not None
    assert [(part.title, part.is_current) for part in page.series.parts] == [
        ("The Transactional Outbox Pattern", True),
        ("Tail latency", False),
    ]


def test_an_article_describes_itself_to_machines() -> None:
    scope = make_scope()
    meta = article_page(scope, scope.view.by_slug["transactional-outbox"]).meta
    url = f"{BASE_URL}/articles/transactional-outbox/"
    data = json_ld(meta)
    assert meta.canonical == url
    assert meta.image == f"{url}social.png"
    posting = data["BlogPosting"]
    assert posting["headline"] == "The Transactional Outbox Pattern"
    assert posting["datePublished"] == "2026-01-12T00:00:00+00:00"
    assert posting["dateModified"] == "2026-02-01T00:00:00+00:00"
    assert posting["author"] == {
        "@type": "Organization",
        "name": "The authors",
        "url": f"{BASE_URL}/authors/the-authors/",
    }
    assert data["WebPage"] == {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "url": url,
        "lastReviewed": "2026-05-04",
    }
    assert posting["keywords"] == ["messaging", "databases"]
    crumbs = data["BreadcrumbList"]["itemListElement"]
    assert isinstance(crumbs, list)
    assert [crumb["item"] for crumb in crumbs] == [f"{BASE_URL}/", url]


def test_an_author_of_their_own_is_a_person() -> None:
    scope = make_scope()
    page = article_page(scope, scope.view.by_slug["tail-latency"])
    assert page.authors == (Link("Ada Writer", "/authors/ada-writer/"),)
    assert json_ld(page.meta)["BlogPosting"]["author"] == {
        "@type": "Person",
        "name": "Ada Writer",
        "url": f"{BASE_URL}/authors/ada-writer/",
    }


def test_the_home_page_tells_machines_how_to_search() -> None:
    site = json_ld(listings.listing_page(make_scope()).meta)["WebSite"]
    action = site["potentialAction"]
    assert isinstance(action, dict)
    assert action["target"]["urlTemplate"] == f"{BASE_URL}/?q={{search_term_string}}"


def test_few_headings_need_no_table_of_contents() -> None:
    scope = make_scope()
    assert article_page(scope, scope.view.by_slug["tail-latency"]).toc == ()


def test_related_articles_are_those_that_search_names_first() -> None:
    far = TAIL.replace("Tail latency", "Queues").replace("2026-03-01", "2026-04-01").replace("part: 2", "part: 3")
    sources = {**SOURCES, "articles/queues.md": far, "articles/first.md": TRUST.replace("2025-11-05", "2025-01-05")}
    scope = make_scope(sources)
    related = ("first", "gone", "transactional-outbox")
    page = article_page(scope, scope.view.by_slug["transactional-outbox"], related)
    assert [card.url for card in page.related] == ["/articles/first/", "/articles/queues/"]


def test_the_older_and_the_newer_article_are_not_named_again_as_related() -> None:
    scope = make_scope()
    page = article_page(scope, scope.view.by_slug["transactional-outbox"], ("zero-trust", "tail-latency"))
    assert page.previous is not None
    assert page.next is not None
    assert {page.previous.url, page.next.url} == {"/articles/zero-trust/", "/articles/tail-latency/"}
    assert page.related == ()


def test_without_search_related_articles_share_a_series_or_a_tag() -> None:
    third = TAIL.replace("Tail latency", "Queues").replace("series: {name: Reliability, part: 2}\n", "")
    newer = TRUST.replace("2025-11-05", "2026-01-20")
    scope = make_scope({**SOURCES, "articles/queues.md": third, "articles/newer.md": newer})
    page = article_page(scope, scope.view.by_slug["transactional-outbox"])
    # The same series and a tag outweigh a tag alone; what shares nothing is not there.
    assert [card.title for card in page.related] == ["Tail latency", "Queues"]


def test_an_article_that_shares_nothing_has_nothing_related() -> None:
    scope = make_scope()
    assert article_page(scope, scope.view.by_slug["zero-trust"]).related == ()


def test_a_page_of_the_site_is_under_its_own_name() -> None:
    scope = make_scope()
    page = static_page(scope, scope.view.pages_by_slug["about"])
    assert page.meta.canonical == f"{BASE_URL}/about/"
    assert page.meta.title == "About · Field Notes"


def test_an_error_page_is_not_for_search_engines() -> None:
    page = listings.error_page(make_scope(), 404, "Gone", "Nothing here.")
    assert page.meta.robots == "noindex"


def test_the_navigation_marks_the_current_page() -> None:
    page = listings.tags_page(make_scope())
    assert [link.label for link in page.chrome.navigation if link.is_current] == ["Tags"]


def test_a_minimal_site_still_has_a_description_and_an_author() -> None:
    bare = replace(SITE, author="", tagline="", description="", licence=None, navigation=())
    scope = make_scope(site=bare)
    assert listings.listing_page(scope).meta.description == "Field Notes"
    assert article_page(scope, scope.view.by_slug["zero-trust"]).authors == (Link("Field Notes", ""),)


def test_drafts_that_are_shown_are_marked_and_kept_from_search_engines() -> None:
    from shared.content.library import build_library  # noqa: PLC0415 - only this test shows drafts
    from shared.content.parsing.parse import parse_article  # noqa: PLC0415

    library = build_library(SITE, [parse_article("articles/idea.md", DRAFT)], shows_drafts=True)
    scope = make_scope()
    scope = replace(scope, view=library.visible(scope.view.articles[0].published or pytest.fail("dated")))
    page = article_page(scope, scope.view.by_slug["idea"])
    assert page.is_draft
    assert page.published is None
    assert page.meta.robots == "noindex"
