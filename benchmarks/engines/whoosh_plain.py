"""Whoosh as it comes: its default analyzer, its query parser over several fields, its BM25F, its highlighter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from whoosh.fields import ID, NUMERIC, STORED, TEXT, Schema
from whoosh.index import create_in, open_dir
from whoosh.qparser import FuzzyTermPlugin, MultifieldParser

from benchmarks.engines import FIELDS, EngineKind, Finish, Top, field_texts, nothing_left
from benchmarks.query import QueryKind
from shared.content.article import Article

NAME = "Whoosh"
#: Memory of the writer in MB; the default of 128 flushes more often, and a site's build has this much.
WRITER_MB = 256


def schema() -> Any:
    """The six fields as stored text, the slug as key, and the fields of facets and answers."""
    texts = {name: TEXT(stored=True) for name in FIELDS}
    return Schema(slug=ID(stored=True, unique=True), year=NUMERIC(stored=True), about=STORED, **texts)


def _document(article: Article) -> dict[str, Any]:
    year = article.published.year if article.published else 0
    about = {"url": article.url, "published": str(article.published)[:10], "tags": list(article.tags)}
    return {"slug": article.slug, "year": year, "about": about, **field_texts(article)}


class WhooshPlain:
    """An open searcher, kept open as its documentation advises."""

    def __init__(self, searcher: Any) -> None:
        self._searcher = searcher
        self._parser = MultifieldParser(FIELDS, searcher.schema)
        self._fuzzy_parser = MultifieldParser(FIELDS, searcher.schema)
        self._fuzzy_parser.add_plugin(FuzzyTermPlugin())

    def prepared(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """See Engine."""
        typed = {"phrase": f'"{text}"', "prefix": f"{text}*", "typo": f"{text}~"}.get(kind, text)
        parser, searcher = self._fuzzy_parser if kind == "typo" else self._parser, self._searcher
        return lambda: [hit["slug"] for hit in searcher.search(parser.parse(typed), limit=10)]

    def answer(self, text: str) -> dict[str, Any]:
        """See Engine. Whoosh has no sections: a hit has one snippet."""
        results = self._searcher.search(self._parser.parse(text), limit=10)
        hits = [
            {**hit["about"], "slug": hit["slug"], "title": hit.highlights("title"), "snippet": hit.highlights("body")}
            for hit in results
        ]
        stored = [self._searcher.stored_fields(number) for number in results.docs()]
        tags = Counter(tag for fields in stored for tag in fields["about"]["tags"])
        years = Counter(fields["year"] for fields in stored)
        facets = {"tags": tags.most_common(20), "years": sorted(years.items(), reverse=True)}
        return {"total": len(results), "hits": hits, "facets": facets}


def build(articles: Sequence[Article], directory: Path) -> None:
    """Index ``articles`` in ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    writer = create_in(str(directory), schema()).writer(limitmb=WRITER_MB)
    for article in articles:
        writer.add_document(**_document(article))
    writer.commit()


def open_index(directory: Path) -> WhooshPlain:
    """Open a searcher."""
    return WhooshPlain(open_dir(str(directory)).searcher())


def change(directory: Path, _articles: Sequence[Article], changed: Article) -> Finish:
    """Replace one article, whose slug Whoosh is given."""
    writer = open_dir(str(directory)).writer(limitmb=WRITER_MB)
    writer.update_document(**_document(changed))
    writer.commit()
    return nothing_left


KIND = EngineKind(NAME, build, open_index, change)
