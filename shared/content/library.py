"""The Library: an immutable snapshot of the whole site, and the part of it that is visible at a given time. Pure.

Does not depend on files: the loader makes it from what it read.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePath

from shared.content.article import Article
from shared.content.folder.asset import Asset
from shared.content.folder.bodies import Bodies
from shared.content.folder.tree import PUBLIC
from shared.content.library_rules import check_library
from shared.content.parsing.cross_links import resolve_links
from shared.content.parsing.site_config import SiteConfig
from shared.content.problem import InvalidContent, Problem, StaleBody
from shared.content.slug import author_slug
from shared.text.collation import collation_key
from shared.text.messages import Translate

#: Source file of an article → the files beside it, by name; PUBLIC → the public files.
FilesBySource = Mapping[str, Mapping[str, Asset]]

#: Views cached by a Library: the current one, and a few for requests in flight and tests with another clock.
_KEPT_VIEWS = 4
_ALWAYS_FIRST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Series:
    """A series: its parts in order.

    Part numbers are those of the articles, and may have gaps while parts are unpublished.
    """

    name: str
    slug: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The previous and next article; ``None`` at an end."""

    previous: Article | None
    next: Article | None


@dataclass(frozen=True, eq=False)
class LibraryView:
    """The visible articles and pages, with lazily built look-up tables.

    ``articles`` are newest first, then by slug; drafts without a date come first. ``pages`` are by slug. Equal digests
    mean equal views.
    """

    site: SiteConfig
    articles: tuple[Article, ...]
    pages: tuple[Article, ...]
    files: FilesBySource
    #: Source of every article and page, hidden ones too → its permalink.
    permalinks: Mapping[str, str]

    @cached_property
    def assets(self) -> Mapping[str, Asset]:
        """Each path of the site that is a file beside an article, or a public file."""
        everything = (*self.articles, *self.pages) if self.files else ()
        places = ((PUBLIC, "/"), *((one.source, one.url) for one in everything))
        return {url + name: asset for source, url in places for name, asset in self.files.get(source, {}).items()}

    @cached_property
    def by_slug(self) -> Mapping[str, Article]:
        """The articles by slug, in their order."""
        return {article.slug: article for article in self.articles}

    @cached_property
    def pages_by_slug(self) -> Mapping[str, Article]:
        """The pages by slug."""
        return {page.slug: page for page in self.pages}

    @cached_property
    def by_alias(self) -> Mapping[str, Article]:
        """Maps each old path, as written, to its current one."""
        return {alias: one for one in (*self.articles, *self.pages) for alias in one.aliases}

    @cached_property
    def by_tag(self) -> Mapping[str, tuple[Article, ...]]:
        """The articles of each tag in their order; the most used tag first, then by name."""
        return _by_tag(self.articles, self.site.language)

    @cached_property
    def by_author(self) -> Mapping[str, tuple[Article, ...]]:
        """The articles of each author in their order, by name; empty if no article names an author.

        An article without authors is by the site's author.
        """
        return _by_author(self.articles, self.site)

    @cached_property
    def by_year(self) -> Mapping[int, tuple[Article, ...]]:
        """The articles of each year in their order, the latest year first."""
        return _by_year(self.articles)

    @cached_property
    def series(self) -> Mapping[str, Series]:
        """The series by slug, in the order of their names."""
        return _by_series(self.articles, self.site.language)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the site's configuration and of everything shown."""
        digest = hashlib.sha256(repr(self.site).encode())
        for one in (*self.articles, *self.pages):
            digest.update(one.digest.encode())
        for name, asset in self.files.get(PUBLIC, {}).items():
            digest.update(f"{name}\0{asset.digest}".encode())
        return digest.hexdigest()

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """The index of each article, by slug."""
        return {article.slug: position for position, article in enumerate(self.articles)}

    def html(self, article: Article, translate: Translate | None = None) -> str:
        """Return the body's HTML with permalinks for links to source files. Blocking; raises StaleBody.

        Labels that the renderer adds are in English, unless ``translate`` is given.
        """
        body = article.body
        return resolve_links(body.html_in(translate) if translate else body.html, self.permalinks)

    @property
    def tag_counts(self) -> Mapping[str, int]:
        """Count the articles of each tag: most used first, then by name."""
        return {tag: len(articles) for tag, articles in self.by_tag.items()}

    def neighbours(self, article: Article) -> Neighbours:
        """The next older article (``previous``) and the next newer one (``next``)."""
        at = self.positions[article.slug]
        older = self.articles[at + 1] if at + 1 < len(self.articles) else None
        return Neighbours(older, self.articles[at - 1] if at else None)

    def series_neighbours(self, article: Article) -> Neighbours:
        """The previous and next readable part; nothing for an article without a series."""
        series = self.series.get(article.series.slug) if article.series else None
        parts = series.articles if series else ()
        slugs = [part.slug for part in parts]
        if article.slug not in slugs:
            return Neighbours(None, None)
        at = slugs.index(article.slug)
        return Neighbours(parts[at - 1] if at else None, parts[at + 1] if at + 1 < len(parts) else None)


