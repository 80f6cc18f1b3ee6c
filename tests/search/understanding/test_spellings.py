"""Words, names and numbers in each of their spellings, on a site of a few articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.tokens import tokenize
from shared.search.contract import SearchQuery
from tests.search.understanding.articles import SITE, make_code, slugs
from tests.search_service.articles import make_article

ARTICLES = SITE


@pytest.mark.parametrize(
    "words", ["utilisation utilization", "colour color", "serialise serialize", "behaviour behavior"]
)
def test_british_and_american_spellings_find_the_same_articles(engine: LocalEngine, words: str) -> None:
    for word in words.split():
        assert {"british", "american"} <= set(slugs(engine, word))


@pytest.mark.parametrize("typed", ["name space", "name-space", "namespace", "Namespaces", "NAME-SPACE"])
def test_a_word_is_found_in_each_of_its_spellings(engine: LocalEngine, typed: str) -> None:
    assert {"apart", "hyphen", "closed"} <= set(slugs(engine, typed)[:4])


@pytest.mark.parametrize("typed", ["file system", "file-system", "filesystem", "filesystems"])
def test_a_word_that_is_apart_in_one_article_is_found_there_too(engine: LocalEngine, typed: str) -> None:
    assert set(slugs(engine, typed)[:2]) == {"apart", "closed"}


def test_a_word_is_not_cut_where_no_article_has_its_halves_side_by_side(engine: LocalEngine) -> None:
    assert slugs(engine, "joined") == ["joined"]
    assert slugs(engine, "invoices") == ["grants"]


def test_words_that_only_look_like_two_spellings_stay_apart(engine: LocalEngine) -> None:
    assert slugs(engine, "cheque") == ["british"]
    assert slugs(engine, "check") == ["american"]


def test_irregular_plurals_find_the_singular(engine: LocalEngine) -> None:
    assert slugs(engine, "indices") == slugs(engine, "index") == ["closed"]


@pytest.mark.parametrize("typed", ["JEP-8", "CVE-2021-30", "v3.1.2-rc.30", "21.30.x", "Ruby-21", "KEP-20.30"])
def test_a_number_without_its_name_finds_nothing(engine: LocalEngine, typed: str) -> None:
    results = engine.search(SearchQuery(typed))
    assert (results.total, results.missing) == (0, (typed,))


@pytest.mark.parametrize(
    ("typed", "first"), [("PEP-20", "hyphen"), ("java-21", "hyphen"), ("UTF-8", "closed"), ("utf16", "hyphen")]
)
def test_a_name_is_found_with_its_number(engine: LocalEngine, typed: str, first: str) -> None:
    assert slugs(engine, typed)[0] == first


@pytest.mark.parametrize(
    "typed",
    ["dotnet", "dot net", "csharp", "c sharp", "cplusplus", "vuejs", "vue.js", "internationalisation", "99.9", "99,9"],
)
def test_a_name_or_number_is_found_in_the_spelling_that_the_site_has(engine: LocalEngine, typed: str) -> None:
    assert slugs(engine, typed)[0] == "platforms"


@pytest.mark.parametrize("typed", ["1,2,3", "f(1,2)", "[1,2]", "12,34,56"])
def test_a_comma_of_a_list_is_no_decimal_one(typed: str) -> None:
    assert all(token.surface.isalnum() for token in tokenize(typed))


def test_the_small_number_of_a_name_finds_nothing_by_itself(engine: LocalEngine) -> None:
    assert slugs(engine, "python16") == ["numbers"]
    assert slugs(engine, "qwertz12") == []


@pytest.mark.parametrize(
    ("typed", "missing"),
    [
        ("SOC 16", ("SOC",)),
        ("Angular 21", ("Angular",)),
        ("10.0.0.0/16", ("10.0.0.0",)),
        ("log4j16", ("log4j16",)),
        ("IPv9", ("IPv9",)),
        ("PEP 8 quux", ("quux",)),
    ],
)
def test_an_article_that_has_only_the_number_is_no_answer(
    engine: LocalEngine, typed: str, missing: tuple[str, ...]
) -> None:
    results = engine.search(SearchQuery(typed))
    has_name = typed.startswith("PEP")
    assert (results.missing, bool(results.hits), results.near) == (missing, has_name, ())


@pytest.mark.parametrize("typed", ["16 quux GiB", "16", "9110 21", "16 7777"])
def test_numbers_are_found_beside_a_word_and_alone(engine: LocalEngine, typed: str) -> None:
    assert engine.search(SearchQuery(typed)).total


@pytest.mark.parametrize("typed", ["OAuth2", "UTF-16", "plan-B"])
def test_the_number_or_the_letter_of_a_name_finds_nothing_by_itself(typed: str, tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path)
    articles = [make_article("named", "A name", text="We use OAuth2 and UTF-16, and have a plan-B.")]
    articles += [make_article(f"a{number}", "Else", text=f"There are {number} of b.") for number in (2, 16)]
    store.sync(articles)
    results = store.open().search(SearchQuery(typed))
    assert ([hit.slug for hit in results.hits], results.matched) == (["named"], "all")


@pytest.mark.parametrize(
    "typed", ["haemoglobin", "serialiser", "serialisers", "canceled", "dataset_normaliser", "Analyser"]
)
def test_the_other_spelling_of_a_word_is_found_in_code(tmp_path: Path, typed: str) -> None:
    """Nearly all code is written in American English, whatever its author writes beside it."""
    store = WhooshIndexStore(tmp_path)
    code = "Hemoglobin(Serializer, CANCELLED, dataset_normalizer, analyzer)"
    store.sync([make_code("code", code), make_article("prose", "Others", text="Sterilise it.")])
    engine = store.open()
    assert slugs(engine, typed) == ["code"]
    explained = engine.search(SearchQuery(typed, explain=True)).hits[0].explanation
    assert explained is not None
    engine.close()


@pytest.mark.parametrize("typed", ["Quux 1.56", "quux1.56", "Quux-1.56", "Quux v1.56", "quux_1.56"])
def test_a_release_is_found_with_its_name_however_they_are_joined(tmp_path: Path, typed: str) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(
        [
            make_article("release", "Announcing Quux 1.56.0", text="It is here."),
            make_article(
                "other", "Announcing Quux 1.57.0", text="Quux 1.57 is here. It mends Quux 1.5, 1.51 and 1.53."
            ),
        ]
    )
    engine = store.open()
    assert slugs(engine, typed)[0] == "release"
    assert slugs(engine, "v1.56") == ["release"]
    engine.close()


def test_a_version_behind_a_word_of_the_site_may_be_a_number(engine: LocalEngine) -> None:
    assert slugs(engine, "Java v21")[0] == "hyphen"
    assert engine.search(SearchQuery("Java v21")).missing == ()
    for typed in ("v21", "Ruby v21"):
        results = engine.search(SearchQuery(typed))
        assert results.total == 0
        assert "v21" in results.missing


def test_a_shortened_verb_makes_no_other_word(tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path)
    text = "I'd say she'll do it, and we'll see; he\u2019ll wait, I\u2019ll not. They don't."
    store.sync([make_article("prose", "Prose", text=text), make_article("keys", "Keys", text="The id of a shell.")])
    engine = store.open()
    assert (slugs(engine, "id"), slugs(engine, "shell")) == (["keys"], ["keys"])
    for other in ("well", "hell", "ill"):
        assert engine.search(SearchQuery(other)).total == 0, other
    for typed in (
        "I'd like keys",
        "they'll shell",
        "ive keys",
        "what\u2019re keys",
        "whats a key",
        "keys aren't",
    ):
        results = engine.search(SearchQuery(typed))
        assert (results.hits[0].slug, [word for word in results.missing if word != "like"]) == ("keys", []), typed
    engine.close()
