"""The site at one point in time: what each address serves, how it is built, and redirects. Pure until it builds.

A page is rendered when it is first wanted. A page whose context equals that of the last time keeps its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import unquote

from aiohttp import hdrs

from services.agents.markdown_version import article_markdown, markdown_url
from services.render.pages import articles, feeds, listings, machine_files
from services.render.pages.contexts import PageContext
from services.render.pages.pictures import all_sizes, read_asset, render_size
from services.render.pages.social import render_social_card
from services.render.pages.templates import Pages
from services.render.sending.prepared import HOURLY, IMMUTABLE
from services.render.site.old_paths import OldPaths
from services.render.site.recipes import MakeRecipe, Recipe, Recipes
from services.render.site.scope import Scope
from shared.content.article import Article
from shared.content.library import LibraryView
from shared.content.parsing.site_config import expand_redirects
from shared.content.parsing.target import is_external, split_target
from shared.content.slug import ARTICLES_URL, author_url, series_url, tag_url
from shared.process.memory import uncollected

C = TypeVar("C")

HTML = "text/html; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
#: A drawing that is opened as a page of its own may have its style, and nothing else: no script, no request, no origin.
SVG_HEADERS: Mapping[str, str] = MappingProxyType(
    {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"}
)
#: The answer of an address depends on the Accept header.
NEGOTIATED: Mapping[str, str] = MappingProxyType({hdrs.VARY: hdrs.ACCEPT})


@dataclass(frozen=True, slots=True)
class Site:
    """The recipes by address. Keys are decoded paths."""

    scope: Scope
    recipes: Recipes
    redirects: Mapping[str, str]
    old_paths: OldPaths

    def markdown_path(self, path: str) -> str | None:
        """The address of the Markdown version of the page at a decoded path; None if it has none."""
        markdown = markdown_url(path)
        return markdown if path.endswith("/") and path in self.recipes and markdown in self.recipes else None

    def moved(self, path: str, query: str = "") -> str | None:
        """Where an old path, or an address written another way, leads: a path below the mount or a URL; else None.

        The result is percent-encoded. ``query`` is kept, unless ``site.toml`` names another one or another site.
        """
        target = self.old_paths.find(path)
        if target is None or is_external(target):
            return target
        path, mark, fragment = target.partition("#")
        asked = f"{path}?{query}" if query and "?" not in path else path
        return f"{self.scope.mount}{asked}{mark}{fragment}"


def build_site(scope: Scope, templates: Pages) -> Site:
    """The site that ``scope`` gives."""
    fixed: dict[str, Recipe[Any]] = {}
    groups = (
        # First, so that no public file hides a page.
        file_recipes(scope),
        _html(scope, templates),
        _feeds(scope),
        _machine_files(scope),
        _markdown_of_pages(scope),
    )
    with uncollected():
        for recipes_of_group in groups:
            fixed.update(recipes_of_group)
    makers: dict[str, MakeRecipe] = {
        "/": partial(_article_page, scope, templates),
        ".md": partial(_markdown, scope),
        "/social.png": partial(_social_card, scope),
    }
    recipes = Recipes(fixed, scope.view.by_slug, makers)
    redirects = _redirects(scope.view, recipes, scope.mount)
    old_paths = OldPaths(recipes.keys(), redirects, scope.mount)
    return Site(scope, recipes, MappingProxyType(redirects), old_paths)


def _redirects(view: LibraryView, recipes: Recipes, mount: str) -> dict[str, str]:
    """Each old path, decoded, and where it leads in the end, encoded. What the site serves is no old path."""
    every = {
        ARTICLES_URL: "/archive/",  # readers shorten the address of an article
        **{one.old: one.target for one in expand_redirects(view.site.redirects, recipes)},
        **{alias: article.url for alias, article in view.by_alias.items()},
    }
    redirects = {old: target for old, target in every.items() if old not in recipes}
    hops = OldPaths(recipes.keys(), redirects, mount)
    ends = {old: _end(hops, target) for old, target in redirects.items()}
    return {old: end for old, end in ends.items() if end is not None}


def _end(hops: OldPaths, target: str) -> str | None:
    """Where a reader who is sent to ``target`` arrives, encoded; None if that is a circle."""
    passed = set[str]()
    while not is_external(target):
        path, rest = split_target(target)
        following = hops.find(path)
        if following is None:
            return target
        if path in passed:
            return None
        passed.add(path)
        target = following if is_external(following) or split_target(following)[1] else f"{following}{rest}"
    return target


def _article_page(scope: Scope, templates: Pages, article: Article) -> Recipe[Any]:
    return _page(
        templates, partial(articles.article_page, scope, article), article.slug, markdown=has_markdown(article)
    )


def _page(
    templates: Pages, gather: Callable[..., PageContext], article: str = "", *, markdown: bool = False
) -> Recipe[Any]:
    return Recipe(gather, templates.render, HTML, article=article, headers=NEGOTIATED if markdown else {})


def _html(scope: Scope, templates: Pages) -> Iterator[tuple[str, Recipe[Any]]]:
    view, page = scope.view, partial(_page, templates)
    for number in range(1, listings.listing_pages(scope) + 1):
        yield listings.listing_url(number), page(partial(listings.listing_page, scope, number))
    for other in view.pages:
        yield other.url, page(partial(articles.static_page, scope, other), markdown=has_markdown(other))
    yield "/tags/", page(partial(listings.tags_page, scope))
    for tag in view.by_tag:
        yield unquote(tag_url(tag)), page(partial(listings.tag_page, scope, tag))
    if view.by_author and "authors" not in view.pages_by_slug:
        yield listings.AUTHORS_URL, page(partial(listings.authors_page, scope))
    for name in view.by_author:
        yield unquote(author_url(name)), page(partial(listings.author_page, scope, name))
    yield "/series/", page(partial(listings.series_index_page, scope))
    for slug in view.series:
        yield series_url(slug), page(partial(listings.series_page, scope, slug))
    yield "/archive/", page(partial(listings.archive_page, scope))


def _feeds(scope: Scope) -> Iterator[tuple[str, Recipe[Any]]]:
    view = scope.view

    def atom(articles: tuple[Article, ...], title: str, path: str, page: str) -> Recipe[Any]:
        return _text(partial(feeds.atom_feed, scope, articles, title=title, path=path, page=page), ATOM)

    yield "/feed.xml", atom(view.articles, view.site.title, "/feed.xml", "/")
    yield "/rss.xml", _text(partial(feeds.rss_feed, scope), "application/rss+xml; charset=utf-8")
    yield "/feed.json", _text(partial(feeds.json_feed, scope), "application/feed+json")
    for tag, tagged in view.by_tag.items():
        page = tag_url(tag)
        yield unquote(page) + "feed.xml", atom(tagged, f"{view.site.title}: {tag}", f"{page}feed.xml", page)
    for name, written in view.by_author.items():
        page = author_url(name)
        yield unquote(page) + "feed.xml", atom(written, f"{view.site.title}: {name}", f"{page}feed.xml", page)


def has_markdown(article: Article) -> bool:
    """Whether a page has a Markdown version: a preview of a draft has none."""
    return not article.is_draft


def _markdown(scope: Scope, one: Article) -> Recipe[Any] | None:
    """The recipe of the Markdown version of an article or page, if it has one."""
    if not has_markdown(one):
        return None
    headers = {**NEGOTIATED, hdrs.LINK: f'<{scope.absolute(one.url)}>; rel="canonical"'}
    return _text(partial(article_markdown, scope.view, scope.base_url, one), MARKDOWN, headers)


def _markdown_of_pages(scope: Scope) -> Iterator[tuple[str, Recipe[Any]]]:
    for one in scope.view.pages:
        if markdown := _markdown(scope, one):
            yield markdown_url(one.url), markdown


def _machine_files(scope: Scope) -> Iterator[tuple[str, Recipe[Any]]]:
    for path, make in machine_files.sitemaps(scope).items():
        yield path, _text(make, "application/xml; charset=utf-8")
    yield "/robots.txt", _text(partial(machine_files.robots, scope), "text/plain; charset=utf-8")
    yield "/llms.txt", _text(partial(machine_files.llms, scope), "text/plain; charset=utf-8")
    description = "application/opensearchdescription+xml; charset=utf-8"
    yield "/opensearch.xml", _text(partial(machine_files.opensearch, scope), description)


def file_recipes(scope: Scope) -> Iterator[tuple[str, Recipe[Any]]]:
    """Pictures and downloads beside articles, public files, and the sizes of pictures."""
    view = scope.view
    for url, asset in view.assets.items():
        headers = SVG_HEADERS if asset.media_type == "image/svg+xml" else {}
        yield url, Recipe(partial(_same, asset), read_asset, asset.media_type, HOURLY, headers=headers)
    for size in all_sizes(view.assets):
        yield size.path, Recipe(partial(_same, size), render_size, "image/webp", IMMUTABLE)


def _social_card(scope: Scope, article: Article) -> Recipe[Any]:
    return Recipe(partial(articles.social_card, scope, article), render_social_card, "image/png", HOURLY)


def _text(
    make: Callable[[], bytes], content_type: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Recipe[Any]:
    """A recipe whose text is its own context: equal text skips only the compression."""
    return Recipe(make, _same, content_type, headers=headers)


def _same(value: C) -> C:
    return value
