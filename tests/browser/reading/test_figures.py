"""The publication's figures that readers can change, and its cards on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

#: The article of each figure, a control to change, and what its status line then says.
FIGURES = {
    "metastable": ("resilience", "Expired work", "1", "Back to 90 %"),
    "buckets": ("p95-latency", "Bound above 100 ms", "120", "off by 0 %"),
    "rotation": ("zero-trust-spiffe-spire", "SVID", "24", "2.2 hours"),
    "saga": ("securepay-architecture", "A late pivot", "1", "completed: right"),
    "throttling": ("kubernetes-resources-kernel", "Threads per request", "1", "Average use 50m"),
}
CARDS = sorted(path.stem for path in (Path(__file__).parents[3] / "content" / "pages").glob("card-*.md"))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_reacts_to_a_control_and_announces_it(visit: Visit, lonely_address: str, name: str) -> None:
    slug, label, value, said = FIGURES[name]
    visitor = visit(f"/articles/{slug}/", base=lonely_address)
    figure = visitor.page.locator(f"figure:has(svg.interactive-{name})")
    expect(figure.locator(".figure-controls")).to_have_count(0)  # fetched when the figure is near
    figure.scroll_into_view_if_needed()
    control = figure.locator(".figure-controls").get_by_label(label)
    expect(control).to_be_visible()

    if control.evaluate("element => element.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)

    expect(figure.get_by_role("status")).to_contain_text(said)


def test_the_statements_of_two_readers_are_stepped_through(visit: Visit, lonely_address: str) -> None:
    visitor = visit("/articles/postgresql-internals/", base=lonely_address)
    figure = visitor.page.locator("figure:has(svg.interactive-versions)")
    figure.scroll_into_view_if_needed()
    for _ in range(3):
        figure.get_by_role("button", name="Next statement").click()
    expect(figure.get_by_role("status")).to_contain_text("Read Committed sees taken, Repeatable Read sees free")


def test_without_a_script_and_on_paper_a_figure_is_its_drawing(visit: Visit, lonely_address: str) -> None:
    plain = visit("/articles/resilience/", base=lonely_address, java_script_enabled=False)
    expect(plain.page.locator("svg.interactive-metastable .fg-curve")).to_have_count(4)
    expect(plain.page.locator(".figure-controls")).to_have_count(0)

    visitor = visit("/articles/resilience/", base=lonely_address)
    visitor.page.locator("svg.interactive-metastable").scroll_into_view_if_needed()
    expect(visitor.page.locator(".figure-controls")).to_be_visible()
    visitor.page.emulate_media(media="print")
    expect(visitor.page.locator(".figure-controls")).to_be_hidden()


@pytest.mark.parametrize("card", CARDS)
def test_a_reference_card_prints_on_one_page(visit: Visit, lonely_address: str, card: str) -> None:
    visitor = visit(f"/{card}/", base=lonely_address)
    assert len(re.findall(rb"/Type\s*/Page\b", visitor.page.pdf(format="A4"))) == 1
