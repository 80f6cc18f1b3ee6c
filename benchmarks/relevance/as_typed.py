"""``python -m benchmarks.relevance.as_typed``: the first hit while a reader types.

Words: those of two to six letters that other words begin with, and that a third of the articles have at most. The first
article should have the word, in any form. Titles: the article should stand first from the second letter of its title
on, but many begin alike. All are drawn by a digest, so every run draws the same.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from benchmarks.corpus import load_corpus
from benchmarks.relevance.typos import ROOT, digest_of, texts_of
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.stemming import STOP_WORDS, stem
from shared.content.article import Article
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery

#: Words, and titles, that are drawn from each corpus.
DRAWN_WORDS, DRAWN_TITLES = 400, 150
#: Letters of a title that are typed, at most.
LONGEST = 30
_WORD = re.compile(r"[a-z][a-z0-9]+")
_LETTERS = range(2, 7)


@dataclass(frozen=True, slots=True)
class Typed:
    """How many of ``words`` have a first article without them, and the mean reciprocal rank of ``beginnings``."""

    words: int
    lacking: int
    beginnings: int
    mrr: float

    def __str__(self) -> str:
        words = f"words typed whole: {self.lacking} of {self.words} lack it in the first article"
        return f"{words}; titles letter by letter: MRR {self.mrr:.3f} ({self.beginnings} beginnings)"


def measure(articles: Sequence[Article]) -> Typed:
    """The figures of one corpus."""
    with tempfile.TemporaryDirectory(prefix="perspective-typed-") as folder:
        store = WhooshIndexStore(Path(folder))
        store.sync(articles)
        engine = store.open()
        words = [word for word in drawn_words(articles) if engine.search(SearchQuery(word, exact=True, size=1)).total]
        lacking = sum(_lacks(engine, articles, words))
        ranks = [rank for article in drawn_titles(articles) for rank in _ranks(engine, article)]
        store.close()
    return Typed(len(words), lacking, len(ranks), sum(1.0 / rank for rank in ranks if rank) / max(len(ranks), 1))


def drawn_words(articles: Sequence[Article]) -> list[str]:
    """Words that begin other words."""
    counts = Counter(word for article in articles for word in _words_in(article))
    beginnings = [one for one, other in pairwise(sorted(counts)) if len(one) in _LETTERS and other.startswith(one)]
    asked = [word for word in beginnings if word not in STOP_WORDS and 3 * counts[word] <= len(articles)]
    return sorted(asked, key=digest_of)[:DRAWN_WORDS]


def drawn_titles(articles: Sequence[Article]) -> list[Article]:
    """Articles whose titles are typed."""
    return sorted(articles, key=lambda article: digest_of(article.slug))[:DRAWN_TITLES]


def _words_in(article: Article) -> set[str]:
    return {word for text in texts_of(article) for word in _WORD.findall(text.lower())}


def _lacks(engine: WhooshEngine, articles: Sequence[Article], words: Sequence[str]) -> list[bool]:
    """For each of ``words``, typed whole, whether the first article has it in no form."""
    stems = {article.slug: {stem(word) for word in _words_in(article)} for article in articles}
    firsts = [engine.search(SearchQuery(word, partial=True, size=1)).hits for word in words]
    return [not hits or stem(word) not in stems[hits[0].slug] for word, hits in zip(words, firsts, strict=True)]


def _ranks(engine: WhooshEngine, article: Article) -> list[int]:
    """The rank of ``article`` among the first ten for each beginning of its title; 0 if it is not among them."""
    ranks = []
    for length in range(2, min(len(article.title), LONGEST) + 1):
        typed = article.title[:length]
        if typed[-1].isspace():
            continue
        slugs = [hit.slug for hit in engine.search(SearchQuery(typed, partial=True)).hits]
        ranks.append(slugs.index(article.slug) + 1 if article.slug in slugs else 0)
    return ranks


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure on the site and on the small corpus."""
    corpora = {"site": load_now(ROOT / "content").require().articles, "blog": load_corpus("small").articles}
    for name, articles in corpora.items():
        click.echo(f"{name}, {measure(tuple(articles))}")


if __name__ == "__main__":
    main()
