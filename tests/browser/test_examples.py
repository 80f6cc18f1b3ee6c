"""The sites of examples/, built and photographed: each in its own look, in two widths and both schemes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from benchmarks.running.processes import free_port
from tests.browser.running import running
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

EXAMPLES = ("colours", "blocks")
#: Computed colours of links, by example and scheme.
ACCENTS = {
    ("colours", "light"): "rgb(138, 59, 18)",
    ("colours", "dark"): "rgb(240, 168, 132)",
    ("blocks", "light"): "rgb(11, 92, 92)",
}
#: The colour of a link that nobody has visited.
LINK_COLOUR = """(() => {
  const link = document.createElement("a");
  link.href = "/nowhere/";
  document.body.append(link);
  return getComputedStyle(link).color;
})()"""


@pytest.fixture(scope="module", params=EXAMPLES)
def example(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The name and the address of an example; it runs as its owner would run it."""
    name, port = str(request.param), free_port()
    base, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp(name) / "log"
    arguments = ("render", "--content", str(ROOT / "examples" / name / "content"), "--port", str(port), "--strict")
    with running(arguments, f"{base}/", log, {"PERSPECTIVE_SEARCH_URL": f"http://127.0.0.1:{free_port()}"}):
        yield name, base
    assert "template failed" not in log.read_text()
    assert '"level":"error"' not in log.read_text()


def photograph(browser: Browser, url: str, width: int, scheme: str) -> tuple[Page, bytes]:
    """A page as a reader sees it, and its picture."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    assert complaints == []
    return page, page.screenshot()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_example_is_shown_in_its_own_look(
    browser: Browser, example: tuple[str, str], width: int, scheme: str, tmp_path: Path
) -> None:
    name, base = example
    for path in ("/", "/articles/kiln/", "/about/", "/tags/"):
        page, picture = photograph(browser, base + path, width, scheme)
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        assert len(image.getcolors(1 << 24) or ()) > 20, f"{path} is nearly empty"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"
        if wanted := ACCENTS.get((name, scheme)):
            assert page.evaluate(LINK_COLOUR) == wanted
        if name == "colours":
            assert page.evaluate("document.querySelector('img.logo').naturalWidth > 0")
        elif path in {"/", "/articles/kiln/", "/about/"}:
            assert page.locator(".room-head h1").count() == 1
            assert page.locator(".room-foot").count() == 1
        page.context.close()
