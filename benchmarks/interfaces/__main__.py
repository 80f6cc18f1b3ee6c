"""The search interface of a running site: ``python -m benchmarks.interfaces http://127.0.0.1:8080``.

How soon search opens on a slow line, whether a letter is lost, how soon the answer is there after the last key, at
which place the section is that the judged queries name, how many bytes a cold page and a first search take, and what
moves meanwhile. ``--peers FOLDER`` makes sites of the same articles with Pagefind and with Material for MkDocs in that
folder, and measures their interfaces in the same run; ``--lighthouse`` adds its scores.

Needs Chromium and Playwright of the extra ``dev``; ``npx`` and a package index for the peers.
"""

from __future__ import annotations

import argparse
import time
import tomllib
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console

from benchmarks.interfaces import lighthouse, peers
from benchmarks.interfaces.measures import ROWS, measure
from benchmarks.measuring.report import Table
from benchmarks.measuring.show import show_table

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
#: Judged queries whose best answer is a section, at most.
MAX_TASKS = 40


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


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="BASE", help="the address of the site")
    parser.add_argument("--content", type=Path, default=Path("content"), help="the articles of the site at BASE")
    parser.add_argument("--peers", type=Path, help="a folder for the sites of Pagefind and Material")
    parser.add_argument("--lighthouse", action="store_true")
    parser.add_argument("--tasks", type=int, default=MAX_TASKS)
    options = parser.parse_args()
    relevance = options.content / "relevance.toml"
    if not relevance.is_file():
        parser.error(
            f"{relevance}: the judged queries are not there: --content names the folder of the site's articles"
        )
    try:
        urllib.request.urlopen(options.base, timeout=30).close()
    except (OSError, ValueError) as error:
        parser.error(f"{options.base} does not answer ({error}): name the address of a site that runs (make serve)")
    questions = tasks(relevance)[: options.tasks]
    started = time.monotonic()
    columns: dict[str, tuple[str, ...]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        columns["Perspective"] = measure(browser, peers.ours(options.base), questions)
        if options.peers:
            with peers.served(peers.make_pagefind(options.base, options.peers / "pagefind")) as base:
                columns["Pagefind 1.5"] = measure(browser, peers.pagefind(base), questions)
            with peers.served(peers.make_material(options.content, options.peers / "material")) as base:
                columns["Material 9.7"] = measure(browser, peers.material(base), questions)
        browser.close()
    console = Console(width=120)
    table = Table(
        title="Search interfaces",
        columns=("", *columns),
        rows=tuple((row, *(column[at] for column in columns.values())) for at, row in enumerate(ROWS)),
        notes=(f"{len(questions)} judged queries whose best answer is a section; {time.monotonic() - started:.0f} s",),
    )
    show_table(console, table)
    if options.lighthouse:
        rows = lighthouse.scores(options.base, CHROMIUM)
        show_table(console, Table(title="Lighthouse", columns=("", *lighthouse.CATEGORIES), rows=rows, notes=()))


if __name__ == "__main__":
    main()
