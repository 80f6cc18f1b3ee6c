"""Measure one interface in Chromium: time to open, answers, transfer size, layout shift."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from benchmarks.interfaces.peers import SearchInterface

ROUND_TRIP_MS = 100
TYPED = "kafka topic order"
ROUNDS = 5
#: The rows of the table, in the order of ``measure``.
ROWS = (
    f"opens at {ROUND_TRIP_MS} ms round trip, ms",
    "every letter arrives",
    "answer after the last key, ms",
    "mean place of the right section among the sections shown",
    "the same, the titles of articles counted",
    "right section shown",
    "cold page + first search, kB",
    "layout shift while searching",
)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to questions: median time after the last key, ranks of the right section, layout shift.

    Places count from 1 and are None if the section is not shown: among all options, and among sections alone.
    """

    after_key_ms: float
    among_options: list[int | None]
    among_sections: list[int | None]
    shifts: float


def opening_ms(browser: Browser, interface: SearchInterface) -> tuple[float, bool]:
    """Milliseconds from the key until the box accepts letters at 100 ms round trip, and whether all letters arrived."""
    times, are_whole = [], True
    for _ in range(ROUNDS):
        page = browser.new_page()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        limits = {"offline": False, "latency": ROUND_TRIP_MS, "downloadThroughput": -1, "uploadThroughput": -1}
        page.goto(interface.base + interface.page, wait_until="load")
        session.send("Network.emulateNetworkConditions", limits)
        page.evaluate(
            """(box) => {
              const since = {};
              addEventListener("keydown", () => { since.key ??= performance.now(); }, { capture: true });
              addEventListener("focusin", (event) => {
                if (event.target.matches(box)) window.opened ??= performance.now() - (since.key ?? performance.now());
              });
            }""",
            interface.box,
        )
        interface.opens(page)
        page.keyboard.type(TYPED)
        page.wait_for_function("window.opened !== undefined")
        times.append(float(page.evaluate("window.opened")))
        page.wait_for_timeout(300)
        are_whole &= page.input_value(interface.box) == TYPED
        page.close()
    return statistics.median(times), are_whole


def answers(browser: Browser, interface: SearchInterface, questions: list[tuple[str, str]]) -> Answers:
    """Type each question letter by letter, and record the answers shown."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(interface.base + interface.page, wait_until="networkidle")
    interface.opens(page)
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
        interface.options,
    )
    times: list[float] = []
    places: dict[str, list[int | None]] = {interface.options: [], interface.sections: []}
    for text, wanted in questions:
        page.fill(interface.box, "")
        page.wait_for_timeout(100)
        page.locator(interface.box).press_sequentially(text, delay=60)
        page.wait_for_selector(interface.is_idle)
        page.wait_for_timeout(1200)
        times.append(max(0.0, float(page.evaluate("(window.at ?? 0) - window.key"))))
        for selector, found_at in places.items():
            hrefs: list[str] = page.locator(selector).evaluate_all("all => all.map((one) => one.href)")
            shown = [f"{urlsplit(href).path}#{urlsplit(href).fragment.split(':~:')[0]}" for href in hrefs]
            found_at.append(shown.index(wanted) + 1 if wanted in shown else None)
    shifts = float(page.evaluate("window.shifts"))
    page.close()
    return Answers(statistics.median(times), places[interface.options], places[interface.sections], shifts)


def weights(browser: Browser, interface: SearchInterface) -> tuple[float, float]:
    """Kilobytes as sent, heads included: a cold page, and what the first search adds."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(interface.base + interface.page, wait_until="networkidle")
    cold = sum(sizes)
    interface.opens(page)
    page.locator(interface.box).press_sequentially("outbox", delay=60)
    page.wait_for_selector(interface.is_idle)
    page.wait_for_timeout(1000)
    context.close()
    return cold / 1000, (sum(sizes) - cold) / 1000


def measure(browser: Browser, interface: SearchInterface, questions: list[tuple[str, str]]) -> tuple[str, ...]:
    """One column of the table: a value for each of ROWS."""
    opening, are_whole = opening_ms(browser, interface)
    found = answers(browser, interface, questions)
    cold, first = weights(browser, interface)
    shown = sum(place is not None for place in found.among_options)
    return (
        f"{opening:.0f}",
        "yes" if are_whole else "no",
        f"{found.after_key_ms:.0f}",
        _mean(found.among_sections),
        _mean(found.among_options),
        f"{shown} of {len(questions)}",
        f"{cold:.1f} + {first:.1f}",
        f"{found.shifts:.3f}",
    )


def _mean(places: list[int | None]) -> str:
    found = [place for place in places if place]
    return f"{statistics.mean(found):.2f}" if found else "none"
