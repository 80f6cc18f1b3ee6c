"""For everyone: axe on every kind of page in both schemes, headings, focus, keyboards, forced colours."""

from __future__ import annotations

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/page/2/",
    "/?q=lighthouse",
    "/?q=lighthuose",
    "/?q=zyxwvut&exact=1",
    "/articles/every-feature/",
    "/articles/lighthouse-3/",
    "/tags/",
    "/tags/messaging/",
    "/series/",
    "/archive/",
    "/about/",
    "/nothing/here/",
)
#: The rules of WCAG 2.2 A and AA, and what axe calls good practice.
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}


def violations(visitor: Visitor) -> list[str]:
    """What axe finds, as rule and element.

    Every rule as the page is, the contrast of colours in the dark, and every rule in forced colours.
    """
    found = Axe().run(visitor.page, options=AXE).response["violations"]
    visitor.page.emulate_media(color_scheme="dark")
    found += Axe().run(visitor.page, options=CONTRAST).response["violations"]
    visitor.page.emulate_media(color_scheme="light", forced_colors="active")
    found += Axe().run(visitor.page, options=AXE).response["violations"]
    visitor.page.emulate_media(forced_colors="none")
    return [f"{one['id']}: {node['html']} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]]


def test_axe_would_find_something(visitor: Visitor) -> None:
    visitor.page.evaluate("document.querySelector('h1').append(document.createElement('img'))")

    assert any(one.startswith("image-alt") for one in violations(visitor))


def test_axe_would_find_a_colour_that_is_faint_in_the_dark(visitor: Visitor) -> None:
    visitor.page.evaluate("document.querySelector('h1').style.color = 'light-dark(black, #223)'")

    assert any(one.startswith("color-contrast") for one in violations(visitor))


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Visit, path: str) -> None:
    visitor = visit(path)
    visitor.expected.append("404")

    assert violations(visitor) == []


@pytest.mark.parametrize("path", ["/", "/articles/postgresql-internals/", "/articles/p95-latency/"])
def test_axe_finds_nothing_in_the_site_s_own_articles(visit: Visit, lonely_address: str, path: str) -> None:
    assert violations(visit(path, base=lonely_address)) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_results_that_were_typed(visit: Visit, width: int) -> None:
    visitor = visit("/", width=width)
    visitor.type("lighthouse idempotent")
    visitor.page.keyboard.press("ArrowDown")

    assert violations(visitor) == []


def test_axe_finds_nothing_in_the_dialog(visit: Visit) -> None:
    visitor = visit("/tags/")
    visitor.page.keyboard.press("/")
    visitor.page.locator("#dialog-q").fill("lighthouse")
    visitor.page.wait_for_selector("dialog [aria-busy=false] .hit")
    visitor.page.keyboard.press("ArrowDown")

    assert violations(visitor) == []


def test_results_in_the_dialog_can_be_read_in_a_low_window(visit: Visit) -> None:
    """1280 by 1024 pixels at 400 % zoom (WCAG 1.4.10)."""
    visitor = visit("/tags/", width=320, height=256)
    visitor.page.keyboard.press("/")
    visitor.page.locator("#dialog-q").fill("lighthouse")
    visitor.page.wait_for_selector("dialog [aria-busy=false] .hit")
    visitor.page.keyboard.press("ArrowDown")

    shown = """(() => {
      const chosen = document.querySelector("dialog .hits a:focus").getBoundingClientRect();
      const places = [document.querySelector("dialog"), document.querySelector("dialog .search-results")];
      const clips = places.filter((one) => getComputedStyle(one).overflowY !== "visible");
      const boxes = clips.map((one) => one.getBoundingClientRect());
      const bottom = Math.min(innerHeight, chosen.bottom, ...boxes.map((box) => box.bottom));
      return bottom - Math.max(0, chosen.top, ...boxes.map((box) => box.top));
    })()"""
    height = "document.querySelector('dialog .hits a:focus').getBoundingClientRect().height"
    assert visitor.page.evaluate(shown) >= visitor.page.evaluate(height) - 1


