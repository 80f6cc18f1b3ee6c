"""The face of a running site, measured in Chromium: ``python -m benchmarks.face http://127.0.0.1:8080``.

How soon search opens on a slow line, whether a letter is lost, how soon the answer is there after the last key, at
which place the section is that the judged queries name, how many bytes a cold page and a first search take, and what
moves meanwhile. ``--pagefind FOLDER`` fetches the same articles into a folder, has Pagefind index them (``npx
pagefind``), and measures its default interface beside.

Needs Chromium and Playwright of the extra ``dev``.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import re
import statistics
import subprocess
import threading
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from benchmarks.report import Table
from benchmarks.show import show_table

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
ROUND_TRIP_MS = 100
#: A page of text with the dialog, typed from it.
ARTICLE = "/articles/transactional-outbox/"
TYPED = "kafka topic order"
ROUNDS = 5
#: Judged queries whose best answer is a section, at most.
MAX_TASKS = 40


@dataclass(frozen=True)
class Face:
    """How one interface is driven: ``opens`` brings its box up, the selectors name the box and the links of results."""

    name: str
    base: str
    page: str
    opens: Callable[[Page], None]
    box: str
    links: str
    is_idle: str


def ours(base: str) -> Face:
    """The dialog of this site."""

    def press(page: Page) -> None:
        page.keyboard.press("/")

    idle = "dialog [data-search-results][aria-busy=false] .hit"
    return Face("Perspective", base, ARTICLE, press, "#dialog-q", "dialog .hit-heading a, dialog .hit-title a", idle)


def pagefind(base: str) -> Face:
    """Pagefind's default interface, as its documentation puts it into a page."""

    def focus(page: Page) -> None:
        page.wait_for_selector(".pagefind-ui__search-input")
        page.focus(".pagefind-ui__search-input")

    links = ".pagefind-ui__result-nested .pagefind-ui__result-link, .pagefind-ui__result-title > a"
    idle = '.pagefind-ui__message:has-text("result")'
    return Face("Pagefind", base, "/index.html", focus, ".pagefind-ui__search-input", links, idle)


def tasks(relevance: Path) -> list[tuple[str, str]]:
    """(query, path#anchor) of the judged queries whose best answer is one section."""
    found = []
    for query in tomllib.loads(relevance.read_text("utf-8"))["queries"]:
        grades: Mapping[str, int] = query.get("relevant", {})
        sections = [(grade, key) for key, grade in grades.items() if "#" in key]
        best = max(grades.values(), default=0)
        wanted = [key for grade, key in sections if grade == best == 3]
        if len(wanted) == 1:
            slug, anchor = wanted[0].split("#")
            found.append((query["text"], f"/articles/{slug}/#{anchor}"))
    return found[:MAX_TASKS]


def opening_ms(browser: Browser, face: Face) -> tuple[float, bool]:
    """Milliseconds from the key to a box that takes letters at 100 ms round trip, and whether all letters arrived."""
    times, are_whole = [], True
    for _ in range(ROUNDS):
        page = browser.new_page()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        limits = {"offline": False, "latency": ROUND_TRIP_MS, "downloadThroughput": -1, "uploadThroughput": -1}
        page.goto(face.base + face.page, wait_until="load")
        session.send("Network.emulateNetworkConditions", limits)
        page.evaluate(
            """(box) => {
              const since = {};
              addEventListener("keydown", () => { since.key ??= performance.now(); }, { capture: true });
              addEventListener("focusin", (event) => {
                if (event.target.matches(box)) window.opened ??= performance.now() - (since.key ?? performance.now());
              });
            }""",
            face.box,
        )
        face.opens(page)
        page.keyboard.type(TYPED)
        page.wait_for_function("window.opened !== undefined")
        times.append(float(page.evaluate("window.opened")))
        page.wait_for_timeout(300)
        are_whole &= page.input_value(face.box) == TYPED
        page.close()
    return statistics.median(times), are_whole


