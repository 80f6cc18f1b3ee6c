"""What templates are given: one frozen value per page kind, complete when built, with nothing left for a template to
work out.

Equal contexts give equal bytes: that is how an unchanged page is known without rendering it. It knows no Library and no
HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.render.pages.parts import Card, Chrome, CountedLink, Feed, Link, Meta, Pager, SearchForm
from shared.content.article import Heading
from shared.search.contract import Correction, Marked, SectionHit


@dataclass(frozen=True, slots=True)
class ArchiveYear:
    """The articles of one year, newest first."""

    year: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """``/``, its further pages, and the articles of one tag, whose ``earlier`` ones are lines like those of the
    archive.

    ``tags`` are the most used of ``tag_count``.
    """

    chrome: Chrome
    meta: Meta
    form: SearchForm
    heading: str
    lead: str
    featured: tuple[Card, ...]
    cards: tuple[Card, ...]
    tags: tuple[CountedLink, ...]
    pager: Pager
    is_home: bool
    feed: Feed | None = None
    earlier: tuple[ArchiveYear, ...] = ()
    tag_count: int = 0


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """One line of a series: an article and its place."""

    part: int
    title: str
    url: str
    is_current: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesBox:
    """A series as an article of it shows it: ``parts`` are those around the article, of ``count`` in all."""

    name: str
    url: str
    part: int
    parts: tuple[SeriesPart, ...]
    count: int


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One article. ``body`` is safe HTML with its pictures in every size; ``toc`` is empty where the article wants
    none."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    title: str
    summary: str
    author: str
    language: str
    is_right_to_left: bool
    published: date | None
    updated: date | None
    reviewed: date | None
    reading_minutes: int
    word_count: int
    tags: tuple[Link, ...]
    series: SeriesBox | None
    toc: tuple[Heading, ...]
    body: str
    previous: Link | None
    next: Link | None
    related: tuple[Card, ...]
    is_draft: bool


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A page of content/pages."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    title: str
    summary: str
    language: str
    is_right_to_left: bool
    updated: date | None
    toc: tuple[Heading, ...]
    body: str


@dataclass(frozen=True, slots=True)
class TagsPage:
    """Every tag, by name."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    tags: tuple[CountedLink, ...]


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """A series and its parts, in order: the first of ``count``, or all."""

    name: str
    url: str
    cards: tuple[Card, ...]
    count: int
    minutes: int


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """All series, or one (then ``is_index`` is false)."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    heading: str
    series: tuple[SeriesSummary, ...]
    is_index: bool


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """Everything, by year. ``has_contents`` says that there are enough years for links to each of them."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    years: tuple[ArchiveYear, ...]
    total: int
    has_contents: bool


@dataclass(frozen=True, slots=True)
class HitView:
    """One result. ``title`` and the sections' snippets are marked text."""

    url: str
    title: Marked
    summary: str
    published: date | None
    tags: tuple[Link, ...]
    series: str | None
    reading_minutes: int
    sections: tuple[SectionHit, ...]


@dataclass(frozen=True, slots=True)
class FacetView:
    """One group of filters."""

    name: str
    heading: str
    values: tuple[CountedLink, ...]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """What was searched instead, and the way back."""

    correction: Correction
    exact_url: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """``/?q=…``: the results, however they were found. ``is_degraded`` says that only titles, summaries and tags were
    looked at.

    ``first`` is the number of the first hit shown, counting from 1.
    """

    chrome: Chrome
    meta: Meta
    form: SearchForm
    text: str
    total: int
    first: int
    hits: tuple[HitView, ...]
    facets: tuple[FacetView, ...]
    active: tuple[Link, ...]
    clear_url: str
    sorts: tuple[Link, ...]
    pager: Pager
    correction: CorrectionView | None
    has_only_some: bool
    is_degraded: bool
    first_url: str
    near_titles: tuple[Link, ...]
    near_tags: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a reader meets instead of a page, and the ways on."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    status: int
    heading: str
    message: str
    near: tuple[Link, ...]
    request_id: str | None = None


PageContext: TypeAlias = (
    ListingPage | ArticlePage | StaticPage | TagsPage | SeriesPage | ArchivePage | SearchPage | ErrorPage
)


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One address of the sitemap."""

    url: str
    modified: datetime | None
