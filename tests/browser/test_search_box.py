"""Search as you type: what is shown, where the keys lead, and that the address always says it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def query_of(visitor: Visitor) -> dict[str, list[str]]:
    return parse_qs(urlsplit(visitor.page.url).query)


def test_results_appear_while_typing_with_their_matches_marked(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    assert len(visitor.titles()) == 10
    expect(visitor.page.locator(".option-title mark").first).to_have_text(re.compile("lighthouse", re.IGNORECASE))
    expect(visitor.page.locator("[data-listing]")).to_be_hidden()
    assert query_of(visitor) == {"q": ["lighthouse"]}


def test_sections_are_results_of_their_own_and_lead_to_their_heading(visitor: Visitor) -> None:
    visitor.type("idempotent")

    section = visitor.page.locator(".option-section").first
    expect(section).to_contain_text("What can fail")
    section.click()
    visitor.page.wait_for_url("**/articles/lighthouse-*/#what-can-fail")


def test_keys_choose_a_result_and_enter_follows_it(visitor: Visitor) -> None:
    visitor.page.keyboard.press("/")
    expect(visitor.page.locator("#q")).to_be_focused()
    visitor.type("lighthouse")
    page, box = visitor.page, visitor.page.locator("#q")
    options = page.locator("#page-options [role=option]")

    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("End")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(options.last).to_be_in_viewport()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_be_focused()
    target = options.first.get_attribute("href")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{target}")


def test_home_and_end_move_in_the_text_while_no_result_is_chosen(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    visitor.page.keyboard.press("Home")

    assert visitor.page.evaluate("document.activeElement.selectionStart") == 0
    expect(visitor.page.locator("[aria-selected=true]")).to_have_count(0)


def test_escape_leaves_the_result_then_the_search(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.keyboard.press("ArrowDown")

    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("[aria-selected=true]")).to_have_count(0)
    assert visitor.titles()
    visitor.page.keyboard.press("Escape")

    expect(visitor.page.locator("[data-listing]")).to_be_visible()
    expect(visitor.page.locator("#q")).to_have_value("")
    assert urlsplit(visitor.page.url).query == ""


def test_back_and_forward_show_what_their_address_says(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.locator(".sorting a", has_text="Oldest").click()
    expect(visitor.page.locator(".option-title").first).to_have_text("The lighthouse, part 1")

    visitor.page.go_back()
    expect(visitor.page.locator(".sorting [aria-current]")).to_have_text("Best match")
    visitor.page.go_back()
    expect(visitor.page.locator("[data-listing]")).to_be_visible()
    expect(visitor.page.locator("#q")).to_have_value("")
    visitor.page.go_forward()
    visitor.page.go_forward()

    expect(visitor.page.locator("#q")).to_have_value("lighthouse")
    expect(visitor.page.locator(".option-title").first).to_have_text("The lighthouse, part 1")
    assert query_of(visitor) == {"q": ["lighthouse"], "sort": ["oldest"]}


def test_a_reload_shows_the_same_results_in_the_same_order(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.locator(".sorting a", has_text="Newest").click()
    expect(visitor.page.locator(".option-title").first).to_have_text("The lighthouse, part 14")
    before = visitor.titles()

    visitor.page.reload()

    assert visitor.titles() == before
    expect(visitor.page.locator("#q")).to_have_value("lighthouse")


def test_a_reload_moves_no_result(visitor: Visitor) -> None:
    """Results are made twice, in a template and in a module: they look the same."""
    place = """() => ["#q", ".results-head", ".option-title, .hit-title", ".option-heading, .hit-heading",
                      ".snippet", ".facets .chip"]
        .map((one) => document.querySelector(one).getBoundingClientRect())
        .map((box) => [Math.round(box.top), Math.round(box.height)])"""
    visitor.type("idempotent")
    typed = visitor.page.evaluate(place)

    visitor.page.reload()

    assert visitor.page.evaluate(place) == typed


def test_filters_are_chips_with_counts_that_go_on_and_off_and_keep_the_focus(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    chip = visitor.page.locator(".facets .chip", has_text="messaging")
    count = int(chip.locator(".count").inner_text())

    chip.focus()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator(".result-count")).to_have_text(f"{count} articles")
    expect(visitor.page.locator(".facets .chip-on")).to_be_focused()
    assert query_of(visitor) == {"q": ["lighthouse"], "tag": ["messaging"]}
    visitor.page.get_by_role("link", name="Remove the filter messaging").click()
    expect(visitor.page.locator(".result-count")).to_have_text("14 articles")


def test_more_results_are_added_and_the_address_says_so(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    visitor.page.locator(".more").click()

    expect(visitor.page.locator(".option-title")).to_have_count(14)
    expect(visitor.page.locator(".more")).to_have_count(0)
    visitor.page.reload()
    expect(visitor.page.locator(".hit")).to_have_count(14)


def test_more_results_do_not_move_what_is_read(visit: Visit) -> None:
    visitor = visit("/", height=500)
    visitor.type("lighthouse")
    more = visitor.page.locator(".more")
    more.scroll_into_view_if_needed()
    before = visitor.page.evaluate("scrollY")

    more.click()

    expect(visitor.page.locator(".option-title")).to_have_count(14)
    assert abs(visitor.page.evaluate("scrollY") - before) < 2


def test_more_results_by_keyboard_lead_to_the_first_of_them(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.locator(".more").focus()

    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("#q")).to_be_focused()
    expect(visitor.page.locator("[aria-selected=true] .option-title")).to_have_text(visitor.titles()[10])


def test_pages_of_results_are_turned_in_both_directions(visit: Visit) -> None:
    visitor = visit("/?q=lighthouse")
    first = visitor.titles()
    visitor.page.locator(".pager-next").click()
    expect(visitor.page.locator(".turn")).to_contain_text("Page 2 of 2")
    assert not set(first) & set(visitor.titles())

    visitor.page.get_by_role("link", name="Previous page").focus()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("[aria-selected=true] .option-title")).to_have_text(first[0])
    assert query_of(visitor) == {"q": ["lighthouse"]}


def test_a_correction_says_what_was_searched_and_leads_back(visitor: Visitor) -> None:
    visitor.page.locator("#q").fill("lighthuose")
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator(".notice")).to_contain_text("Showing results for lighthouse")
    visitor.page.get_by_role("link", name="Search instead for").click()

    expect(visitor.page.locator(".no-results")).to_be_visible()
    assert query_of(visitor) == {"q": ["lighthuose"], "exact": ["1"]}
    expect(visitor.page.locator(".no-results a[href^='/articles/']").first).to_be_visible()


def test_recent_searches_stay_on_the_device_and_can_be_cleared(visitor: Visitor) -> None:
    visitor.type("relay crash")
    visitor.page.keyboard.press("Enter")
    visitor.open("/")

    visitor.page.locator("#q").click()
    recent = visitor.page.get_by_role("listbox", name="Recent searches")
    expect(recent.get_by_role("option")).to_have_text(["relay crash"])
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#q")).to_have_value("relay crash")
    visitor.page.wait_for_selector("[data-search-results][aria-busy=false] [role=option]")
    visitor.open("/")
    visitor.page.locator("#q").click()
    visitor.page.get_by_role("button", name="Clear recent searches").click()

    expect(recent).to_have_count(0)
    assert visitor.page.evaluate("localStorage.getItem('recent-searches')") is None


def test_the_number_of_results_is_announced(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    expect(visitor.page.locator(".search [role=status]")).to_have_text(re.compile("14 articles found"))


def test_a_page_of_results_becomes_the_listing_again_when_the_box_is_emptied(visit: Visit) -> None:
    visitor = visit("/?q=lighthouse")

    visitor.page.locator("#q").fill("")

    expect(visitor.page.locator("[data-listing] .card").first).to_be_visible()
    assert urlsplit(visitor.page.url).query == ""


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_every_page_opens_the_dialog_by_key_and_closes_it_where_it_was(visit: Visit, key: str) -> None:
    visitor = visit("/articles/lighthouse-3/")
    page = visitor.page
    page.locator(".masthead-search").focus()

    page.keyboard.press(key)
    expect(page.locator("#dialog-q")).to_be_focused()
    page.keyboard.type("lighthouse", delay=15)
    page.wait_for_selector("dialog [aria-busy=false] [role=option]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("dialog [aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator(".masthead-search")).to_be_focused()


def test_the_dialog_follows_a_result_and_offers_all_of_them(visit: Visit) -> None:
    visitor = visit("/tags/")
    page = visitor.page
    page.locator(".masthead-search").click()
    page.locator("#dialog-q").fill("lighthouse")

    page.get_by_role("link", name="All results, with filters").click()

    page.wait_for_url("**/?q=lighthouse")
    expect(page.locator(".hit")).to_have_count(10)


def test_ctrl_click_leaves_the_page_alone(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    with visitor.page.context.expect_page() as opened:
        visitor.page.locator(".facets .chip", has_text="messaging").click(modifiers=["Control"])

    opened.value.wait_for_url("**/?q=lighthouse&tag=messaging")
    assert query_of(visitor) == {"q": ["lighthouse"]}
