"""Scope → page contexts, one function for each kind of page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil
from typing import TypeVar

from services.render.pages import structured
from services.render.pages.contexts import (
    ArchivePage,
    ArchiveYear,
    ErrorPage,
    ListingPage,
    SeriesPage,
    SeriesSummary,
    TagRow,
    TagsPage,
)
from services.render.pages.parts import Card, CountedLink, Feed, Link, Meta, Pager
from services.render.pages.typeset.perspective import HEAD, PLATE, series_view
from services.render.pages.typeset.timeline import Axis, build_axis
from services.render.site.scope import (
    Scope,
    article_drawing,
    author_feed,
    build_chrome,
    build_meta,
    card,
    counted_authors,
    counted_tags,
    day,
    series_minutes,
    tag_feed,
)
from shared.content.article import Article
from shared.content.library import Series
from shared.content.slug import author_url, series_url, tag_url
from shared.text.collation import collation_key

T = TypeVar("T")

UrlOf = Callable[[int], str]

#: Featured articles on top of the listing; older ones appear in the list like any other.
MAX_FEATURED = 3
#: Tags offered on the front page, the most used first; all of them are on /tags/.
MAX_HOME_TAGS = 24
#: Articles of a tag with summary and tags; older ones are single lines, so that a tag fits on one page.
MAX_TAG_CARDS = 20
#: A series with at most one part more than this is shown completely on the page of all series; of a longer one the
#: first parts are.
MAX_INDEX_PARTS = 5
#: With fewer years than this, the archive has no links to the years.
MIN_ARCHIVE_YEARS = 3
#: The page of all authors.
AUTHORS_URL = "/authors/"
#: A drawing for a missing page, with dashed lines.
MISSING = series_view("not-found", (9, 9, 9), None, HEAD)


def cards(scope: Scope, articles: Iterable[Article]) -> tuple[Card, ...]:
    """Build the cards of articles in lists."""
    return tuple(card(scope.view, article) for article in articles)


def listing_url(page: int) -> str:
    """The path of a page of the listing."""
    return "/" if page == 1 else f"/page/{page}/"


def page_count(total: int, per_page: int) -> int:
    """Count the pages for ``total`` entries: at least one, which may be empty."""
    return max(1, ceil(total / per_page))


def featured(scope: Scope) -> tuple[Article, ...]:
    """The articles on top of the listing, newest first."""
    return tuple(article for article in scope.view.articles if article.is_featured)[:MAX_FEATURED]


def listed(scope: Scope) -> tuple[Article, ...]:
    """Return the listed articles: all but the featured ones, newest first."""
    on_top = {article.slug for article in featured(scope)}
    return tuple(article for article in scope.view.articles if article.slug not in on_top)


def listing_pages(scope: Scope) -> int:
    """Count the pages of the listing."""
    count = len(scope.view.articles) - len(featured(scope))
    return page_count(count, scope.view.site.articles_per_page)


def listing_page(scope: Scope, page: int = 1) -> ListingPage:
    """One page of the listing, which exists (1 to listing_pages); the first has the featured articles and the tags."""
    site, articles = scope.view.site, listed(scope)
    pager = build_pager(page, page_count(len(articles), site.articles_per_page), listing_url)
    is_first = page == 1
    return ListingPage(
        chrome=build_chrome(scope, listing_url(page)),
        meta=_home_meta(scope, page, pager),
        form=scope.form(),
        heading=site.title,
        lead=site.tagline,
        featured=_featured_cards(scope) if is_first else (),
        cards=cards(scope, page_of(articles, page, site.articles_per_page)),
        tags=counted_tags(scope.view)[:MAX_HOME_TAGS] if is_first else (),
        pager=pager,
        is_home=True,
        tag_count=len(scope.view.by_tag),
        total=len(scope.view.articles),
        series_count=len(scope.view.series),
    )


def _featured_cards(scope: Scope) -> tuple[Card, ...]:
    """The featured articles, the first of them with its drawing."""
    first, *rest = featured(scope) or (None,)
    if first is None:
        return ()
    return (replace(card(scope.view, first), view=article_drawing(scope.view, first, PLATE)), *cards(scope, rest))


def _home_meta(scope: Scope, page: int, pager: Pager) -> Meta:
    site = scope.view.site
    words = scope.words
    title = site.title if page == 1 else words.gettext("%(site)s, page %(page)s", site=site.title, page=page)
    return Meta(
        title=title,
        share_title=title,
        description=scope.description,
        canonical=scope.absolute(listing_url(page)),
        json_ld=(structured.website(site.title, scope.description, scope.base_url, site.language),),
        previous_url=pager.previous_url,
        next_url=pager.next_url,
    )


def tags_page(scope: Scope) -> TagsPage:
    """Every tag, by name."""
    words = scope.words
    description = words.gettext("The subjects of %(site)s.", site=scope.view.site.title)
    meta = build_meta(scope, "/tags/", words.gettext("Tags"), description)
    language = scope.view.site.language
    by_name = sorted(counted_tags(scope.view), key=lambda tag: collation_key(tag.label, language))
    return _index(scope, "/tags/", meta, by_name, scope.view.by_tag)


def authors_page(scope: Scope) -> TagsPage:
    """Every author, by name."""
    words = scope.words
    description = words.gettext("Who writes for %(site)s.", site=scope.view.site.title)
    meta = build_meta(scope, AUTHORS_URL, words.gettext("Authors"), description)
    page = _index(scope, AUTHORS_URL, meta, counted_authors(scope.view), scope.view.by_author)
    return replace(page, is_authors=True)


def _index(
    scope: Scope, path: str, meta: Meta, names: Iterable[CountedLink], articles: Mapping[str, Sequence[Article]]
) -> TagsPage:
    days = [published for article in scope.view.articles if (published := day(article.published))]
    axis = build_axis(days, scope.words.month)
    rows = tuple(_tag_row(scope, axis, name, articles[name.label]) for name in names)
    total = len({article.slug for of_one in articles.values() for article in of_one})
    return TagsPage(build_chrome(scope, path), meta, scope.form(), rows, axis.ticks, total)


def _tag_row(scope: Scope, axis: Axis, tag: CountedLink, articles: Sequence[Article]) -> TagRow:
    newest = scope.view.articles[0]
    strokes = [(published, one.reading_minutes) for one in articles if (published := day(one.published))]
    is_newest = newest in articles[:1] and day(newest.published) is not None
    return TagRow(
        tag=tag,
        strokes=axis.strokes(strokes[1:] if is_newest else strokes),
        newest=axis.strokes(strokes[:1]) if is_newest else "",
        latest=Link(articles[0].title, articles[0].url, language=articles[0].language),
    )


def tag_page(scope: Scope, tag: str) -> ListingPage:
    """The articles of a tag that has some, newest first, on one page: a subject is read as a whole."""
    articles = scope.view.by_tag[tag]
    path, feed = tag_url(tag), tag_feed(scope, tag)
    words = scope.words
    lead = words.ngettext(
        "%(count)s article about %(tag)s.", "%(count)s articles about %(tag)s.", len(articles), tag=tag
    )
    meta = build_meta(scope, path, tag, lead, trail=((words.gettext("Tags"), "/tags/"),), feeds=(feed,))
    return _subject_page(scope, path, articles, heading=tag, lead=lead, meta=meta, feed=feed)


def author_page(scope: Scope, name: str) -> ListingPage:
    """The articles of an author who has some, newest first, on one page."""
    articles = scope.view.by_author[name]
    path, feed = author_url(name), author_feed(scope, name)
    words = scope.words
    lead = words.ngettext(
        "%(count)s article by %(author)s.", "%(count)s articles by %(author)s.", len(articles), author=name
    )
    meta = build_meta(scope, path, name, lead, trail=((words.gettext("Authors"), AUTHORS_URL),), feeds=(feed,))
    meta = replace(meta, json_ld=(structured.person(name, scope.absolute(path)), *meta.json_ld))
    return _subject_page(scope, path, articles, heading=name, lead=lead, meta=meta, feed=feed)


def _subject_page(
    scope: Scope, path: str, articles: Sequence[Article], *, heading: str, lead: str, meta: Meta, feed: Feed
) -> ListingPage:
    return ListingPage(
        chrome=build_chrome(scope, path),
        meta=meta,
        form=scope.form(),
        heading=heading,
        lead=lead,
        featured=(),
        cards=cards(scope, articles[:MAX_TAG_CARDS]),
        tags=_neighbour_tags(scope, heading, articles)[:MAX_HOME_TAGS],
        pager=build_pager(1, 1, lambda _page: path),
        is_home=False,
        feed=feed,
        earlier=_by_year(scope, articles[MAX_TAG_CARDS:]),
    )


def _by_year(scope: Scope, articles: Iterable[Article]) -> tuple[ArchiveYear, ...]:
    """Articles that are newest first, by year; a draft without a date is in none."""
    dated = ((day_, article) for article in articles if (day_ := day(article.published)))
    return tuple(
        ArchiveYear(year, cards(scope, (article for _, article in group)))
        for year, group in groupby(dated, key=lambda pair: pair[0].year)
    )


def _neighbour_tags(scope: Scope, tag: str, articles: Iterable[Article]) -> tuple[CountedLink, ...]:
    """The tags that articles with ``tag`` also have."""
    beside = {one for article in articles for one in article.tags} - {tag}
    return tuple(link for link in counted_tags(scope.view) if link.label in beside)


def series_index_page(scope: Scope) -> SeriesPage:
    """All series, by name."""
    words = scope.words
    name = words.gettext("Series")
    description = words.gettext("Articles of %(site)s that belong together.", site=scope.view.site.title)
    meta = build_meta(scope, "/series/", name, description)
    summaries = tuple(_series_summary(scope, series, is_whole=False) for series in scope.view.series.values())
    return SeriesPage(
        build_chrome(scope, "/series/"),
        meta,
        scope.form(),
        name,
        summaries,
        is_index=True,
        total=sum(summary.count for summary in summaries),
    )


def series_page(scope: Scope, slug: str) -> SeriesPage:
    """One series that has articles, in order."""
    summary = _series_summary(scope, scope.view.series[slug], is_whole=True)
    words = scope.words
    description = words.ngettext(
        "%(series)s: a series in %(count)s part.",
        "%(series)s: a series in %(count)s parts.",
        summary.count,
        series=summary.name,
    )
    path = series_url(slug)
    meta = build_meta(scope, path, summary.name, description, trail=((words.gettext("Series"), "/series/"),))
    return SeriesPage(
        build_chrome(scope, path), meta, scope.form(), summary.name, (summary,), is_index=False, total=summary.count
    )


def _series_summary(scope: Scope, series: Series, *, is_whole: bool) -> SeriesSummary:
    minutes, count = series_minutes(scope.view, series.slug), len(series.articles)
    days = [published for article in series.articles if (published := day(article.published))]
    numbers = tuple(article.series.part for article in series.articles if article.series)
    # Leaving out a single part would save nothing.
    shown = series.articles if is_whole or count == MAX_INDEX_PARTS + 1 else series.articles[:MAX_INDEX_PARTS]
    return SeriesSummary(
        series.name,
        series_url(series.slug),
        cards(scope, shown),
        count,
        sum(minutes),
        series_view(series.slug, minutes, None, PLATE, numbers),
        min(days, default=None),
        max(days, default=None),
    )


def archive_page(scope: Scope) -> ArchivePage:
    """Build the archive: all dated articles by year, newest first."""
    years = tuple(ArchiveYear(year, cards(scope, articles)) for year, articles in scope.view.by_year.items())
    words = scope.words
    description = words.gettext("Every article of %(site)s.", site=scope.view.site.title)
    meta = build_meta(scope, "/archive/", words.gettext("Archive"), description)
    total = sum(len(year.cards) for year in years)
    return ArchivePage(
        build_chrome(scope, "/archive/"), meta, scope.form(), years, total, len(years) >= MIN_ARCHIVE_YEARS
    )


def error_page(
    scope: Scope,
    status: int,
    heading: str,
    message: str,
    *,
    near: tuple[Link, ...] = (),
    request_id: str | None = None,
) -> ErrorPage:
    """Build an error page, excluded from search engines."""
    meta = replace(build_meta(scope, "/", heading, message, robots="noindex"), canonical=None, json_ld=())
    return ErrorPage(build_chrome(scope, ""), meta, scope.form(), status, heading, message, near, MISSING, request_id)


def page_of(entries: Sequence[T], page: int, per_page: int) -> Sequence[T]:
    """The entries on one page, counting from 1."""
    return entries[(page - 1) * per_page : page * per_page]


def build_pager(page: int, pages: int, url: UrlOf) -> Pager:
    """Build a pager that links the first and last page, and two on each side of ``page``."""
    shown = sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
    numbers: list[Link | None] = []
    for number in shown:
        if numbers and number - 1 not in shown:
            numbers.append(None)
        numbers.append(Link(str(number), url(number), number == page))
    return Pager(
        page=page,
        pages=pages,
        previous_url=url(page - 1) if page > 1 else None,
        next_url=url(page + 1) if page < pages else None,
        numbers=tuple(numbers),
    )
