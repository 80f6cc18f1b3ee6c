"""Articles for tests of search, made without parsing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from shared.content.article import Article, Block, Body, Section, SeriesPart

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)


def make_article(
    slug: str,
    title: str = "",
    *,
    text: str = "",
    day: int = 0,
    tags: tuple[str, ...] = (),
    series: tuple[str, int] | None = None,
    sections: tuple[tuple[str, str], ...] = (),
    author: str | None = None,
    reviewed: int | None = None,
) -> Article:
    """An article published ``day`` days after the first of 2025, and reviewed ``reviewed`` days after it.

    ``sections`` are headings and their prose.
    """
    title = title or slug.replace("-", " ").capitalize()
    parts = [Section("", "", 1, (Block("prose", text),))] if text else []
    parts += [Section(_anchor(heading), heading, 2, (Block("prose", prose),)) for heading, prose in sections]
    digest = hashlib.sha256(
        repr((slug, title, text, day, tags, series, sections, author, reviewed)).encode()
    ).hexdigest()
    return Article(
        slug=slug,
        title=title,
        summary=f"About {title}.",
        published=FIRST_DAY + timedelta(days=day),
        updated=None,
        expires=None,
        reviewed=None if reviewed is None else FIRST_DAY + timedelta(days=reviewed),
        tags=tags,
        series=SeriesPart(series[0], _anchor(series[0]), series[1]) if series else None,
        is_featured=False,
        is_draft=False,
        aliases=(),
        authors=(author,) if author else (),
        language=None,
        cover=None,
        has_toc=True,
        extra={},
        text=Body(sections=tuple(parts)),
        word_count=sum(len(block.text.split()) for section in parts for block in section.blocks),
        reading_minutes=1,
        source=f"articles/{slug}.md",
        digest=digest,
    )


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


#: A small site: three years apart in publication, shared tags, a series, sections.
SITE = (
    make_article(
        "transactional-outbox",
        "The Transactional Outbox Pattern",
        text="One transaction writes the row and the message.",
        day=10,
        author="Ada Writer",
        reviewed=600,
        tags=("messaging", "databases"),
        series=("Reliability", 1),
        sections=(
            ("The relay", "The relay reads the outbox table and publishes every message at least once."),
            ("What it costs", "A table grows, and somebody must empty it."),
        ),
    ),
    make_article(
        "tail-latency",
        "Tail latency",
        text="The average hides the slowest requests.",
        day=380,
        tags=("performance",),
        author="José Núñez",
        reviewed=700,
        series=("Reliability", 2),
        sections=(("Percentiles", "The 95th percentile says what one request in twenty suffers."),),
    ),
    make_article(
        "zero-trust",
        "Zero trust with mutual TLS",
        text="A network position is no identity; every request proves who sent it.",
        day=380,
        tags=("security",),
        author="Ada Writer",
        sections=(("Certificates", "Short certificates, renewed by a daemon, never by a person."),),
    ),
    make_article(
        "kafka-consumers",
        "Kafka consumers at rest",
        text="A message is read once, twice, or never: choose two.",
        day=500,
        reviewed=700,
        tags=("messaging", "performance"),
        sections=(("Offsets", "The offset is committed after the message was handled."),),
    ),
)
