"""Check internal links: every page, anchor and file that an article names must exist. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import unquote, urlsplit

from shared.content.article import Article
from shared.content.folder.tree import PUBLIC
from shared.content.library import Library
from shared.content.parsing.sanitize import URL_SCHEMES
from shared.content.parsing.site_config import ANY, SITE_FILE, Redirect, expand_redirects
from shared.content.parsing.target import asset_target, is_external, source_target, split_target
from shared.content.parsing.validation import line_of
from shared.content.problem import Problem
from shared.content.slug import ARTICLES_URL, author_url, is_own_path, series_url, tag_url
from shared.text.nearest import nearest

#: Addresses that every site has.
SITE_PATHS = frozenset(
    {
        "/",
        "/archive/",
        "/favicon.ico",
        "/feed.json",
        "/feed.xml",
        "/llms.txt",
        "/opensearch.xml",
        "/robots.txt",
        "/rss.xml",
        "/series/",
        "/sitemap.xml",
        "/tags/",
    }
)

_ID = re.compile(r'<[^<>]*?\bid="([^"]+)"')


def check_links(library: Library) -> Iterator[Problem]:
    """The broken links, covers and navigation entries of ``library``, each with the most similar valid one."""
    places = _Places.of(library)
    for article in (*library.articles, *library.pages):
        for target, line in _references(article):
            message = places.judge(target, article)
            if message:
                yield Problem(article.source, line, message)
    for number, entry in enumerate(library.site.navigation, start=1):
        message = places.judge_path(*split_target(entry.url)) if entry.url.startswith("/") else None
        if message:
            yield Problem(SITE_FILE, entry.line, f"navigation entry {number} ({entry.label}): {message}")
    for name in library.files.get(PUBLIC, {}):
        if is_own_path(name) or f"/{name}".startswith(ARTICLES_URL):
            message = f"the site serves /{name} itself, so that this file never is: remove it"
            yield Problem(f"{PUBLIC}/{name}", 1, message)
    for one in library.site.redirects:
        if message := places.judge_redirect(one):
            yield Problem(SITE_FILE, one.line, f"the redirect of {one.old}: {message}")


def _references(article: Article) -> Iterator[tuple[str, int]]:
    """Yield the references of an article with their lines, without assets, which the parse has checked."""
    yield from ((link.target, link.line) for link in article.body.links)
    yield from ((one.src, one.line) for one in article.body.pictures if one.src.startswith("/"))
    if article.cover:
        yield article.cover.src, line_of("cover.src", article.lines)


@dataclass(frozen=True, slots=True)
class _Places:
    """Valid link targets: articles and pages by address and by source, files, the site's own pages."""

    by_url: Mapping[str, Article]
    by_source: Mapping[str, Article]
    #: Old paths without their last slash → where they lead.
    moved: Mapping[str, str]
    files: Mapping[str, object]
    others: frozenset[str]
    #: Addresses and sources by their last names: most of two addresses is the same, whatever they lead to.
    urls_by_name: Mapping[str, str]
    sources_by_name: Mapping[str, str]

    @classmethod
    def of(cls, library: Library) -> _Places:
        everything = (*library.articles, *library.pages)
        lists = (*map(tag_url, library.by_tag), *map(author_url, library.by_author))
        own = {*SITE_PATHS, *lists, *(f"{url}feed.xml" for url in lists), *map(series_url, library.series)}
        own |= {"/authors/"} if library.by_author else set()
        own |= {"/.well-known/security.txt"} if library.site.security else set()
        others = frozenset(map(unquote, own))
        paths = (*(one.url for one in everything), *others, *library.assets)
        return cls(
            by_url={one.url: one for one in everything},
            by_source={one.source: one for one in everything},
            moved={
                **{one.old.rstrip("/"): one.target for one in expand_redirects(library.site.redirects, paths)},
                **{alias.rstrip("/"): one.url for alias, one in library.by_alias.items()},
            },
            files=library.assets,
            others=others,
            urls_by_name={_last_name(url): url for url in (*sorted(others), *(one.url for one in everything))},
            sources_by_name={_last_name(one.source): one.source for one in everything},
        )

    def judge(self, target: str, article: Article) -> str | None:
        """Return the error of ``target`` as written in ``article``, or ``None``."""
        if is_external(target):
            return _judge_external(target)
        path, rest = split_target(target)
        source = source_target(target, article.source)
        if source is not None:
            return self._judge_source(source, rest, article)
        if path.startswith("/"):
            other = self.by_url.get(path)
            return (_judge_hidden(article, other) if other else None) or self.judge_path(path, rest)
        if path and f"{article.url}{asset_target(target, article.source)}" not in self.files:
            return f"there is no file {path} beside the article; other articles are written /articles/SLUG/"
        return None if path else _judge_anchor(article, rest)

    def _judge_source(self, source: str, rest: str, article: Article) -> str | None:
        other = self.by_source.get(source)
        if other is None:
            return f"there is no {source}{_guess_path(source, self.sources_by_name)}"
        return _judge_hidden(article, other) or _judge_anchor(other, rest)

    def judge_path(self, path: str, rest: str) -> str | None:
        """Return the error of a path of the site with its query and fragment, or ``None``."""
        if path in self.by_url:
            return _judge_anchor(self.by_url[path], rest)
        if path in self.others or path in self.files:
            return None
        moved = self.moved.get(path.rstrip("/"))
        if moved:
            return f"{path} has moved: write {moved}"
        if f"{path}/" in self.by_url or f"{path}/" in self.others:
            return f"{path} is answered by a redirect: write {path}/"
        return f"there is no {path} on this site{_guess_path(path, self.urls_by_name)}"

    def judge_redirect(self, redirect: Redirect) -> str | None:
        """The error of a redirect of the whole site: it leads nowhere, or is never used; else ``None``."""
        if redirect.old.endswith(ANY):
            folder = unquote(redirect.target.removesuffix("*"))
            is_used = any(path.startswith(folder) for path in (*self.by_url, *self.others, *self.files))
            return None if is_used else f"the site has nothing below {folder}"
        old = redirect.old.rstrip("/")
        for path in (f"{old}/", old):
            if path in self.by_url or path in self.others or path in self.files:
                return f"the site has {path}, so that it is never used: remove it"
        moved = self.moved[old]
        if moved != redirect.target:
            return f"{moved} has it as one of its aliases: remove one of them"
        return None if is_external(redirect.target) else self.judge_path(*split_target(redirect.target))


