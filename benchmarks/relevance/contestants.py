"""The engines side by side: each ranks the same documents for the same texts, set up as a good engineer would.

Every peer stems English and takes any of the words. A title weighs what served each best on the site and on Cranfield,
of 1, 1.5, 2 and 3.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import bm25s
import Stemmer
import tantivy

from benchmarks.relevance.collections import Collection
from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from shared.search.contract import SearchQuery

#: Documents asked for: recall is measured this deep.
DEPTH = 100
#: What a word of the title counts in SQLite. tantivy does best without: it has an IDF for each field, so that a word
#: that is rare in titles counts more there already.
SQLITE_TITLE_WEIGHT = 2.0

#: From a text to the slugs of the best documents.
Ranking = Callable[[str], Sequence[str]]
_WORD = re.compile(r"\w+")


@contextmanager
def open_perspective(collection: Collection) -> Iterator[LocalEngine]:
    """The engine of this project over ``collection``, by words alone."""
    with TemporaryDirectory(prefix="perspective-relevance-") as folder:
        store = WhooshIndexStore(Path(folder), collection.synonyms)
        store.sync(collection.articles)
        engine = store.open()
        yield engine
        engine.close()
        store.close()


@contextmanager
def perspective(collection: Collection) -> Iterator[Ranking]:
    """Perspective through its public port."""
    with open_perspective(collection) as engine:
        yield lambda text: [hit.slug for hit in engine.search(SearchQuery(text, size=DEPTH)).hits]


@contextmanager
def tantivy_stemmed(collection: Collection) -> Iterator[Ranking]:
    """tantivy: en_stem, BM25 per field, the lenient query parser."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("slug", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="en_stem")
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer()
    for article in collection.articles:
        writer.add_document(tantivy.Document(slug=article.slug, title=article.title, text=text_of(article)))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(text: str) -> list[str]:
        query, _errors = index.parse_query_lenient(" ".join(_WORD.findall(text)), ["title", "text"])
        return [searcher.doc(address)["slug"][0] for _, address in searcher.search(query, DEPTH).hits]

    yield rank


@contextmanager
def sqlite_fts5(collection: Collection) -> Iterator[Ranking]:
    """SQLite FTS5: porter over unicode61, its bm25 with the title's weight, words joined by OR."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE pages USING fts5(slug UNINDEXED, title, text, tokenize='porter unicode61')"
    )
    rows = ((article.slug, article.title, text_of(article)) for article in collection.articles)
    connection.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows)

    def rank(text: str) -> list[str]:
        if not (match := " OR ".join(f'"{word}"' for word in _WORD.findall(text))):
            return []
        sql = "SELECT slug FROM pages WHERE pages MATCH ? ORDER BY bm25(pages, 0, ?, 1) LIMIT ?"
        return [slug for (slug,) in connection.execute(sql, (match, SQLITE_TITLE_WEIGHT, DEPTH))]

    yield rank
    connection.close()


@contextmanager
def bm25s_one_field(collection: Collection) -> Iterator[Ranking]:
    """bm25s: its defaults (Lucene's BM25), Snowball, its English stop words, and title and text as its one field."""
    stemmer = Stemmer.Stemmer("english")
    slugs = [article.slug for article in collection.articles]
    texts = [f"{article.title}\n{text_of(article)}" for article in collection.articles]
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    def rank(text: str) -> list[str]:
        tokens = bm25s.tokenize([text], stopwords="en", stemmer=stemmer, show_progress=False, return_ids=False)
        if not tokens[0]:
            return []
        depth = min(DEPTH, len(slugs))
        found, scores = retriever.retrieve(tokens, k=depth, show_progress=False)
        return [slugs[number] for number, score in zip(found[0], scores[0], strict=True) if score > 0]

    yield rank


CONTESTANTS = {
    "Perspective": perspective,
    "tantivy": tantivy_stemmed,
    "SQLite FTS5": sqlite_fts5,
    "bm25s": bm25s_one_field,
}


def text_of(article: Article) -> str:
    """The text that a peer indexes besides the title."""
    blocks = (block.text for section in article.body.sections for block in section.blocks)
    headings = (section.heading for section in article.body.sections)
    return "\n".join(part for part in (article.summary, *article.tags, *headings, *blocks) if part)
