"""IndexDocument → its stored fields as JSON, and the keys by which a query matches its title or a heading exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, Final

import orjson

from services.search.indexing.documents import IndexDocument
from services.search.text.languages import language_of
from services.search.text.tokens import surfaces_of
from shared.content.article import Article
from shared.search.attributes import ATTRIBUTES, sort_key_of, values_in

#: A document's keys of exact matches: (hash, kind).
ExactKeys = Iterable[tuple[int, int]]
# The address of a page or a file: with a scheme, from the root, or with two slashes (CI/CD is a word).
_ADDRESS: Final = re.compile(
    r"""(?:[A-Za-z][A-Za-z\d+.-]*://|/|(?=[^\s/?\#]+/[^\s/?\#]+/)) (?:[^\s/?\#]*/)*?
    (?P<name>[^\s/?\#]+?) (?:\.(?:md|html))? (?:/index\.(?:md|html))? /? (?:[?\#]\S*)?""",
    re.VERBOSE,
)
EXACT_TITLE, EXACT_HEADING, EXACT_TAG, EXACT_SLUG = range(4)


def stored_fields(document: IndexDocument) -> bytes:
    """The fields of a hit, without its text, as JSON."""
    article = document.article
    language = language_of(article.language)
    return orjson.dumps(
        {
            "slug": article.slug,
            "digest": article.digest,
            "title": article.title,
            "summary": article.summary,
            "published": article.published.isoformat() if article.published else None,
            "tags": article.tags,
            "series": [article.series.slug, article.series.name, article.series.part] if article.series else None,
            "reading_minutes": article.reading_minutes,
            "attributes": stored_attributes(article),
            "sections": [[section.anchor, section.heading, section.level] for section in document.sections],
        }
        | ({"language": language.code} if language else {})
    )


def stored_attributes(article: Article) -> dict[str, Any]:
    """The value of each attribute: a list of [value, label] for keywords, else a number or None."""
    return {
        one.name: [list(value) for value in values_in(one, article)]
        if one.kind == "keyword"
        else sort_key_of(one, article)
        for one in ATTRIBUTES
    }


def exact_key(text: str) -> str:
    """``text`` as one string of surfaces: texts with the same key match the same typed query exactly."""
    return " ".join(surfaces_of(text))


def key_hash(text: str) -> int:
    """64 bits of ``exact_key(text)``."""
    return int.from_bytes(blake2b(exact_key(text).encode("utf-8", "replace"), digest_size=8).digest(), "little")


def query_hash(text: str) -> int:
    """The hash of what a query names: its own, or for the address of a page or a file that of its last segment.

    An article's address (``https://blog.example/articles/the-outbox/#relay``) ends with its slug, and its file with it.
    """
    match = _ADDRESS.fullmatch(text) if "/" in text else None
    return key_hash(match["name"].replace("-", " ") if match else text)


def exact_keys(fields: dict[str, Any], key_of: Callable[[str], int] = key_hash) -> set[tuple[int, int]]:
    """The hashes of the title, slug, headings and tags of one document, each with its kind."""
    keys = {(key_of(fields["title"]), EXACT_TITLE), (key_of(fields["slug"].replace("-", " ")), EXACT_SLUG)}
    keys |= {(key_of(heading), EXACT_HEADING) for _, heading, _ in fields["sections"] if heading}
    return keys | {(key_of(tag), EXACT_TAG) for tag in fields["tags"]}
