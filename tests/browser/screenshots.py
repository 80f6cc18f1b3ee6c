"""Takes the pictures of docs/screenshots/: ``make screenshots``.

Each is {page}-{width}-{scheme}.png, in as few colours as look the same.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.running.processes import free_port
from benchmarks.running.shutdown import orderly_shutdown
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.running import running

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "screenshots"
#: Widths in CSS pixels with the height of a screen of that width.
SCREENS = {390: 844, 820: 1180, 1440: 900}
SCHEMES = ("light", "dark")
#: Colours of a picture: as many as a palette has, and the bytes are still a third of full colour.
COLOURS = 256


@dataclass(frozen=True, slots=True)
class Shot:
    """One page to show.

    ``prepare`` brings it into the state that is meant; ``is_alone`` leaves the search service out. ``example`` is the
    site of ``examples/`` that it is a page of.
    """

    name: str
    path: str
    prepare: Callable[[Page], None] = lambda page: None
    is_alone: bool = False
    example: str = ""


def _search(page: Page) -> None:
    page.locator("#q").press_sequentially("outbox pattern", delay=20)
    page.wait_for_selector("[data-search-results][aria-busy=false] .hit")


def _show_dialog(page: Page) -> None:
    page.keyboard.press("/")
    page.locator("#dialog-q").press_sequentially("memory limit", delay=20)
    page.wait_for_selector("dialog [aria-busy=false] .hit")
    page.wait_for_timeout(300)


def _search_japanese(page: Page) -> None:
    page.locator("#q").fill("メッセージ")
    page.wait_for_selector("[data-search-results][aria-busy=false] .hit")


def _show_end(page: Page) -> None:
    page.locator(".end").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.end').scrollIntoView()")
    page.wait_for_timeout(300)


SHOTS = (
    Shot("listing", "/"),
    Shot("results", "/", _search),
    Shot("dialog", "/articles/kubernetes-resources-kernel/", _show_dialog),
    Shot("article", "/articles/transactional-outbox/"),
    Shot("article-end", "/articles/transactional-outbox/", _show_end),
    Shot("code", "/articles/p95-latency/#percentiles"),
    Shot("series", "/series/"),
    Shot("tags", "/tags/"),
    Shot("tag", "/tags/messaging/"),
    Shot("archive", "/archive/"),
    Shot("page", "/about/"),
    Shot("none", "/?q=xylophone"),
    Shot("404", "/articles/transactional-outbx/"),
    Shot("degraded", "/?q=outbox", is_alone=True),
)
#: Sites in other languages. Japanese needs a font of the system, such as that of the package fonts-ipafont-gothic.
EXAMPLE_SHOTS = (
    Shot("german", "/", example="german"),
    Shot("japanese", "/", _search_japanese, example="japanese"),
)


def take(browser: Browser, base: str, shot: Shot, width: int, scheme: str) -> bytes:
    """One picture, as PNG."""
    context = browser.new_context(viewport={"width": width, "height": SCREENS[width]}, color_scheme=scheme)  # type: ignore[arg-type] # one of SCHEMES
    page = context.new_page()
    page.goto(base + shot.path, wait_until="networkidle")
    shot.prepare(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    output = io.BytesIO()
    picture.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(output, "PNG", optimize=True)
    return output.getvalue()


def main(names: list[str]) -> None:
    """Take the shots that are named, or all."""
    TARGET.mkdir(parents=True, exist_ok=True)
    pair, alone = free_port(), free_port()
    with orderly_shutdown(), tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        content, log = ("--content", str(ROOT / "content")), Path(folder)
        serve = ("serve", *content, "--index", f"{folder}/index", "--no-reload", "--port", str(pair))
        bases = {False: f"http://127.0.0.1:{pair}", True: f"http://127.0.0.1:{alone}"}
        nobody = {"PERSPECTIVE_SEARCH_URL": f"http://127.0.0.1:{free_port()}"}
        with (
            running((*serve, "--search-port", str(free_port())), f"{bases[False]}/api/search?q=outbox", log / "pair"),
            running(("render", *content, "--port", str(alone)), f"{bases[True]}/", log / "alone", nobody),
        ):
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            for shot in SHOTS:
                if not names or shot.name in names:
                    take_all(browser, bases[shot.is_alone], shot)
            for shot in EXAMPLE_SHOTS:
                if not names or shot.name in names:
                    take_example(browser, shot, Path(folder))
            browser.close()


def take_all(browser: Browser, base: str, shot: Shot) -> None:
    """One shot in every width and scheme."""
    for width in SCREENS:
        for scheme in SCHEMES:
            (TARGET / f"{shot.name}-{width}-{scheme}.png").write_bytes(take(browser, base, shot, width, scheme))


def take_example(browser: Browser, shot: Shot, folder: Path) -> None:
    """A shot of a site of ``examples/``, which runs as its owner would run it."""
    content, port = str(ROOT / "examples" / shot.example / "content"), free_port()
    serve = ("serve", "--content", content, "--index", f"{folder}/{shot.example}", "--no-reload", "--port", str(port))
    base = f"http://127.0.0.1:{port}"
    ready = f"{base}/api/search?q=a"
    with running((*serve, "--search-port", str(free_port())), ready, folder / f"{shot.example}.log"):
        take_all(browser, base, shot)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    known = [shot.name for shot in (*SHOTS, *EXAMPLE_SHOTS)]
    # Not ``choices``, which with ``nargs="*"`` refuses no name at all.
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"a shot: {', '.join(known)} (default: all)")
    names = parser.parse_args().names
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"no shot is called {' or '.join(unknown)}: there are {', '.join(known)}")
    main(names)
