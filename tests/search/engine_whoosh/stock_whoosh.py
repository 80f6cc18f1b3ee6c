"""Asks an index with Whoosh alone: run as a program by an interpreter that has whoosh-reloaded and nothing else.

    python -I stock_whoosh.py INDEX_DIR < questions.json > answers.json

A question is ``[kind, text]``; its answer a list of slugs, best first, or what the kind is about.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from typing import Any

from whoosh.index import open_dir
from whoosh.qparser import FuzzyTermPlugin, MultifieldParser
from whoosh.query import Every, FuzzyTerm, Variations

FIELDS = ["title", "headings", "summary", "tags", "body", "code"]


def parse(searcher: Any, text: str, **options: Any) -> Any:
    """The query of ``text`` over all text fields."""
    return MultifieldParser(FIELDS, searcher.schema, **options).parse(text)


def parse_fuzzy(searcher: Any, text: str) -> Any:
    """The same with ``word~1`` for a word with a typo."""
    parser = MultifieldParser(FIELDS, searcher.schema)
    parser.add_plugin(FuzzyTermPlugin())
    return parser.parse(text)


def find(searcher: Any, query: Any, **options: Any) -> list[str]:
    """The slugs of all hits."""
    return [hit["slug"] for hit in searcher.search(query, limit=None, **options)]


def stored(searcher: Any, slug: str) -> dict[str, str] | None:
    """The stored fields of an article."""
    fields = searcher.document(slug=slug)
    return fields and {name: str(value) for name, value in fields.items()}


def more_like(searcher: Any, slug: str) -> list[str]:
    """The articles whose prose is like that of one."""
    return [hit["slug"] for hit in searcher.more_like(searcher.document_number(slug=slug), "body")]


KINDS: dict[str, Callable[[Any, str], Any]] = {
    "query": lambda searcher, text: find(searcher, parse(searcher, text)),
    "inflections": lambda searcher, text: find(searcher, parse(searcher, text, termclass=Variations)),
    "fuzzy": lambda searcher, text: find(searcher, parse_fuzzy(searcher, text)),
    "fuzzy term": lambda searcher, text: find(searcher, FuzzyTerm("body", text)),
    "scores": lambda searcher, text: [hit.score for hit in searcher.search(parse(searcher, text))],
    "stored": stored,
    "suggest": lambda searcher, text: searcher.suggest("body", text),
    "correct": lambda searcher, text: searcher.correct_query(parse(searcher, text), text).string,
    "highlight": lambda searcher, text: [hit.highlights("body") for hit in searcher.search(parse(searcher, text))],
    "newest": lambda searcher, text: find(searcher, Every(), sortedby=text, reverse=True),
    "more like": more_like,
}


def main() -> None:
    """Read questions, write answers."""
    for other in ("services", "shared", "numpy", "orjson"):
        assert importlib.util.find_spec(other) is None, other
    with open_dir(sys.argv[1]).searcher() as searcher:
        json.dump([KINDS[kind](searcher, text) for kind, text in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
