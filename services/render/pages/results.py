"""SearchResults → context of the results page, with a link for every filter, order and page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from services.render.pages.contexts import CorrectionView, FacetView, HitView, ReadingView, SearchPage, SectionView
from services.render.pages.listings import build_pager, page_count
from services.render.pages.parts import CountedLink, Link, Meta, Pager
from services.render.pages.typeset.fragments import text_directive
from services.render.searching.fallback import common_tags, near_tags, near_titles
from services.render.searching.urls import query_params, search_url, toggle_url
from services.render.site.scope import Scope, build_chrome, build_meta, guests, series_mark, tag_link
from shared.content.library import LibraryView
from shared.content.slug import series_url
from shared.search.attributes import ATTRIBUTES, ORDERS, Attribute, Value, values_in
from shared.search.contract import (
    DEFAULT_SIZE,
    MAX_PAGE,
    MAX_SIZE,
    FacetCount,
    Facets,
    Hit,
    Marked,
    SearchQuery,
    SearchResults,
    SectionHit,
)

#: Quotation marks and blanks at the ends of a phrase, as readers type it.
_QUOTED = '" \t\u00a0\u202f\u201c\u201d\u201e\u201f\uff02\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f\uff62\uff63'
#: Names offered as filters, the most used first; active filters are always among them.
MAX_FACET_NAMES = 20


def search_page(scope: Scope, results: SearchResults, asked: SearchQuery, *, is_degraded: bool) -> SearchPage:
    """The page of ``results`` for ``asked``. ``is_degraded``: they come from titles, summaries and tags alone."""
    text, is_empty = asked.text, not results.total
    pages = min(page_count(results.total, asked.size), MAX_PAGE)
    pager = build_pager(min(asked.page, pages), pages, lambda page: search_url(replace(asked, page=page)))
    return SearchPage(
        chrome=build_chrome(scope, "/"),
        meta=_meta(scope, asked, results.total, pager),
        form=scope.form(text, _kept(asked)),
        text=text,
        total=results.total,
        hits=tuple(
            hit_view(scope, hit, is_best=not at and _has_best(results, asked)) for at, hit in enumerate(results.hits)
        ),
        by_meaning=tuple(hit_view(scope, hit, is_best=False) for hit in results.by_meaning),
        facets=_facets(scope, asked, results),
        active=_active(scope, asked),
        clear_url=search_url(replace(asked, filters=(), page=1)),
        sorts=_sorts(scope, asked, results.facets),
        pager=pager,
        correction=_correction(results, asked),
        is_by_meaning=results.ranked_by == "meaning",
        with_all=_with_all(results),
        readings=tuple(_readings(results, asked)),
        missing=results.missing,
        offers=tuple(Link(offer, search_url(replace(asked, text=offer, page=1))) for offer in results.offers),
        searched=results.searched,
        near_hits=tuple(_near_link(scope, hit) for hit in results.near),
        building=results.building,
        is_degraded=is_degraded,
        first_url=search_url(replace(asked, page=1)),
        more=_more(results, asked),
        near_titles=near_titles(scope.view, text) if is_empty and not results.near else (),
        near_tags=near_tags(scope.view, text) or common_tags(scope.view) if is_empty else (),
    )


def _meta(scope: Scope, asked: SearchQuery, total: int, pager: Pager) -> Meta:
    words = scope.words
    title = words.gettext("Search: %(text)s", text=asked.text) if asked.text else words.gettext("Articles")
    found = words.ngettext("%(count)s article found.", "%(count)s articles found.", total)
    base = build_meta(scope, search_url(asked), title, found, robots="noindex, follow")
    return replace(base, previous_url=pager.previous_url, next_url=pager.next_url, json_ld=())


def brief(page: SearchPage) -> SearchPage:
    """``page`` without filters, orders and further pages, which a dialog has no room for."""
    one_page = replace(page.pager, pages=1)
    return replace(page, facets=(), active=(), sorts=(), more=None, pager=one_page)


def _with_all(results: SearchResults) -> int:
    """Count the articles with all words; older services and the fallback do not report it."""
    if results.with_all is not None:
        return results.with_all
    return results.total if results.matched == "all" else 0


def _readings(results: SearchResults, asked: SearchQuery) -> Iterator[ReadingView]:
    """The operators in the query, each once. The page puts a phrase into its own quotation marks."""
    for reading in dict.fromkeys(results.readings):
        typed = reading.typed.strip(_QUOTED) if reading.kind == "phrase" else reading.typed
        yield ReadingView(reading.kind, typed, search_url(replace(asked, text=reading.instead, page=1)))


def _near_link(scope: Scope, hit: Hit) -> Link:
    """A link to the best section of a hit: the first with an anchor, else the article."""
    article = scope.view.by_slug.get(hit.slug)
    url = next((section.url for section in hit.sections if section.anchor), hit.url)
    return Link("".join(text for text, _ in hit.title), url, language=article.language if article else None)


def _sorts(scope: Scope, asked: SearchQuery, facets: Facets) -> tuple[Link, ...]:
    """The sort orders, without those by an attribute that no hit has."""
    return tuple(
        Link(scope.words.gettext(order.label), search_url(replace(asked, sort=sort, page=1)), sort == asked.sort)
        for sort, (order, attribute) in ORDERS.items()
        if attribute is None or sort == asked.sort or facets.get(attribute.facet) != ()
    )


def _kept(asked: SearchQuery) -> tuple[tuple[str, str], ...]:
    """The filters that a new query keeps, without the page and ``exact``, which depend on the old words."""
    return query_params(replace(asked, text="", page=1, exact=False))


def _more(results: SearchResults, asked: SearchQuery) -> CountedLink | None:
    """The first page with more results on it; after ``MAX_SIZE`` results pages are turned."""
    left = results.total - len(results.hits)
    if asked.page > 1 or left <= 0 or asked.size >= MAX_SIZE or not results.hits:
        return None
    return CountedLink("", search_url(replace(asked, size=min(MAX_SIZE, asked.size + DEFAULT_SIZE))), left)


def _has_best(results: SearchResults, asked: SearchQuery) -> bool:
    """Whether the first hit answers the query as typed: not corrected, with all words, in order of relevance."""
    is_first = asked.page == 1 and asked.sort == "relevance" and bool(asked.text)
    return is_first and results.correction is None and _with_all(results) > 0


def hit_view(scope: Scope, hit: Hit, *, is_best: bool) -> HitView:
    """The view of a hit on the results page. ``is_best`` marks the best answer of all."""
    article = scope.view.by_slug.get(hit.slug)
    mark, count = series_mark(scope.view, article) if article else (None, 0)
    series = article.series if article else None
    opening = next((section.snippet for section in hit.sections if not section.anchor), None)
    headed = [section for section in hit.sections if section.anchor]
    return HitView(
        url=hit.url,
        title=hit.title,
        summary=hit.summary,
        published=date.fromisoformat(hit.published) if hit.published else None,
        tags=tuple(map(tag_link, hit.tags)),
        series=Link(series.name, series_url(series.slug)) if series else Link(hit.series, "") if hit.series else None,
        part=series.part if series else None,
        count=count,
        mark=mark,
        reading_minutes=hit.reading_minutes,
        opening=opening,
        sections=tuple(_section_view(section, is_best=is_best and not at) for at, section in enumerate(headed)),
        is_best=is_best and not headed,
        authors=guests(scope.view, article) if article else (),
        language=article.language if article else None,
    )


def _section_view(section: SectionHit, *, is_best: bool) -> SectionView:
    return SectionView(
        heading=section.heading,
        url=section.url + text_directive(section.snippet),
        snippet=dedented(section.snippet) if section.is_code else section.snippet,
        is_code=section.is_code,
        is_best=is_best,
    )


def dedented(snippet: Marked) -> Marked:
    """Remove the common indent of all lines of code."""
    letters = [(letter, is_match) for text, is_match in snippet for letter in text]
    lines = "".join(letter for letter, _ in letters).split("\n")
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    pieces: list[tuple[str, bool]] = []
    column = 0
    for letter, is_match in letters:
        column = 0 if letter == "\n" else column + 1
        if 0 < column <= indent:
            continue
        if pieces and pieces[-1][1] == is_match:
            pieces[-1] = (pieces[-1][0] + letter, is_match)
        else:
            pieces.append((letter, is_match))
    return tuple(pieces)


def _correction(results: SearchResults, asked: SearchQuery) -> CorrectionView | None:
    if results.correction is None:
        return None
    return CorrectionView(results.correction, search_url(replace(asked, exact=True, page=1)))


def _facets(scope: Scope, asked: SearchQuery, results: SearchResults) -> tuple[FacetView, ...]:
    counted = ((one, results.facets.get(one.facet, ())) for one in ATTRIBUTES)
    groups = (
        FacetView(one.parameter, scope.words.gettext(one.heading), _values(scope, asked, one, counts))
        for one, counts in counted
    )
    return tuple(group for group in groups if group.values)


def _values(
    scope: Scope, asked: SearchQuery, attribute: Attribute, counts: Iterable[FacetCount]
) -> tuple[CountedLink, ...]:
    by_value = {one.value: one for one in counts}
    on = asked.values(attribute.name)
    shown = list(by_value)[: MAX_FACET_NAMES if attribute.kind == "keyword" else None]
    # Several active filters come first; a single one keeps its place, if it has one.
    first = [value for value in on if attribute.is_many or (value in by_value and value not in shown)]
    values = (*first, *(value for value in shown if value not in first))
    return tuple(
        CountedLink(
            one.label or _label(scope, attribute, one.value),
            toggle_url(asked, attribute, one.value),
            one.count,
            one.value in on,
        )
        for one in (by_value.get(value) or FacetCount(value, 0) for value in values)
    )


def _active(scope: Scope, asked: SearchQuery) -> tuple[Link, ...]:
    """The active filters, each with the address that removes it."""
    return tuple(
        Link(_label(scope, attribute, value), toggle_url(asked, attribute, value))
        for attribute in ATTRIBUTES
        for value in asked.values(attribute.name)
    )


def _label(scope: Scope, attribute: Attribute, value: Value) -> str:
    """Return the label of ``value``: as the articles write it, else the value itself."""
    return _labels(scope.view).get((attribute.name, value), str(value))


@lru_cache(maxsize=2)
def _labels(view: LibraryView) -> Mapping[tuple[str, Value], str]:
    """The labels that differ from their value. Cached for the current site and the previous one."""
    return {
        (attribute.name, value): label
        for attribute in ATTRIBUTES
        for article in view.articles
        for value, label in values_in(attribute, article)
        if label != str(value)
    }