@pytest.mark.parametrize("runs_script", [True, False])
@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize(
    ("path", "unfolded"), [("/?q=lighthouse", ".facets a"), ("/articles/every-feature/", ".toc a")]
)
def test_what_is_announced_as_folded_is_folded(
    visit: Visit, path: str, unfolded: str, width: int, runs_script: bool
) -> None:
    page = visit(path, width=width, java_script_enabled=runs_script).page
    expect(page.locator(unfolded).first).to_be_visible(visible=width == 1440)
    shown = page.evaluate(
        """[...document.querySelectorAll("details")]
          .filter((one) => one.querySelector("summary").checkVisibility())
          .map((one) => one.lastElementChild.checkVisibility())"""
    )

    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    announced = [
        state["value"]["value"]
        for node in nodes
        if node["role"]["value"] == "DisclosureTriangle"
        for state in node["properties"]
        if state["name"] == "expanded"
    ]
    assert announced == shown
    assert announced or width == 1440


@pytest.mark.parametrize("path", PAGES)
def test_headings_start_at_one_and_skip_no_level(visit: Visit, path: str) -> None:
    visitor = visit(path)
    visitor.expected.append("404")
    levels = visitor.page.evaluate("measures.headingLevels()")

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(next_ - level <= 1 for level, next_ in pairwise(levels))


def test_the_first_stop_of_the_tab_key_skips_to_the_content(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("#content")).to_be_focused()


def test_focus_goes_through_an_article_in_the_order_of_reading(visit: Visit) -> None:
    visitor = visit("/articles/every-feature/")
    seen: list[str] = []
    for _ in range(200):
        visitor.page.keyboard.press("Tab")
        place = visitor.page.evaluate("measures.place()")
        if place and (not seen or seen[-1] != place):
            seen.append(place)
        if place == "colophon":
            break

    order = ["masthead", "head", "toc", "series-box", "prose", "next", "related", "neighbours", "colophon"]
    assert seen == [place for place in order if place in seen]
    assert {"masthead", "toc", "prose", "colophon"} <= set(seen)


@pytest.mark.parametrize("path", ["/", "/articles/every-feature/", "/?q=lighthouse"])
def test_whatever_has_the_focus_can_be_seen(visit: Visit, path: str) -> None:
    visitor = visit(path)
    for _ in range(25):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("measures.unseenFocus()") is None


@pytest.mark.parametrize("path", ["/", "/articles/every-feature/", "/?q=lighthouse", "/tags/", "/archive/"])
@pytest.mark.parametrize("width", [390, 1280])
def test_targets_are_large_enough_or_have_room(visit: Visit, path: str, width: int) -> None:
    """WCAG 2.5.8: 24 by 24 CSS pixels, or a circle of that size around each that meets no other."""
    visitor = visit(path, width=width)

    assert visitor.page.evaluate("measures.smallTargets()") == []


def test_marks_and_the_chosen_result_stand_out_in_forced_colours(visit: Visit) -> None:
    visitor = visit("/", forced_colors="active")
    visitor.type("lighthouse")
    visitor.page.keyboard.press("ArrowDown")

    chosen = "getComputedStyle(document.querySelector('.hits a:focus')).outlineStyle"
    mark = "getComputedStyle(document.querySelector('.hits mark')).forcedColorAdjust"
    assert visitor.page.evaluate(chosen) == "solid"
    assert visitor.page.evaluate(mark) == "none"


def test_only_the_current_page_is_outlined_in_forced_colours(visit: Visit) -> None:
    visitor = visit("/", forced_colors="active")
    drawn = (
        "[...document.querySelectorAll('.navigation a')].map((one) => getComputedStyle(one).outlineStyle !== 'none')"
    )

    assert visitor.page.evaluate(drawn).count(True) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_seven_to_one(visit: Visit, scheme: str) -> None:
    """The body of an article meets the enhanced contrast of WCAG 1.4.6."""
    visitor = visit("/articles/every-feature/", scheme=scheme)

    assert min(visitor.page.evaluate("measures.contrast('.prose p', '.head .lead', '.strip dt', '.prose a')")) >= 7
