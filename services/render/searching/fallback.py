"""Search titles, summaries and tags while the search service is unavailable. Pure.

It answers with the values of shared.search.contract, so a page shows it like any other answer. It sorts by date: it
replaces full-text search without imitating its ranking.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from rapidfuzz import fuzz, process

from services.render.pages.parts import Link
from services.render.site.scope import day, tag_link
from shared.content.article import Article
from shared.content.library import LibraryView
from shared.content.slug import slugify
from shared.search.attributes import ATTRIBUTES, NEWEST, ORDERS, Attribute, passes, sort_key_of, values_in
from shared.search.contract import FacetCount, Facets, Hit, Marked, SearchQuery, SearchResults
from shared.text.folding import fold

#: Similarity (0 to 100) from which a title or tag is offered: one wrong letter in a short word is 76, and "Colophon" is
#: 71 for "xylophone".
NEAR_SCORE = 74
#: Points below the best match from which a guess is noise: "About" for "transactional-outbx".
NEAR_SPREAD = 20
MAX_NEAR = 5
#: Tags to offer if nothing is similar.
MAX_COMMON = 8
#: A longer path or query is not a mistyped name, and comparing it would take time.
MAX_NEAR_CHARS = 200

_WORD = re.compile(r"[^\s\"']+")


def filter_articles(view: LibraryView, query: SearchQuery) -> SearchResults:
    """The articles with every word of ``query`` in title, summary or tags, under its filters, newest first."""
    words = tuple(_WORD.findall(fold(query.text)))
    texts = zip(view.articles, _folded_texts(view), strict=True)
    found = [
        article for article, text in texts if passes(article, query.filters) and all(word in text for word in words)
    ]
    found = _sorted(found, query.sort)
    shown = found[(query.page - 1) * query.size : query.page * query.size]
    return SearchResults(
        query=query,
        total=len(found),
        took_ms=0.0,
        generation="",
        hits=tuple(article_hit(article, words) for article in shown),
        facets=_facets(found),
    )


@lru_cache(maxsize=2)
def _folded_texts(view: LibraryView) -> tuple[str, ...]:
    """Return the folded texts that are searched in each article. Cached for the current site and the previous one."""
    return tuple(fold(" ".join((article.title, article.summary, *article.tags))) for article in view.articles)


def _sorted(articles: list[Article], sort: str) -> list[Article]:
    """``articles``, which are newest first, in the order ``sort``; those without its attribute come last."""
    order, attribute = ORDERS[sort]
    if attribute is None or sort == NEWEST:
        return articles
    sign = -1 if order.is_descending else 1
    keys = {article.slug: sort_key_of(attribute, article) for article in articles}
    return sorted(articles, key=lambda one: sign * (keys[one.slug] or 0) if keys[one.slug] is not None else inf)


def article_hit(article: Article, words: Sequence[str]) -> Hit:
    """An article as a hit without sections, with ``words`` marked in its title."""
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


def _facets(articles: Sequence[Article]) -> Facets:
    return {attribute.facet: _counts(attribute, articles) for attribute in ATTRIBUTES}


def _counts(attribute: Attribute, articles: Iterable[Article]) -> tuple[FacetCount, ...]:
    """Count ``articles`` per value: names by count, then by value; years and numbers the highest first."""
    counts = Counter(value for article in articles for value in values_in(attribute, article))
    if attribute.kind == "keyword":
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    else:
        ordered = sorted(counts.items(), reverse=True)
    return tuple(FacetCount(value, count, label) for (value, label), count in ordered)


def mark(text: str, words: Iterable[str]) -> Marked:
    """Split ``text`` at occurrences of the folded words. Joined, the pieces are ``text``."""
    # A letter may fold to two or none: keep the index of the letter that each folded one comes from.
    letters = [(letter, place) for place, character in enumerate(text) for letter in fold(character)]
    folded = "".join(letter for letter, _ in letters)
    is_match = [False] * len(text)
    for word in filter(None, words):
        start = folded.find(word)
        while start >= 0:
            end = start + len(word)
            first, last = letters[start][1], letters[end - 1][1]
            is_match[first : last + 1] = [True] * (last + 1 - first)
            start = folded.find(word, end)
    pieces: list[tuple[str, bool]] = []
    for character, flag in zip(text, is_match, strict=True):
        if pieces and pieces[-1][1] == flag:
            pieces[-1] = (pieces[-1][0] + character, flag)
        else:
            pieces.append((character, flag))
    return tuple(pieces)


def near_titles(view: LibraryView, text: str, limit: int = MAX_NEAR) -> tuple[Link, ...]:
    """The articles (and pages) whose title or slug is most similar to ``text``, best first."""
    names = _names(view)
    # An article may have two names, of which the more similar counts: the best come first.
    best = dict.fromkeys(names[at].link for at in _near(text, tuple(name.folded for name in names), 2 * limit))
    return tuple(best)[:limit]


def near_tags(view: LibraryView, text: str, limit: int = MAX_NEAR) -> tuple[Link, ...]:
    """The tags most similar to ``text``, best first."""
    tags = tuple(view.by_tag)
    return tuple(tag_link(tags[at]) for at in _near(text, tuple(map(fold, tags)), limit))


def common_tags(view: LibraryView, limit: int = MAX_COMMON) -> tuple[Link, ...]:
    """The most common tags, most used first."""
    return tuple(map(tag_link, list(view.by_tag)[:limit]))


@dataclass(frozen=True, slots=True)
class _Name:
    """One name of an article or page."""

    folded: str
    link: Link


@lru_cache(maxsize=2)
def _names(view: LibraryView) -> tuple[_Name, ...]:
    """List all titles, and all slugs that differ from them."""
    names = []
    for one in (*view.articles, *view.pages):
        link = Link(one.title, one.url, language=one.language)
        title, slug = fold(one.title), one.slug.replace("-", " ")
        names.append(_Name(title, link))
        if slugify(one.title) != one.slug:
            names.append(_Name(slug, link))
    return tuple(names)


def _near(text: str, names: Sequence[str], limit: int) -> list[int]:
    """The indices of the names most similar to ``text``, best first."""
    wanted = fold(text[:MAX_NEAR_CHARS]).replace("-", " ").strip()
    if not wanted:
        return []
    found = process.extract(wanted, names, scorer=fuzz.WRatio, score_cutoff=NEAR_SCORE, limit=limit)
    return [at for _, score, at in found if score >= found[0][1] - NEAR_SPREAD]
