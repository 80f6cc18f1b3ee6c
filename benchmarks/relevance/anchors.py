"""Anchor-text sets: the texts of links to a page, as queries for that page.

A query is the text of links, its answers are the pages that links with this text lead to, and the pages that link so
are left out of every ranking: they hold the text itself. Both sets are made from the corpora of ``benchmarks.corpus``.
Half of each, chosen by a digest of the text, may be tuned on; the other half is reported.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, Literal

from benchmarks.corpus import load_corpus
from benchmarks.relevance.collections import Collection, Query
from shared.content.article import Article
from shared.content.slug import slugify

AnchorSet = Literal["blog", "manual"]
Half = Literal["tune", "report"]
#: From the slug of a page and the ``href`` of a link on it to the slug of the page that it leads to.
TargetOf = Callable[[str, str], str | None]
ANCHOR_SETS: Final[tuple[AnchorSet, ...]] = ("blog", "manual")

#: Pages of the large corpus that the manual is made of, by the beginning of their slugs: those of a C++ compiler.
_MANUAL: Final = tuple(
    f"0-docs-{part}-" for part in ("build", "code-quality", "cpp", "preprocessor", "standard-library")
)
#: Queries that are drawn from each corpus, at most: the first by the digest of their text.
_DRAWN: Final = 400
_LINK: Final = re.compile(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")
_BLOG_HOST: Final = re.compile(r"https?://blog\.rust-lang\.org/")
#: Texts that name no page.
_EMPTY_TEXTS: Final = frozenset(
    ["here", "this", "post", "link", "blog", "announcement", "article", "details", "see", "more", "read", "it", "that"]
)
_MAX_WORDS: Final = 12


def load_anchors(name: AnchorSet, half: Half | None = None) -> Collection:
    """The pages of one corpus and the link texts that lead to them; with ``half`` one half of the texts."""
    articles, target_of = linked_pages(name)
    queries = tuple(_queries(articles, target_of))
    chosen = tuple(query for query in queries if half is None or half_of(query.text) == half)
    return Collection(f"{name}{f' ({half})' if half else ''}", articles, chosen, answers=1)


def linked_pages(name: AnchorSet) -> tuple[tuple[Article, ...], TargetOf]:
    """The pages of one corpus, and a function that resolves their links."""
    if name == "blog":
        articles = load_corpus("small").articles
        return articles, _blog_targets(articles)
    articles = tuple(one for one in load_corpus("large").articles if one.slug.startswith(_MANUAL))
    return articles, _manual_targets(articles)


def half_of(text: str) -> Half:
    """Which half of its set a text belongs to."""
    return "tune" if _digest(text) & 1 else "report"


def _queries(articles: Iterable[Article], target_of: TargetOf) -> Iterator[Query]:
    targets: dict[str, set[str]] = defaultdict(set)
    sources: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        for href, text in links_of(article):
            target = target_of(article.slug, href)
            if target is not None and target != article.slug:
                targets[text].add(target)
                sources[text].add(article.slug)
    # A page that links with a text and is linked to with it answers nothing: it is left out.
    answers = {text: found for text, pages in targets.items() if (found := pages - sources[text])}
    for text in sorted(answers, key=_digest)[:_DRAWN]:
        yield Query(text, dict.fromkeys(sorted(answers[text]), 1), frozenset(sources[text]))


def links_of(article: Article) -> Iterator[tuple[str, str]]:
    """``(href, text)`` of the links of ``article`` whose text could be typed by a reader."""
    for href, marked in _LINK.findall(article.body.html):
        text = " ".join(html.unescape(_TAG.sub("", marked)).split())
        words = text.lower().split()
        if 1 <= len(words) <= _MAX_WORDS and not _EMPTY_TEXTS.issuperset(words) and "://" not in text:
            yield html.unescape(href), text


def _blog_targets(articles: Iterable[Article]) -> TargetOf:
    """From a link of the blog to the slug of the post, by the last part of its path."""
    by_tail = _unique((_tails(one.slug), one.slug) for one in articles)

    def target(_source: str, href: str) -> str | None:
        if not _BLOG_HOST.match(href):
            return None
        path = _BLOG_HOST.sub("", href).split("#")[0].strip("/")
        return by_tail.get(slugify(path.rsplit("/", 1)[-1].removesuffix(".html")))

    return target


def _manual_targets(articles: Iterable[Article]) -> TargetOf:
    """From a relative link of the manual to the slug of the page: the one with this end nearest to the linking page."""
    slugs = [one.slug for one in articles]

    @cache
    def ending(tail: str) -> tuple[str, ...]:
        return tuple(slug for slug in slugs if slug.endswith(f"-{tail}"))

    def target(source: str, href: str) -> str | None:
        path = href.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0]
        if "://" in path or not path.endswith(".md"):
            return None
        found = ending(slugify(re.sub(r"^(?:\.{1,2}/)+", "", path).removesuffix(".md")))
        return max(found, key=lambda slug: (_shared(slug, source), -len(slug)), default=None)

    return target


def _tails(slug: str) -> list[str]:
    words = slug.split("-")
    return ["-".join(words[first:]) for first in range(len(words))]


def _unique(pairs: Iterable[tuple[list[str], str]]) -> dict[str, str]:
    """Each tail that only one slug has, with that slug."""
    rows = list(pairs)
    counts = Counter(tail for tails, _ in rows for tail in tails)
    return {tail: slug for tails, slug in rows for tail in tails if counts[tail] == 1}


def _shared(one: str, other: str) -> int:
    """The number of characters that two slugs share from their beginning."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
