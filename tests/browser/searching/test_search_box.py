"""Search as you type: what is shown, where the keys lead, and that the address always says it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def query_of(visitor: Visitor) -> dict[str, list[str]]:
    return parse_qs(urlsplit(visitor.page.url).query)


def test_results_appear_while_typing_with_their_matches_marked(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    assert len(visitor.titles()) == 10
    expect(visitor.page.locator(".hit-title mark").first).to_have_text(re.compile("lighthouse", re.IGNORECASE))
    expect(visitor.page.locator("[data-listing]")).to_be_hidden()
    assert query_of(visitor) == {"q": ["lighthouse"]}


def test_sections_are_results_of_their_own_and_lead_to_their_heading(visitor: Visitor) -> None:
    visitor.type("idempotent")

    section = visitor.page.locator(".hit-heading a").first
    expect(section).to_have_text("What can fail")
    section.click()
    visitor.page.wait_for_url(re.compile(r"/articles/lighthouse-\d+/#what-can-fail"))


def test_enter_leads_to_the_best_section(visitor: Visitor) -> None:
    visitor.page.keyboard.press("/")
    expect(visitor.page.locator("#q")).to_be_focused()
    visitor.type("lighthouse idempotent")
    best = visitor.page.locator("[data-best]")
    expect(best).to_have_count(1)
    target = urlsplit(str(best.get_attribute("href")))

    visitor.page.keyboard.press("Enter")

    visitor.page.wait_for_url(f"**{target.path}#*")
    assert visitor.page.evaluate("location.hash").split(":~:")[0] == f"#{target.fragment.split(':~:')[0]}"


def test_enter_waits_for_the_answer_to_what_was_typed(visitor: Visitor) -> None:
    visitor.page.locator("#q").press_sequentially("lighthouse idempotent")
    visitor.page.keyboard.press("Enter")

    visitor.page.wait_for_url(re.compile(r"/articles/lighthouse-\d+/"))


def test_arrow_keys_lead_through_the_links_of_the_results_and_letters_lead_back(visitor: Visitor) -> None:
    visitor.type("idempotent")
    page, box = visitor.page, visitor.page.locator("#q")
    links = page.locator(".hit-title a, .hit-heading a")

    page.keyboard.press("ArrowDown")
    # The best one is chosen already: down is the one after it.
    expect(links.nth(2)).to_be_focused()
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    expect(links.last).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("s")

    expect(box).to_be_focused()
    expect(box).to_have_value("idempotents")


@pytest.mark.parametrize("path", ["/", "/tags/"])
def test_one_tab_leads_from_the_box_to_the_first_result(visit: Visit, path: str) -> None:
    page = visit(path).page
    page.keyboard.press("/")
    page.keyboard.type("lighthouse", delay=15)
    page.wait_for_selector("[aria-busy=false] .hit")

    page.keyboard.press("Tab")

    expect(page.locator(".hit-title a").first).to_be_focused()


#: Keeps what the region announces in ``said``.
RECORD_WHAT_IS_SAID = """() => {
  window.said = [];
  const region = document.querySelector(".search [role=status]");
  new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
}"""


def test_results_are_headings_and_one_region_announces_them_once(visitor: Visitor) -> None:
    visitor.page.evaluate(RECORD_WHAT_IS_SAID)
    visitor.paste("idempotent")
    expect(visitor.page.locator(".search [role=status]")).to_have_text(re.compile("14 articles found"))
    tree = visitor.page.locator("main").aria_snapshot()

    assert re.search(r'- region "Results":\n\s+- article:', tree)
    assert len(re.findall(r'- heading "The lighthouse, part \d+" \[level=2\]', tree)) == 10
    assert re.search(r'- heading "[^"]+" \[level=3\]', tree)
    assert visitor.page.locator("[role=status]", has_text="articles").count() == 1
    assert [text for text in visitor.page.evaluate("said") if text] == [
        visitor.page.locator(".search [role=status]").inner_text()
    ]


def test_a_count_is_not_announced_after_another_letter(visitor: Visitor) -> None:
    clock, page = visitor.page.clock, visitor.page
    clock.install()
    clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    page.evaluate(RECORD_WHAT_IS_SAID)

    def answer_late(route: Route) -> None:
        clock.run_for(1_000)
        route.continue_()

    page.route(re.compile(r"q=lighthouse\+idempotent"), answer_late)

    visitor.paste("lighthouse")
    clock.run_for(100)  # the pause after the last letter, and less than an announcement waits
    visitor.await_results()
    visitor.paste(" idempotent")
    clock.run_for(100)
    visitor.await_results()
    clock.run_for(1_000)

    assert len([text for text in page.evaluate("said") if text]) == 1


def test_on_a_phone_a_count_and_the_orders_have_lines_of_their_own(visit: Visit) -> None:
    page = visit("/?q=lighthouse", width=390).page

    box = "node => node.getBoundingClientRect().toJSON()"
    count, orders, first = (page.locator(one).first.evaluate(box) for one in (".result-count", ".sorting", ".hit"))

    assert count["bottom"] <= orders["top"]
    assert orders["bottom"] <= first["top"]


def test_home_and_end_move_in_the_text_while_the_box_has_the_focus(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    visitor.page.keyboard.press("Home")

    assert visitor.page.evaluate("document.activeElement.selectionStart") == 0


def test_escape_leaves_the_result_then_the_search(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.keyboard.press("ArrowDown")

    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("#q")).to_be_focused()
    assert visitor.titles()
    visitor.page.keyboard.press("Escape")

    expect(visitor.page.locator("[data-listing]")).to_be_visible()
    expect(visitor.page.locator("#q")).to_have_value("")
    assert urlsplit(visitor.page.url).query == ""


def test_back_and_forward_show_the_state_of_their_address(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.locator(".sorting a", has_text="Oldest").click()
    expect(visitor.page.locator(".hit-title").first).to_have_text("The lighthouse, part 1")

    visitor.page.go_back()
    expect(visitor.page.locator(".sorting [aria-current]")).to_have_text("Best match")
    visitor.page.go_back()
    expect(visitor.page.locator("[data-listing]")).to_be_visible()
    expect(visitor.page.locator("#q")).to_have_value("")
    visitor.page.go_forward()
    visitor.page.go_forward()

    expect(visitor.page.locator("#q")).to_have_value("lighthouse")
    expect(visitor.page.locator(".hit-title").first).to_have_text("The lighthouse, part 1")
    assert query_of(visitor) == {"q": ["lighthouse"], "sort": ["oldest"]}


def test_a_reload_shows_the_same_results_in_the_same_order(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.locator(".sorting a", has_text="Newest").click()
    expect(visitor.page.locator(".hit-title").first).to_have_text("The lighthouse, part 14")
    before = visitor.titles()

    visitor.page.reload()

    assert visitor.titles() == before
    expect(visitor.page.locator("#q")).to_have_value("lighthouse")


def test_a_reload_moves_no_result(visitor: Visitor) -> None:
    """Results from typing and from the server look the same."""
    place = """() => [".result-count", ".hit-title", ".hit-heading", ".snippet", ".facets .counts a"]
        .map((one) => document.querySelector(one).getBoundingClientRect())
        .map((box) => [Math.round(box.top - document.querySelector("#q").getBoundingClientRect().top),
                       Math.round(box.height)])"""
    visitor.type("idempotent")
    typed = visitor.page.evaluate(place)

    visitor.page.reload()

    assert visitor.page.evaluate(place) == typed


def test_filters_are_chips_with_counts_that_go_on_and_off_and_keep_the_focus(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    chip = visitor.page.locator(".facets a", has_text="messaging")
    count = int(chip.locator(".count").inner_text())

    chip.focus()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator(".result-count")).to_have_text(f"{count} articles")
    expect(visitor.page.locator(".facets [aria-current]")).to_be_focused()
    assert query_of(visitor) == {"q": ["lighthouse"], "tag": ["messaging"]}
    visitor.page.get_by_role("link", name="Remove the filter messaging").click()
    expect(visitor.page.locator(".result-count")).to_have_text("14 articles")


def test_a_sign_says_whether_filters_are_folded(visit: Visit) -> None:
    page = visit("/?q=lighthouse", width=390).page
    sign = "one => getComputedStyle(one, '::after').content[1]"
    summary = page.locator(".facet summary").first
    assert summary.evaluate(sign) == "+"

    summary.click()

    assert summary.evaluate(sign) == "\N{MINUS SIGN}"


def test_more_results_are_added_and_the_address_is_updated(visitor: Visitor) -> None:
    visitor.type("lighthouse")

    visitor.page.locator(".more").click()

    expect(visitor.page.locator(".hit-title")).to_have_count(14)
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

    expect(visitor.page.locator(".hit-title")).to_have_count(14)
    assert abs(visitor.page.evaluate("scrollY") - before) < 2


def test_more_results_by_keyboard_lead_to_the_first_of_them(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.page.locator(".more").focus()

    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator(".hit-title a").nth(10)).to_be_focused()


def test_pages_of_results_are_turned_in_both_directions(visit: Visit) -> None:
    visitor = visit("/?q=lighthouse")
    first = visitor.titles()
    visitor.page.locator(".pager-next").click()
    expect(visitor.page.locator(".hit")).to_have_count(4)
    assert not set(first) & set(visitor.titles())

    visitor.page.get_by_role("link", name="Previous").focus()
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator(".hit-title a").first).to_be_focused()
    assert visitor.titles() == first
    assert query_of(visitor) == {"q": ["lighthouse"]}


def test_a_correction_names_the_searched_query_and_links_back(visitor: Visitor) -> None:
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
    visitor.page.wait_for_url("**/articles/**")
    visitor.open("/")

    visitor.page.locator("#q").click()
    recent = visitor.page.locator(".recent a")
    expect(recent).to_have_text(["relay crash"])
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#q")).to_have_value("relay crash")
    visitor.page.wait_for_selector("[data-search-results][aria-busy=false] .hit")
    visitor.open("/")
    visitor.page.locator("#q").click()
    visitor.page.get_by_role("button", name="Clear recent searches").click()

    expect(recent).to_have_count(0)
    assert visitor.page.evaluate("localStorage.getItem('recent-searches')") is None


def test_a_page_of_results_becomes_the_listing_again_when_the_box_is_emptied(visit: Visit) -> None:
    visitor = visit("/?q=lighthouse")

    visitor.page.locator("#q").fill("")

    expect(visitor.page.locator("[data-listing] .row").first).to_be_visible()
    assert urlsplit(visitor.page.url).query == ""


def test_a_listing_that_came_to_a_page_of_results_keeps_its_title(visit: Visit) -> None:
    visitor = visit("/")
    title = visitor.page.title()
    visitor.open("/?q=lighthouse")

    for text in ("", "light", ""):
        visitor.page.locator("#q").fill(text)
        expect(visitor.page.locator("[data-listing]")).to_be_visible(visible=not text)

    assert visitor.page.title() == title


def test_results_that_were_asked_for_are_a_place_to_go_back_to(visit: Visit) -> None:
    visitor = visit("/tags/")
    visitor.open("/?q=lighthouse")
    visitor.page.locator("#q").fill("idempotent")
    visitor.await_results()
    visitor.page.locator("#q").fill("idempotent lighthouse")
    visitor.await_results()

    visitor.page.go_back()

    expect(visitor.page.locator("#q")).to_have_value("lighthouse")
    assert query_of(visitor) == {"q": ["lighthouse"]}
    visitor.page.locator("#q").fill("part")
    visitor.await_results()
    visitor.page.go_back()
    expect(visitor.page.locator("#q")).to_have_value("lighthouse")


def test_ctrl_click_leaves_the_page_alone(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    with visitor.page.context.expect_page() as opened:
        visitor.page.locator(".facets a", has_text="messaging").click(modifiers=["Control"])

    opened.value.wait_for_url("**/?q=lighthouse&tag=messaging")
    assert query_of(visitor) == {"q": ["lighthouse"]}
