"""The results page, by value: every link of it leads to a search."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from services.render.pages.parts import CountedLink, Link
from services.render.pages.results import MAX_FACET_NAMES, brief, dedented, search_page
from services.render.pages.templates import load_pages
from services.render.searching.fallback import article_hit, filter_articles
from shared.search.attributes import filters
from shared.search.contract import Correction, FacetCount, Hit, Marked, Reading, SearchQuery, SearchResults, SectionHit
from tests.render.sites import make_scope

SCOPE = make_scope()
SECTION = SectionHit("The relay", "the-relay", "/articles/x/#the-relay", (("the ", False), ("relay", True)))
HIT = Hit(
    "x", "/articles/x/", (("X", True),), "About X.", "2026-01-12", ("messaging",), "Reliability", 3, 1.5, (SECTION,)
)

GERMAN = "---\ntitle: Der Postausgang\nsummary: Ein Relais.\npublished: 2026-01-12\nlanguage: de\n---\n\nEin Relais.\n"


def results(asked: SearchQuery, **changes: Any) -> SearchResults:
    made = SearchResults(asked, 25, 0.5, "g1", (HIT,))
    return replace(made, **changes)


def test_the_pager_knows_its_place_and_sections_lead_to_their_heading_and_words() -> None:
    asked = SearchQuery("x", page=3)
    page = search_page(SCOPE, results(asked), asked, is_degraded=False)
    assert (page.pager.page, page.pager.pages) == (3, 3)
    assert page.pager.previous_url == "/?q=x&page=2"
    (section,) = page.hits[0].sections
    assert section.url.startswith(f"{SECTION.url}:~:text=")
    assert section.snippet == SECTION.snippet


def test_the_title_is_the_first_link_of_a_hit_whose_series_and_authors_are_links_too() -> None:
    page = search_page(SCOPE, results(SearchQuery("x")), SearchQuery("x"), is_degraded=False)
    (hit,) = page.hits
    hit = replace(hit, series=Link("Reliability", "/series/reliability/"), authors=(Link("Ada", "/authors/ada/"),))
    html = load_pages().render_results(replace(page, hits=(hit,))).decode()
    links = re.findall(r'href="([^"]+)"', html[html.index("<article") : html.index("</article>")])
    assert [link.partition("#")[0] for link in links] == [
        "/articles/x/",
        "/articles/x/",
        "/authors/ada/",
        "/series/reliability/",
    ]


def test_tags_can_be_added_and_taken_off() -> None:
    asked = SearchQuery("x", filters=filters(tags=("b",)), page=2)
    facets = {"tags": (FacetCount("a", 3), FacetCount("b", 5))}
    page = search_page(SCOPE, results(asked, facets=facets), asked, is_degraded=False)
    assert page.facets[0].values == (
        CountedLink("b", "/?q=x", 5, is_on=True),
        CountedLink("a", "/?q=x&tag=b&tag=a", 3),
    )
    assert page.active == (Link("b", "/?q=x"),)


def test_a_tag_that_applies_is_offered_even_if_nothing_has_it() -> None:
    asked = SearchQuery("x", filters=filters(tags=("gone",)))
    many = tuple(FacetCount(f"tag-{number}", 60 - number) for number in range(60))
    page = search_page(SCOPE, results(asked, facets={"tags": many}), asked, is_degraded=False)
    assert page.facets[0].values[0] == CountedLink("gone", "/?q=x", 0, is_on=True)
    assert len(page.facets[0].values) == MAX_FACET_NAMES + 1


def test_years_and_series_are_chosen_one_at_a_time() -> None:
    asked = SearchQuery("x", filters=filters(year=2026, series="reliability"))
    facets = {
        "years": (FacetCount(2026, 2), FacetCount(2025, 1)),
        "series": (FacetCount("reliability", 2, "Reliability"),),
    }
    page = search_page(SCOPE, results(asked, facets=facets), asked, is_degraded=False)
    years, series = page.facets
    assert [(link.label, link.url, link.is_on) for link in years.values] == [
        ("2026", "/?q=x&series=reliability", True),
        ("2025", "/?q=x&year=2025&series=reliability", False),
    ]
    assert series.values == (CountedLink("Reliability", "/?q=x&year=2026", 2, is_on=True),)
    assert page.clear_url == "/?q=x"
    assert [link.label for link in page.active] == ["2026", "Reliability"]


def test_a_correction_leads_back_to_what_was_typed() -> None:
    asked = SearchQuery("outbx")
    corrected = results(asked, correction=Correction("outbx", "outbox"))
    page = search_page(SCOPE, corrected, asked, is_degraded=False)
    assert page.correction is not None
    assert page.correction.exact_url == "/?q=outbx&exact=1"


def test_a_dialog_gets_the_hits_without_filters_orders_and_further_pages() -> None:
    asked = SearchQuery("x", filters=filters(tags=("b",)))
    facets = {"tags": (FacetCount("a", 3), FacetCount("b", 5))}
    whole = search_page(SCOPE, results(asked, facets=facets), asked, is_degraded=False)
    pages = load_pages()

    short, long = pages.render_results(brief(whole)).decode(), pages.render_results(whole).decode()

    assert [name in short for name in ('class="row hit', "result-count")] == [True, True]
    assert [name in short for name in ("<nav", "filters-active", "more-results")] == [False, False, False]
    assert [name in long for name in ("<nav", "filters-active", "more-results")] == [True, True, True]


def test_an_order_is_chosen_by_link() -> None:
    asked = SearchQuery("x", sort="newest", page=2)
    page = search_page(SCOPE, results(asked), asked, is_degraded=False)
    assert [(link.url, link.is_current) for link in page.sorts] == [
        ("/?q=x", False),
        ("/?q=x&sort=newest", True),
        ("/?q=x&sort=oldest", False),
        ("/?q=x&sort=reviewed", False),
    ]


def test_an_order_by_what_no_hit_has_is_not_offered() -> None:
    asked = SearchQuery("x")
    page = search_page(SCOPE, results(asked, facets={"reviewed": ()}), asked, is_degraded=False)
    assert [link.label for link in page.sorts] == ["Best match", "Newest", "Oldest"]


def test_every_filter_is_a_group_of_links_named_as_the_articles_write_it() -> None:
    asked = SearchQuery("", filters=filters(author="ada-writer", reviewed=2026))
    page = search_page(SCOPE, filter_articles(SCOPE.view, asked), asked, is_degraded=True)
    assert [(group.name, group.heading) for group in page.facets] == [("author", "Authors")]
    assert page.active == (Link("Ada Writer", "/?reviewed=2026"), Link("2026", "/?author=ada-writer"))
    asked = SearchQuery("", filters=filters(author="ada-writer"))
    page = search_page(SCOPE, filter_articles(SCOPE.view, asked), asked, is_degraded=True)
    assert page.facets[-1].values == (CountedLink("Ada Writer", "/", 1, is_on=True),)


def test_the_form_keeps_the_filters_but_neither_the_page_nor_the_old_words() -> None:
    asked = SearchQuery("x", filters=filters(tags=("a",), year=2026), sort="newest", page=2, exact=True)
    page = search_page(SCOPE, results(asked), asked, is_degraded=False)
    assert page.form.text == "x"
    assert page.form.kept == (("tag", "a"), ("year", "2026"), ("sort", "newest"))


def test_nothing_found_offers_titles_and_tags_like_it() -> None:
    asked = SearchQuery("transactionl outbx")
    page = search_page(SCOPE, filter_articles(SCOPE.view, asked), asked, is_degraded=True)
    assert page.hits == ()
    assert page.near_titles[0].url == "/articles/transactional-outbox/"
    assert page.is_degraded


def test_where_nothing_is_like_it_the_tags_of_most_articles_are_offered() -> None:
    asked = SearchQuery("zyxwvut")
    page = search_page(SCOPE, filter_articles(SCOPE.view, asked), asked, is_degraded=True)
    assert page.near_titles == ()
    assert page.near_tags[0].label == "messaging"


def test_similar_titles_are_left_out_beside_articles_near_a_message() -> None:
    asked = SearchQuery("SomeError: transactional outbox (nil)")
    page = search_page(SCOPE, results(asked, total=0, hits=(), near=(HIT,)), asked, is_degraded=False)
    assert [link.url for link in page.near_hits] == ["/articles/x/#the-relay"]
    assert page.near_titles == ()


def test_past_the_last_result_the_way_leads_back_and_nothing_is_guessed() -> None:
    asked = SearchQuery("outbox", page=9)
    page = search_page(SCOPE, filter_articles(SCOPE.view, asked), asked, is_degraded=False)
    text = load_pages().render(page).decode()
    assert page.near_titles == page.near_tags == ()
    assert 'href="/?q=outbox">Go to the first page</a>' in text
    assert "No results" not in text


def test_a_section_without_a_text_of_its_own_has_no_empty_paragraph() -> None:
    asked = SearchQuery("relay")
    bare = replace(HIT, sections=(SECTION, replace(SECTION, snippet=())))
    text = load_pages().render(search_page(SCOPE, results(asked, hits=(bare,)), asked, is_degraded=False)).decode()
    assert (text.count('class="hit-heading"'), text.count('class="snippet"')) == (2, 1)


def test_results_are_not_for_search_engines() -> None:
    asked = SearchQuery("x")
    assert search_page(SCOPE, results(asked), asked, is_degraded=False).meta.robots == "noindex, follow"


@pytest.mark.parametrize(
    ("snippet", "shown"),
    [
        ((("    a = ", False), ("x", True), ("\n        b\n\n    c", False)), "a = x\n    b\n\nc"),
        ((("a\n  b", False),), "a\n  b"),
        ((("   ", False),), "   "),
        ((("    ", False), ("x", True)), "x"),
        ((), ""),
    ],
)
def test_code_in_results_has_no_indent_that_all_its_lines_have(snippet: Marked, shown: str) -> None:
    cut = dedented(snippet)
    assert "".join(text for text, _ in cut) == shown
    assert [text for text, is_match in cut if is_match] == [text for text, is_match in snippet if is_match]


def test_articles_that_mean_something_alike_are_shown_after_the_hits_and_are_no_best_answer() -> None:
    asked = SearchQuery("x")
    page = search_page(SCOPE, results(asked, by_meaning=(HIT,)), asked, is_degraded=False)
    text = load_pages().render_results(page).decode()
    assert [hit.is_best for hit in page.by_meaning] == [False]
    assert text.index('aria-label="Results"') < text.index("Related by meaning")
    assert text.count("data-best") == 1


def test_order_by_meaning_is_not_called_an_order_by_words() -> None:
    asked = SearchQuery("x")
    for ranked_by, words in (("words", "that contain the most"), ("meaning", "closest to the question")):
        page = search_page(SCOPE, results(asked, matched="some", ranked_by=ranked_by), asked, is_degraded=False)
        assert f"The ones {words}" in load_pages().render_results(page).decode()


def test_words_of_a_hit_have_the_language_of_its_article() -> None:
    scope = make_scope({"x": GERMAN})
    hit = article_hit(scope.view.by_slug["x"], ())
    opening = SectionHit("", "", "/articles/x/", (("Ein ", False), ("Relais", True)))
    asked = SearchQuery("x")
    hits = (hit, replace(hit, sections=(SECTION,)), replace(hit, sections=(opening,)))
    page = search_page(scope, results(asked, hits=hits), asked, is_degraded=False)

    html = load_pages().render_results(page).decode()

    assert html.count('<a href="/articles/x/" lang="de"') == 3
    assert len(re.findall(r'<p class="row-summary hit-summary[^"]*" lang="de">', html)) == 2
    assert '<ul class="hit-sections" lang="de">' in html


def test_articles_and_titles_that_are_near_have_their_language() -> None:
    scope = make_scope({"x": GERMAN})
    asked = SearchQuery("Postausgang")
    nothing = results(asked, total=0, hits=())
    near = replace(nothing, near=(article_hit(scope.view.by_slug["x"], ()),))

    for found in (nothing, near):
        html = load_pages().render_results(search_page(scope, found, asked, is_degraded=False)).decode()
        assert '<li><a href="/articles/x/" lang="de">' in html


def test_words_that_no_article_has_are_alternatives() -> None:
    asked = SearchQuery("x y")
    found = results(asked, missing=("x", "y"))

    html = load_pages().render_results(search_page(SCOPE, found, asked, is_degraded=False)).decode()

    assert "No article contains <q>x</q> or <q>y</q>." in html


def test_a_correction_that_finds_nothing_shows_no_results_of_it() -> None:
    asked = SearchQuery('tag:x "a b"')
    found = results(asked, total=0, hits=(), correction=Correction(asked.text, "tag:x a b"))

    html = load_pages().render_results(search_page(SCOPE, found, asked, is_degraded=False)).decode()

    assert "Showing results for" not in html
    assert "No results for <q>tag:x" in html


@pytest.mark.parametrize(
    "typed", ['"the relay"', "«\u202fthe relay\u202f»", "„the relay“", "「the relay」", '"the relay']
)
def test_a_phrase_is_named_in_the_marks_of_the_page_alone(typed: str) -> None:
    asked = SearchQuery(typed)
    page = search_page(
        SCOPE, results(asked, readings=(Reading("phrase", typed, "the relay"),)), asked, is_degraded=False
    )
    assert [(one.typed, one.url) for one in page.readings] == [("the relay", "/?q=the+relay")]


def test_another_operator_is_named_as_typed() -> None:
    asked = SearchQuery('title:"the relay"')
    readings = (Reading("field", asked.text, "title the relay"),)
    page = search_page(SCOPE, results(asked, readings=readings), asked, is_degraded=False)
    assert [one.typed for one in page.readings] == [asked.text]
