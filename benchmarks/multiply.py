"""Copy a collection several times to make a larger site: each copy has its own slugs and titles, and the same text.

Copy 0 is the collection itself. Articles and content files are altered alike, so a copy means the same in both forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

from shared.content.article import Article

_TITLE = re.compile(r'^title: "(.*)"$', re.MULTILINE)
_SLUG = re.compile(r"^slug: (.*)$", re.MULTILINE)


def multiply_articles(articles: Iterable[Article], pages: int) -> tuple[Article, ...]:
    """``pages`` articles: all of ``articles``, then as many copies as it takes. Copies share their bodies."""
    own = tuple(articles)
    copies = (altered_article(article, copy) for copy in count() for article in own)
    return tuple(islice(copies, pages))


def multiply_content(content: Path, target: Path, pages: int) -> None:
    """Make ``target`` the content directory of ``pages`` pages, copies of those of ``content``. Raises OSError."""
    (target / "articles").mkdir(parents=True)
    (target / "site.toml").write_bytes((content / "site.toml").read_bytes())
    paths = sorted((content / "articles").glob("*.md"))
    for name, text in islice(_pages(paths), pages):
        (target / "articles" / name).write_text(text, encoding="utf-8")


def _pages(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for copy in count():
        for path in paths:
            yield f"{altered_slug(path.stem, copy)}.md", altered_page(path.read_text(encoding="utf-8"), copy)


def altered_article(article: Article, copy: int) -> Article:
    """``article`` as the copy of this number has it."""
    if not copy:
        return article
    slug, title = altered_slug(article.slug, copy), altered_title(article.title, copy)
    return replace(article, slug=slug, title=title, aliases=(), digest=f"{article.digest}-{copy}")


def altered_page(page: str, copy: int) -> str:
    """The file of a page, with front matter as the archives have it, as the copy of this number has it."""
    if not copy:
        return page
    page = _TITLE.sub(lambda found: f'title: "{altered_title(found[1], copy)}"', page, count=1)
    return _SLUG.sub(lambda found: f"slug: {altered_slug(found[1], copy)}", page, count=1)


def altered_slug(slug: str, copy: int) -> str:
    """The slug of a page in the copy of this number."""
    return f"{slug}-{copy}" if copy else slug


def altered_title(title: str, copy: int) -> str:
    """The title of a page in the copy of this number."""
    return f"{title} (volume {copy + 1})" if copy else title