def answers(browser: Browser, face: Face, questions: list[tuple[str, str]]) -> tuple[float, list[int | None], float]:
    """Milliseconds (median) from the last key to the final results, the place of each wanted section, and layout shift.

    Shifts of every kind while typing are summed.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(face.base + face.page, wait_until="networkidle")
    face.opens(page)
    page.wait_for_timeout(500)
    page.evaluate(
        """(links) => {
          window.shifts = 0;
          new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifts += one.value; })
            .observe({ type: "layout-shift" });
          const look = (changes) => {
            const added = changes.flatMap((one) => [...one.addedNodes]);
            const hasLinks = (node) => node.matches?.(links) || node.querySelector?.("a");
            if (added.some(hasLinks)) window.at = performance.now();
          };
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
          addEventListener("keydown", () => { window.key = performance.now(); }, { capture: true });
        }""",
        face.links,
    )
    times, places = [], []
    for text, wanted in questions:
        page.fill(face.box, "")
        page.wait_for_timeout(100)
        page.locator(face.box).press_sequentially(text, delay=60)
        page.wait_for_selector(face.is_idle)
        page.wait_for_timeout(1200)
        times.append(max(0.0, float(page.evaluate("(window.at ?? 0) - window.key"))))
        hrefs: list[str] = page.locator(face.links).evaluate_all("all => all.map((one) => one.href)")
        found = [f"{urlsplit(href).path}#{urlsplit(href).fragment.split(':~:')[0]}" for href in hrefs]
        places.append(found.index(wanted) + 1 if wanted in found else None)
    shifts = float(page.evaluate("window.shifts"))
    page.close()
    return statistics.median(times), places, shifts


def weights(browser: Browser, face: Face) -> tuple[float, float]:
    """Kilobytes as sent, heads included: a cold page, and what the first search adds."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(face.base + face.page, wait_until="networkidle")
    cold = sum(sizes)
    face.opens(page)
    page.locator(face.box).press_sequentially("outbox", delay=60)
    page.wait_for_selector(face.is_idle)
    page.wait_for_timeout(1000)
    context.close()
    return cold / 1000, (sum(sizes) - cold) / 1000


def export_for_pagefind(base: str, folder: Path) -> Iterator[str]:
    """Fetch every article of the sitemap into ``folder`` and index it; yields the paths."""
    sitemap = _fetch(f"{base}/sitemap.xml")
    paths = re.findall(r"<loc>[^<]*?(/articles/[^<]+/)</loc>", sitemap)
    for path in paths:
        html = re.sub(r"<dialog.*?</dialog>|<script.*?</script>", "", _fetch(base + path), flags=re.DOTALL)
        target = folder / path.strip("/") / "index.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(html.replace('<main id="content"', '<main data-pagefind-body id="content"'), "utf-8")
        yield path
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>Search</title><link href="/pagefind/pagefind-ui.css" rel="stylesheet">'
        '<script src="/pagefind/pagefind-ui.js"></script><div id="search"></div><script>'
        'new PagefindUI({ element: "#search", showSubResults: true });</script></html>',
        "utf-8",
    )
    subprocess.run(["npx", "--yes", "pagefind@1.5", "--site", str(folder)], check=True, capture_output=True)


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        text: str = response.read().decode()
    return text


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def serve(folder: Path) -> tuple[http.server.ThreadingHTTPServer, str]:
    """``folder`` on a free port of the loopback interface."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def measure(browser: Browser, face: Face, questions: list[tuple[str, str]]) -> tuple[str, ...]:
    """One column of the table."""
    opening, are_whole = opening_ms(browser, face)
    answer, places, shifts = answers(browser, face, questions)
    cold, first = weights(browser, face)
    found = [place for place in places if place]
    return (
        f"{opening:.0f}",
        "yes" if are_whole else "no",
        f"{answer:.0f}",
        f"{statistics.mean(found):.2f}" if found else "none",
        f"{len(found)} of {len(places)}",
        f"{cold:.1f} + {first:.1f}",
        f"{shifts:.3f}",
    )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("--relevance", type=Path, default=Path("content/relevance.toml"))
    parser.add_argument("--pagefind", type=Path, help="a folder for the export that Pagefind indexes")
    parser.add_argument("--tasks", type=int, default=MAX_TASKS)
    options = parser.parse_args()
    questions = tasks(options.relevance)[: options.tasks]
    rows = (
        f"opens at {ROUND_TRIP_MS} ms round trip, ms",
        "every letter arrives",
        "answer after the last key, ms",
        "mean place of the right section, where shown",
        "right section shown",
        "cold page + first search, kB",
        "layout shift while searching",
    )
    columns: dict[str, tuple[str, ...]] = {}
    started = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        columns["Perspective"] = measure(browser, ours(options.base), questions)
        if options.pagefind:
            list(export_for_pagefind(options.base, options.pagefind))
            server, base = serve(options.pagefind)
            columns["Pagefind 1.5"] = measure(browser, pagefind(base), questions)
            server.shutdown()
        browser.close()
    table = Table(
        title="The face",
        columns=("", *columns),
        rows=tuple((row, *(column[at] for column in columns.values())) for at, row in enumerate(rows)),
        notes=(f"{len(questions)} judged queries whose best answer is a section; {time.monotonic() - started:.0f} s",),
    )
    show_table(Console(width=120), table)


if __name__ == "__main__":
    main()