@dataclass(frozen=True, eq=False)
class Library(LibraryView):
    """The whole site, hidden articles included.

    ``changes`` are the times at which something appears or expires, ascending. ``advice`` are the problems of the site
    itself, not of an article or a file; their paths are below the content ``directory``.
    """

    advice: tuple[Problem, ...]
    directory: PurePath
    shows_drafts: bool
    changes: tuple[datetime, ...]
    bodies: Bodies
    _views: dict[int, LibraryView | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the known problems of parsed bodies; they do not keep the site from being shown.

        Collected on access: a large site may have tens of thousands, and an edit must not wait for them.
        """
        everything = (*self.articles, *self.pages)
        articles = (problem for one in everything for problem in self.bodies.problems(one) or ())
        files = (problem for beside in self.files.values() for asset in beside.values() for problem in asset.problems)
        return tuple(sorted(problem.under(self.directory) for problem in {*self.advice, *articles, *files}))

    def verify(self) -> None:
        """Parse every body that was not parsed yet, so that ``problems`` are all there are. Blocking."""
        for one in (*self.articles, *self.pages):
            self.bodies.verify(one)

    def errors(self) -> tuple[Problem, ...]:
        """The errors in bodies and in the files beside them. Parses each body that nobody has parsed. Blocking."""
        self.bodies.sync()
        changed = list[Problem]()
        for one in (*self.articles, *self.pages):
            try:
                self.bodies.verify(one)
            except StaleBody:
                message = "the file changed while the site was checked: start again"
                changed.append(Problem(one.source, 1, message).under(self.directory))
        return (*changed, *(problem for problem in self.problems if problem.severity == "error"))

    def visible(self, now: datetime) -> LibraryView:
        """The view at ``now`` (aware). Cached between two changes: another call costs a bisection.

        Threads may ask at once: each returns what it found or made itself, whatever another one has cleared.
        """
        epoch = bisect_right(self.changes, now)
        try:
            view = self._views[epoch]
        except KeyError:
            view = self._restrict(now)
            if len(self._views) >= _KEPT_VIEWS:
                self._views.clear()
            self._views[epoch] = view
        return view or self

    def _restrict(self, now: datetime) -> LibraryView | None:
        """Return the visible part; ``None`` if that is everything (a Library that referred to itself would leak)."""
        articles = self.shown(now)
        pages = tuple(page for page in self.pages if self._is_shown(page, now))
        is_all = len(articles) == len(self.articles) and len(pages) == len(self.pages)
        # Filtering preserves the order.
        return None if is_all else LibraryView(self.site, articles, pages, self.files, self.permalinks)

    def shown(self, now: datetime) -> tuple[Article, ...]:
        """The ``articles`` of ``visible(now)``, without building a view."""
        return tuple(article for article in self.articles if self._is_shown(article, now))

    def next_change(self, now: datetime) -> datetime | None:
        """The first time after ``now`` at which ``visible`` gives something else, or ``None``."""
        at = bisect_right(self.changes, now)
        return self.changes[at] if at < len(self.changes) else None

    def _is_shown(self, article: Article, now: datetime) -> bool:
        if article.is_draft:
            return self.shows_drafts
        if article.is_page and article.published is None:
            return article.expires is None or now < article.expires
        return article.is_visible(now)


_HERE = PurePath()


def build_library(
    site: SiteConfig,
    articles: Iterable[Article],
    *,
    files: FilesBySource | None = None,
    advice: Iterable[Problem] = (),
    directory: PurePath = _HERE,
    shows_drafts: bool = False,
    bodies: Bodies | None = None,
) -> Library:
    """The Library of ``articles`` (pages among them). Raises InvalidContent if two of them claim the same place."""
    everything = sorted(articles, key=lambda article: article.source)
    conflicts = list(check_library(everything))
    if conflicts:
        raise InvalidContent(sorted(conflicts))
    articles = sorted((one for one in everything if not one.is_page), key=lambda one: one.slug)
    shown = [one for one in everything if not one.is_draft]
    # In UTC: Python compares times of one zone by its clock, which shows the hour before the end of summer time twice.
    moments = {moment.astimezone(UTC) for one in shown for moment in (one.published, one.expires) if moment}
    return Library(
        site,
        tuple(sorted(articles, key=_published, reverse=True)),
        tuple(sorted((one for one in everything if one.is_page), key=lambda page: page.slug)),
        files or {},
        {one.source: one.url for one in everything},
        advice=tuple(advice),
        directory=directory,
        shows_drafts=shows_drafts,
        changes=tuple(sorted(moments)),
        bodies=bodies or Bodies(),
    )


def _published(article: Article) -> datetime:
    return article.published.astimezone(UTC) if article.published else _ALWAYS_FIRST


def _by_tag(articles: Iterable[Article], language: str) -> dict[str, tuple[Article, ...]]:
    found: dict[str, list[Article]] = {}
    for article in articles:
        for tag in article.tags:
            found.setdefault(tag, []).append(article)
    return {
        tag: tuple(found[tag])
        for tag in sorted(found, key=lambda tag: (-len(found[tag]), collation_key(tag, language)))
    }


def _by_author(articles: Sequence[Article], site: SiteConfig) -> dict[str, tuple[Article, ...]]:
    names = {author_slug(name): name for article in articles for name in article.authors}
    if not names:
        return {}
    own = names.get(author_slug(site.author), site.author) if site.author else ""
    found: dict[str, list[Article]] = {}
    for article in articles:
        for name in article.authors or filter(None, (own,)):
            found.setdefault(name, []).append(article)
    return {name: tuple(found[name]) for name in sorted(found, key=lambda name: collation_key(name, site.language))}


def _by_year(articles: Iterable[Article]) -> dict[int, tuple[Article, ...]]:
    found: dict[int, list[Article]] = {}
    for article in articles:
        if article.published:
            found.setdefault(article.published.year, []).append(article)
    return {year: tuple(found[year]) for year in sorted(found, reverse=True)}


def _by_series(articles: Iterable[Article], language: str) -> dict[str, Series]:
    found: dict[str, list[tuple[int, Article]]] = {}
    names: dict[str, str] = {}
    for article in articles:
        if article.series:
            found.setdefault(article.series.slug, []).append((article.series.part, article))
            names[article.series.slug] = article.series.name
    return {
        slug: Series(names[slug], slug, tuple(article for _, article in sorted(found[slug], key=lambda part: part[0])))
        for slug in sorted(found, key=lambda slug: collation_key(names[slug], language))
    }
