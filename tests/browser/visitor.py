"""A page of a browser that keeps account of what must not happen on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Route, expect

#: Functions for tests, in every page.
MEASURES = Path(__file__).with_name("measures.js")


@dataclass
class Visitor:
    """A page and what happened on it. ``expected`` are pieces of messages that a test means to cause."""

    page: Page
    base: str
    runs_script: bool = True
    expected: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(path=MEASURES)
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("request", self._request)

    def open(self, path: str) -> None:
        """Go to a path of the site and wait until it is loaded, and its search box awake."""
        self.page.goto(self.base + path)
        if self.runs_script and self.page.locator(".content [data-search-results]").count():
            self.page.wait_for_selector("#q[data-ready]")

    def type(self, text: str) -> None:
        """Put ``text`` into the search box of the page, letter by letter, and wait for its results."""
        box = self.page.locator("#q")
        whole = box.input_value() + text
        box.press_sequentially(text, delay=15)
        # Between two letters a busy machine answers a part of the query: only the answer after the last letter counts.
        expect(box).to_have_value(whole)
        self.await_results()

    def paste(self, text: str) -> None:
        """Put ``text`` into the search box of the page at once, as one input."""
        self.page.locator("#q").focus()
        self.page.keyboard.insert_text(text)

    def await_results(self) -> None:
        """Wait until the results of what is in the search box are shown."""
        self.page.wait_for_selector("[data-search-results][aria-busy=false] .hit")

    def titles(self) -> list[str]:
        """The titles of the results that are shown."""
        return self.page.locator(".hit-title").all_inner_texts()

    def fail_search(self, status: int = 503) -> None:
        """Let the search service be away for this page."""
        self.expected.append("Failed to load resource")

        def answer(route: Route) -> None:
            route.fulfill(
                status=status, content_type="application/problem+json", body='{"status": 503, "detail": "away"}'
            )

        self.page.route("**/api/results*", answer)

    def unexpected(self) -> list[str]:
        """What happened and was not meant to."""
        return [one for one in self.complaints if not any(piece in one for piece in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _error(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error}")

    def _request(self, request: Request) -> None:
        wanted, own = urlsplit(request.url), urlsplit(self.base)
        if wanted.scheme in {"http", "https"} and wanted.netloc != own.netloc:
            self.complaints.append(f"request off the site: {request.url}")
