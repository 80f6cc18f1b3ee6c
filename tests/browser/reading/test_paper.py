"""Pages on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


ARTICLE = "/articles/every-feature/"


def background(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_paper_shows_the_article_alone_with_the_addresses_of_its_links(visit: Visit) -> None:
    visitor = visit(ARTICLE, scheme="dark")
    visitor.page.emulate_media(media="print")

    for hidden in (".masthead", ".toc", ".colophon", ".neighbours", ".related", ".next"):
        for one in visitor.page.locator(hidden).all():
            expect(one).to_be_hidden()
    expect(visitor.page.locator(".prose")).to_be_visible()
    assert background(visitor) == "rgb(255, 255, 255)"
    after = visitor.page.evaluate(
        """getComputedStyle(document.querySelector('.prose a[href^="http"]'), '::after').content"""
    )
    assert "http" in after


@pytest.mark.parametrize("path", ["/", "/?q=lighthouse", "/tags/messaging/", "/archive/"])
def test_print_shows_lists_in_black_without_navigation(visit: Visit, path: str) -> None:
    visitor = visit(path, scheme="dark")
    for _ in ("light", "dark"):
        visitor.page.locator("[data-scheme-button]").click()
    visitor.page.emulate_media(media="print")

    for hidden in (".masthead", ".search", ".facets", ".pager", ".aside", ".colophon"):
        for one in visitor.page.locator(hidden).all():
            expect(one).to_be_hidden()
    assert background(visitor) == "rgb(255, 255, 255)"
    assert visitor.page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"


def test_paper_cuts_no_table_off(visit: Visit) -> None:
    visitor = visit("/articles/awkward/", width=640)
    visitor.page.emulate_media(media="print")

    assert visitor.page.evaluate("document.querySelector('table').getBoundingClientRect().right <= innerWidth")


@pytest.mark.parametrize("width", [640, 1000, 1500])
@pytest.mark.parametrize("path", ["/", "/?q=lighthouse", "/?q=zyxwvut", "/tags/messaging/", "/archive/", "/series/"])
def test_words_of_lists_stand_beside_each_other_on_paper(visit: Visit, path: str, width: int) -> None:
    """In both formats of a sheet, and on a large one."""
    visitor = visit(path, width=width)
    visitor.page.emulate_media(media="print")

    assert visitor.page.evaluate("measures.overlaps('main')") == []
