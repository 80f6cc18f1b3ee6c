"""Build the indexes for tantivy's side of the comparison.

``rank`` has the articles with nothing stored but the slug, so that a top ten costs what ranking costs. ``site`` and
``sections`` hold what an answer shows: sections are documents of their own, so that snippets come with anchors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
from tantivy import Document, Index, SchemaBuilder

from benchmarks.engines import FIELDS, field_texts
from shared.content.article import Article

SECTION_FIELDS = ["heading", "body", "code"]
#: What its writer may hold before it writes a segment: a site's whole build fits.
WRITER_BYTES = 512_000_000


def rank_schema() -> Any:
    """The articles, with their slug alone stored."""
    builder = SchemaBuilder()
    builder.add_text_field("slug", stored=True, tokenizer_name="raw", index_option="basic")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="en_stem", index_option="position")
    return builder.build()


def site_schema() -> Any:
    """The articles, with the fields of hits and facets."""
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


#: The indexes by name.
SCHEMAS: dict[str, Callable[[], Any]] = {"rank": rank_schema, "site": site_schema, "sections": section_schema}


def documents_of(part: str, article: Article) -> list[dict[str, Any]]:
    """The documents of ``article`` in the index ``part``."""
    if part == "sections":
        return [
            {
                "slug": article.slug,
                "anchor": section.anchor,
                "heading": section.heading,
                "body": "\n".join(block.text for block in section.blocks if block.kind == "prose"),
                "code": "\n".join(block.text for block in section.blocks if block.kind == "code"),
            }
            for section in article.body.sections
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


def build_parts(articles: Sequence[Article], directory: Path, parts: Sequence[str], threads: int) -> None:
    """Build the named indexes in ``directory``, one after the other, each with ``threads`` threads."""
    for part in parts:
        folder = directory / part
        folder.mkdir(parents=True, exist_ok=True)
        schema = SCHEMAS[part]()
        writer = Index(schema, path=str(folder)).writer(WRITER_BYTES, threads)
        for article in articles:
            for document in documents_of(part, article):
                writer.add_document(Document.from_dict(document, schema))
        writer.commit()
        writer.wait_merging_threads()
