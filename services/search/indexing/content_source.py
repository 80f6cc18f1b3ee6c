"""Content for the indexer: the visible articles whenever they change, and the problems.

Does not depend on an index.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.search.text.languages import language_of
from shared.content.article import Article
from shared.content.folder.heads import HeadStore
from shared.content.folder.loader import LoadResult, load_library
from shared.content.folder.site_links import SiteLinks, site_links
from shared.content.folder.watch import directory_changes, watch_library
from shared.content.library import Library
from shared.content.parsing.cross_links import with_link_texts
from shared.content.problem import Problem
from shared.process.memory import trim_memory
from shared.web.settings import Settings


@dataclass(frozen=True, slots=True)
class Content:
    """The articles to index, or None if the content was never valid; and its problems.

    ``language`` is that of the site, a BCP 47 tag.
    """

    articles: tuple[Article, ...] | None
    problems: tuple[str, ...] = ()
    language: str = "en"


def utc_now() -> datetime:
    """The current time, aware."""
    return datetime.now(UTC)


async def follow_content(settings: Settings, now: Callable[[], datetime] = utc_now) -> AsyncGenerator[Content]:
    """Yield the content now, and after each change of files or of visibility; only once if nothing is watched.

    Bodies have no HTML, which is not indexed.
    """
    # On a first start, render may read the front matter meanwhile.
    links = await asyncio.to_thread(site_links, settings.content_dir, settings.cache_dir, settings.base_url)
    heads = HeadStore(settings.cache_dir, settings.content_dir, waits=True)
    first = await load_library(settings.content_dir, drafts=settings.drafts, wants_html=False, heads=heads)
    await asyncio.to_thread(heads.keep, first.snapshot)
    await asyncio.to_thread(trim_memory)  # before a first build, which takes minutes: some 15 MB of 11,905 articles
    if settings.watch == "off":
        errors = await asyncio.to_thread(first.errors) if settings.strict else ()
        yield _content(first, None if errors else first.library, now, links, errors)
        return
    changes = directory_changes(settings.content_dir, force_polling=settings.force_polling)
    watch = watch_library(settings.content_dir, first, drafts=settings.drafts, changes=changes)
    async with aclosing(watch) as results:
        async for content in read_results(results, now, links, is_strict=settings.strict):
            yield content


async def read_results(
    results: AsyncIterator[LoadResult], now: Callable[[], datetime], links: SiteLinks, *, is_strict: bool = False
) -> AsyncGenerator[Content]:
    """Yield each result as Content. If a load fails, the articles of the last Library still appear and expire.

    If ``is_strict``, there are no articles before a load without any error.
    """
    good: Library | None = None
    async for result in results:
        errors = await asyncio.to_thread(result.errors) if is_strict and good is None else ()
        if not errors:
            good = result.library or good
        site, files = result.snapshot.site, [entry.file.file for entry in result.snapshot.entries.values()]
        await asyncio.to_thread(links.read, files, site.base_url if site else "")
        yield _content(result, good, now, links, errors)


def _content(
    result: LoadResult,
    library: Library | None,
    now: Callable[[], datetime],
    links: SiteLinks,
    errors: tuple[Problem, ...] = (),
) -> Content:
    """The content of ``result``; ``errors`` are all of its errors if they were looked for."""
    problems = tuple(str(problem) for problem in errors or result.problems)
    if library is None:
        return Content(None, problems)
    return Content(searchable_articles(library, now(), links), problems, library.site.language)


def searchable_articles(library: Library, now: datetime, links: SiteLinks) -> tuple[Article, ...]:
    """The articles that are visible at ``now``, with the texts of the links that lead to them.

    An article without a language gets that of the site. If that is not analysed as English, it becomes part of the
    digest of the article, because it changes the terms.
    """
    view = library.visible(now)
    language, shown = library.site.language, with_link_texts(view.articles, view.pages, links)
    if language_of(language) is None:
        return shown
    return tuple(
        article if article.language else replace(article, language=language, digest=f"{article.digest}-{language}")
        for article in shown
    )
