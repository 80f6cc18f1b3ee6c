"""The sections that each contestant proposes to judge: the best of its best articles; for vectors, the best of all.

Engines of articles choose no section: each also ranks the sections, as documents of their own, and names the best of
every article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks import BenchmarkError
from benchmarks.relevance.collections import Collection, make_article
from benchmarks.relevance.contestants import CONTESTANTS, Ranking, open_perspective
from benchmarks.relevance.meaning import open_semantic, settings_for
from services.search.embedded import LocalEngine
from services.search.semantic.encoder import open_encoder
from services.search.semantic.model import load_model
from services.search.semantic.store import VectorStore
from services.search.semantic.table import Similarities
from shared.content.article import Article
from shared.search.contract import SearchQuery

#: Articles that each contestant proposes for a question, and sections of each.
ARTICLES = 5
SECTIONS = 2

#: An article's slug and the anchor of a section ("" before its first heading).
Target = tuple[str, str]
#: From a question to what one contestant would have judged.
Proposal = Callable[[str], Sequence[Target]]


@contextmanager
def open_proposals(collection: Collection, model: Path, cache: Path) -> Iterator[dict[str, Proposal]]:
    """All contestants over ``collection``, by name. Raises BenchmarkError if there is no model."""
    with ExitStack() as stack:
        proposals: dict[str, Proposal] = {"words": _by_engine(stack.enter_context(open_perspective(collection)))}
        sections = sections_of(collection)
        for name, contestant in CONTESTANTS.items():
            if name != "Perspective":
                articles, parts = (stack.enter_context(contestant(one)) for one in (collection, sections))
                proposals[name] = _by_rankings(articles, parts)
        settings = settings_for(collection, model, cache)
        proposals["fused"] = _by_engine(stack.enter_context(open_semantic(collection, settings)))
        loaded = load_model(model)
        table = VectorStore.beside(settings.index_dir).open(loaded.digest)
        if table is None:
            raise BenchmarkError(f"{settings.index_dir}: it has no vectors of {loaded.name}")
        encoder = open_encoder(loaded)
        proposals["vectors"] = lambda text: closest_articles(table.similarities(encoder.encode_query(text)))
        proposals["vectors by section"] = lambda text: closest_sections(table.similarities(encoder.encode_query(text)))
        yield proposals


def sections_of(collection: Collection) -> Collection:
    """The sections of ``collection`` as documents, each named ``slug#anchor``; the first one has the summary too."""
    documents = tuple(
        make_article(f"{article.slug}#{anchor}", f"{article.title} {heading}".strip(), text)
        for article in collection.articles
        for anchor, heading, text in _texts(article)
    )
    return replace(collection, name=f"{collection.name}, sections", articles=documents)


def _texts(article: Article) -> Iterator[tuple[str, str, str]]:
    for number, section in enumerate(article.body.sections):
        summary = (article.summary,) if number == 0 else ()
        yield section.anchor, section.heading, "\n".join([*summary, *(block.text for block in section.blocks)])


def closest_articles(similarities: Similarities) -> list[Target]:
    """The closest articles, each with its closest sections."""
    return [
        (slug, anchor)
        for slug, _ in similarities.closest(ARTICLES)
        for anchor in list(similarities.of_sections(slug))[:SECTIONS]
    ]


def closest_sections(similarities: Similarities) -> list[Target]:
    """The closest sections, of whatever article: as many as the other contestants propose."""
    found = [
        (cosine, (article.slug, anchor))
        for article in similarities.rows.articles
        for anchor, cosine in similarities.of_sections(article.slug).items()
    ]
    return [target for _, target in sorted(found, key=lambda one: -one[0])][: ARTICLES * SECTIONS]


def _by_engine(engine: LocalEngine) -> Proposal:
    def propose(text: str) -> list[Target]:
        results = engine.search(SearchQuery(text, size=ARTICLES))
        hits = (*results.hits, *results.by_meaning)
        return [(hit.slug, section.anchor) for hit in hits for section in hit.sections[:SECTIONS]]

    return propose


def _by_rankings(articles: Ranking, sections: Ranking) -> Proposal:
    def propose(text: str) -> list[Target]:
        places = [tuple(name.partition("#")[::2]) for name in sections(text)]
        return [
            (slug, anchor)
            for slug in articles(text)[:ARTICLES]
            # None of its sections is among the best: the article as a whole is proposed.
            for anchor in [place[1] for place in places if place[0] == slug][:SECTIONS] or [""]
        ]

    return propose
