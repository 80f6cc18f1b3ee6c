"""A correction has its words as articles write them, with their accents and in small letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from services.search.answering.answers import ask_search
from services.search.answering.written import search_as_written
from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedEngine, warm_up
from services.search.engine import SearchEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from shared.search.contract import SearchQuery, SearchResults
from tests.search.text.languages import in_language

ARTICLES = [
    in_language(
        "de", "de", "Werkzeuge", "Die Überwachung misst die Größe. ÜBERWACHUNG von Schlüsseln, die Verbindung."
    ),
    in_language("fr", "fr", "Outils", "La requête est préparée. L'état de la mémoire, l'œuvre."),
    in_language("el", "el", "Εργαλεία", "Τη μνήμη και τη σύνδεση."),
    in_language("en", "en", "Tools", "Naïve caching is a façade in a monastery."),
]


class Counting:
    """An engine that counts its searches."""

    def __init__(self, inner: SearchEngine) -> None:
        self._inner = inner
        self.searches = 0
        self.generation, self.capabilities = inner.generation, inner.capabilities
        self.suggest, self.related, self.status, self.close = inner.suggest, inner.related, inner.status, inner.close

    async def search(self, query: SearchQuery) -> SearchResults:
        """Search, and count it."""
        self.searches += 1
        return await self._inner.search(query)


def opened(folder: Path, articles: Sequence[Article]) -> EmbeddedEngine:
    store = WhooshIndexStore(folder)
    store.sync(articles)
    local = store.open()
    warm_up(local)
    return EmbeddedEngine(local, InlineCpu())


@pytest.fixture(scope="module")
def own_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    engine = opened(tmp_path_factory.mktemp("index"), ARTICLES)
    yield engine
    engine.close()


@pytest.fixture
def engine(own_engine: SearchEngine) -> Counting:
    return Counting(own_engine)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    """An engine over English alone, where what is sure is corrected."""
    engine = opened(tmp_path_factory.mktemp("index"), [one for one in ARTICLES if one.slug == "en"])
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("typed", "offer"),
    [
        ("Überwachnug", "überwachung"),
        ("uberwachnug", "überwachung"),
        ("überwachnug misst", "überwachung misst"),
        ("misst grösze", "misst größe"),
        ("requtee", "requête"),
        ("verbindug", "verbindung"),
        ("μνημμη", "μνήμη"),
        ("facadde", "façade"),
    ],
)
async def test_offers_have_the_accents_of_articles(engine: Counting, typed: str, offer: str) -> None:
    results = await search_as_written(engine, SearchQuery(typed))

    assert offer in results.offers
    found = await search_as_written(engine, SearchQuery(offer))
    assert (found.total > 0, found.offers) == (True, ())


async def test_a_correction_has_the_accents_of_articles(english: SearchEngine) -> None:
    engine = Counting(english)
    results = await search_as_written(engine, SearchQuery("facadde cachng"))

    assert results.correction is not None
    assert (results.correction.original, results.correction.text) == ("facadde cachng", "façade caching")
    assert engine.searches == 1


@pytest.mark.parametrize("typed", ["Überwachung", "überwachung nowhere", "verbindung -größe", ""])
async def test_an_answer_without_a_correction_needs_one_search(engine: Counting, typed: str) -> None:
    results = await search_as_written(engine, SearchQuery(typed))

    assert (results.correction, results.offers, engine.searches) == (None, (), 1)


async def test_the_answer_to_a_client_has_the_accents_of_articles(engine: Counting) -> None:
    answer = await ask_search(SearchQuery("Überwachnug")).ask(engine)

    assert "überwachung" in orjson.loads(answer.body)["offers"]


async def test_words_as_typed_stay_as_typed(engine: Counting) -> None:
    results = await search_as_written(engine, SearchQuery("grosse Uberwachnug uberwachnug"))

    assert results.offers
    assert all(offer.startswith("grosse ") for offer in results.offers)
