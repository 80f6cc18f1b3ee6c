"""A browser, the site it visits, and visitors that must not report an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.running.processes import free_port
from tests.browser.running import running
from tests.browser.visitor import Visitor
from tests.browser.writing import copy_site

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Read at import, because the developer's settings are removed before each test.
IS_REQUIRED = bool(os.environ.get("PERSPECTIVE_REQUIRE_BROWSER"))
#: Milliseconds for any one expectation: the machine may be busy with other tests.
PATIENCE_MS = 15_000
#: Opens the operator's page of query insight.
INSIGHT_TOKEN = "a token of these tests alone"  # noqa: S105

Visit = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def blockbuster() -> None:
    """Playwright runs an event loop of its own in this thread; none of the project's code does here."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all of this package.

    Playwright's event loop runs in this thread until it is closed, and no other test may run meanwhile, so it does not
    last for the session.
    """
    if not CHROMIUM.exists():
        assert not IS_REQUIRED, f"a browser is required: {CHROMIUM} is missing; apt-get install chromium adds it"
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium adds it")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def address(browser: Browser, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Both services over the site of the fixtures and fourteen articles more."""
    folder = tmp_path_factory.mktemp("pair")
    content, port, search_port = copy_site(site, folder / "content"), free_port(), free_port()
    arguments = ("serve", "--content", str(content), "--index", str(folder / "index"), "--no-reload")
    ports = ("--port", str(port), "--search-port", str(search_port))
    base = f"http://127.0.0.1:{port}"
    (folder / "insight.token").write_text(INSIGHT_TOKEN)
    settings = {
        "PERSPECTIVE_INSIGHT_TOKEN_FILE": str(folder / "insight.token"),
        "PERSPECTIVE_INSIGHT_MIN_VISITORS": "1",
    }
    with running((*arguments, *ports), f"{base}/api/search?q=lighthouse", folder / "log", settings):
        yield base


@pytest.fixture(scope="package")
def lonely_address(browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site's own articles, without a search service."""
    folder, port = tmp_path_factory.mktemp("alone"), free_port()
    arguments = ("render", "--content", str(root / "content"), "--port", str(port))
    base = f"http://127.0.0.1:{port}"
    settings = {"PERSPECTIVE_SEARCH_URL": f"http://127.0.0.1:{free_port()}"}
    with running(arguments, f"{base}/", folder / "log", settings):
        yield base


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Creates visitors: ``visit("/path/", width=…, scheme=…, …)``. At the end none of them may have an error."""
    visitors: list[Visitor] = []

    def go(
        path: str | None = None,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        base: str = address,
        **options: object,
    ) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)  # type: ignore[arg-type] # options of Playwright's own
        context.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(context.new_page(), base, runs_script=bool(options.get("java_script_enabled", True)))
        visitors.append(visitor)
        if path is not None:
            visitor.open(path)
        return visitor

    yield go
    complaints = [complaint for visitor in visitors for complaint in visitor.unexpected()]
    for visitor in visitors:
        visitor.page.context.close()
    assert not complaints


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    """A visitor of the front page, with JavaScript, on a wide screen."""
    return visit("/")
