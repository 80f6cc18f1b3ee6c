"""What is read: an article, and a page of ``content/pages``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.render.pages.parts import Card, Chrome, Link, Meta, SearchForm
from services.render.pages.typeset.body import Reference, Span
from services.render.pages.typeset.perspective import View
from shared.content.article import Heading


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
