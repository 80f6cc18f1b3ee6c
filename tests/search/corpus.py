"""Small generated articles whose words, compounds and code collide on purpose."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from shared.content.article import Article, Block, Body, Section, SeriesPart

WORDS = (
    "outbox",
    "pattern",
    "service",
    "services",
    "serviced",
    "relay",
    "table",
    "row",
    "rows",
    "lock",
    "locked",
    "order",
    "ordering",
    "message",
    "broker",
    "kafka",
    "consumer",
    "consumers",
    "idempotent",
    "latency",
    "percentile",
    "pod",
    "pods",
    "memory",
    "limit",
    "limits",
    "kernel",
    "throttle",
    "throttled",
    "token",
    "identity",
    "workload",
    "certificate",
    "rotate",
    "rotation",
    "café",
    "naïve",
    "the",
    "a",
    "of",
    "and",
    "in",
    "to",
    "is",
    "for",
    "with",
)
COMPOUNDS = (
    "getUserById",
    "get_user_by_id",
    "at-least-once",
    "mTLS",
    "OOMKilled",
    "cpu.max",
    "HTTP/2",
    "x-request-id",
    "@Transactional",
    "--dry-run",
    "C++",
    ".NET",
    "gRPC",
    "P95",
    "v1.2.3",
    "std::vector",
    "dead-letter-queue",
    "PostgreSQL",
)
TAGS = ("messaging", "reliability", "kubernetes", "security")


def make_article(seed: int, *, version: int = 0) -> Article:
    """The article of ``seed``; another ``version`` has the same slug and another text."""
    rng = random.Random(seed * 1_000 + version)  # noqa: S311 # test data
    sections = [Section("", "", 1, _blocks(rng))] if rng.random() < 0.8 else []
    sections += [Section(f"s-{n}", _words(rng, 1, 4), 2, _blocks(rng)) for n in range(rng.randint(1, 4))]
    return Article(
        slug=f"article-{seed:03}",
        title=_words(rng, 1, 5),
        summary=_words(rng, 3, 10),
        published=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=rng.randint(0, 20) * 40),
        updated=None,
        expires=None,
        tags=tuple(sorted(rng.sample(TAGS, rng.randint(0, 2)))),
        series=SeriesPart("Reliability", "reliability", seed + 1) if rng.random() < 0.2 else None,
        is_featured=False,
        is_draft=False,
        aliases=(),
        authors=(),
        language=None,
        cover=None,
        has_toc=True,
        extra={},
        text=Body(sections=tuple(sections)),
        word_count=100,
        reading_minutes=1,
        source=f"articles/{seed}.md",
        digest=f"{seed}-{version}",
    )


def make_query(rng: random.Random) -> str:
    """A typical query: words, compounds, prefixes, phrases, exclusions, fields, typos."""
    parts = []
    for _ in range(rng.choice((1, 1, 2, 2, 2, 3, 4, 7))):
        word = rng.choice(WORDS + COMPOUNDS) if rng.random() < 0.9 else "unknownword"
        match rng.randint(0, 11):
            case 0:
                word = word[: max(2, len(word) // 2)] + "*"
            case 1:
                word = '"' + _words(rng, 2, 3) + '"'
            case 2:
                word = "-" + word
            case 3:
                word = rng.choice(("title:", "headings:", "body:", "code:", "tags:", "summary:")) + word
            case 4:
                word = f"{word} OR {rng.choice(WORDS)}"
        parts.append(word)
    return " ".join(parts)


def _words(rng: random.Random, least: int, most: int) -> str:
    pool = WORDS if rng.random() < 0.7 else WORDS + COMPOUNDS
    return " ".join(rng.choice(pool) for _ in range(rng.randint(least, most)))


def _blocks(rng: random.Random) -> tuple[Block, ...]:
    blocks = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.25:
            text = "\n".join(_words(rng, 2, 5) for _ in range(rng.randint(1, 4)))
            blocks.append(Block("code", text, "text"))
        else:
            first, second = _words(rng, 3, 12) + ". ", rng.choice(COMPOUNDS)
            text = f"{first}{second} {_words(rng, 3, 12)}."
            blocks.append(Block("prose", text, None, ((len(first), len(first) + len(second)),)))
    return tuple(blocks)
