"""Search in bad weather: slow answers, answers out of order, failures, and no network at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Route, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def hold(held: list[Route]) -> Callable[[Route], None]:
    """A handler that keeps requests waiting."""

    def keep(route: Route) -> None:
        held.append(route)

    return keep


def test_an_older_answer_never_replaces_a_newer_one(visitor: Visitor) -> None:
    visitor.expected.append("net::ERR_FAILED")
    held: list[Route] = []

    def answer(route: Route) -> None:
        # The first question is kept waiting until after the second was answered.
        if "q=idempotent" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    visitor.page.route("**/api/results*", answer)
    with visitor.page.expect_request("**/api/results?q=idempotent*"):
        visitor.page.locator("#q").fill("idempotent")
    visitor.page.locator("#q").fill("lighthouse keeper")
    expect(visitor.page.locator(".hit-title").first).to_contain_text("lighthouse")
    shown = visitor.titles()
    for route in held:
        route.abort()
    visitor.page.wait_for_timeout(300)

    assert held
    assert visitor.titles() == shown
    assert visitor.page.locator("#q").input_value() == "lighthouse keeper"


def test_an_answer_that_comes_while_the_reader_types_on_is_not_shown(visitor: Visitor) -> None:
    visitor.expected.append("net::ERR_FAILED")
    held: list[Route] = []
    visitor.page.route("**/api/results*", hold(held))
    with visitor.page.expect_request("**/api/results?q=lighthous*"):
        visitor.page.locator("#q").fill("lighthous")
    visitor.page.locator("#q").press_sequentially("e")
    with suppress(Error):  # the page may have hung up
        held[0].continue_()
    visitor.page.wait_for_timeout(400)

    assert visitor.page.locator(".hit").count() == 0
    expect(visitor.page.locator("[data-search-results]")).to_have_attribute("aria-busy", "true")
    for route in held[1:]:
        with suppress(Error):
            route.abort()


def test_a_question_that_is_no_longer_asked_is_aborted(visitor: Visitor) -> None:
    failed: list[str] = []
    held: list[Route] = []
    visitor.page.on("requestfailed", lambda request: failed.append(request.url))
    visitor.page.route("**/api/results?q=relay&*", hold(held))
    with visitor.page.expect_request("**/api/results?q=relay&*"):
        visitor.page.locator("#q").fill("relay")

    visitor.page.locator("#q").fill("lighthouse")
    visitor.page.wait_for_selector("[data-search-results][aria-busy=false] .hit")

    assert held
    assert any("q=relay&" in url for url in failed)


def test_waiting_is_shown_and_ends_with_the_answer(visitor: Visitor) -> None:
    held: list[Route] = []
    visitor.page.route("**/api/results*", hold(held))

    visitor.page.locator("#q").fill("lighthouse")
    expect(visitor.page.locator(".search.is-waiting .progress")).to_be_visible()
    held[-1].continue_()

    expect(visitor.page.locator(".hits .hit").first).to_be_visible()
    expect(visitor.page.locator(".is-waiting")).to_have_count(0)


def test_the_listing_stays_until_there_are_results_to_see_instead(visitor: Visitor) -> None:
    held: list[Route] = []
    visitor.page.route("**/api/results*", hold(held))
    listing = visitor.page.locator("[data-listing]")

    visitor.page.locator("#q").fill("lighthouse")
    expect(visitor.page.locator(".search.is-waiting")).to_have_count(1)
    expect(listing).to_be_visible()
    held[-1].continue_()

    expect(listing).to_be_hidden()


def test_titles_and_tags_are_filtered_with_a_notice_while_search_is_unavailable(visitor: Visitor) -> None:
    visitor.fail_search(502)

    visitor.page.locator("#q").fill("part 13")

    # The fixture's search service answers the page itself: its results stand in.
    expect(visitor.page.locator(".search-results")).to_contain_text("The lighthouse, part 13")


def test_the_site_alone_shows_that_full_text_search_is_unavailable(visit: Visit, lonely_address: str) -> None:
    visitor = visit("/", base=lonely_address)
    visitor.expected.append("Failed to load resource")

    visitor.page.locator("#q").fill("outbox")

    expect(visitor.page.locator(".notice-degraded")).to_contain_text("Full-text search is unavailable")
    expect(visitor.page.locator(".hit-title", has_text="Outbox").first).to_be_visible()
    expect(visitor.page.locator("#search-results")).to_have_attribute("aria-busy", "false")
    visitor.page.keyboard.press("ArrowDown")
    # The first hit is chosen already: Enter opens it. The arrow leads to the next.
    expect(visitor.page.locator(".hit-title a").nth(1)).to_be_focused()


def test_a_notice_without_results_is_announced_with_that_there_are_none(visit: Visit, lonely_address: str) -> None:
    visitor = visit("/", base=lonely_address)
    visitor.expected.append("Failed to load resource")

    visitor.page.locator("#q").fill("zyxwvut")

    status = visitor.page.locator(".search [role=status]")
    expect(status).to_have_text(re.compile(r"Full-text search is unavailable .* No results\."))


def test_offline_the_loaded_articles_are_filtered_and_the_network_is_retried(visitor: Visitor) -> None:
    visitor.type("lighthouse")
    visitor.expected.append("net::ERR_INTERNET_DISCONNECTED")
    visitor.page.context.set_offline(True)

    visitor.page.locator("#q").fill("part 12")
    expect(visitor.page.locator(".notice-degraded")).to_contain_text("Search is unreachable")
    expect(visitor.page.locator(".hits .row-title")).to_have_text(["The lighthouse, part 12"])
    visitor.page.context.set_offline(False)

    expect(visitor.page.locator(".notice-degraded")).to_have_count(0)
    expect(visitor.page.locator(".hit-title").first).to_be_visible()


def test_where_the_code_of_search_cannot_be_had_the_dialog_is_a_form(visit: Visit) -> None:
    visitor = visit("/tags/")
    visitor.expected.append("net::ERR_FAILED")
    visitor.page.route("**/static/search*.js", lambda route: route.abort())

    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("outbox")
    visitor.page.keyboard.press("Enter")

    visitor.page.wait_for_url("**/?q=outbox")
    expect(visitor.page.locator(".hit-title").first).to_be_visible()


def test_a_refused_question_shows_the_reason(visitor: Visitor) -> None:
    visitor.expected.append("Failed to load resource")
    body = '{"status": 400, "detail": "q: takes at most 200 characters, not 201"}'
    visitor.page.route(
        "**/api/results*", lambda route: route.fulfill(status=400, content_type="application/problem+json", body=body)
    )

    visitor.page.locator("#q").fill("long")

    expect(visitor.page.locator(".notice")).to_have_text("q: takes at most 200 characters, not 201")


def test_hostile_text_is_shown_as_text(visitor: Visitor) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    visitor.page.locator("#q").fill(f'"{hostile}"')

    expect(visitor.page.locator(".no-results q")).to_have_text(f'"{hostile}"')
    assert visitor.page.locator(".search-results img").count() == 0
