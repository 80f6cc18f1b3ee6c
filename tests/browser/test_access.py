"""For everyone: axe on every kind of page in both schemes, headings, focus, keyboards, forced colours."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/?page=2",
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


def violations(visitor: Visitor) -> list[str]:
    """What axe finds, as rule and element."""
    found = Axe().run(visitor.page, options=AXE).response["violations"]
    return [f"{one['id']}: {node['html']} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Visit, path: str, scheme: str) -> None:
    visitor = visit(path, scheme=scheme)
    visitor.expected.append("404")

    assert violations(visitor) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/articles/postgresql-internals/", "/articles/p95-latency/"])
def test_axe_finds_nothing_in_the_site_s_own_articles(
    visit: Visit, lonely_address: str, path: str, scheme: str
) -> None:
    visitor = visit(path, scheme=scheme, base=lonely_address)

    assert violations(visitor) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_results_that_were_typed(visit: Visit, scheme: str, width: int) -> None:
    visitor = visit("/", scheme=scheme, width=width)
    visitor.type("lighthouse idempotent")
    visitor.page.keyboard.press("ArrowDown")

    assert violations(visitor) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialog(visit: Visit, scheme: str) -> None:
    visitor = visit("/tags/", scheme=scheme)
    visitor.page.keyboard.press("/")
    visitor.page.locator("#dialog-q").fill("lighthouse")
    visitor.page.wait_for_selector("#dialog-options [role=option]")
    visitor.page.keyboard.press("ArrowDown")

    assert violations(visitor) == []


@pytest.mark.parametrize("path", PAGES)
def test_headings_start_at_one_and_skip_no_level(visit: Visit, path: str) -> None:
    visitor = visit(path)
    visitor.expected.append("404")
    levels = visitor.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => Number(h.tagName[1]))"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(next_ - level <= 1 for level, next_ in zip(levels, levels[1:], strict=False))


def test_the_first_stop_of_the_tab_key_skips_to_the_content(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    visitor.page.keyboard.press("Enter")

    expect(visitor.page.locator("#content")).to_be_focused()


def test_focus_goes_through_an_article_in_the_order_of_reading(visit: Visit) -> None:
    visitor = visit("/articles/every-feature/")
    seen: list[str] = []
    for _ in range(200):
        visitor.page.keyboard.press("Tab")
        place = visitor.page.evaluate(
            "document.activeElement.closest('.masthead, .article-header, .series-box, .toc, .prose, .neighbours, .related, .colophon')?.className"
        )
        if place and (not seen or seen[-1] != place.split()[0]):
            seen.append(place.split()[0])
        if place == "colophon":
            break

    order = ["masthead", "article-header", "series-box", "toc", "prose", "neighbours", "related", "colophon"]
    assert seen == [place for place in order if place in seen]
    assert {"masthead", "toc", "prose", "colophon"} <= set(seen)


@pytest.mark.parametrize("path", ["/", "/articles/every-feature/", "/?q=lighthouse"])
def test_whatever_has_the_focus_can_be_seen(visit: Visit, path: str) -> None:
    visitor = visit(path)
    for _ in range(25):
        visitor.page.keyboard.press("Tab")
        outline = visitor.page.evaluate(
            """() => {
              const one = document.activeElement;
              const ring = (node) => getComputedStyle(node).outlineStyle !== "none" && parseFloat(getComputedStyle(node).outlineWidth) >= 2;
              return [one.outerHTML.slice(0, 120), ring(one) || ring(one.parentElement)];
            }"""
        )
        assert outline[1], outline[0]


@pytest.mark.parametrize("path", ["/", "/articles/every-feature/", "/?q=lighthouse", "/tags/", "/archive/"])
@pytest.mark.parametrize("width", [390, 1280])
def test_targets_are_large_enough_or_have_room(visit: Visit, path: str, width: int) -> None:
    """WCAG 2.5.8: 24 by 24 CSS pixels, or a circle of that size around each that meets no other; links in a sentence are exempt."""
    visitor = visit(path, width=width)
    small = visitor.page.evaluate(
        """() => {
          const shown = [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")].filter((one) =>
            one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.disabled && !one.closest(".skip, .prose p, .prose li, .lead, .byline"));
          const boxes = shown.map((one) => ({ one, box: one.getBoundingClientRect() }));
          const middle = ({ box }) => [box.x + box.width / 2, box.y + box.height / 2];
          return boxes.filter((a) => a.box.width > 1 && (a.box.width < 24 || a.box.height < 24)).filter((a) => boxes.some((b) => {
            if (a === b || a.one.contains(b.one) || b.one.contains(a.one)) return false;
            const [x, y] = middle(a);
            const dx = Math.max(b.box.left - x, 0, x - b.box.right), dy = Math.max(b.box.top - y, 0, y - b.box.bottom);
            return Math.hypot(dx, dy) < 12;
          })).map(({ one }) => one.outerHTML.slice(0, 100));
        }"""
    )

    assert small == []


def test_marks_and_the_chosen_result_stand_out_in_forced_colours(visit: Visit) -> None:
    visitor = visit("/", forced_colors="active")
    visitor.type("lighthouse")
    visitor.page.keyboard.press("ArrowDown")

    chosen = "getComputedStyle(document.querySelector('[aria-selected=true]')).outlineStyle"
    mark = "getComputedStyle(document.querySelector('.options mark')).forcedColorAdjust"
    assert visitor.page.evaluate(chosen) == "solid"
    assert visitor.page.evaluate(mark) == "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_seven_to_one(visit: Visit, scheme: str) -> None:
    """The body of an article meets the enhanced contrast of WCAG 1.4.6."""
    visitor = visit("/articles/every-feature/", scheme=scheme)
    ratio = visitor.page.evaluate(
        """() => {
          const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const light = (colour) => {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const back = light(getComputedStyle(document.body).backgroundColor);
          const of = (selector) => {
            const text = light(getComputedStyle(document.querySelector(selector)).color);
            return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
          };
          return Math.min(of(".prose p"), of(".lead"), of(".byline"), of(".prose a"));
        }"""
    )

    assert ratio >= 7
