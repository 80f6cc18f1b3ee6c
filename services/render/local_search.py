"""Search without the search service: titles, summaries and tags of the articles at hand, and names like a mistyped one.
Pure.

It answers in the words of shared.search_api, so that a page shows it like any other answer. It ranks by nothing but
date: it stands in for full-text search, it does not imitate it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from services.render.contexts import Link
from services.render.scope import day, tag_link
from shared.content.article import Article
from shared.content.library import LibraryView
from shared.search_api import FacetCount, Facets, Hit, Marked, SearchQuery, SearchResults

#: Likeness (0 to 100) from which a title or tag may be what was meant; below, a guess is noise.
NEAR_SCORE = 62
MAX_NEAR = 5
#: A path or query longer than this is not a mistyped name, and comparing it would cost time.
MAX_NEAR_CHARS = 200

_WORD = re.compile(r"[^\s\"']+")


def filter_articles(view: LibraryView, query: SearchQuery) -> SearchResults:
    """The articles whose title, summary or tags hold every word of ``query``, under its filters, newest first."""
    words = tuple(_WORD.findall(fold(query.text)))
    found = [article for article in view.articles if _matches(article, query, words)]
    if query.sort == "oldest":
        found.reverse()
    shown = found[(query.page - 1) * query.size : query.page * query.size]
    return SearchResults(
        query=query,
        total=len(found),
        took_ms=0.0,
        generation="",
        hits=tuple(_hit(article, words) for article in shown),
        facets=_facets(found),
    )


def _matches(article: Article, query: SearchQuery, words: Sequence[str]) -> bool:
    published = day(article.published)
    if query.year is not None and (published is None or published.year != query.year):
        return False
    if query.series is not None and (article.series is None or article.series.slug != query.series):
        return False
    if not set(query.tags) <= set(article.tags):
        return False
    text = fold(" ".join((article.title, article.summary, *article.tags)))
    return all(word in text for word in words)


def _hit(article: Article, words: Sequence[str]) -> Hit:
    published = day(article.published)
    return Hit(
        slug=article.slug,
        url=article.url,
        title=mark(article.title, words),
        summary=article.summary,
        published=published.isoformat() if published else "",
        tags=article.tags,
        series=article.series.name if article.series else None,
        reading_minutes=article.reading_minutes,
        score=0.0,
    )


def _facets(articles: Iterable[Article]) -> Facets:
    tags: Counter[str] = Counter()
    years: Counter[int] = Counter()
    series: Counter[tuple[str, str]] = Counter()
    for article in articles:
        tags.update(article.tags)
        if published := day(article.published):
            years[published.year] += 1
        if article.series:
            series[article.series.slug, article.series.name] += 1
    return Facets(
        tags=tuple(FacetCount(tag, count, tag) for tag, count in sorted(tags.items(), key=lambda t: (-t[1], t[0]))),
        years=tuple(FacetCount(year, count, str(year)) for year, count in sorted(years.items(), reverse=True)),
        series=tuple(FacetCount(slug, count, name) for (slug, name), count in sorted(series.items())),
    )


def mark(text: str, words: Iterable[str]) -> Marked:
    """``text`` cut where a folded word occurs. Joined, the pieces are ``text``."""
    folded = fold(text)
    if len(folded) != len(text):  # a letter that folds to two: places would not agree
        return ((text, False),)
    is_match = [False] * len(text)
    for word in words:
        start = folded.find(word)
        while start >= 0:
            is_match[start : start + len(word)] = [True] * len(word)
            start = folded.find(word, start + len(word))
    pieces: list[tuple[str, bool]] = []
    for character, flag in zip(text, is_match, strict=True):
        if pieces and pieces[-1][1] == flag:
            pieces[-1] = (pieces[-1][0] + character, flag)
        else:
            pieces.append((character, flag))
    return tuple(pieces)


def fold(text: str) -> str:
    """Without letter case and diacritics: é and E are e."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def near_titles(view: LibraryView, text: str, limit: int = MAX_NEAR) -> tuple[Link, ...]:
    """The articles (and pages) whose title or slug is most like ``text``, the nearest first."""
    pages = {page.url: page.title for page in view.pages}
    choices = pages | {article.url: article.title for article in view.articles}
    slugs = {url: url.strip("/").rpartition("/")[2].replace("-", " ") for url in choices}
    scores: dict[str, float] = {}
    for names in (choices, slugs):
        for url, score in _near(text, names, limit):
            scores[url] = max(score, scores.get(url, 0))
    best = sorted(scores, key=lambda url: (-scores[url], choices[url]))[:limit]
    return tuple(Link(choices[url], url) for url in best)


def near_tags(view: LibraryView, text: str, limit: int = MAX_NEAR) -> tuple[Link, ...]:
    """The tags most like ``text``, the nearest first."""
    return tuple(tag_link(tag) for tag, _ in _near(text, {tag: tag for tag in view.by_tag}, limit))


def _near(text: str, choices: dict[str, str], limit: int) -> list[tuple[str, float]]:
    wanted = fold(text[:MAX_NEAR_CHARS]).replace("-", " ").strip()
    if not wanted:
        return []
    found = process.extract(wanted, choices, scorer=fuzz.WRatio, processor=fold, score_cutoff=NEAR_SCORE, limit=limit)
    return [(key, score) for _, score, key in found]
