"""Rules between articles: permalinks, old paths and series parts are unique, names have one spelling. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from shared.content.article import Article
from shared.content.parsing.validation import line_of
from shared.content.problem import Problem
from shared.content.slug import author_slug, is_own_path, slugify, source_name, tag_slug

#: After every date of an article.
_NEVER = datetime.max.replace(tzinfo=UTC)


def check_library(articles: Sequence[Article]) -> Iterator[Problem]:
    """Check articles and pages against each other. A problem names both files.

    The one that was published later has to change, or the later source: an article that readers know must not lose its
    address to a copy of it, or to a draft.
    """
    articles = sorted(articles, key=lambda one: (one.is_draft, (one.published or _NEVER).astimezone(UTC), one.source))
    yield from _check_permalinks(articles)
    yield from _check_aliases(articles)
    yield from _check_series(articles)
    yield from _check_spellings(articles)


def problem_at(article: Article, key: str, message: str) -> Problem:
    """An error on the line of a key of an article's front matter."""
    return Problem(article.source, line_of(key, article.lines), message)


def _check_permalinks(articles: Iterable[Article]) -> Iterator[Problem]:
    taken: dict[str, Article] = {}
    for article in articles:
        first = taken.setdefault(article.url, article)
        if first is not article:
            # Of a file and its copy, the one whose name gives the slug is the original.
            taken[article.url], other = sorted((first, article), key=lambda one: (one.is_draft, not _is_named_so(one)))
            message = f"the slug {other.slug!r} is taken by {taken[article.url].source}: choose another with slug:"
            yield problem_at(other, "slug", message)


def _is_named_so(article: Article) -> bool:
    return slugify(source_name(article.source)) == article.slug


def _check_aliases(articles: Sequence[Article]) -> Iterator[Problem]:
    permalinks = {article.url: article for article in articles}
    taken: dict[str, Article] = {}
    for article in articles:
        for alias in article.aliases:
            path = f"{alias.rstrip('/')}/"
            if path in permalinks:
                owner = permalinks[path]
                message = f"the alias {alias!r} is the address of {owner.source}: remove it"
                yield problem_at(article, "aliases", message)
            elif is_own_path(path):
                yield problem_at(article, "aliases", f"the alias {alias!r} is an address of the site itself: remove it")
            elif taken.setdefault(path, article) is not article:
                message = f"the alias {alias!r} is also one of {taken[path].source}: remove one of them"
                yield problem_at(article, "aliases", message)


def _check_series(articles: Iterable[Article]) -> Iterator[Problem]:
    parts: dict[tuple[str, int], Article] = {}
    names: dict[str, Article] = {}
    for article in articles:
        series = article.series
        if series is None:
            continue
        first = names.setdefault(series.slug, article)
        if first.series and first.series.name != series.name:
            message = f"the series {series.name!r} is written {first.series.name!r} in {first.source}: use one spelling"
            yield problem_at(article, "series.name", message)
        other = parts.setdefault((series.slug, series.part), article)
        if other is not article:
            message = f"part {series.part} of {series.name!r} is {other.source}: give each part its own number"
            yield problem_at(article, "series.part", message)


def _check_spellings(articles: Iterable[Article]) -> Iterator[Problem]:
    """Two spellings of a tag, or of an author, would claim the same address."""
    tags: dict[str, tuple[str, Article]] = {}
    authors: dict[str, tuple[str, Article]] = {}
    for article in articles:
        for tag in article.tags:
            name, first = tags.setdefault(tag_slug(tag), (tag, article))
            if name != tag:
                message = (
                    f"the tag {tag!r} is written {name!r} in {first.source}: use one spelling, they share an address"
                )
                yield problem_at(article, "tags", message)
        for author in article.authors:
            name, first = authors.setdefault(author_slug(author), (author, article))
            if name != author:
                message = f"the author {author!r} is written {name!r} in {first.source}: use one spelling"
                yield problem_at(article, "authors" if "authors" in article.lines else "author", message)
