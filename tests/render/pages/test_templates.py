"""Templates and contexts agree: nothing is used that is not there, and nothing is given that is not used."""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Iterator

import pytest
from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from services.render.insight.counts import Counts
from services.render.insight.page import insight_page
from services.render.insight.report import Report, rows_of
from services.render.pages import listings
from services.render.pages.articles import article_page, static_page
from services.render.pages.contexts import PageContext
from services.render.pages.environments import TEMPLATE_DIR, create_environment
from services.render.pages.results import search_page
from services.render.pages.templates import TEMPLATES, Pages, load_pages
from services.render.searching.fallback import filter_articles
from shared.search.attributes import filters
from shared.search.contract import Building, Correction, SearchQuery
from tests.render.sites import NOW, dated_sources, make_scope, many_sources

ENVIRONMENT = create_environment()
NAMES = sorted(ENVIRONMENT.list_templates())


def attributes_of_page(name: str) -> Iterator[str]:
    """What a template, and what it extends, asks of ``page``."""
    source = (TEMPLATE_DIR / name).read_text(encoding="utf-8")
    tree = ENVIRONMENT.parse(source)
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name == "page":
            yield node.attr
    others = [one.template for one in tree.find_all(nodes.Extends)]
    others += [one.template for one in tree.find_all(nodes.Include)]
    for other in others:
        assert isinstance(other, nodes.Const)
        yield from attributes_of_page(other.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_given_nothing_but_the_page(name: str) -> None:
    tree = ENVIRONMENT.parse((TEMPLATE_DIR / name).read_text(encoding="utf-8"))
    # What a block or an included template takes from the one around it.
    inherited = {"ui", "chrome", "meta", "words", "card", "between", "listed", "queries"}
    translation = {"_", "_trans", "gettext", "ngettext", "pgettext"}
    assert find_undeclared_variables(tree) <= {"page"} | inherited | translation


@pytest.mark.parametrize(("context", "name"), TEMPLATES.items())
def test_every_field_of_a_page_is_used_and_every_use_is_a_field(context: type[PageContext], name: str) -> None:
    used = set(attributes_of_page(name))
    fields = {field.name for field in dataclasses.fields(context)}
    assert used <= fields, f"{name} uses what {context.__name__} has not"
    # An error page has a form even where a template has no use for the shared one.
    assert fields - used <= {"form"}, f"{context.__name__} gives what {name} does not use"


@pytest.mark.parametrize("name", NAMES)
def test_only_article_bodies_and_structured_data_are_trusted(name: str) -> None:
    source = (TEMPLATE_DIR / name).read_text(encoding="utf-8")
    assert set(re.findall(r"([\w.]+)\s*\|\s*trusted", source)) <= {"page.body", "text"}
    assert "|safe" not in source.replace(" ", "")
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", source)


@pytest.fixture(scope="module")
def templates() -> Pages:
    return load_pages()


def every_page() -> Iterator[PageContext]:
    """One of each kind, and the odd ones: empty, degraded, corrected, long."""
    scope, empty = make_scope(), make_scope({})
    for one in (scope, empty, make_scope(many_sources(40))):
        yield from (listings.listing_page(one, number) for number in range(1, listings.listing_pages(one) + 1))
        yield from (listings.tags_page(one), listings.series_index_page(one), listings.archive_page(one))
        yield listings.error_page(one, 404, "Gone", "Nothing.", request_id="abc")
    many = make_scope(dated_sources(30))
    yield from (listings.tag_page(many, "much"), listings.archive_page(many), listings.series_index_page(many))
    yield article_page(many, many.view.by_slug["one-15"])
    yield from (listings.tag_page(scope, tag) for tag in scope.view.by_tag)
    yield from (listings.series_page(scope, slug) for slug in scope.view.series)
    yield from (article_page(scope, article) for article in scope.view.articles)
    yield article_page(scope, scope.view.by_slug["zero-trust"], ("tail-latency",))
    yield from (static_page(scope, page) for page in scope.view.pages)
    for text in ("", "outbox", "nothing like it", "<script>alert(1)</script>"):
        asked = SearchQuery(text, filters=filters(tags=("messaging",) if text == "outbox" else ()))
        found = filter_articles(scope.view, asked)
        yield search_page(scope, found, asked, is_degraded=True)
        corrected = dataclasses.replace(found, correction=Correction(text, "outbox"), matched="some")
        yield search_page(scope, corrected, asked, is_degraded=False)
        building = dataclasses.replace(found, building=Building(500, 11_905))
        yield search_page(scope, building, asked, is_degraded=False)
    counts = {"<script>alert(1)</script>": Counts(9, last="nothing"), "outbox": Counts(3, last="all")}
    for rows in ((), rows_of(counts)):
        yield insight_page(scope, Report(NOW, NOW.date(), 90, 3, rows, left_out=1, problems=("a.md:1: x",)))


def test_every_kind_of_page_is_rendered_without_a_name_missing(templates: Pages) -> None:
    kinds = set()
    for context in every_page():
        html = templates.render(context).decode()
        kinds.add(type(context))
        assert html.startswith("<!doctype html>")
        assert "<!-- further fonts -->" not in html
        assert html.count("<h1") == 1, context
        assert html.count("<main") == 1
        assert "<script>alert" not in html
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), f"an id twice: {sorted(ids)}"
    assert kinds == set(TEMPLATES)


