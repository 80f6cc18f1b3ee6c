"""Try the site's own templates: render one page of each kind, to find faults before a reader does.

Compiling finds errors of syntax. An unknown field, an endless loop and access to a file show only in rendering.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.render.pages import articles, listings
from services.render.pages.contexts import PageContext
from services.render.pages.results import search_page
from services.render.pages.templates import Pages
from services.render.searching.fallback import filter_articles
from services.render.site.scope import Scope
from shared.content.problem import Problem, StaleBody
from shared.search.contract import SearchQuery


def try_templates(scope: Scope, pages: Pages) -> tuple[Problem, ...]:
    """The failures of the site's own templates when one page of each kind is rendered. Blocking; keeps no page."""
    if not scope.look.overrides.sources:
        return ()
    try:
        for context in _contexts(scope):
            pages.render(context)
    except StaleBody:  # the next load tries again
        pass
    return pages.failures


def _contexts(scope: Scope) -> Iterator[PageContext]:
    view, query = scope.view, SearchQuery("")
    yield listings.listing_page(scope)
    yield listings.tags_page(scope)
    yield listings.series_index_page(scope)
    yield listings.archive_page(scope)
    yield search_page(scope, filter_articles(view, query), query, is_degraded=True)
    yield listings.error_page(scope, 404, "404", "404")
    for article in view.articles[:1]:
        yield articles.article_page(scope, article)
    for page in view.pages[:1]:
        yield articles.static_page(scope, page)
