from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content.article import Article
from shared.content.folder.asset import parse_asset
from shared.content.library import Library, build_library
from shared.content.parsing.inputs import ParseInputs
from shared.content.parsing.parse import parse_article
from shared.content.parsing.site_config import SiteConfig
from shared.content.problem import InvalidContent
from shared.content.rules import ParseRules
from tests.content.articles import article, day, page, source
from tests.content.samples import SVG

SITE = SiteConfig(title="T")


def library(*articles: Article, shows_drafts: bool = False) -> Library:
    return build_library(SITE, articles, shows_drafts=shows_drafts)


def conflicts(*articles: Article) -> list[str]:
    with pytest.raises(InvalidContent) as caught:
        library(*articles)
    return [str(problem) for problem in caught.value.problems]


def test_articles_are_newest_first_then_by_slug() -> None:
    found = library(
        article("b", published="2026-01-01"),
        article("c", published="2026-02-01"),
        article("a", published="2026-01-01"),
        article("d", draft="true", published="null"),
    )
    assert [one.slug for one in found.articles] == ["d", "c", "a", "b"]


def test_the_library_answers_by_slug_alias_tag_year_and_series() -> None:
    found = library(
        article("a", tags="[x, y]", series="{name: Two Words, part: 2}", aliases="[/old/a/]"),
        article("b", tags="[x]", published="2025-05-05", series="{name: Two Words, part: 1}"),
        article("c", tags="[w]"),
        page("about", aliases="[/me/]"),
    )
    assert found.by_slug["a"].slug == "a"
    assert found.pages_by_slug["about"].is_page
    assert {alias: one.url for alias, one in found.by_alias.items()} == {"/old/a/": "/articles/a/", "/me/": "/about/"}
    assert list(found.tag_counts.items()) == [("x", 2), ("w", 1), ("y", 1)]
    assert [(year, len(articles)) for year, articles in found.by_year.items()] == [(2026, 2), (2025, 1)]
    assert [one.slug for one in found.series["two-words"].articles] == ["b", "a"]


def test_neighbours_go_by_date_and_series_neighbours_by_part() -> None:
    first = article("first", published="2026-03-01", series="{name: S, part: 1}")
    second = article("second", published="2026-01-01", series="{name: S, part: 2}")
    alone = article("alone", published="2026-02-01")
    found = library(first, second, alone)
    assert (found.neighbours(first).previous, found.neighbours(first).next) == (alone, None)
    assert (found.neighbours(second).previous, found.neighbours(second).next) == (None, alone)
    assert (found.series_neighbours(first).previous, found.series_neighbours(first).next) == (None, second)
    assert (found.series_neighbours(alone).previous, found.series_neighbours(alone).next) == (None, None)


def test_a_hidden_part_leaves_a_gap_in_its_series() -> None:
    first = article("first", series="{name: S, part: 1}")
    later = article("later", series="{name: S, part: 2}", published="2030-01-01")
    last = article("last", series="{name: S, part: 3}")
    view = library(first, later, last).visible(day("2026-06-01"))
    assert view.series_neighbours(first).next == last
    assert view.series_neighbours(later).next is None


def test_the_view_changes_exactly_when_something_appears_or_expires() -> None:
    found = library(
        article("now", published="2026-01-01"),
        article("later", published="2026-03-01", expires="2026-04-01"),
        article("draft", draft="true"),
        page("about", published="null"),
        page("soon", published="2026-03-01"),
    )
    before, during, after = (found.visible(day(text)) for text in ("2026-02-01", "2026-03-01", "2026-04-01"))
    assert [one.slug for one in before.articles] == ["now"]
    assert [one.slug for one in during.articles] == ["later", "now"]
    assert [one.slug for one in after.articles] == ["now"]
    assert [[one.slug for one in view.pages] for view in (before, during)] == [["about"], ["about", "soon"]]
    assert found.next_change(day("2026-02-01")) == day("2026-03-01")
    assert found.next_change(day("2026-03-01")) == day("2026-04-01")
    assert found.next_change(day("2026-04-01")) is None
    assert before.digest != during.digest


#: Half past two in Berlin, twice: at the end of summer time the clock goes from three back to two.
TWICE = ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")


def test_articles_of_the_hour_that_the_clock_shows_twice_appear_one_after_the_other() -> None:
    inputs = ParseInputs(rules=ParseRules(timezone="Europe/Berlin"))
    first, second = (
        parse_article(f"articles/{name}.md", source(published=published), inputs)
        for name, published in zip(("first", "second"), TWICE, strict=True)
    )
    found = library(first, second)
    before, between, later = (
        datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour, minute in ((0, 0), (1, 0), (1, 30))
    )
    assert found.next_change(before) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.next_change(between) == later
    assert [one.slug for one in found.visible(between).articles] == ["first"]
    assert [one.slug for one in found.visible(later).articles] == ["second", "first"]