def test_an_article_in_another_language_says_so_and_which_way_it_runs(templates: Pages) -> None:
    words = 'title: "\u05e9\u05dc\u05d5\u05dd"\nsummary: "\u05e9\u05dc\u05d5\u05dd."'
    source = f"---\n{words}\npublished: 2026-01-01\nlanguage: he\n---\n\n## a\n\n## b\n\n## c\n"
    scope = make_scope({"shalom": source})
    html = templates.render(article_page(scope, scope.view.by_slug["shalom"])).decode()
    assert '<article class="article" dir="rtl">' in html
    # The words of the site around it are in its own language.
    for start in ("<h1", '<p class="lead"', "<div", '<div class="prose"'):
        assert f'{start} lang="he">' in html
    listing = templates.render(listings.listing_page(scope)).decode()
    assert '<a href="/articles/shalom/" lang="he">' in listing
    assert '<p class="row-summary" lang="he">' in listing


def test_the_front_page_leads_to_the_tags_that_it_does_not_name(templates: Pages) -> None:
    few = templates.render(listings.listing_page(make_scope())).decode()
    many = templates.render(listings.listing_page(make_scope(dated_sources(60)))).decode()
    assert 'class="tags-all"' not in few
    assert '<p class="tags-all"><a href="/tags/">All 61 tags</a></p>' in many


def test_pages_of_a_thousand_articles_leave_room_for_what_they_load(templates: Pages) -> None:
    scope = make_scope(dated_sources(1_000))
    for page in (
        listings.listing_page(scope),
        listings.tags_page(scope),
        listings.tag_page(scope, "much"),
        listings.series_index_page(scope),
        listings.archive_page(scope),
    ):
        # Fonts, styles and scripts take 50 kB of the 75 kB that docs/design.md allows.
        assert len(zlib.compress(templates.render(page), 9)) < 25_000, page.meta.title


def test_an_error_page_has_no_canonical_address(templates: Pages) -> None:
    text = templates.render(listings.error_page(make_scope(), 404, "Gone", "Nothing here.")).decode()
    assert "canonical" not in text
    assert "og:url" not in text


def test_a_title_with_markup_in_it_stays_text(templates: Pages) -> None:
    scope = make_scope()
    html = templates.render(article_page(scope, scope.view.by_slug["zero-trust"])).decode()
    assert "<h1>Zero trust &amp; mutual TLS: &lt;script&gt; has no place<svg" in html
    data = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert "<" not in data
    assert "\\u003cscript\\u003e" in data
