"""Lists of articles: the front page, tags, series, the archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.render.pages.parts import Card, Chrome, CountedLink, Feed, Link, Meta, Pager, SearchForm
from services.render.pages.typeset.perspective import View


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
    """A date on the axis of the tags: ``x`` is a coordinate of the strokes, ``at`` the same in percent.

    The label of one that ``is_late`` has no room behind it on a phone; of one that ``is_last``, on no screen.
    """

    x: str
    at: str
    label: str
    is_late: bool = False
    is_last: bool = False


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
