"""The contexts of templates: one frozen, complete value for each kind of page.

Equal contexts give equal bytes: that is how an unchanged page is known without rendering it. Does not depend on the
Library or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.render.pages.parts import Card, Chrome, CountedLink, Feed, Link, Meta, Pager, SearchForm
from services.render.pages.typeset.body import Reference, Span
from services.render.pages.typeset.perspective import View
from shared.content.article import Heading
from shared.search.contract import Building, Correction, Marked, ReadingKind


@dataclass(frozen=True, slots=True)
class ArchiveYear:
    """The articles of one year, newest first."""

    year: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of the listing, or of a tag, whose ``earlier`` articles are lines as in the archive.

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
    total: int = 0
    series_count: int = 0


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
class NextPart:
    """The part of the series that follows an article, and the drawing with that part as the current one."""

    part: int
    title: str
    url: str
    summary: str
    reading_minutes: int
    view: View
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One article.

    ``body`` is safe HTML with its pictures in every size; ``toc`` is empty if the article has none. ``view`` draws its
    place in its series, or the article alone; ``spans`` are the lengths of its sections; ``verified`` counts the code
    samples that ran. ``authors`` link to their pages, if they have one; ``is_guest`` marks an article that the site's
    author did not write alone.
    """

    chrome: Chrome
    meta: Meta
    form: SearchForm
    title: str
    summary: str
    authors: tuple[Link, ...]
    language: str
    direction: str
    published: date | None
    updated: date | None
    reviewed: date | None
    reading_minutes: int
    word_count: int
    tags: tuple[Link, ...]
    series: SeriesBox | None
    toc: tuple[Heading, ...]
    body: str
    bibtex: str
    previous: Link | None
    next: Link | None
    related: tuple[Card, ...]
    is_draft: bool
    view: View
    spans: tuple[Span, ...]
    verified: int
    references: tuple[Reference, ...]
    next_part: NextPart | None
    is_guest: bool


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A page of content/pages."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    title: str
    summary: str
    language: str
    direction: str
    updated: date | None
    toc: tuple[Heading, ...]
    body: str


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with its articles as strokes: each at its date, as tall as its reading time.

    ``strokes`` and ``newest`` are SVG paths; ``newest`` is the site's newest article if it has the tag.
    """

    tag: CountedLink
    strokes: str
    newest: str
    latest: Link | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the axis of the tags: ``x`` is a coordinate of the strokes, ``at`` the same in percent."""

    x: str
    at: str
    label: str


@dataclass(frozen=True, slots=True)
class TagsPage:
    """Every tag (or author, if ``is_authors``), by name, over one axis of time."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    rows: tuple[TagRow, ...]
    ticks: tuple[Tick, ...]
    total: int
    is_authors: bool = False


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """A series and its parts, in order: the first of ``count``, or all."""

    name: str
    url: str
    cards: tuple[Card, ...]
    count: int
    minutes: int
    view: View
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """All series, or one (then ``is_index`` is false)."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    heading: str
    series: tuple[SeriesSummary, ...]
    is_index: bool
    total: int


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """The archive, by year. ``has_contents``: there are enough years for a table of contents."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    years: tuple[ArchiveYear, ...]
    total: int
    has_contents: bool


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of a result.

    ``url`` leads to its heading and marks the words if the browser can. ``is_best`` marks the best section of all
    results.
    """

    heading: str
    url: str
    snippet: Marked
    is_code: bool
    is_best: bool


@dataclass(frozen=True, slots=True)
class HitView:
    """One result; ``title`` and the sections' snippets are marked text.

    ``opening`` is the matching passage before the first section. ``is_best`` marks the article as the best answer of
    all.
    """

    url: str
    title: Marked
    summary: str
    published: date | None
    tags: tuple[Link, ...]
    series: Link | None
    part: int | None
    count: int
    mark: View | None
    reading_minutes: int
    opening: Marked | None
    sections: tuple[SectionView, ...]
    is_best: bool
    authors: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetView:
    """One group of filters."""

    name: str
    heading: str
    values: tuple[CountedLink, ...]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """The corrected query, and a link to the original one."""

    correction: Correction
    exact_url: str


@dataclass(frozen=True, slots=True)
class ReadingView:
    """An operator in what was typed: its kind, the piece of the text, and the way to search for it as text."""

    kind: ReadingKind
    typed: str
    url: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The results page, ``/?q=…``.

    ``is_degraded``: only titles, summaries and tags were searched. ``building``: the index does not hold every article
    yet. ``is_by_meaning``: the second stage ordered the hits. ``by_meaning``: articles similar in meaning that no word
    found. ``more``: the same page with more results, and their number. Of ``total`` articles ``with_all`` have all
    words. ``searched``: the part of a long text that was searched. ``near_hits``: articles that share some words with a
    text that nothing answers.
    """

    chrome: Chrome
    meta: Meta
    form: SearchForm
    text: str
    total: int
    hits: tuple[HitView, ...]
    by_meaning: tuple[HitView, ...]
    facets: tuple[FacetView, ...]
    active: tuple[Link, ...]
    clear_url: str
    sorts: tuple[Link, ...]
    pager: Pager
    correction: CorrectionView | None
    is_by_meaning: bool
    with_all: int
    readings: tuple[ReadingView, ...]
    missing: tuple[str, ...]
    offers: tuple[Link, ...]
    searched: str | None
    near_hits: tuple[Link, ...]
    building: Building | None
    is_degraded: bool
    first_url: str
    more: CountedLink | None
    near_titles: tuple[Link, ...]
    near_tags: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """An error page with links that lead on."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    status: int
    heading: str
    message: str
    near: tuple[Link, ...]
    view: View
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class InsightRow:
    """One query of the operator's page, as it is shown. ``number`` names it for the command."""

    number: int
    query: str
    visitors: str
    found: str
    opened: str
    mean_rank: str


@dataclass(frozen=True, slots=True)
class InsightPage:
    """The operator's page: what visitors search for. ``home`` is the absolute address of the site."""

    chrome: Chrome
    meta: Meta
    stylesheet: str
    home: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    to_write: tuple[InsightRow, ...]
    top: tuple[InsightRow, ...]
    total: int
    problems: tuple[str, ...]
    problem_count: int


PageContext: TypeAlias = (
    ListingPage | ArticlePage | StaticPage | TagsPage | SeriesPage | ArchivePage | SearchPage | ErrorPage | InsightPage
)


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One address of the sitemap."""

    url: str
    modified: datetime | None
