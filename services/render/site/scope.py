"""The input of every page: visible articles, the site's configuration, and file URLs. Pure.

A Scope is a snapshot: every page and feed is a function of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from services.render.languages.choice import Catalogues
from services.render.languages.direction import direction
from services.render.languages.interface import Interface
from services.render.pages import structured
from services.render.pages.mount import mount_of
from services.render.pages.parts import Card, Chrome, CountedLink, Feed, Link, Look, Meta, SearchForm
from services.render.pages.social import CardColours
from services.render.pages.typeset.letters import FURTHER
from services.render.pages.typeset.perspective import MARK, Canvas, View, article_view, series_view
from services.render.searching.urls import SEARCH_NAMES
from services.render.sending.static_files import StaticFiles
from services.render.theming.theme import Theme
from shared.content.article import Article, SeriesPart
from shared.content.library import Library, LibraryView
from shared.content.slug import author_url, series_url, tag_url
from shared.web.settings import Settings

#: Fewest styles and scripts that a page loads, by the name of their file in static/.
FONTS = {"text-roman.woff2": "text_font", "sans.woff2": "label_font", "display.woff2": "heading_font"}
ITALIC_FONT = "text-italic.woff2"
STYLESHEETS = ("site.css",)
ARTICLE_STYLESHEET, SEARCH_STYLESHEET, LIST_STYLESHEET = "article.css", "search.css", "lists.css"
DIALOG_STYLESHEET = "dialog.css"
EARLY_SCRIPTS = ("early.js",)
MODULES = ("site.js",)
LIVE_MODULE = "live.js"


@dataclass(frozen=True, slots=True)
class Scope:
    """The site at one point in time. ``base_url`` is the public address without a slash at its end.

    ``is_static`` marks a copy of files without a service behind it: its search runs in the browser.
    """

    view: LibraryView
    base_url: str
    files: StaticFiles
    max_query_chars: int
    is_live: bool = False
    is_static: bool = False
    look: Look = field(default_factory=Look)
    card: CardColours = field(default_factory=CardColours)
    reports_opened: bool = False
    catalogues: Catalogues = field(default_factory=Catalogues)

    @property
    def mount(self) -> str:
        """The path of ``base_url``, without a slash at its end.

        Contexts use paths without it; it is added when the answer is written.
        """
        return mount_of(self.base_url)

    @property
    def author(self) -> str:
        """The default author: the site itself if no author is configured."""
        return self.view.site.author or self.view.site.title

    @property
    def description(self) -> str:
        """The description of the site: the configured one, else its tagline or title."""
        site = self.view.site
        return site.description or site.tagline or site.title

    @property
    def words(self) -> Interface:
        """The interface in the language of the site."""
        return self.catalogues.interface(self.view.site.language)

    def words_of(self, article: Article) -> Interface:
        """The interface in the language of an article; without a catalogue for it, in that of the site."""
        language = article.language
        return self.catalogues.interface(language) if language and self.catalogues.supports(language) else self.words

    def body_html(self, article: Article) -> str:
        """The HTML of a body, with our labels in it in its language. Blocking; raises StaleBody."""
        return self.view.html(article, self.words_of(article).translations.gettext)

    def absolute(self, path: str) -> str:
        """The public address of a path of this site."""
        return self.base_url + path

    def form(self, text: str = "", kept: tuple[tuple[str, str], ...] = ()) -> SearchForm:
        """The search box, holding ``text``."""
        return SearchForm(text=text, kept=kept, max_chars=self.max_query_chars, needs_script=self.is_static)


def build_scope(library: Library, now: datetime, theme: Theme, settings: Settings, *, is_static: bool = False) -> Scope:
    """The site of ``library`` at ``now``. A static copy has no service that reloads pages or counts queries."""
    return Scope(
        view=library.visible(now),
        base_url=settings.base_url or library.site.base_url,
        files=theme.files,
        look=theme.look,
        card=theme.card,
        catalogues=theme.catalogues,
        max_query_chars=settings.max_query_chars,
        is_live=settings.live_reload and not is_static,
        is_static=is_static,
        reports_opened=settings.counts_queries and not is_static,
    )


def author_names(scope: Scope, article: Article) -> tuple[str, ...]:
    """Who wrote an article: the site's author unless it says otherwise."""
    return article.authors or (scope.author,)


def author_links(view: LibraryView, names: Iterable[str]) -> tuple[Link, ...]:
    """Authors, each with a page if there is one (else its ``url`` is empty)."""
    return tuple(Link(name, author_url(name) if name in view.by_author else "") for name in names)


def tag_link(tag: str) -> Link:
    """A tag and its page."""
    return Link(tag, tag_url(tag))


def day(time: datetime | None) -> date | None:
    """The day of ``time``, in its zone."""
    return None if time is None else time.date()


def updated_day(article: Article) -> date | None:
    """The day of the last update, unless it is the day of publication."""
    updated = day(article.updated)
    return None if updated == day(article.published) else updated


def series_minutes(view: LibraryView, slug: str) -> tuple[int, ...]:
    """The minutes that each part of a series takes, in order."""
    return tuple(part.reading_minutes for part in view.series[slug].articles)


def series_mark(view: LibraryView, article: Article) -> tuple[View | None, int]:
    """The small drawing of the article's place in its series, and the number of parts."""
    if article.series is None:
        return None, 0
    at, parts = _series_place(view, article, article.series)
    return series_view(article.series.slug, series_minutes(view, article.series.slug), at, MARK), len(parts)


