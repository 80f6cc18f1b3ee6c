"""tantivy, as a good engineer would build the same search on it.

``rank`` has the articles with nothing stored but the slug, so that a top ten costs what ranking costs. ``site`` and
``sections`` hold what an answer shows: sections are documents of their own, so that snippets come with anchors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import tantivy
from tantivy import (
    Document,
    Filter,
    Index,
    Occur,
    Query,
    SchemaBuilder,
    SnippetGenerator,
    TextAnalyzerBuilder,
    Tokenizer,
)

from benchmarks.engines import FIELDS, EngineKind, Top, field_texts
from benchmarks.query import QueryKind
from shared.content.article import Article

NAME = "tantivy"
#: The project's own weights of the fields, so that both rank by the same idea of what matters.
BOOSTS = {"title": 3.0, "headings": 1.8, "summary": 1.5, "tags": 1.5, "code": 0.7}
SECTION_FIELDS = ["heading", "body", "code"]
#: As the project: sections under a hit, bytes of a snippet, values of a facet.
MAX_SECTIONS, SNIPPET_CHARS, FACET_VALUES = 3, 220, 20
#: Sections looked at for ten hits: enough that nearly all of them find three.
SECTION_CANDIDATES = 100
WRITER_BYTES = 512_000_000


def rank_schema() -> Any:
    """The articles, with their slug alone stored."""
    builder = SchemaBuilder()
    builder.add_text_field("slug", stored=True, tokenizer_name="raw", index_option="basic")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="en_stem", index_option="position")
    return builder.build()


def site_schema() -> Any:
    """The articles, with what a hit shows and what facets count."""
    builder = SchemaBuilder()
    builder.add_text_field("slug", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("about", stored=True)
    builder.add_text_field("tag", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("year", fast=True)
    for name in FIELDS:
        builder.add_text_field(name, stored=name == "title", tokenizer_name="en_stem", index_option="position")
    return builder.build()


def section_schema() -> Any:
    """The sections, with their text stored."""
    builder = SchemaBuilder()
    builder.add_text_field("slug", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("anchor", stored=True, tokenizer_name="raw", index_option="basic")
    for name in SECTION_FIELDS:
        builder.add_text_field(name, stored=True, tokenizer_name="en_stem", index_option="position")
    return builder.build()


SCHEMAS: dict[str, Callable[[], Any]] = {"rank": rank_schema, "site": site_schema, "sections": section_schema}


def _documents(part: str, article: Article) -> list[dict[str, Any]]:
    if part == "sections":
        return [
            {
                "slug": article.slug,
                "anchor": section.anchor,
                "heading": section.heading,
                "body": "\n".join(block.text for block in section.blocks if block.kind == "prose"),
                "code": "\n".join(block.text for block in section.blocks if block.kind == "code"),
            }
            for section in article.sections
        ]
    document: dict[str, Any] = {"slug": article.slug, **field_texts(article)}
    if part == "site":
        about = {
            "url": article.url,
            "title": article.title,
            "summary": article.summary,
            "published": str(article.published)[:10],
            "tags": article.tags,
            "series": article.series.name if article.series else None,
            "reading_minutes": article.reading_minutes,
        }
        year = article.published.year if article.published else 0
        document |= {"about": orjson.dumps(about), "tag": list(article.tags), "year": year}
    return [document]


class TantivySite:
    """The three open indexes."""

    def __init__(self, directory: Path) -> None:
        opened = {part: Index.open(str(directory / part)) for part in SCHEMAS}
        self._rank, self._site, self._sections = opened["rank"], opened["site"], opened["sections"]
        self._searchers = {part: index.searcher() for part, index in opened.items()}
        self._stem = (
            TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.stemmer("english")).build()
        )

    def prepared(self, kind: QueryKind, text: str) -> Callable[[], Top]:
        """See Engine."""
        searcher, make = self._searchers["rank"], self._query_maker(kind, text)

        def top() -> Top:
            found = searcher.search(make(), limit=10, count=False)
            return [str(searcher.doc(address).get_first("slug")) for _, address in found.hits]

        return top

    def _query_maker(self, kind: QueryKind, text: str) -> Callable[[], Any]:
        index, schema, fields = self._rank, self._rank.schema, list(FIELDS)

        def any_field(text: str, distance: int, *, prefix: bool) -> Any:
            queries = [
                Query.fuzzy_term_query(
                    schema, name, text, distance=distance, transposition_cost_one=True, prefix=prefix
                )
                for name in fields
            ]
            return Query.boolean_query([(Occur.Should, query) for query in queries])

        match kind:
            case "words":
                return lambda: index.parse_query(text, fields, field_boosts=BOOSTS, conjunction_by_default=True)
            case "phrase":
                return lambda: index.parse_query(f'"{text}"', fields, field_boosts=BOOSTS)
            case "prefix":
                return lambda: any_field(text, 0, prefix=True)
            case "typo":
                # Its terms are stems: the word as typed would often be two edits away from one.
                return lambda: any_field(self._stem.analyze(text)[0], 1, prefix=False)

    def answer(self, text: str) -> dict[str, Any]:
        """See Engine."""
        query = self._site.parse_query(text, list(FIELDS), field_boosts=BOOSTS, conjunction_by_default=True)
        searcher = self._searchers["site"]
        found: Any = searcher.search(query, limit=10, count=True)
        titles = SnippetGenerator.create(searcher, query, self._site.schema, "title")
        titles.set_max_num_chars(1_000)
        documents: list[Any] = [searcher.doc(address) for _, address in found.hits]
        slugs = [document.get_first("slug") for document in documents]
        sections = self._best_sections(text, slugs)
        hits = []
        for (score, _), slug, document in zip(found.hits, slugs, documents, strict=True):
            about = orjson.loads(bytes(document.get_first("about")))
            title = _marked(titles.snippet_from_doc(document)) or [[about["title"], False]]
            hits.append(
                {
                    "slug": slug,
                    **about,
                    "title": title,
                    "score": score,
                    "sections": sections.get(slug, []),
                    "explanation": None,
                }
            )
        return {
            "query": {
                "text": text,
                "tags": [],
                "year": None,
                "series": None,
                "sort": "relevance",
                "page": 1,
                "size": 10,
            },
            "total": found.count,
            "hits": hits,
            "facets": self._facets(query),
            "correction": None,
        }

    def _best_sections(self, text: str, slugs: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The best sections of each article with their snippets, from one query for all of them."""
        if not slugs:
            return {}
        index, searcher = self._sections, self._searchers["sections"]
        words = index.parse_query(text, SECTION_FIELDS)
        own = Query.term_set_query(index.schema, "slug", list(slugs))
        query = Query.boolean_query([(Occur.Must, words), (Occur.Must, Query.const_score_query(own, 0.0))])
        snippets = [SnippetGenerator.create(searcher, words, index.schema, name) for name in ("body", "code")]
        for generator in snippets:
            generator.set_max_num_chars(SNIPPET_CHARS)
        sections: dict[str, list[dict[str, Any]]] = {}
        for _, address in searcher.search(query, limit=SECTION_CANDIDATES, count=False).hits:
            document: Any = searcher.doc(address)
            slug = document.get_first("slug")
            of_slug = sections.setdefault(slug, [])
            if len(of_slug) < MAX_SECTIONS:
                of_slug.append(_section(document, slug, snippets))
        return sections

    def _facets(self, query: Any) -> dict[str, list[dict[str, Any]]]:
        aggregation = {
            "tags": {"terms": {"field": "tag", "size": FACET_VALUES}},
            "years": {"terms": {"field": "year", "size": FACET_VALUES}},
        }
        found = self._searchers["site"].aggregate(query, aggregation)
        return {
            name: [{"value": bucket["key"], "count": bucket["doc_count"]} for bucket in found[name]["buckets"]]
            for name in aggregation
        }


