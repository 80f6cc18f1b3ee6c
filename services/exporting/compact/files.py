"""The index as files: one that every search loads, and shards by first letters, of which a query needs a few.

``index.idx`` names all others by a digest of their bytes, so that they can be cached for ever:

    data/words-…   the words that begin with one letter: their groups, how common they are; exact titles and headings
    data/terms-…   the postings of neighbouring groups
    data/text-…    one article

Each is JSON in gzip, whatever the host sends it as: small on hosts that do not compress.
"""

from __future__ import annotations

import gzip
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from services.exporting.compact.corpus import Corpus, Word, make_corpus
from services.exporting.compact.fragments import fragment
from services.exporting.compact.groups import Group, stem_groups
from services.exporting.compact.near_words import near_words
from services.exporting.compact.table import document_table, name_rows, synonym_rows
from services.render.pages.templates import Pages
from services.render.site.scope import Scope
from services.search.indexing.documents import IndexDocument
from services.search.indexing.stored import exact_key
from services.search.text.synonyms import Synonyms
from services.search.text.words.known import KnownWords
from services.search.text.words.spellings import has_two_spellings
from shared.content.article import Article
from shared.content.folder.site_links import site_links
from shared.content.parsing.cross_links import with_link_texts

FOLDER = "search-index/"
INDEX = f"{FOLDER}index.idx"
_VERSION = 1
#: The minimum number of postings per shard: a query loads one or two shards for each word.
_SHARD_NUMBERS = 6_000
#: The kinds of exact matches, numbered as in the ranking of the service.
_TITLE, _HEADING, _TAG, _SLUG = range(4)
#: The resolution of the logarithm of a word's weight.
_WEIGHT_STEPS = 4


def compact_files(scope: Scope, pages: Pages, content_dir: Path) -> dict[str, bytes]:
    """The files of the index of all articles of ``scope``, by name. Blocking."""
    view = scope.view
    articles = with_link_texts(view.articles, view.pages, site_links(content_dir, base_url=scope.base_url))
    corpus = make_corpus(_newest_first(articles))
    known = KnownWords.load(content_dir / "words.txt")
    groups = stem_groups(corpus.words.keys(), known)
    group_of = {word: number for number, group in enumerate(groups) if group.is_code for word in group.terms}
    group_of |= {group.stem: number for number, group in enumerate(groups) if group.stem}
    files: dict[str, bytes] = {}

    def add(kind: str, value: Any) -> str:
        body = packed(value)
        name = hashlib.sha256(body).hexdigest()[:8]
        files[f"{FOLDER}data/{kind}-{name}.idx"] = body
        return name

    shards = [[first, add("terms", rows)] for first, rows in _shards(groups, corpus.words)]
    words = {letter: add("words", rows) for letter, rows in sorted(_lexicons(groups, corpus, known).items())}
    texts = [add("text", fragment(scope, pages, document)) for document in corpus.documents]
    synonyms = Synonyms.load(content_dir / "synonyms.toml")
    files[INDEX] = packed(
        {
            "version": _VERSION,
            "words": words,
            "shards": shards,
            "texts": texts,
            **document_table(scope, corpus.documents),
            "synonyms": synonym_rows(synonyms, group_of),
            "names": name_rows(group_of),
        }
    )
    return files


def packed(value: Any) -> bytes:
    """``value`` as JSON in gzip: the same bytes for equal values."""
    return gzip.compress(orjson.dumps(value), 9, mtime=0)


def letter_of(text: str) -> str:
    """The shard of words for ``text``: its first letter, or one for everything but letters of English."""
    first = text[:1]
    return first if first.isascii() and first.isalpha() else "0" if first.isascii() else "_"


def _newest_first(articles: Sequence[Article]) -> list[Article]:
    """``articles`` in the order of ties: newest first, then by slug."""
    return sorted(articles, key=lambda one: (-one.published.timestamp() if one.published else math.inf, one.slug))


