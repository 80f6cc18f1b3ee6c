"""Content for browsers: the site of the fixtures with enough articles to page through, or as many as are asked for."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

TOPICS = ("messaging", "databases", "kubernetes", "performance", "security")
FIRST_DAY = date(2020, 1, 6)

ARTICLE = """---
title: "{title}"
summary: "{summary}"
published: {published}
tags: [{tags}]
---

The lighthouse keeper of part {number} reads the *outbox* and says what arrived.

## How the relay works

The relay of part {number} publishes what it finds, in order, and marks it afterwards.

## What can fail

A crash between the two steps sends the same message twice, so consumers are idempotent.
"""

#: What a page must hold without growing wider than its window.
AWKWARD = """---
title: "{title}"
summary: "About {word} and what it does to a page."
published: 2019-05-04
tags: [{tag}]
---

{word}{word}

## {word}

- A list with code:

  ```python
  {line}
  ```

- A list with a table:

  | name | {word} |
  | --- | --- |
  | {word} | `{word}{word}` |

> A quotation of {word}.

`{word}{word}` and <https://example.org/{word}{word}>
"""
LONG_TITLE = (
    "How four hundred services moved from one region to another without a minute of planned downtime, and what the two "
    "unplanned hours taught about clocks, queues and people"
)


def copy_site(fixture: Path, target: Path) -> Path:
    """The site of the fixtures with fourteen more articles and an awkward one, ten on a page."""
    shutil.copytree(fixture, target)
    settings = target / "site.toml"
    settings.write_text(settings.read_text().replace("articles_per_page = 3", "articles_per_page = 10"))
    write_articles(target, 14)
    write_awkward_article(target)
    return target


def write_awkward_article(content: Path) -> None:
    """``/articles/awkward/``: a long title, a word of 80 letters in every place, a tag and lines of code to match."""
    word = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
    tag = "a-tag-that-nobody-should-have-made-so-long-but-somebody-did"
    text = AWKWARD.format(title=LONG_TITLE, word=word, tag=tag, line="value = 1; " * 40)
    (content / "articles" / "awkward.md").write_text(text)


def write_articles(content: Path, count: int, *, tags: int = 2, title: str = "The lighthouse, part {number}") -> None:
    """``count`` articles of ``tags`` tags each, a day apart."""
    for number in range(1, count + 1):
        topics = [TOPICS[(number + step) % len(TOPICS)] for step in range(min(tags, len(TOPICS)))]
        topics += [f"topic-{step}" for step in range(len(TOPICS), tags)]
        text = ARTICLE.format(
            title=title.format(number=number),
            summary=f"What part {number} of the lighthouse taught about {topics[0]}.",
            published=FIRST_DAY + timedelta(days=number),
            tags=", ".join(topics),
            number=number,
        )
        (content / "articles" / f"lighthouse-{number}.md").write_text(text)