def article_drawing(view: LibraryView, article: Article, canvas: Canvas) -> View:
    """The drawing of the article's place in its series, or of the article alone."""
    if article.series is None:
        return article_view(article.slug, article.reading_minutes, canvas)
    at, parts = _series_place(view, article, article.series)
    numbers = tuple(part.series.part for part in parts if part.series)
    return series_view(article.series.slug, series_minutes(view, article.series.slug), at, canvas, numbers)


def _series_place(view: LibraryView, article: Article, series: SeriesPart) -> tuple[int | None, tuple[Article, ...]]:
    """The index of ``article`` among the parts of its series (None for one that is hidden), and these."""
    parts = view.series[series.slug].articles
    return next((at for at, part in enumerate(parts) if part.slug == article.slug), None), parts


def card(view: LibraryView, article: Article) -> Card:
    """An article as lists show it."""
    series = article.series
    mark, count = series_mark(view, article)
    return Card(
        title=article.title,
        url=article.url,
        summary=article.summary,
        published=day(article.published),
        tags=tuple(map(tag_link, article.tags)),
        series=Link(series.name, series_url(series.slug)) if series else None,
        reading_minutes=article.reading_minutes,
        is_featured=article.is_featured,
        part=series.part if series else None,
        count=count,
        mark=mark,
        language=article.language,
        authors=guests(view, article),
    )


def guests(view: LibraryView, article: Article) -> tuple[Link, ...]:
    """The authors of an article that the site's author did not write alone."""
    return () if article.authors in {(), (view.site.author,)} else author_links(view, article.authors)


def counted_authors(view: LibraryView) -> tuple[CountedLink, ...]:
    """Return all authors with their number of articles, by name."""
    return tuple(CountedLink(name, author_url(name), len(articles)) for name, articles in view.by_author.items())


def counted_tags(view: LibraryView) -> tuple[CountedLink, ...]:
    """Return all tags with their number of articles, most used first."""
    return tuple(CountedLink(tag, tag_url(tag), count) for tag, count in view.tag_counts.items())


def site_feeds(title: str) -> tuple[Feed, ...]:
    """The feeds of the whole site."""
    return (
        Feed("Atom", f"{title} (Atom)", "/feed.xml", "application/atom+xml"),
        Feed("RSS", f"{title} (RSS)", "/rss.xml", "application/rss+xml"),
        Feed("JSON Feed", f"{title} (JSON Feed)", "/feed.json", "application/feed+json"),
    )


def tag_feed(scope: Scope, tag: str) -> Feed:
    """The feed of one tag."""
    return Feed("Atom", f"{scope.view.site.title}: {tag}", f"{tag_url(tag)}feed.xml", "application/atom+xml")


def author_feed(scope: Scope, name: str) -> Feed:
    """The feed of one author."""
    return Feed("Atom", f"{scope.view.site.title}: {name}", f"{author_url(name)}feed.xml", "application/atom+xml")


def build_chrome(scope: Scope, path: str) -> Chrome:
    """Build the layout; the navigation's entry for ``path`` is marked as current."""
    site, files = scope.view.site, scope.files
    modules = (*MODULES, LIVE_MODULE) if scope.is_live else MODULES
    return Chrome(
        title=site.title,
        tagline=site.tagline,
        language=site.language,
        direction=direction(site.language),
        words=scope.words,
        author=scope.author,
        navigation=tuple(Link(entry.label, entry.url, entry.url == path) for entry in site.navigation),
        licence=Link(site.licence.name, site.licence.url) if site.licence else None,
        feeds=site_feeds(site.title),
        fonts=tuple(files.url(font) for font, chosen in FONTS.items() if chosen not in scope.look.own_fonts),
        italic_font=files.url(ITALIC_FONT),
        further_fonts=tuple((name, files.url(f"{name}.woff2")) for name in FURTHER),
        stylesheets=tuple(map(files.url, STYLESHEETS)),
        article_stylesheet=files.url(ARTICLE_STYLESHEET),
        search_stylesheet=files.url(SEARCH_STYLESHEET),
        search_names=" ".join(sorted(SEARCH_NAMES)),
        list_stylesheet=files.url(LIST_STYLESHEET),
        dialog_stylesheet=files.url(DIALOG_STYLESHEET),
        dialog_form=scope.form(),
        early_scripts=tuple(map(files.url, EARLY_SCRIPTS)),
        modules=tuple(map(files.url, modules)),
        icon=scope.look.icon or files.url("icon.svg"),
        mount=scope.mount,
        look=scope.look,
        is_static=scope.is_static,
        reports_opened=scope.reports_opened,
    )


def build_meta(
    scope: Scope,
    path: str,
    title: str,
    description: str,
    *,
    trail: tuple[tuple[str, str], ...] = (),
    robots: str | None = None,
    feeds: tuple[Feed, ...] = (),
    neighbours: tuple[str | None, str | None] = (None, None),
) -> Meta:
    """The head of an ordinary page; ``trail`` are (name, path) pairs between the front page and this one."""
    site = scope.view.site
    crumbs = [(site.title, "/"), *trail, (title, path)]
    return Meta(
        title=title if path == "/" else f"{title} · {site.title}",
        share_title=title,
        description=description,
        canonical=scope.absolute(path),
        json_ld=(structured.breadcrumbs([(name, scope.absolute(url)) for name, url in crumbs]),),
        robots=robots,
        previous_url=neighbours[0],
        next_url=neighbours[1],
        feeds=feeds,
    )