def _section(document: Any, slug: str, snippets: Sequence[Any]) -> dict[str, Any]:
    anchor, body = document.get_first("anchor"), None
    is_code = False
    for number, generator in enumerate(snippets):
        body = _marked(generator.snippet_from_doc(document))
        if body:
            is_code = number == 1
            break
    return {
        "heading": document.get_first("heading"),
        "anchor": anchor,
        "url": f"/articles/{slug}/#{anchor}" if anchor else f"/articles/{slug}/",
        "snippet": body or [[(document.get_first("body") or "")[:SNIPPET_CHARS], False]],
        "is_code": is_code,
    }


def _marked(snippet: Any) -> list[list[Any]]:
    """The snippet as ``[text, is_match]`` pairs; its ranges are bytes of UTF-8."""
    text = snippet.fragment().encode()
    pieces: list[list[Any]] = []
    at = 0
    for highlight in snippet.highlighted():
        if highlight.start > at:
            pieces.append([text[at : highlight.start].decode(), False])
        pieces.append([text[highlight.start : highlight.end].decode(), True])
        at = highlight.end
    if pieces and at < len(text):
        pieces.append([text[at:].decode(), False])
    return pieces


def build_parts(articles: Sequence[Article], directory: Path, parts: Sequence[str], threads: int) -> None:
    """Build the named indexes in ``directory``, one after the other, each with ``threads`` threads."""
    for part in parts:
        folder = directory / part
        folder.mkdir(parents=True, exist_ok=True)
        schema = SCHEMAS[part]()
        writer = Index(schema, path=str(folder)).writer(WRITER_BYTES, threads)
        for article in articles:
            for document in _documents(part, article):
                writer.add_document(Document.from_dict(document, schema))
        writer.commit()
        writer.wait_merging_threads()


def build(articles: Sequence[Article], directory: Path) -> None:
    """Build all three, with as many threads as there are cores."""
    build_parts(articles, directory, tuple(SCHEMAS), len(os.sched_getaffinity(0)))


def open_index(directory: Path) -> TantivySite:
    """Open all three."""
    return TantivySite(directory)


def change(directory: Path, _articles: Sequence[Article], changed: Article) -> None:
    """Replace one article; tantivy is told which."""
    for part in SCHEMAS:
        index = tantivy.Index.open(str(directory / part))
        writer = index.writer(WRITER_BYTES, 1)
        writer.delete_documents_by_term("slug", changed.slug)
        for document in _documents(part, changed):
            writer.add_document(Document.from_dict(document, index.schema))
        writer.commit()
        writer.wait_merging_threads()


KIND = EngineKind(NAME, build, open_index, change)
