"""A small engine in memory that keeps the search contract: all words must occur; the ranking only counts them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from time import perf_counter

from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore
from services.search.engine import (
    EngineStatus,
    IndexDamaged,
    IndexNotWritable,
    IndexUnavailable,
    SyncReport,
    UnknownArticle,
)
from services.search.text.query import is_unsearchable, parse_query
from shared.content.article import Article, Section
from shared.content.problem import StaleBody
from shared.content.slug import article_url, tag_url
from shared.search.attributes import (
    ATTRIBUTES,
    ORDERS,
    RELEVANCE,
    Attribute,
    Order,
    both,
    passes,
    sort_key_of,
    values_in,
)
from shared.search.contract import (
    MAX_SECTIONS,
    Explanation,
    FacetCount,
    Facets,
    Hit,
    Marked,
    RelatedArticle,
    SearchQuery,
    SearchResults,
    SectionHit,
    Suggestion,
)

_WORD = re.compile(r"\w+")
_FILTER = re.compile(r"""\w+:("[^"]*"|\S+)""")


def words_of(text: str) -> list[str]:
    """The words of ``text``, folded."""
    return [word.casefold() for word in _WORD.findall(text)]


def mark(text: str, wanted: frozenset[str]) -> Marked:
    """``text`` cut where a wanted word begins or ends."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in _WORD.finditer(text):
        if match.group().casefold() in wanted:
            pieces += [(text[end : match.start()], False), (match.group(), True)]
            end = match.end()
    pieces.append((text[end:], False))
    return tuple(piece for piece in pieces if piece[0])


def _text(section: Section) -> str:
    return " ".join(block.text for block in section.blocks)


class MemoryEngine:
    """One generation."""

    def __init__(self, generation: str, articles: Iterable[Article]) -> None:
        self._generation = generation
        self._articles = sorted(articles, key=_newest_first)
        self.closed = 0
        #: Changes of its files that were not checked yet, and whether a check finds damage.
        self.changes = 0
        self.is_damaged = False

    @property
    def generation(self) -> str:
        """See LocalEngine."""
        return self._generation

    def search(self, query: SearchQuery) -> SearchResults:
        """See LocalEngine: every word must occur; the score counts occurrences."""
        started = perf_counter()
        parsed = parse_query(query.text, partial=query.partial)
        wanted = frozenset(words_of(_FILTER.sub("", query.text) if parsed.filters else query.text))
        filters = both(query.filters, parsed.filters)
        scored = [(self._score(article, wanted), article) for article in self._articles if passes(article, filters)]
        found = [(score, article) for score, article in scored if score > 0]
        if is_unsearchable(parsed, partial=query.partial):
            found = []
        if query.sort == RELEVANCE:
            found.sort(key=lambda one: -one[0])
        order, attribute = ORDERS[query.sort]
        if attribute is not None:
            found.sort(key=lambda one: _place(attribute, order, one[1]))
        first = (query.page - 1) * query.size
        page = found[first : first + query.size]
        return SearchResults(
            query=query,
            total=len(found),
            took_ms=(perf_counter() - started) * 1000,
            generation=self._generation,
            hits=tuple(_hit(article, score, wanted, explain=query.explain) for score, article in page),
            facets=_facets([article for _, article in found]),
        )

    def _score(self, article: Article, wanted: frozenset[str]) -> float:
        if not wanted:
            return 1.0
        text = " ".join([article.title, *(f"{one.heading} {_text(one)}" for one in article.body.sections)])
        counts = Counter(words_of(text))
        return float(sum(counts[word] for word in wanted)) if all(counts[word] for word in wanted) else 0.0

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """See LocalEngine: titles with a word that begins so, then tags."""
        start = text.strip().casefold()
        if not start:
            return ()
        titles = [one for one in self._articles if any(word.startswith(start) for word in words_of(one.title))]
        tags = sorted({tag for one in self._articles for tag in one.tags if tag.casefold().startswith(start)})
        found = [Suggestion(one.title, "title", article_url(one.slug)) for one in titles]
        return tuple([*found, *(Suggestion(tag, "tag", tag_url(tag)) for tag in tags)][:limit])

    def related(self, slug: str, limit: int = 4) -> tuple[RelatedArticle, ...]:
        """See LocalEngine: articles that share tags."""
        this = next((one for one in self._articles if one.slug == slug), None)
        if this is None:
            raise UnknownArticle(slug)
        shared = [(len({*one.tags} & {*this.tags}), one) for one in self._articles if one is not this]
        shared.sort(key=lambda pair: -pair[0])
        return tuple(
            RelatedArticle(one.slug, f"/articles/{one.slug}/", one.title, float(count))
            for count, one in shared[:limit]
            if count
        )

    def status(self) -> EngineStatus:
        """See LocalEngine."""
        terms = {word for one in self._articles for part in one.body.sections for word in words_of(_text(part))}
        return EngineStatus(
            generation=self._generation,
            articles=len(self._articles),
            sections=sum(len(one.body.sections) for one in self._articles),
            terms=len(terms),
            size_bytes=sum(len(_text(part)) for one in self._articles for part in one.body.sections),
            updated=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def is_unchanged(self) -> bool:
        """See LocalEngine."""
        return self.changes == 0

    def check(self) -> bool:
        """See LocalEngine. One change is found good; ``is_damaged`` stays."""
        self.changes = max(0, self.changes - 1)
        return not self.is_damaged

    def release_pages(self) -> None:
        """See LocalEngine. Nothing is mapped."""

    def close(self) -> None:
        """See LocalEngine. Counts, so that a test can see it."""
        self.closed += 1


def _newest_first(article: Article) -> tuple[float, str]:
    assert article.published is not None
    return -article.published.timestamp(), article.slug


def _hit(article: Article, score: float, wanted: frozenset[str], *, explain: bool) -> Hit:
    assert article.published is not None
    url = f"/articles/{article.slug}/"
    matching = [one for one in article.body.sections if wanted.intersection(words_of(f"{one.heading} {_text(one)}"))]
    return Hit(
        slug=article.slug,
        url=url,
        title=mark(article.title, wanted),
        summary=article.summary,
        published=article.published.date().isoformat(),
        tags=article.tags,
        series=article.series.name if article.series else None,
        reading_minutes=article.reading_minutes,
        score=score,
        sections=tuple(
            SectionHit(
                one.heading, one.anchor, url + (f"#{one.anchor}" if one.anchor else ""), mark(_text(one), wanted)
            )
            for one in matching[:MAX_SECTIONS]
        ),
        explanation=Explanation("occurrences", score) if explain else None,
    )


def _place(attribute: Attribute, order: Order, article: Article) -> float:
    key = sort_key_of(attribute, article)
    return inf if key is None else -key if order.is_descending else key


def _facets(articles: list[Article]) -> Facets:
    return {attribute.facet: _counts(attribute, articles) for attribute in ATTRIBUTES}


def _counts(attribute: Attribute, articles: list[Article]) -> tuple[FacetCount, ...]:
    counts = sorted(Counter(value for one in articles for value in values_in(attribute, one)).items())
    counts.sort(key=lambda pair: -pair[1] if attribute.kind == "keyword" else -int(pair[0][0]))
    return tuple(FacetCount(value, count, "" if label == str(value) else label) for (value, label), count in counts)


@dataclass
class Disk:
    """Where memory stores over one place keep their generations; ``problem`` makes it unwritable."""

    generations: dict[str, tuple[Article, ...]] = field(default_factory=dict)
    newest: str | None = None
    problem: str = ""
    #: Whether what was written is not what is there.
    is_damaged: bool = False


class MemoryStore:
    """See LocalStore. Stores over one Disk see the same generations."""

    def __init__(self, disk: Disk | None = None) -> None:
        self.disk = disk or Disk()
        self.opened: list[MemoryEngine] = []

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """See LocalStore."""
        wanted = tuple(articles)
        if self.disk.problem:
            raise IndexNotWritable(self.disk.problem)
        before = _by_slug(self.disk.generations.get(self.disk.newest or "", ()))
        readable = tuple(filter(_is_readable, wanted))
        stale = len(wanted) - len(readable)
        # An article that cannot be read stays as it was.
        last = [before[one.slug] for one in wanted if one not in readable and one.slug in before]
        wanted = (*readable, *last)
        after = _by_slug(wanted)
        changed = [slug for slug in before.keys() & after.keys() if before[slug].digest != after[slug].digest]
        added, removed = after.keys() - before.keys(), before.keys() - after.keys()
        generation = hashlib.sha256("".join(sorted(one.digest for one in wanted)).encode()).hexdigest()[:12]
        todo = len(changed) + len(added)
        for done in range(1, todo + 1):
            if progress is not None:
                progress(done, todo)
        self.disk.generations[generation] = wanted
        self.disk.newest = generation
        self.disk.is_damaged = False
        return SyncReport(generation, len(added), len(changed), len(removed), 0.0, stale)

    def current(self) -> str | None:
        """See LocalStore."""
        if self.disk.newest is None and self.disk.is_damaged:
            raise IndexDamaged("the index in memory is damaged")
        return self.disk.newest

    def open(self) -> MemoryEngine:
        """See LocalStore."""
        if self.disk.newest is None:
            raise IndexUnavailable("there is no index in memory")
        engine = MemoryEngine(self.disk.newest, self.disk.generations[self.disk.newest])
        self.opened.append(engine)
        return engine

    def verify(self) -> bool:
        """See LocalStore."""
        is_good = not self.disk.is_damaged
        if not is_good:
            self.disk.newest = None
        return is_good

    def close(self) -> None:
        """See LocalStore."""


class DamagedStore(MemoryStore):
    """A store whose newest generation cannot be opened while ``error`` is set."""

    error: Exception | None = None

    def open(self) -> MemoryEngine:
        """Open, or fail."""
        if self.error is not None:
            raise self.error
        return super().open()


def embedded(store: MemoryStore) -> EmbeddedStore:
    """``store`` as the port of search."""
    return EmbeddedStore(store, InlineCpu())


def _is_readable(article: Article) -> bool:
    try:
        return article.body is not None
    except StaleBody:
        return False


def _by_slug(articles: Iterable[Article]) -> Mapping[str, Article]:
    return {article.slug: article for article in articles}
