"""The contexts of templates: one frozen, complete value for each kind of page.

Equal contexts give equal bytes: that is how an unchanged page is known without rendering it. Does not depend on the
Library or HTTP.

lists      the front page, tags, series, the archive
articles   an article, and a page of ``content/pages``
results    the results of a search
others     errors, and the page of the operator
"""

from typing import TypeAlias

from services.render.pages.contexts.articles import ArticlePage, NextPart, SeriesBox, SeriesPart, StaticPage
from services.render.pages.contexts.lists import (
    ArchivePage,
    ArchiveYear,
    ListingPage,
    SeriesPage,
    SeriesSummary,
    TagRow,
    TagsPage,
    Tick,
)
from services.render.pages.contexts.others import ErrorPage, InsightPage, InsightRow
from services.render.pages.contexts.results import (
    CorrectionView,
    FacetView,
    HitView,
    ReadingView,
    SearchPage,
    SectionView,
)

PageContext: TypeAlias = (
    ListingPage | ArticlePage | StaticPage | TagsPage | SeriesPage | ArchivePage | SearchPage | ErrorPage | InsightPage
)

__all__ = [
    "ArchivePage",
    "ArchiveYear",
    "ArticlePage",
    "CorrectionView",
    "ErrorPage",
    "FacetView",
    "HitView",
    "InsightPage",
    "InsightRow",
    "ListingPage",
    "NextPart",
    "PageContext",
    "ReadingView",
    "SearchPage",
    "SectionView",
    "SeriesBox",
    "SeriesPage",
    "SeriesPart",
    "SeriesSummary",
    "StaticPage",
    "TagRow",
    "TagsPage",
    "Tick",
]
