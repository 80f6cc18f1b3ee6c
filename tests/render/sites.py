"""Small sites for tests of render: sources as authors write them, parsed for real."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.render.pages import templates
from services.render.sending.static_files import CONTENT_TYPES, StaticFiles
from services.render.site.scope import Scope
from shared.content.article import Article
from shared.content.library import FilesBySource, build_library
from shared.content.parsing.parse import parse_article
from shared.content.parsing.site_config import Licence, NavigationLink, SiteConfig

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
BASE_URL = "https://blog.example.org"

SITE = SiteConfig(
    title="Field Notes",
    tagline="Notes on systems",
    description="A publication about systems.",
    author="The authors",
    language="en",
    base_url=BASE_URL,
    articles_per_page=3,
    licence=Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    navigation=(NavigationLink("Articles", "/"), NavigationLink("Tags", "/tags/")),
)

OUTBOX = """---
title: The Transactional Outbox Pattern
summary: One transaction, one database, and a relay.
published: 2026-01-12
updated: 2026-02-01
reviewed: 2026-05-04
tags: [messaging, databases]
series: {name: Reliability, part: 1}
featured: true
aliases: [/old/outbox/]
---

The dual write is [explained below](#the-relay) and [elsewhere](/articles/tail-latency/).

## The dual write

Two systems, one change.

## The relay

A relay reads the table.

```python
print("outbox & <relay>")
```

## Ordering

Events keep their order.
"""

TAIL = """---
title: Tail latency
summary: The average hides the slowest requests.
published: 2026-03-01
tags: [performance, messaging]
series: {name: Reliability, part: 2}
author: Ada Writer
---

Percentiles say more.
"""

TRUST = """---
title: "Zero trust & mutual TLS: <script> has no place"
summary: Every request proves who sent it.
published: 2025-11-05
tags: [security, c++]
---

Certificates are short-lived.
"""

FUTURE = """---
title: Tomorrow's article
summary: Not yet.
published: 2026-06-02
tags: [messaging]
---

Later.
"""

DRAFT = """---
title: An idea
draft: true
---

Half a thought.
"""

ABOUT = """---
title: About
summary: Who writes this.
---

We do.
"""

SOURCES: Mapping[str, str] = {
    "articles/transactional-outbox.md": OUTBOX,
    "articles/tail-latency.md": TAIL,
    "articles/zero-trust.md": TRUST,
    "articles/future.md": FUTURE,
    "articles/idea.md": DRAFT,
    "pages/about.md": ABOUT,
}

SITE_TOML = f"""
title = "Field Notes"
tagline = "Notes on systems"
description = "A publication about systems."
author = "The authors"
base_url = "{BASE_URL}"
articles_per_page = 3
"""

_STATIC_DIR = Path(templates.__file__).parent / "static"
#: The site's own files by name, not fingerprinted: tests of pages look at neither their bytes nor their digests.
FILES = StaticFiles(
    urls={
        path.relative_to(_STATIC_DIR).as_posix(): f"/static/{path.name}"
        for path in _STATIC_DIR.rglob("*")
        if path.suffix in CONTENT_TYPES
    },
    answers={},
)


def dated_sources(count: int) -> dict[str, str]:
    """``count`` articles, a month apart, that all have the tag ``much``, one of their own, and a part of one series."""
    return {
        f"articles/one-{part}.md": f"---\ntitle: One {part}\nsummary: S.\n"
        f"published: {2015 + part // 12 % 10}-{part % 12 + 1:02}-01\ntags: [much, own-{part}]\n"
        f"series: {{name: Long, part: {part}}}\n---\n\nText.\n"
        for part in range(1, count + 1)
    }


def make_scope(
    sources: Mapping[str, str] = SOURCES,
    *,
    now: datetime = NOW,
    files: FilesBySource | None = None,
    site: SiteConfig = SITE,
) -> Scope:
    """The scope of a site made of ``sources``, as a reader may see it at ``now``."""
    return scope_of((parse_article(source, text) for source, text in sources.items()), now, files, site)


def scope_of(
    articles: Iterable[Article],
    now: datetime = NOW,
    files: FilesBySource | None = None,
    site: SiteConfig = SITE,
) -> Scope:
    """The scope of ready articles."""
    library = build_library(site, articles, files=files)
    return Scope(
        view=library.visible(now),
        base_url=site.base_url,
        files=FILES,
        max_query_chars=200,
    )


def write_content(directory: Path, sources: Mapping[str, str] = SOURCES) -> Path:
    """The same site as files, in ``directory``."""
    for source, text in {"site.toml": SITE_TOML, **sources}.items():
        path = directory / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def many_sources(count: int) -> dict[str, str]:
    """A site of ``count`` articles, published every other day."""
    return {
        f"articles/note-{number}.md": (
            f"---\ntitle: Note number {number}\nsummary: Summary {number}.\n"
            f"published: {FIRST_DAY + timedelta(days=number * 2 % 2000):%Y-%m-%d}\n"
            f"tags: [tag-{number % 7}]\n---\n\n## Part\n\nText {number}.\n"
        )
        for number in range(count)
    }
