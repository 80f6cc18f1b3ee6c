"""Articles made by the real parser, from as little as a test wants to say."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.content.article import Article
from shared.content.parsing.parse import parse_article


def source(body: str = "Text.", **keys: str) -> str:
    """A source file with the required keys; ``keys`` are YAML values and win over them."""
    table = {"title": "T", "summary": "S", "published": "2026-01-01"} | keys
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in table.items()) + f"---\n\n{body}\n"


def article(name: str, body: str = "Text.", **keys: str) -> Article:
    """The article ``articles/NAME.md``."""
    return parse_article(f"articles/{name}.md", source(body, **keys))


def page(name: str, **keys: str) -> Article:
    """The page ``pages/NAME.md``."""
    return parse_article(f"pages/{name}.md", source("Text.", **keys))


def day(text: str) -> datetime:
    """Midnight UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
