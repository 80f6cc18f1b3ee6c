"""The addresses that answers of a site lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

#: Attributes that lead somewhere, whatever the element.
ADDRESSES = ("href", "src", "action", "poster", "data-root")


class Addresses(HTMLParser):
    """Every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ADDRESSES:
                self.found.append(value)
            elif value and name == "srcset":
                self.found += [one.split()[0] for one in value.split(",")]
            elif value and name == "data-styles":
                self.found += value.split()


def addresses(path: str, content_type: str, body: str) -> Iterator[str]:
    """What an answer leads to on this site, as paths of the host."""
    found: list[str] = []
    if content_type == "text/html":
        parser = Addresses()
        parser.feed(body)
        found = parser.found
    elif content_type == "text/css":
        found = re.findall(r'url\("([^"]+)"\)', body)
    elif content_type == "text/javascript":
        found = re.findall(r'(?:from|import)\s*\(?\s*"([^"]+)"', body)
    elif content_type.endswith(("xml", "json")):
        found = re.findall(r'https://example\.org[^\\\s"<>&{]*', body)
    for one in found:
        parts = urlsplit(urljoin(f"https://example.org{path}", one))
        if parts.scheme == "https" and parts.netloc == "example.org":
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path
