"""Anchor-text sets with link texts as a field, except those that are queries.

A query of such a set is itself the text of a link. So its queries are measured in parts, each over an index of its own,
which knows no link of the pages that a query of the part leaves out, and no link with a query's text, whatever page it
stands on: what is found is found by what other pages call the answer in other words.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.relevance.anchors import AnchorSet, Half, linked_pages, links_of, load_anchors
from benchmarks.relevance.collections import Collection
from shared.content.article import LinkText

#: Parts of a set: each leaves out more than one of its queries would.
PARTS = 3


def load_held_out(name: AnchorSet, half: Half) -> Iterator[Collection]:
    """The queries of one half in PARTS, each with the pages and the link texts that it may know."""
    asked = load_anchors(name, half)
    articles, target_of = linked_pages(name)
    links = [
        (article.slug, target, href.partition("#")[2], text)
        for article in articles
        for href, text in links_of(article)
        if (target := target_of(article.slug, href)) not in {None, article.slug}
    ]
    queries = sorted(asked.queries, key=lambda query: hashlib.sha256(query.text.encode()).digest())
    for part in range(PARTS):
        own = tuple(queries[part::PARTS])
        pages = {slug for query in own for slug in query.left_out}
        texts = {_folded(query.text) for query in own}
        known: dict[str | None, set[tuple[str, str]]] = defaultdict(set)
        for source, target, anchor, text in links:
            if source not in pages and _folded(text) not in texts:
                known[target].add((anchor, text))
        named = tuple(
            replace(one, link_texts=tuple(LinkText(*pair) for pair in sorted(known[one.slug]))) for one in articles
        )
        yield replace(asked, articles=named, queries=own)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