def _shards(groups: Sequence[Group], words: Mapping[str, Word]) -> Iterator[tuple[int, list[list[Any]]]]:
    """The first group of each shard, and for each of its groups the words with their postings."""
    first, rows, size = 0, list[list[Any]](), 0
    for number, group in enumerate(groups):
        own = [words[term] for term in group.terms]
        rows.append([[word.surface, word.postings] for word in own])
        size += sum(len(word.postings) for word in own)
        if size >= _SHARD_NUMBERS:
            yield first, rows
            first, rows, size = number + 1, [], 0
    if rows:
        yield first, rows


def _lexicons(groups: Sequence[Group], corpus: Corpus, known: KnownWords) -> dict[str, dict[str, Any]]:
    """For each first letter: words, sorted, with parallel columns; and the documents of exact titles and headings.

    ``groups`` are differences. ``weights`` say how common a word of prose is: 0 for one that no article has, else a
    logarithm above 1, shifted by two bits for being in a title and for being in one document alone. ``known`` are words
    that exist and that no article has; for those in ``spelt`` another spelling was looked up as well.
    """
    entries: dict[str, list[tuple[str, int, int]]] = {}
    for number, group in enumerate(groups):
        for word in (corpus.words[term] for term in group.terms):
            weight = 1 if group.is_code else _weight(word)
            entries.setdefault(letter_of(word.surface), []).append((word.surface, number, weight))
        for surface in group.inflections:
            entries.setdefault(letter_of(surface), []).append((surface, number, 0))
    exact = _exact(corpus.documents)
    existing: dict[str, list[str]] = {}
    every = {surface for rows in entries.values() for surface, _, _ in rows}
    near = near_words([surface for rows in entries.values() for surface, _, weight in rows if weight > 1], known)
    for surface in sorted(near - every):
        existing.setdefault(letter_of(surface), []).append(surface)
    found = {}
    for letter in entries.keys() | exact.keys() | existing.keys():
        rows = sorted(entries.get(letter, ()))
        own = existing.get(letter, [])
        numbers = [number for _, number, _ in rows]
        found[letter] = {
            "words": _front_coded([surface for surface, _, _ in rows]),
            "groups": [number - before for before, number in zip([0, *numbers], numbers, strict=False)],
            "weights": [weight for _, _, weight in rows],
            "exact": exact.get(letter, {}),
            "known": _front_coded(own),
            "spelt": _front_coded([surface for surface in own if has_two_spellings(surface)]),
        }
    return found


def _weight(word: Word) -> int:
    # Added to 8, so that the weight of the rarest word is above that of a word of code.
    common = max(1, round(_WEIGHT_STEPS * math.log(word.weight + 0.1)) + 8)
    return common << 2 | word.is_in_title << 1 | (word.documents == 1)


def _front_coded(words: Sequence[str]) -> str:
    """Sorted words as one text: each as how many letters it shares with the one before (base 36), and the rest."""
    pieces, before = [], ""
    for word in words:
        shared = 0
        while shared < min(len(word), len(before), 35) and word[shared] == before[shared]:
            shared += 1
        pieces.append(_BASE_36[shared] + word[shared:])
        before = word
    return "\n".join(pieces)


_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def _exact(documents: Sequence[IndexDocument]) -> dict[str, dict[str, list[int]]]:
    """For each first letter: a title, slug, heading or tag as surfaces → pairs of document and kind, as one list."""
    found: dict[str, dict[str, list[int]]] = {}
    for number, document in enumerate(documents):
        article = document.article
        keys = {(exact_key(article.title), _TITLE), (exact_key(article.slug.replace("-", " ")), _SLUG)}
        keys |= {(exact_key(section.heading), _HEADING) for section in article.body.sections if section.heading}
        keys |= {(exact_key(tag), _TAG) for tag in article.tags}
        for key, kind in sorted(keys):
            found.setdefault(letter_of(key), {}).setdefault(key, []).extend((number, kind))
    return found
