"""The dialog of search, on every page: how it opens and closes, and what it reports."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import INSIGHT_TOKEN, Visit

pytestmark = pytest.mark.browser


def delay(page: Page, ms: int) -> Callable[[Route], None]:
    """A handler that lets requests wait before they go on."""

    def wait(route: Route) -> None:
        page.wait_for_timeout(ms)
        route.continue_()

    return wait


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_every_page_opens_the_dialog_by_key_and_closes_it_where_it_was(visit: Visit, key: str) -> None:
    visitor = visit("/articles/lighthouse-3/")
    page = visitor.page
    page.locator(".masthead-search").focus()

    page.keyboard.press(key)
    expect(page.locator("#dialog-q")).to_be_focused()
    page.keyboard.type("lighthouse", delay=15)
    page.wait_for_selector("dialog [aria-busy=false] .hit")
    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator(".masthead-search")).to_be_focused()


def test_a_check_box_takes_no_letters_so_the_key_of_search_opens_the_dialog_from_it(visit: Visit) -> None:
    page = visit("/articles/every-feature/").page
    page.locator("figure.code input[type=checkbox]").first.focus()

    page.keyboard.press("/")

    expect(page.locator("#dialog-q")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_that_nothing_is_found_begins_where_results_begin(visit: Visit, width: int) -> None:
    page = visit("/tags/", width=width).page
    page.keyboard.press("/")
    page.locator("#dialog-q").fill("zyxwvut")
    page.wait_for_selector("dialog [aria-busy=false] .no-results")

    left = "one => one.getBoundingClientRect().left - one.closest('dialog').getBoundingClientRect().left"
    for text in page.locator("dialog .no-results :is(h2, h3, p)").all():
        assert text.evaluate(left) < 40


def test_no_key_is_lost_while_search_is_loading(visit: Visit) -> None:
    """A slow line: every module takes half a second."""
    visitor = visit()
    page = visitor.page
    page.route("**/static/s*.js", delay(page, 500))
    page.goto(f"{visitor.base}/articles/lighthouse-3/", wait_until="commit")

    page.wait_for_selector("#dialog-q", state="attached")
    page.keyboard.type("/lighthouse keeper idempotent")

    assert page.locator("#dialog-q").input_value() == "lighthouse keeper idempotent"
    page.wait_for_selector("dialog [aria-busy=false] .hit")
    expect(page.locator("#dialog-q")).to_have_value("lighthouse keeper idempotent")


def test_the_dialog_opens_within_a_frame_or_two(visit: Visit) -> None:
    """Counted in frames, not in milliseconds: the next picture after the key shows it."""
    page = visit("/tags/").page
    page.evaluate(
        """() => addEventListener("keydown", () => requestAnimationFrame(() => {
             window.wasOpen = document.querySelector("dialog").open;
           }), { once: true })"""
    )

    page.keyboard.press("/")

    page.wait_for_function("window.wasOpen !== undefined")
    assert page.evaluate("window.wasOpen") is True


@pytest.mark.parametrize(("path", "width"), [("/", 1280), ("/", 390), ("/tags/", 1280), ("/tags/", 390)])
def test_nothing_moves_while_somebody_searches(visit: Visit, path: str, width: int) -> None:
    """Layout shifts of every kind, those after a key included, from the first letter on."""
    page = visit(path, width=width).page
    page.keyboard.press("/")
    page.wait_for_selector("[data-ready]")
    page.keyboard.type("l")
    page.wait_for_selector("[aria-busy=false] .hit")
    page.evaluate("document.fonts.ready")
    page.evaluate("measures.allShifts = 0")

    for letters in ("ighthouse", " idempotent", " zyxwvut"):
        page.keyboard.type(letters, delay=15)
        page.wait_for_selector("[aria-busy=false]")
        page.wait_for_timeout(250)

    assert page.evaluate("measures.allShifts") == 0


def test_the_dialog_follows_a_result_and_offers_all_of_them(visit: Visit) -> None:
    visitor = visit("/tags/")
    page = visitor.page
    page.locator(".masthead-search").click()
    page.locator("#dialog-q").fill("lighthouse")

    page.get_by_role("link", name="All results").click()

    page.wait_for_url("**/?q=lighthouse")
    expect(page.locator(".hit")).to_have_count(10)


def test_the_dialog_tells_query_and_rank_of_an_opened_hit_and_nothing_else(visit: Visit) -> None:
    visitor = visit("/tags/")
    page = visitor.page
    page.locator(".masthead-search").click()
    page.locator("#dialog-q").fill("lighthouse")
    title = page.locator("dialog .hit").nth(1).locator(".hit-title a")
    with page.expect_request("**/api/opened") as sent:
        title.click()
    assert sent.value.post_data == "q=lighthouse&rank=2"
    page.wait_for_url("**/articles/**")
    headers = {"Authorization": f"Bearer {INSIGHT_TOKEN}"}
    rows = page.request.get(f"{visitor.base}/_insight.json", headers=headers).json()["rows"]
    assert [row["clicks"][1] for row in rows if row["query"] == "lighthouse"] == [1]


def test_the_dialog_tells_nothing_for_a_reader_who_asks_not_to_be_counted(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    visitor.open("/tags/")
    page.locator(".masthead-search").click()
    page.locator("#dialog-q").fill("lighthouse")
    page.locator("dialog .hit-title a").first.click()
    page.wait_for_url("**/articles/**")
    assert [url for url in sent if "/api/opened" in url] == []
