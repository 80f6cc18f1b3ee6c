"""Articles made by the real parser: from as little as a test wants to say, and from files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from shared.content.article import Article
from shared.content.folder.asset import Asset, parse_asset
from shared.content.parsing.inputs import ParseInputs
from shared.content.parsing.parse import parse_article

GOLDEN = Path(__file__).parent / "golden"
SITE = Path(__file__).parent.parent / "fixtures" / "site"


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


def bodies() -> list[str]:
    """The golden Markdown, in the order of its names."""
    return [path.read_text() for path in sorted(GOLDEN.glob("*.md"))]


def assets(folder: Path) -> dict[str, Asset]:
    """The pictures in ``folder``."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".png", ".svg"})
    return {path.name: parse_asset(path.name, path.name, Path(path.name), path.read_bytes()) for path in paths}


def articles() -> Iterator[Article]:
    """The golden Markdown and the sources of the fixture site, parsed."""
    pictures = assets(SITE / "articles" / "every-feature")
    for body in bodies():
        yield parse_article("articles/here/index.md", source(body), ParseInputs(pictures))
    for path in sorted(SITE.rglob("*.md")):
        name = path.relative_to(SITE).as_posix()
        yield parse_article(name, path.read_text(), ParseInputs(assets(path.parent)))
