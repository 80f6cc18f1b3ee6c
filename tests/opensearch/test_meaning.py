"""The second stage on a real cluster answers as the embedded one does, with the k-NN plugin and without."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from services.search.cpu import InlineCpu
from services.search.engine import IndexNotWritable
from services.search.engine_opensearch.cluster.connection import Cluster, Connection
from services.search.engine_opensearch.semantic import store as store_module
from services.search.engine_opensearch.semantic.reader import ClusterStage
from services.search.engine_opensearch.semantic.store import ClusterVectors
from services.search.engine_opensearch.semantic.vectors import alias_of, create_body
from services.search.engine_opensearch.store import OpenSearchStore
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.semantic.embedding import embed_articles, plan
from services.search.semantic.model import load_model
from services.search.semantic.stage import SemanticStore
from services.search.semantic.store import VectorStore
from shared.content.article import Article
from shared.search.contract import SearchQuery, SearchResults
from shared.web.settings import Settings
from tests.opensearch.conftest import remove_indices
from tests.search_service.articles import make_article
from tests.semantic.articles import ARTICLES
from tests.semantic.models import ConceptEncoder, Killed, write_model

pytestmark = [pytest.mark.opensearch, pytest.mark.usefixtures("patient")]

QUERIES = ("fast car", "driving", "quick meal", "rain food", "pen", "who painted these ceilings", "automobile speed")


@dataclass(frozen=True, slots=True)
class Site:
    """Indices of the cluster with the small site, and a model."""

    cluster: Cluster
    model: Path

    def store(self) -> OpenSearchStore:
        """A store that ranks queries by meaning, as a process of its own would open it."""
        return OpenSearchStore(self.cluster, None, InlineCpu(), stage=ClusterStage(self.cluster.index, self.model))

    def make(self, articles: Sequence[Article] = ARTICLES, encoder: ConceptEncoder | None = None) -> ClusterVectors:
        """Make the vectors of ``articles``, as a process of its own would."""
        vectors, model = ClusterVectors(self.cluster), load_model(self.model)
        with vectors.writing():
            before = vectors.open(model.digest)
            planned = plan(articles, before)
            made = encoder or ConceptEncoder()
            embed_articles(
                planned,
                model,
                lambda: made,
                vectors,
                before,
                progress=lambda _done, _total: None,
                clock=lambda: len(made.passages) * 60.0,  # so much time passes that each vector is saved
            )
        return vectors


def ask(site: Site, query: SearchQuery) -> SearchResults:
    """The answer of the newest generation, which it must be named by."""

    async def run() -> SearchResults:
        store = site.store()
        engine = await store.open()
        results = await engine.search(query)
        assert results.generation == engine.generation == await store.current()
        await store.close()
        return results

    return asyncio.run(run())


def new_site(urls: tuple[str, ...], folder: Path) -> Site:
    """The small site without vectors, under a name of its own."""
    site = Site(Cluster(urls, index=f"test{secrets.token_hex(4)}"), write_model(folder / "model"))
    site.store().sync(ARTICLES)
    return site


@pytest.fixture(scope="module")
def read(urls: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The small site with all vectors, which no test changes."""
    site = new_site(urls, tmp_path_factory.mktemp("read"))
    site.make()
    yield site
    asyncio.run(remove_indices(site.cluster))


@pytest.fixture
def site(urls: tuple[str, ...], tmp_path: Path) -> Iterator[Site]:
    """The small site without vectors."""
    site = new_site(urls, tmp_path)
    yield site
    asyncio.run(remove_indices(site.cluster))


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[SearchQuery], SearchResults]:
    """The embedded engine with the second stage over the same articles."""
    folder = tmp_path_factory.mktemp("embedded")
    settings = Settings(index_dir=folder / "index", semantic_model=write_model(folder / "model"), content_dir=folder)
    store = SemanticStore(WhooshIndexStore(settings.index_dir), settings)
    store.sync(ARTICLES)
    planned, model = plan(ARTICLES, None), load_model(settings.semantic_model)
    vectors = VectorStore.beside(settings.index_dir)
    embed_articles(planned, model, ConceptEncoder, vectors, None, progress=lambda _done, _total: None)
    return store.open().search


def comparable(results: SearchResults) -> Any:
    """What must be the same on both engines: all but the name, the time, and digits of scores behind the fourth."""

    def rounded(hit: Any) -> Any:
        return replace(hit, score=round(hit.score, 4), explanation=None)

    hits, by_meaning = (tuple(map(rounded, one)) for one in (results.hits, results.by_meaning))
    return replace(results, took_ms=0.0, generation="", hits=hits, by_meaning=by_meaning)