def test_a_view_is_built_once_between_two_changes() -> None:
    found = library(article("now"), article("later", published="2027-01-01"))
    view = found.visible(day("2026-02-01"))
    assert found.visible(day("2026-11-30")) is view
    assert found.visible(day("2027-01-01")) is not view


def test_drafts_are_shown_only_if_configured() -> None:
    draft = article("draft", draft="true")
    assert library(draft).visible(day("2026-06-01")).articles == ()
    assert library(draft, shows_drafts=True).visible(day("2026-06-01")).articles == (draft,)


def test_files_beside_a_hidden_article_are_hidden_too() -> None:
    shown, hidden = article("shown"), article("hidden", published="2030-01-01")
    asset = parse_asset("articles/shown/d.svg", "d.svg", Path("d.svg"), SVG.encode())
    files = {"articles/shown.md": {"d.svg": asset}, "articles/hidden.md": {"d.svg": asset}}
    found = build_library(SITE, [shown, hidden], files=files)
    assert set(found.assets) == {"/articles/shown/d.svg", "/articles/hidden/d.svg"}
    assert set(found.visible(day("2026-06-01")).assets) == {"/articles/shown/d.svg"}


def test_two_articles_with_one_slug_are_refused_with_both_files() -> None:
    assert conflicts(article("a"), article("b", slug="a")) == [
        "articles/b.md:5: the slug 'a' is taken by articles/a.md: choose another with slug:"
    ]


@pytest.mark.parametrize(
    ("first", "second", "loser"),
    [
        # A copy of a file sorts before it.
        (article("a-copy", slug="b"), article("b", slug="b"), "a-copy"),
        (article("a-copy", slug="b"), article("b"), "a-copy"),
        (article("a", slug="x", published="2026-02-02"), article("b", slug="x", published="2026-02-01"), "a"),
        (article("a", slug="x", draft="true"), article("b", slug="x"), "a"),
        (article("a", aliases="[/x/]", published="2026-02-02"), article("b", aliases="[/x/]"), "a"),
        (
            article("a", series="{name: S, part: 1}", published="2026-02-02"),
            article("b", series="{name: S, part: 1}"),
            "a",
        ),
    ],
)
def test_what_readers_know_keeps_its_place(first: Article, second: Article, loser: str) -> None:
    (found,) = conflicts(first, second)
    assert found.startswith(f"articles/{loser}.md:")


def test_an_alias_may_be_claimed_once_and_not_by_a_place_that_exists() -> None:
    assert conflicts(
        article("a", aliases="[/old/]"),
        article("b", aliases="[/old, /articles/a/, /tags/x/]"),
        article("c", aliases="[/about/]"),
        page("about"),
    ) == [
        "articles/b.md:5: the alias '/articles/a/' is the address of articles/a.md: remove it",
        "articles/b.md:5: the alias '/old' is also one of articles/a.md: remove one of them",
        "articles/b.md:5: the alias '/tags/x/' is an address of the site itself: remove it",
        "articles/c.md:5: the alias '/about/' is the address of pages/about.md: remove it",
    ]


def test_a_part_of_a_series_is_taken_once_and_its_name_spelt_one_way() -> None:
    assert conflicts(
        article("a", series="{name: Two Words, part: 1}"),
        article("b", series="{name: Two words, part: 1}"),
    ) == [
        "articles/b.md:5: part 1 of 'Two words' is articles/a.md: give each part its own number",
        "articles/b.md:5: the series 'Two words' is written 'Two Words' in articles/a.md: use one spelling",
    ]


def test_the_digest_changes_with_the_site_and_with_each_article() -> None:
    base = library(article("a"))
    assert library(article("a")).digest == base.digest
    assert library(article("a", "Other.")).digest != base.digest
    assert build_library(SiteConfig(title="Other"), [article("a")]).digest != base.digest


moments = st.integers(0, 40).map(lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days))
plans = st.lists(st.tuples(moments, st.none() | st.integers(1, 20), st.booleans()), max_size=8)


@given(plans, moments)
def test_visible_agrees_with_each_article_and_next_change_skips_no_change(
    plan: list[tuple[datetime, int | None, bool]], now: datetime
) -> None:
    articles = [
        article(
            f"a{number}",
            published=published.isoformat(),
            draft=str(is_draft).lower(),
            **({"expires": (published + timedelta(days=days)).isoformat()} if days else {}),
        )
        for number, (published, days, is_draft) in enumerate(plan)
    ]
    found = library(*articles)
    seen = {one.slug for one in found.visible(now).articles}
    assert seen == {one.slug for one in articles if one.is_visible(now)}
    due = found.next_change(now)
    later = [now + timedelta(hours=hours) for hours in range(0, 24 * 70, 12)]
    changed = next((one for one in later if {a.slug for a in articles if a.is_visible(one)} != seen), None)
    if changed is not None:
        assert due is not None
        assert now < due <= changed
