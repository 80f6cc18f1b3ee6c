"""The second stage over the real engine: what it changes, and what it leaves alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest

from services.search.cpu import InlineCpu
from services.search.embedded import EmbeddedStore, LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.semantic.embedding import embed_articles, plan
from services.search.semantic.model import load_model
from services.search.semantic.stage import SemanticEngine, SemanticStore
from services.search.semantic.store import VectorStore
from shared.content.article import Article, Block, Section
from shared.search.contract import MAX_BY_MEANING, Explanation, Hit, SearchQuery, SearchResults
from shared.web.settings import Settings
from tests.search_service.articles import make_article
from tests.search_service.engine.engine_contract import EngineContract
from tests.search_service.engine.store_contract import OpenStore, timeless
from tests.semantic.articles import ARTICLES
from tests.semantic.models import ConceptEncoder, write_model

#: Words that mean nothing to the model.
TYPED = ("alpha", "bravo", "delta", "echo", "golf")


class Site:
    """A folder with an index, a model and vectors."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(index_dir=folder / "index", semantic_model=folder / "model", content_dir=folder)
        self.local = WhooshIndexStore(self.settings.index_dir)
        self.store = SemanticStore(self.local, self.settings)
        write_model(self.settings.semantic_model)

    def index(self, articles: tuple[Article, ...] = ARTICLES, *, vectors_of: tuple[Article, ...] | None = None) -> None:
        """Sync the index, and make vectors of ``vectors_of`` or of all."""
        self.store.sync(articles)
        model = load_model(self.settings.semantic_model)
        wanted = plan(articles if vectors_of is None else vectors_of, None)
        vectors = VectorStore.beside(self.settings.index_dir)
        embed_articles(wanted, model, ConceptEncoder, vectors, None, progress=lambda _done, _total: None)

    def open(self) -> LocalEngine:
        """The newest generation."""
        return self.store.open()

    def ask(self, text: str, **options: object) -> SearchResults:
        """The answer of the newest generation."""
        return self.open().search(replace(SearchQuery(text), **options))  # type: ignore[arg-type] # fields of SearchQuery

    def by_words(self, text: str, **options: object) -> SearchResults:
        """The answer by words alone."""
        return self.local.open().search(replace(SearchQuery(text), **options))  # type: ignore[arg-type] # see above


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An indexed site with all vectors."""
    site = Site(tmp_path)
    site.index()
    return site


def with_sections(article: Article, *sections: Section) -> Article:
    """``article`` with other sections."""
    names = [one.name for one in fields(article) if one.init]
    body = next(name for name in names if name in {"body", "text"})
    return replace(
        article, digest=f"{len(sections[0].blocks)}", **{body: type(getattr(article, body))(sections=sections)}
    )


def explained_meaning(site: Site, typed: str) -> Explanation:
    """The second part of the explanation of the first hit, after checking that all adds up, and the part by words."""
    hit = site.ask(typed, explain=True).hits[0]
    tree = hit.explanation
    assert tree is not None
    assert tree.value == pytest.approx(hit.score)
    assert sum(part.value for part in tree.parts) == pytest.approx(tree.value)
    words, meaning = tree.parts
    assert words.label.startswith("words: ")
    assert isinstance(words.parts[0], Explanation)
    by_words = next(one for one in site.by_words(typed).hits if one.slug == hit.slug)
    assert words.parts[0].value == pytest.approx(by_words.score)
    return meaning


def covered(hit: Hit) -> str:
    """The largest share of the query that one section has, as the explanation of ``hit`` says."""
    assert hit.explanation is not None
    return hit.explanation.parts[0].label.partition("a section has ")[2].split()[0]


def slugs(hits: tuple[Hit, ...]) -> list[str]:
    """The articles of hits, in order."""
    return [hit.slug for hit in hits]


def test_article_without_any_word_of_the_question_is_related_by_meaning(site: Site) -> None:
    results = site.ask("fast car")
    assert slugs(results.hits) == ["pens"]
    assert slugs(results.by_meaning) == ["automobiles"]
    hit = results.by_meaning[0]
    assert (hit.url, [one.url for one in hit.sections]) == ("/articles/automobiles/", ["/articles/automobiles/#speed"])
    assert hit.sections[0].snippet == (("A quick vehicle, a swift automobile.", False),)
    assert hit.title == (("Automobiles", False),)


def test_totals_facets_and_pages_exclude_hits_by_meaning_alone(site: Site) -> None:
    results, by_words = site.ask("fast car"), site.by_words("fast car")
    assert (results.total, results.facets, results.matched) == (by_words.total, by_words.facets, by_words.matched)
    assert (results.ranked_by, by_words.ranked_by) == ("meaning", "words")
    assert slugs(site.ask("fast car", page=2).by_meaning) == []


def test_off_topic_question_has_nothing_related(site: Site) -> None:
    assert site.ask("who painted these ceilings").by_meaning == ()


def test_a_query_without_word_matches_shows_hits_by_meaning(site: Site) -> None:
    results = site.ask("driving", exact=True)
    assert (results.total, results.hits) == (0, ())
    assert slugs(results.by_meaning) == ["automobiles"]


def test_related_section_shows_its_first_sentence_and_no_row_of_a_table(site: Site) -> None:
    blocks = Block("prose", "vehicle | speed"), Block("code", "x = 1"), Block("prose", "A quick automobile.")
    table = make_article("table", sections=(("Next", "Rain."),))
    section = Section("rows", "Rows", 2, blocks)
    site.index((with_sections(table, section, *table.body.sections), *ARTICLES[1:]))
    (hit,) = site.ask("fast car").by_meaning
    assert hit.sections[0].snippet == (("A quick automobile.", False),)
    site.index((with_sections(table, replace(section, blocks=blocks[:1]), *table.body.sections), *ARTICLES[1:]))
    assert site.ask("fast car").by_meaning[0].sections[0].snippet == (("vehicle | speed", False),)


def test_related_text_before_the_first_heading_shows_its_beginning(site: Site) -> None:
    site.index((make_article("garage", text="A quick automobile.", sections=(("Next", "Rain."),)), *ARTICLES[1:]))
    (hit,) = site.ask("fast car").by_meaning
    assert [(one.anchor, one.url, one.snippet) for one in hit.sections] == [
        ("", "/articles/garage/", (("A quick automobile.", False),))
    ]


def test_no_more_than_three_are_related(site: Site) -> None:
    more = tuple(make_article(f"garage-{number}", text="A swift automobile.") for number in range(6))
    site.index((*ARTICLES, *more))
    assert len(site.ask("fast car").by_meaning) == MAX_BY_MEANING


def test_meaning_decides_between_articles_that_words_hold_alike(site: Site) -> None:
    engines = make_article("engines", text="One part here: car, driving, speed.", day=1)
    letters = make_article("letters", text="One part here: pen, paper, ink.", day=2)
    site.index((engines, letters))
    assert slugs(site.by_words("one part here for the vehicle").hits)[0] == "letters"
    assert slugs(site.ask("one part here for the vehicle").hits)[0] == "engines"


@pytest.mark.parametrize(
    "query",
    [
        SearchQuery('"fast car"'),
        SearchQuery("fast -car"),
        SearchQuery("text:fast title:car"),
        SearchQuery("fastCar"),
        SearchQuery("fast car", partial=True),
        SearchQuery("fast car", filters=(("tags", ("x",)),)),
        SearchQuery("fast car", filters=(("year", (2025,)),)),
        SearchQuery("fast car", sort="newest"),
        SearchQuery(""),
    ],
)
def test_a_query_with_operators_gets_the_hits_by_words(site: Site, query: SearchQuery) -> None:
    found = replace(site.open().search(query), generation="")
    assert timeless(found) == timeless(replace(site.local.open().search(query), generation=""))


def test_an_exact_match_stays_first(site: Site) -> None:
    meals = make_article("fast", text="Paper.", day=1)
    cars = make_article("cars", text="fast fast car, quick vehicle, swift automobile", day=2)
    site.index((meals, cars))
    assert slugs(site.ask("fast").hits) == ["fast", "cars"]


def test_section_that_means_the_question_comes_first_and_claims_no_words(site: Site) -> None:
    article = make_article("a", text="Fast is a word.", sections=(("Other", "A swift automobile."), ("Fast", "Pens.")))
    site.index((article,))
    hit = site.ask("fast car here").hits[0]
    assert hit.sections[0].anchor == "other"
    assert hit.sections[0].snippet == (("A swift automobile.", False),)
    assert {one.anchor for one in hit.sections} == {"other", "", "fast"}


def test_explanation_shows_both_scores_and_adds_up(site: Site) -> None:
    meaning = explained_meaning(site, "fast car")
    assert meaning.label.startswith("meaning: 0.6 x similarity (cosine 0.7")


def test_explanation_of_a_question_shows_its_best_sections_and_adds_up(site: Site) -> None:
    meaning = explained_meaning(site, "is there a fast car here")
    assert meaning.label == "meaning: the best sections"
    assert [part.label.split(":")[0] for part in meaning.parts] == ["0.67 of section #", "0.33 of section #ink"]
    assert sum(part.value for part in meaning.parts) == pytest.approx(meaning.value)


def test_words_count_if_one_section_has_all_of_the_query(site: Site) -> None:
    together = make_article("together", sections=(("One", f"{' '.join(TYPED)}."), ("Two", "Rain.")))
    site.index((together, make_article("other", text="Rain.")))
    hit = site.ask(" ".join(TYPED), explain=True).hits[0]
    assert (hit.slug, covered(hit)) == ("together", "1.00")


def test_words_count_little_if_they_are_all_over_an_article(site: Site) -> None:
    scattered = make_article("scattered", sections=tuple((word, f"{word} {word}.") for word in TYPED))
    means = make_article("means", sections=tuple((word, "Driving.") for word in "XYZ"))
    site.index((scattered, means))
    results = site.ask(f"driving {' '.join(TYPED)}", explain=True)
    assert slugs(results.hits)[0] == "means"


def test_article_that_means_the_question_in_several_sections_comes_first(site: Site) -> None:
    once = make_article("once", sections=(("A", "A swift automobile."), ("B", "Rain and fast."), ("C", "Snow.")), day=2)
    often = make_article("often", sections=tuple((one, "A swift automobile, fast.") for one in "ABC"), day=1)
    site.index((once, often))
    assert slugs(site.ask("is there a fast car here").hits) == ["often", "once"]


def test_vectors_of_an_earlier_version_with_other_sections_are_read_without_words(site: Site) -> None:
    before = make_article("a", sections=(("One", "Fast."), ("Two", "A swift automobile.")))
    after = make_article("a", sections=(("Two", "A swift automobile, fast."),))
    site.index((after,), vectors_of=(before,))
    tree = site.ask("is there a fast car here", explain=True).hits[0].explanation
    assert tree is not None
    assert all(part.label.endswith("words 0.00") for part in tree.parts[1].parts)


def test_article_without_a_vector_yet_is_found_by_its_words(site: Site) -> None:
    new = make_article("new", text="A fast thing.", day=30)
    site.index((*ARTICLES, new), vectors_of=ARTICLES)
    results = site.ask("fast", explain=True)
    assert set(slugs(results.hits)) == {"pens", "new"}
    tree = next(hit.explanation for hit in results.hits if hit.slug == "new")
    assert tree is not None
    assert "no vector yet" in tree.parts[1].label


def test_removed_article_is_not_shown_though_it_still_has_vectors(site: Site) -> None:
    site.index(ARTICLES[1:], vectors_of=ARTICLES)
    assert site.ask("fast car").by_meaning == ()


def test_removed_section_is_not_led_to_though_it_still_has_vectors(site: Site) -> None:
    edited = make_article("automobiles", sections=(("Weather", "Rain."),))
    site.index((edited, *ARTICLES[1:]), vectors_of=ARTICLES)
    assert site.ask("fast car").by_meaning == ()
    assert [one.anchor for one in site.ask("rain on automobiles").hits[0].sections] == ["weather"]


def test_corrected_query_is_read_as_corrected(site: Site) -> None:
    results = site.ask("cookign")
    assert results.correction is not None
    assert results.correction.text == "cooking"
    assert slugs(results.hits) == ["dinner"]
    assert results.hits[0].score > 0.5


def test_query_in_letters_that_the_model_does_not_read_is_searched_by_words(site: Site, tmp_path: Path) -> None:
    folder = site.settings.semantic_model
    (folder / "model.toml").write_text((folder / "model.toml").read_text() + 'languages = ["en"]\n')
    engine = SemanticStore(site.local, site.settings).open()
    question = SearchQuery("быстрая машина fast car")
    assert timeless(replace(engine.search(question), generation="")) == timeless(
        replace(site.local.open().search(question), generation="")
    )


def test_threads_share_one_engine(site: Site) -> None:
    engine = site.open()
    questions = [SearchQuery(text) for text in ("fast car", "food", "driving a vehicle", "cash")] * 5
    alone = [timeless(engine.search(question)) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        assert [timeless(one) for one in threads.map(engine.search, questions)] == alone


def test_new_vectors_are_a_new_generation_and_the_index_stays_open(site: Site) -> None:
    before = site.open()
    assert isinstance(before, SemanticEngine)
    assert before.generation == site.store.current()
    new = make_article("new", text="cash")
    site.index(ARTICLES, vectors_of=(*ARTICLES, new))
    after = site.open()
    assert before.generation != after.generation == site.store.current()
    assert after.status().generation == after.generation == after.search(SearchQuery("cash")).generation
    before.close()
    before.close()
    assert slugs(after.search(SearchQuery("fast car")).by_meaning) == ["automobiles"]


@pytest.mark.parametrize("gone", ["model.onnx", "model.toml"])
def test_site_without_a_usable_model_answers_by_words(site: Site, gone: str) -> None:
    (site.settings.semantic_model / gone).unlink()
    store = SemanticStore(site.local, site.settings)
    engine = store.open()
    assert engine.generation == store.current() == site.local.current()
    assert engine.search(SearchQuery("fast car")).by_meaning == ()


def test_model_is_not_loaded_by_who_only_asks_for_the_generation(site: Site) -> None:
    graph = site.settings.semantic_model / "model.onnx"
    graph.write_bytes(b"not a graph")
    store = SemanticStore(site.local, site.settings)
    assert store.current() == site.store.current()
    assert store.sync(ARTICLES).generation == store.current()


def test_floor_of_the_card_counts_from_the_next_generation_on(site: Site) -> None:
    before = site.open()
    assert before.search(SearchQuery("fast car")).by_meaning
    card = site.settings.semantic_model / "model.toml"
    card.write_text(card.read_text("utf-8").replace("floor = 0.3", "floor = 1.0"), "utf-8")
    assert site.store.current() != before.generation
    assert site.ask("fast car").by_meaning == ()


def test_damaged_vectors_leave_words(site: Site) -> None:
    for path in (site.settings.index_dir / "vectors").glob("*/vectors.npy"):
        path.write_bytes(b"garbage")
    store = SemanticStore(site.local, site.settings)
    engine = store.open()
    assert engine.generation == store.current() == site.local.current()
    assert engine.search(SearchQuery("fast car")).by_meaning == ()


class TestReadingStoreWithoutVectors(EngineContract):
    """Before the first vector, the store keeps the whole contract."""

    @pytest.fixture
    def open_stores(self, tmp_path: Path) -> OpenStore:
        """Stores over one directory."""
        settings = Settings(index_dir=tmp_path, semantic_model=tmp_path / "none", content_dir=tmp_path)
        return lambda: EmbeddedStore(SemanticStore(WhooshIndexStore(tmp_path), settings), InlineCpu())
