"""tantivy, as a good engineer would build the same search on it: over the three indexes of ``tantivy_index``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
from tantivy import (
    Document,
    Filter,
    Index,
    Occur,
    Query,
    SnippetGenerator,
    TextAnalyzerBuilder,
    Tokenizer,
)

from benchmarks.engines import FIELDS, EngineKind, Finish, Top, nothing_left
from benchmarks.engines.tantivy_index import SCHEMAS, SECTION_FIELDS, WRITER_BYTES, build_parts, documents_of
from benchmarks.query import QueryKind
from services.search import schema
from shared.content.article import Article

NAME = "tantivy"
#: The project's own weights of the fields, so that both rank by the same idea of what matters.
BOOSTS = {field.name: field.weight for field in schema.FIELDS if field.name in FIELDS}
#: As the project: sections under a hit, bytes of a snippet, values of a facet.
MAX_SECTIONS, SNIPPET_CHARS, FACET_VALUES = 3, 220, 20
#: Sections to consider for ten hits: enough that nearly all of them find three.
SECTION_CANDIDATES = 100


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
        index, fields = self._rank, list(FIELDS)

        def any_field(text: str, distance: int, *, prefix: bool) -> Any:
            queries = [
                Query.fuzzy_term_query(
                    index.schema, name, text, distance=distance, transposition_cost_one=True, prefix=prefix
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


def build(articles: Sequence[Article], directory: Path) -> None:
    """Build all three, with as many threads as there are cores."""
    build_parts(articles, directory, tuple(SCHEMAS), len(os.sched_getaffinity(0)))


def open_index(directory: Path) -> TantivySite:
    """Open all three."""
    return TantivySite(directory)


def change(directory: Path, _articles: Sequence[Article], changed: Article) -> Finish:
    """Replace one article, whose slug tantivy is given."""
    for part in SCHEMAS:
        index = Index.open(str(directory / part))
        writer = index.writer(WRITER_BYTES, 1)
        writer.delete_documents_by_term("slug", changed.slug)
        for document in documents_of(part, changed):
            writer.add_document(Document.from_dict(document, index.schema))
        writer.commit()
        writer.wait_merging_threads()
    return nothing_left


KIND = EngineKind(NAME, build, open_index, change)
