"""Reading an article: colour schemes, contents, code, paper, phones, and what it weighs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

#: Far below the 0.1 that is called good: nothing of a page moves by itself.
LAYOUT_SHIFT = 0.01

ARTICLE = "/articles/every-feature/"


def background(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_system_s_scheme_is_followed(visit: Visit) -> None:
    light, dark = visit(ARTICLE), visit(ARTICLE, scheme="dark")

    assert background(light) == "rgb(247, 249, 250)"
    assert background(dark) == "rgb(22, 25, 28)"


def test_a_chosen_scheme_is_remembered_before_anything_is_painted(visit: Visit) -> None:
    visitor = visit(ARTICLE)
    button = visitor.page.locator("[data-scheme-button]")
    expect(button).to_have_accessible_name("Colour scheme: System. Change to Light")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Colour scheme: Dark. Change to System")
    # Without the page's own modules: what is left was there before the first paint.
    visitor.expected.append("net::ERR_FAILED")
    visitor.page.route("**/static/site.*.js", lambda route: route.abort())

    visitor.open("/tags/")
    assert background(visitor) == "rgb(22, 25, 28)"

    visitor.page.unroute("**/static/site.*.js")
    visitor.open(ARTICLE)
    visitor.page.locator("[data-scheme-button]").click()
    visitor.page.reload()
    assert background(visitor) == "rgb(247, 249, 250)"


def test_the_contents_follow_the_reading_position(visit: Visit, lonely_address: str) -> None:
    visitor = visit("/articles/hospital-information-system/", base=lonely_address)
    links = visitor.page.locator(".toc a:visible")
    current = visitor.page.locator(".toc [aria-current=location]")

    links.nth(3).click()
    expect(current).to_have_text(links.nth(3).inner_text())
    expect(current).to_be_in_viewport()
    links.last.click()

    expect(current).to_have_text(links.last.inner_text())
    expect(current).to_be_in_viewport()


def test_on_a_phone_the_table_of_contents_is_closed_at_first(visit: Visit) -> None:
    visitor = visit(ARTICLE, width=390)
    first = visitor.page.locator(".toc a").first
    expect(first).to_be_hidden()

    visitor.page.locator(".toc summary").click()
    first.click()

    expect(first).to_be_hidden()
    assert "#" in visitor.page.url


def test_code_is_copied_without_its_last_line_end(visit: Visit) -> None:
    visitor = visit(ARTICLE, permissions=["clipboard-read", "clipboard-write"])
    figure = visitor.page.locator("figure.code:not(.output)").first

    figure.get_by_role("button").click()

    expect(figure.get_by_role("button")).to_have_text("Copied")
    assert (
        visitor.page.evaluate("navigator.clipboard.readText()") == str(figure.locator("code").text_content()).rstrip()
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/page/2/",
        ARTICLE,
        "/articles/awkward/",
        "/?q=lighthouse",
        "/?q=awkward",
        "/tags/",
        "/archive/",
        "/nothing/",
    ],
)
def test_no_page_scrolls_sideways(visit: Visit, path: str) -> None:
    """320 CSS pixels are 1280 at 400 % zoom (WCAG 1.4.10)."""
    visitor = visit(path, width=320)
    visitor.expected.append("404")

    for width in (320, 390, 820):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        assert visitor.page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_a_long_navigation_wraps(visit: Visit) -> None:
    """The nine entries of a documentation site are wider than a tablet."""
    visitor = visit("/tags/", width=720)
    entries = visitor.page.locator(".navigation ul")
    entries.evaluate("one => { while (one.children.length < 9) one.append(one.firstElementChild.cloneNode(true)); }")
    labels = entries.locator("a")
    labels.evaluate_all("all => { for (const one of all) one.textContent = 'API documentation'; }")

    for width in (720, 900, 1100):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        assert visitor.page.evaluate("document.scrollingElement.scrollWidth") <= width
        expect(labels.last).to_be_in_viewport(ratio=1)


def test_the_links_of_the_footer_wrap_as_wholes(visit: Visit) -> None:
    links = visit("/tags/", width=320).page.locator(".colophon-links a")
    links.evaluate_all("all => { for (const one of all) one.textContent = 'A feed of this site'; }")
    assert links.evaluate_all("all => all.map((one) => one.offsetHeight < 40)") == [True] * links.count()


def test_the_head_of_a_page_has_room_at_400_percent(visit: Visit, lonely_address: str) -> None:
    visitor = visit("/tags/", width=320, base=lonely_address)
    tops = visitor.page.locator(".wordmark, .masthead-search, .scheme, .menu").evaluate_all(
        "all => all.map((one) => { const box = one.getBoundingClientRect(); return box.top + box.height / 2; })"
    )
    assert max(tops) - min(tops) < 4

    links = visitor.page.locator(".navigation a")
    expect(links.first).to_be_hidden()
    visitor.page.get_by_role("button", name="Menu").click()

    expect(links.last).to_be_in_viewport()
    visitor.page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()


@pytest.mark.parametrize("slug", ["zero-trust-spiffe-spire", "securepay", "aws-well-architected", "p95-latency"])
def test_the_first_screen_of_a_phone_has_the_title_and_four_lines_of_text(
    visit: Visit, lonely_address: str, slug: str
) -> None:
    visitor = visit(f"/articles/{slug}/", width=390, height=664, base=lonely_address)
    lines = """() => {
      const range = new Range();
      range.selectNodeContents(document.querySelector(".prose > p"));
      const boxes = [...range.getClientRects()].filter((box) => box.bottom <= innerHeight);
      return new Set(boxes.map((box) => Math.round(box.bottom / 12))).size;
    }"""

    expect(visitor.page.locator("h1")).to_be_in_viewport(ratio=1)
    assert visitor.page.evaluate(lines) >= 4


def test_a_note_stands_beside_its_paragraph_on_a_wide_screen_and_below_it_on_a_narrow_one(visit: Visit) -> None:
    visitor = visit(ARTICLE, width=1440)
    place = """() => {
      const note = document.querySelector(".sidenote").getBoundingClientRect();
      const text = document.querySelector("#fnref\\\\:1").closest("p").getBoundingClientRect();
      return {
        beside: note.left >= text.right,
        below: note.top >= text.bottom,
        level: Math.abs(note.top - text.top) < 60,
      };
    }"""
    assert visitor.page.evaluate(place) == {"beside": True, "below": False, "level": True}

    visitor.page.set_viewport_size({"width": 390, "height": 844})
    assert visitor.page.evaluate(place)["below"] is True


def test_code_can_be_wrapped_without_a_script(visit: Visit) -> None:
    visitor = visit("/articles/awkward/", width=820, java_script_enabled=False)
    code = visitor.page.locator("figure.code pre").first
    is_wide = "one => one.scrollWidth > one.clientWidth"
    assert code.evaluate(is_wide)

    visitor.page.get_by_label("Wrap").first.check()

    assert not code.evaluate(is_wide)


def test_the_words_that_were_searched_are_marked_where_the_reader_arrives(visit: Visit) -> None:
    """In the browser by a text directive; the module for browsers that know none marks the same words."""
    visitor = visit("/?q=idempotent")
    link = visitor.page.locator(".hit-heading a").first
    assert ":~:text=" in str(link.get_attribute("href"))
    address = str(link.get_attribute("href"))
    link.click()
    visitor.page.wait_for_url(re.compile("#what-can-fail"))
    marks = visitor.page.evaluate(
        """async (address) => {
          const site = document.querySelector("script[src*='/site.']").src;
          const source = await (await fetch(site)).text();
          const marks = await import(new URL(source.match(/"([^"]*marks[^"]*)"/)[1], site).href);
          marks.markSearched({ hash: new URL(address, location).hash || address.slice(address.indexOf("#")),
            pathname: location.pathname }, document.body);
          return [...CSS.highlights.get("searched")].map(String);
        }""",
        address,
    )

    assert marks
    assert {one.lower() for one in marks} == {"idempotent"}


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_axis_of_the_tags_stands_above_the_strokes(visit: Visit, width: int) -> None:
    visitor = visit("/tags/", width=width)
    places = visitor.page.locator(".tag-row svg").evaluate_all(
        "all => all.map(one => { const box = one.getBoundingClientRect(); return [box.left, box.right]; })"
    )
    assert len(places) > 2
    assert all(place == pytest.approx(places[0], abs=1) for place in places)


def test_a_long_title_is_set_smaller_than_a_short_one(visit: Visit) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"

    assert visit("/articles/awkward/").page.evaluate(size) < visit(ARTICLE).page.evaluate(size)


def test_on_a_phone_a_diagram_keeps_a_size_at_which_it_can_be_read(visit: Visit) -> None:
    visitor = visit(ARTICLE, width=390)
    drawing = visitor.page.locator(".drawing").first
    box = drawing.locator("svg").bounding_box()

    assert box is not None
    assert box["width"] >= 500
    assert drawing.evaluate("one => one.scrollWidth > one.clientWidth && one.clientWidth <= 390")
    drawing.focus()
    expect(drawing).to_be_focused()


@pytest.mark.parametrize("path", ["/", ARTICLE, "/?q=lighthouse", "/tags/"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_moves_by_itself(visit: Visit, path: str, width: int) -> None:
    visitor = visit(path, width=width)
    visitor.page.wait_for_load_state("networkidle")

    assert visitor.page.evaluate("measures.shifts") < LAYOUT_SHIFT


def test_animations_stop_with_reduced_motion(visit: Visit) -> None:
    moving, still = visit("/"), visit("/", reduced_motion="reduce")
    animation = "getComputedStyle(document.querySelector('.progress'), '::before').animationName"

    assert moving.page.evaluate(animation) == "approach"
    assert still.page.evaluate(animation) == "none"


def test_a_long_title_and_sixty_tags_stay_within_their_page(visit: Visit) -> None:
    visitor = visit(ARTICLE, width=390)
    visitor.page.evaluate(
        """() => {
          const longest = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen ";
          document.querySelector("h1").textContent = longest.repeat(4);
          const tags = document.querySelector(".tags");
          const one = tags.firstElementChild;
          for (let count = 0; count < 60; count += 1) tags.append(one.cloneNode(true));
        }"""
    )

    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_dialog_shows_a_section_of_the_page_that_is_open(visit: Visit) -> None:
    visitor = visit("/articles/lighthouse-5/")
    page = visitor.page
    page.keyboard.press("/")
    page.locator("#dialog-q").fill("title:part 5 idempotent")
    section = page.locator("dialog .hit-heading a[href^='/articles/lighthouse-5/']").first
    section.click()

    expect(page.locator("dialog")).to_be_hidden()
    assert re.search(r"#\w", page.url)