@pytest.mark.parametrize("text", QUERIES)
def test_cluster_answers_as_the_embedded_second_stage_does(
    read: Site, embedded: Callable[[SearchQuery], SearchResults], text: str
) -> None:
    query = SearchQuery(text)
    assert comparable(ask(read, query)) == comparable(embedded(query))


def test_what_is_asked_with_syntax_or_behind_the_first_page_is_answered_as_by_the_embedded_engine(
    read: Site, embedded: Callable[[SearchQuery], SearchResults]
) -> None:
    for query in (SearchQuery('"fast car"'), SearchQuery("fast car", page=2), SearchQuery("fast car", explain=True)):
        assert comparable(ask(read, query)) == comparable(embedded(query))
    (hit, *_) = ask(read, SearchQuery("fast car", explain=True)).hits
    assert hit.explanation is not None
    assert any("meaning" in part.label for part in hit.explanation.parts)


def plain_body(dimensions: int, *, has_knn: bool) -> dict[str, Any]:
    """The body that creates an index, as a cluster without the plugin takes it: it refuses a setting of k-NN."""
    body = create_body(dimensions, has_knn=False)
    if has_knn:
        body["settings"]["index.of_no_plugin"] = True
    return body


def test_without_the_plugin_hits_are_in_the_same_order_and_what_only_meaning_finds_is_named_as_absent(
    site: Site, embedded: Callable[[SearchQuery], SearchResults], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "create_body", plain_body)
        vectors = site.make()
    assert vectors.limits == "; articles that no word leads to are not found: the cluster lacks the k-NN plugin"
    for text in QUERIES:
        query = SearchQuery(text)
        assert comparable(ask(site, query)) == comparable(replace(embedded(query), by_meaning=()))
    assert not asyncio.run(capabilities(site)).finds_by_meaning
    # Installed later, the plugin is used from the next time on that vectors are written.
    assert site.make((*ARTICLES, make_article("garage", text="A swift automobile."))).limits == ""
    assert asyncio.run(capabilities(site)).finds_by_meaning
    assert [hit.slug for hit in ask(site, SearchQuery("fast car")).by_meaning] == ["automobiles"]


async def capabilities(site: Site) -> Any:
    """What the engine of the newest generation promises."""
    store = site.store()
    found = (await store.open()).capabilities
    await store.close()
    return found


def test_vectors_are_made_once_through_a_kill_an_edit_and_a_new_index_of_documents(site: Site) -> None:
    killed = ConceptEncoder(fail_after=3)
    with pytest.raises(Killed):
        site.make(encoder=killed)
    resumed = ConceptEncoder()
    site.make(encoder=resumed)
    assert len(killed.passages) == 3
    assert set(killed.passages).isdisjoint(resumed.passages)
    assert ask(site, SearchQuery("driving")).by_meaning[0].slug == "automobiles"

    edited = (*ARTICLES[:2], replace(make_article("gardens", text="A swift automobile."), digest="edited"))
    asyncio.run(drop_documents(site.cluster))
    site.store().sync(edited)
    after = ConceptEncoder()
    site.make(edited, after)
    assert len(after.passages) == 1
    assert [hit.slug for hit in ask(site, SearchQuery("driving")).by_meaning] == ["gardens"]  # it is closer now
    assert ask(site, SearchQuery("cooking")).by_meaning == ()  # the article about dinner is gone


async def drop_documents(cluster: Cluster) -> None:
    """Remove the index of documents and leave the rest."""
    connection = Connection(cluster, is_writer=True)
    for index in await connection.request("GET", f"/{cluster.index}-*/_alias"):
        if not index.startswith((f"{cluster.index}-vectors-", f"{cluster.index}-lease")):
            await connection.request("DELETE", f"/{index}")
    await connection.close()


def test_one_indexer_makes_vectors_at_a_time(urls: tuple[str, ...]) -> None:
    cluster = Cluster(urls, index=f"test{secrets.token_hex(4)}")
    first, second = ClusterVectors(cluster), ClusterVectors(cluster)
    with first.writing(), pytest.raises(IndexNotWritable, match="another indexer"), second.writing():
        pass
    with second.writing():
        assert second.open("model") is None
    asyncio.run(remove_indices(cluster))


async def test_words_answer_alone_and_under_another_name_where_the_vectors_have_gone(read: Site) -> None:
    store = read.store()
    engine = await store.open()
    connection = Connection(read.cluster, is_writer=True)
    alias = alias_of(read.cluster.index, (await asyncio.to_thread(load_model, read.model)).digest)
    await connection.request("POST", f"/{alias}/_close")
    try:
        results = await engine.search(SearchQuery("fast car"))
        assert (results.ranked_by, [hit.slug for hit in results.hits]) == ("words", ["pens"])
        assert results.generation != engine.generation
    finally:
        await connection.request("POST", f"/{alias}/_open?wait_for_active_shards=1")
        await connection.close()
        await store.close()
