"""The results of a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.render.pages.parts import Chrome, CountedLink, Link, Meta, Pager, SearchForm
from services.render.pages.typeset.perspective import View
from shared.search.contract import Building, Correction, Marked, ReadingKind


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
    all. ``language`` is that of its words if it is not the site's.
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
    language: str | None = None


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
    """An operator in the query: its kind, its text, and the address that searches for it as text."""

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
