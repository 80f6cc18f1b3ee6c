"""The languages of the interface, and what a reader of a page sees or hears."""

from __future__ import annotations

from html.parser import HTMLParser

LANGUAGES = ("de", "es", "fr", "ja", "tr")
#: Attributes whose values are read or heard.
READ = {"alt", "aria-description", "aria-label", "aria-valuetext", "placeholder", "title"}


class Texts(HTMLParser):
    """The texts and spoken attributes of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in READ]

    def handle_data(self, data: str) -> None:
        self.found.append(data)
