"""Without JavaScript everything is a page or a form."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(visit: Visit) -> Visitor:
    """A visitor whose browser runs no script."""
    return visit("/", java_script_enabled=False)


def test_the_form_leads_to_results_with_marks_and_sections(plain: Visitor) -> None:
    plain.page.locator("#q").fill("idempotent")
    plain.page.keyboard.press("Enter")

    plain.page.wait_for_url("**/?q=idempotent")
    expect(plain.page.locator(".hit")).to_have_count(10)
    expect(plain.page.locator(".snippet mark").first).to_be_visible()
    plain.page.locator(".hit-heading a", has_text="What can fail").first.click()
    plain.page.wait_for_url(re.compile(r"/articles/lighthouse-\d+/#what-can-fail"))


def test_filters_orders_and_pages_are_links(plain: Visitor) -> None:
    plain.open("/?q=lighthouse")

    plain.page.get_by_role("link", name="Next").click()
    expect(plain.page.locator(".hit")).to_have_count(4)
    plain.page.get_by_role("link", name="Oldest").click()
    expect(plain.page.locator(".hit-title").first).to_have_text("The lighthouse, part 1")
    chip = plain.page.locator(".facets a", has_text="messaging")
    if not chip.is_visible():
        plain.page.locator(".facet summary", has_text="Tags").click()
    chip.click()
    plain.page.wait_for_url("**tag=messaging**")
    plain.page.get_by_role("link", name="Remove the filter messaging").click()

    expect(plain.page.locator(".result-count")).to_have_text("14 articles")


@pytest.mark.parametrize(("width", "is_shown"), [(390, False), (1440, True)])
def test_filters_are_open_on_a_wide_screen(visit: Visit, width: int, is_shown: bool) -> None:
    plain = visit("/?q=lighthouse", width=width, java_script_enabled=False)

    expect(plain.page.locator(".facets a").first).to_be_visible(visible=is_shown)


def test_a_correction_is_a_link_away_from_what_was_typed(plain: Visitor) -> None:
    plain.open("/?q=lighthuose")
    expect(plain.page.locator(".correction")).to_contain_text("Showing results for lighthouse")

    plain.page.get_by_role("link", name="Search instead for").click()

    expect(plain.page.locator(".no-results")).to_be_visible()


def test_features_of_scripts_are_not_offered_without_scripts(plain: Visitor) -> None:
    plain.open("/articles/every-feature/")

    expect(plain.page.locator("[data-scheme-button]")).to_be_hidden()
    expect(plain.page.locator(".masthead-search kbd")).to_be_hidden()
    expect(plain.page.locator(".copy")).to_have_count(0)


def test_the_search_link_of_every_page_leads_to_the_box(plain: Visitor) -> None:
    plain.open("/tags/")

    plain.page.locator(".masthead-search").click()

    plain.page.wait_for_url("**/#search")
    expect(plain.page.locator("#q")).to_be_in_viewport()


def test_the_table_of_contents_can_be_opened_on_a_phone(visit: Visit) -> None:
    visitor = visit("/articles/every-feature/", width=390, java_script_enabled=False)
    contents = visitor.page.locator(".toc")

    contents.locator("summary").click()
    contents.get_by_role("link").first.click()

    assert "#" in visitor.page.url
