"""SearchResults to the context of the results page: links for every filter, order and page, so that it works without
script. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.render.pages.contexts import CorrectionView, FacetView, HitView, SearchPage
from services.render.pages.listings import build_pager, count_text, page_count
from services.render.pages.parts import CountedLink, Link
from services.render.searching.fallback import common_tags, near_tags, near_titles
from services.render.searching.urls import query_params, search_url, toggle_tag
from services.render.site.scope import Scope, build_chrome, build_meta, tag_link
from shared.search.contract import MAX_PAGE, FacetCount, Hit, SearchQuery, SearchResults, Sort

SORT_LABELS: tuple[tuple[Sort, str], ...] = (
    ("relevance", "Best match"),
    ("newest", "Newest"),
    ("oldest", "Oldest"),
)
#: Tags offered as filters, the most used first; those that apply are always among them.
MAX_FACET_TAGS = 20


def search_page(scope: Scope, results: SearchResults, asked: SearchQuery, *, is_degraded: bool) -> SearchPage:
    """The results of ``asked``. ``is_degraded`` says that they come from titles, summaries and tags alone."""
    text, is_empty = asked.text, not results.total
    title = f"Search: {text}" if text else "Articles"
    pages = min(page_count(results.total, asked.size), MAX_PAGE)
    pager = build_pager(min(asked.page, pages), pages, lambda page: search_url(replace(asked, page=page)))
    base = build_meta(
        scope, search_url(asked), title, f"{count_text(results.total, 'article')} found.", robots="noindex, follow"
    )
    return SearchPage(
        chrome=build_chrome(scope, "/"),
        meta=replace(base, previous_url=pager.previous_url, next_url=pager.next_url, json_ld=()),
        form=scope.form(text, _kept(asked)),
        text=text,
        total=results.total,
        first=(asked.page - 1) * asked.size + 1,
        hits=tuple(map(_hit, results.hits)),
        facets=_facets(scope, asked, results),
        active=_active(scope, asked),
        clear_url=search_url(replace(asked, tags=(), year=None, series=None, page=1)),
        sorts=_sorts(asked),
        pager=pager,
        correction=_correction(results, asked),
        has_only_some=results.matched == "some",
        is_degraded=is_degraded,
        first_url=search_url(replace(asked, page=1)),
        near_titles=near_titles(scope.view, text) if is_empty else (),
        near_tags=near_tags(scope.view, text) or common_tags(scope.view) if is_empty else (),
    )


def _sorts(asked: SearchQuery) -> tuple[Link, ...]:
    return tuple(
        Link(label, search_url(replace(asked, sort=sort, page=1)), sort == asked.sort) for sort, label in SORT_LABELS
    )


def _kept(asked: SearchQuery) -> tuple[tuple[str, str], ...]:
    """The filters that a new query in the box stays under. Not the page, and not ``exact``: they belong to the old
    words."""
    return query_params(replace(asked, text="", page=1, exact=False))


def _hit(hit: Hit) -> HitView:
    return HitView(
        url=hit.url,
        title=hit.title,
        summary=hit.summary,
        published=date.fromisoformat(hit.published) if hit.published else None,
        tags=tuple(map(tag_link, hit.tags)),
        series=hit.series,
        reading_minutes=hit.reading_minutes,
        sections=hit.sections,
    )


def _correction(results: SearchResults, asked: SearchQuery) -> CorrectionView | None:
    if results.correction is None:
        return None
    return CorrectionView(results.correction, search_url(replace(asked, exact=True, page=1)))


def _facets(scope: Scope, asked: SearchQuery, results: SearchResults) -> tuple[FacetView, ...]:
    facets = results.facets
    groups = (
        FacetView("tag", "Tags", _tag_values(asked, facets.tags)),
        FacetView("year", "Years", _year_values(asked, facets.years)),
        FacetView("series", "Series", tuple(_series_value(scope, asked, count) for count in facets.series)),
    )
    return tuple(group for group in groups if group.values)


def _tag_values(asked: SearchQuery, counts: Iterable[FacetCount]) -> tuple[CountedLink, ...]:
    by_tag = {str(count.value): count.count for count in counts}
    shown = list(by_tag)[:MAX_FACET_TAGS]
    tags = [*asked.tags, *(tag for tag in shown if tag not in asked.tags)]
    return tuple(CountedLink(tag, toggle_tag(asked, tag), by_tag.get(tag, 0), tag in asked.tags) for tag in tags)


def _year_values(asked: SearchQuery, counts: Iterable[FacetCount]) -> tuple[CountedLink, ...]:
    years = [(count.value, count.count) for count in counts if isinstance(count.value, int)]
    return tuple(
        CountedLink(str(year), search_url(replace(asked, year=None if is_on else year, page=1)), count, is_on)
        for year, count in years
        for is_on in (year == asked.year,)
    )


def _series_value(scope: Scope, asked: SearchQuery, count: FacetCount) -> CountedLink:
    slug = str(count.value)
    is_on = slug == asked.series
    url = search_url(replace(asked, series=None if is_on else slug, page=1))
    return CountedLink(count.label or _series_name(scope, slug), url, count.count, is_on)


def _active(scope: Scope, asked: SearchQuery) -> tuple[Link, ...]:
    """The filters that apply, each with the address that takes it off."""
    links = [Link(tag, toggle_tag(asked, tag)) for tag in asked.tags]
    if asked.year is not None:
        links.append(Link(str(asked.year), search_url(replace(asked, year=None, page=1))))
    if asked.series is not None:
        links.append(Link(_series_name(scope, asked.series), search_url(replace(asked, series=None, page=1))))
    return tuple(links)


def _series_name(scope: Scope, slug: str) -> str:
    series = scope.view.series.get(slug)
    return series.name if series else slug
