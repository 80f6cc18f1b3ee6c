"""The exported site in a browser: its search has no service behind it, and shows what the service shows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services.exporting.static import StaticExport, export_site
from shared.web.settings import Settings
from tests.browser.conftest import Visit
from tests.browser.folders import serving
from tests.browser.visitor import Visitor
from tests.browser.writing import copy_site

pytestmark = pytest.mark.browser

#: The tree of the results as values: names, attributes in order of their names, texts without runs of white space.
TREE = """() => {
  const tree = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\\s+/g, " ");
    const attributes = [...node.attributes].map(({ name, value }) => `${name}=${value}`).sort();
    const inner = [...node.childNodes].map(tree);
    // White space at the ends of an element is not seen.
    if (typeof inner[0] === "string") inner[0] = inner[0].trimStart();
    if (typeof inner.at(-1) === "string") inner.push(inner.pop().trimEnd());
    return [node.localName, attributes, inner.filter((one) => typeof one !== "string" || one.trim())];
  };
  const output = document.querySelector("[data-search-results]");
  output.querySelector(".search-limits")?.remove();
  return [...output.children].map(tree);
}"""
#: Queries with everything that results can show.
SHOWN = (
    "q=lighthouse",
    "q=lighthouse+relay&tag=messaging",
    "q=lighthouse&sort=oldest&page=2",
    "q=lighthuose",
    "q=%22reads+the+outbox%22",
    "q=relay+-crash",
    "q=crash+twice+zzzzz",
    "q=lightho*",
    "q=title%3Alighthouse+keeper",
    "q=tag%3Akubernetes+relay",
    "tag=security&year=2020",
    "q=qqqqqqqq",
    "q=SomeError%3A+cannot+crash+the+zzzzz+of+(yyyyy)",
)


@pytest.fixture(scope="module")
def static_address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The export of the site that ``address`` runs, below a path."""
    folder = tmp_path_factory.mktemp("export")
    content = copy_site(site, folder / "content")
    settings = Settings.model_validate({"content_dir": content, "base_url": "https://example.org/notes"})
    # In a thread: Playwright's event loop turns in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(export_site, StaticExport(folder / "root" / "notes", settings)).result()
    with serving(folder / "root") as address:
        yield f"{address}/notes"


@pytest.fixture
def reader(visit: Visit, static_address: str) -> Visitor:
    """A visitor of the exported front page."""
    return visit("/", base=static_address)


def settled(visitor: Visitor, address: str) -> Any:
    """The results at ``address`` as a tree."""
    visitor.open(f"/?{address}")
    visitor.page.wait_for_selector("[data-search-results] :is(.result-count, .no-results)")
    return visitor.page.evaluate(TREE)


def below(tree: Any) -> Any:
    """``tree`` with its addresses below the path of the export."""
    if isinstance(tree, str):
        return tree.replace("href=/", "href=/notes/") if tree.startswith("href=/") else tree
    return [below(one) for one in tree]


def test_results_are_the_same_nodes_that_the_service_makes(visit: Visit, reader: Visitor) -> None:
    service = visit("/")
    pairs = {address: (settled(reader, address), below(settled(service, address))) for address in SHOWN}
    assert {address: pair for address, pair in pairs.items() if pair[0] != pair[1]} == {}


def test_results_appear_while_typing_and_filters_narrow_them(reader: Visitor) -> None:
    reader.type("lighth")
    assert len(reader.titles()) == 10
    expect(reader.page.locator(".search-limits")).to_contain_text("searches in your browser")
    reader.page.locator(".facets a", has_text="kubernetes").first.click()
    expect(reader.page.locator(".filter")).to_contain_text("kubernetes")
    reader.page.go_back()
    expect(reader.page.locator(".filter")).to_have_count(0)


def test_enter_and_arrows_lead_to_sections(reader: Visitor) -> None:
    reader.page.keyboard.press("/")
    reader.type("idempotent")
    expect(reader.page.locator("[data-best]")).to_have_count(1)
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("ArrowUp")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/notes/articles/lighthouse-*/#what-can-fail*")
    reader.page.keyboard.press("Control+K")
    reader.page.locator("#dialog-q").press_sequentially("relay")
    expect(reader.page.locator("#search-dialog .hit").first).to_be_visible()
    expect(reader.page.locator("#search-dialog .search-limits")).to_be_hidden()


def test_wrong_parameter_is_reported_and_nothing_breaks(reader: Visitor) -> None:
    reader.open("/?q=relay&page=0")
    expect(reader.page.locator("[data-search-results] .notice")).to_contain_text('page is "0": it takes')


def test_without_scripts_the_box_explains_what_it_needs(visit: Visit, static_address: str) -> None:
    for path in ("/?q=relay", "/404.html"):
        plain = visit(path, base=static_address, java_script_enabled=False)
        expect(plain.page.locator(".search .notice")).to_contain_text("needs JavaScript")
        assert plain.page.locator(".search .notice a").first.get_attribute("href") == "/notes/archive/"


def test_old_address_and_pages_of_the_listing_are_files(visit: Visit, static_address: str) -> None:
    visitor = visit("/page/2/", base=static_address)
    expect(visitor.page.locator(".pager [aria-current]").first).to_have_text("2")