def _judge_external(target: str) -> str | None:
    try:
        parts = urlsplit(target)
    except ValueError as error:
        return f"{target} is not an address: {error}"
    if parts.scheme and parts.scheme not in URL_SCHEMES:
        return f"{target} is taken out of the page: a link may be {', '.join(sorted(URL_SCHEMES))}, or a path"
    if parts.scheme in {"http", "https"} and not parts.hostname:
        return f"{target} names no host"
    return None


def _judge_anchor(article: Article, rest: str) -> str | None:
    anchor = unquote(rest.partition("#")[2])
    if not anchor:
        return None
    ids = ids_of(article.body.html)
    if anchor in ids:
        return None
    own = tuple(name for name in ids if ":" not in name)
    return f"{article.source} has no section #{anchor}{_guess(anchor, own, mark='#')}"


@lru_cache(maxsize=4096)
def ids_of(html: str) -> tuple[str, ...]:
    """The ids of a page, cached because many links lead to few pages."""
    return tuple(map(unescape, _ID.findall(html)))


def _judge_hidden(article: Article, other: Article) -> str | None:
    """The problem of a link that readers can see to an article that they cannot."""
    if other.is_draft and not article.is_draft:
        return f"{other.source} is a draft: a reader who follows the link finds nothing"
    return None


def _last_name(path: str) -> str:
    return path.strip("/").removesuffix("/index.md").removesuffix(".md").rpartition("/")[2]


def _guess_path(path: str, by_name: Mapping[str, str]) -> str:
    guess = nearest(_last_name(path), by_name)
    return f": did you mean {by_name[guess]}?" if guess else ""


def _guess(name: str, known: tuple[str, ...], mark: str = "") -> str:
    guess = nearest(name, known)
    return f": did you mean {mark}{guess}?" if guess else ""
