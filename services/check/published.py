"""The record of published pages: ``content/published.json``, each page with its anchors.

Other sites link to what it lists. A page or heading that is gone from the site without an alias is reported with the
line that would keep its links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import orjson
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from services.check.links import ids_of
from shared.content.article import Article
from shared.content.library import LibraryView
from shared.content.library_rules import problem_at
from shared.content.parsing.site_config import expand_redirects
from shared.content.problem import Problem
from shared.content.records import parse_record
from shared.process.durable import replace_file

PUBLISHED_FILE = "published.json"
#: The similarity of an anchor from which it counts as the new name of another.
_ALIKE = 0.5


@checked(frozen=True, config=ConfigDict(extra="forbid"))
class PublishedPage:
    """A page as it was published: its source file, and the anchors of its headings in order."""

    source: str
    anchors: tuple[str, ...]


#: Path of the site → the page published there.
PublishedRecord = Mapping[str, PublishedPage]
_RECORD: TypeAdapter[dict[str, PublishedPage]] = TypeAdapter(dict[str, PublishedPage])


def parse_published(data: bytes) -> PublishedRecord:
    """The record in ``data``. Raises InvalidContent if it is invalid."""
    return parse_record(
        _RECORD,
        data,
        PUBLISHED_FILE,
        lambda _key, error: f"this is not a record of published pages ({error}): restore it from Git, or delete it",
    )


def read_published(content_dir: Path) -> PublishedRecord:
    """The record of a content folder; empty without a file. Raises InvalidContent."""
    try:
        return parse_published((content_dir / PUBLISHED_FILE).read_bytes())
    except FileNotFoundError:
        return {}


def record_published(content_dir: Path, articles: Iterable[Article]) -> int:
    """Add the visible pages to the record; return how many are new."""
    before = read_published(content_dir)
    record = dict(before)
    for one in articles:
        known = before[one.url].anchors if one.url in before else ()
        own = _anchors(one)
        # An anchor that was published once stays in the record, because links to it exist.
        record[one.url] = PublishedPage(one.source, (*own, *(anchor for anchor in known if anchor not in own)))
    if record != before:
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        replace_file(content_dir / PUBLISHED_FILE, orjson.dumps(_RECORD.dump_python(record), option=options) + b"\n")
    return len(record) - len(before)


def check_published(library: LibraryView, record: PublishedRecord) -> Iterator[Problem]:
    """Published pages and anchors that no longer exist."""
    site = _Site.of(library)
    redirected = {f"{one.old.rstrip('/')}/" for one in expand_redirects(library.site.redirects, site.by_url)}
    for url, page in record.items():
        article = site.by_url.get(url) or site.by_alias.get(url)
        if article is None and url not in redirected:
            yield _moved(site, url, page)
        elif article is not None:
            yield from _lost_anchors(article, page)


@dataclass(frozen=True, slots=True)
class _Site:
    by_url: Mapping[str, Article]
    by_alias: Mapping[str, Article]
    by_source: Mapping[str, Article]

    @classmethod
    def of(cls, library: LibraryView) -> _Site:
        everything = (*library.articles, *library.pages)
        return cls(
            {one.url: one for one in everything}, dict(library.by_alias), {one.source: one for one in everything}
        )


def _moved(site: _Site, url: str, page: PublishedPage) -> Problem:
    article = site.by_source.get(page.source) or _most_alike(site, page)
    if article is None:
        message = f"{url} was published and is gone: bring it back, or give its successor aliases: [{url}]"
        return Problem(PUBLISHED_FILE, 1, message, "warning")
    found = problem_at(article, "slug", f"{url} was published and is now {article.url}: add aliases: [{url}]")
    return Problem(found.path, found.line, found.message, "warning")


def _most_alike(site: _Site, page: PublishedPage) -> Article | None:
    """The article in another file with the most anchors of ``page``."""
    if not page.anchors:
        return None
    shares = [
        (len(set(page.anchors).intersection(_anchors(one))) / len(page.anchors), one.source)
        for one in site.by_source.values()
    ]
    share, source = max(shares, default=(0.0, ""))
    return site.by_source[source] if share > _ALIKE else None


def _lost_anchors(article: Article, page: PublishedPage) -> Iterator[Problem]:
    names = ids_of(article.body.html)
    for anchor in page.anchors:
        if anchor not in names:
            new = [heading for heading in _anchors(article) if heading not in page.anchors]
            heir = max(new, key=lambda one: SequenceMatcher(None, one, anchor).ratio(), default=None)
            fix = f"add {{#{heir} #{anchor}}} to its heading" if heir else f"add {{#{anchor}}} to a heading"
            message = f"links to {article.url}#{anchor} were published and lead to no section now: {fix}"
            yield Problem(article.source, 1, message, "warning")


def _anchors(article: Article) -> tuple[str, ...]:
    """The anchors of the headings, outer ones first."""
    found: list[str] = []
    waiting = list(article.body.headings)
    while waiting:
        heading = waiting.pop(0)
        found.append(heading.anchor)
        waiting = [*heading.children, *waiting]
    return tuple(found)
