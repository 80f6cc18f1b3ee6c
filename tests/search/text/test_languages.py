# ruff: noqa: RUF001 - Turkish has a letter that looks like the i of English
"""Articles in several languages on one site: each is found by the words of its language, and disturbs no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.search.contract import SearchQuery
from tests.search.documentation import rows_under
from tests.search.text.languages import ARTICLES, FOUND, in_language


def documented() -> Iterator[tuple[str, str, str]]:
    """The rows ``tag, text, typed`` of the table in docs/search.md."""
    tag = ""
    for language, text, typed in rows_under("| language | an article with | is found by |"):
        tag = language.rpartition("`")[0].rpartition("`")[2] or tag
        yield from ((tag, text.strip("`"), one) for one in re.findall(r"`([^`]+)`", typed))


@pytest.fixture(scope="module")
def documented_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, WhooshEngine]]:
    """An engine for each text of the table, beside one article in English."""
    engines = {}
    for tag, text, _ in documented():
        if text not in engines:
            store = WhooshIndexStore(tmp_path_factory.mktemp("index"))
            store.sync([in_language("found", tag, "", text), in_language("english", "en", "", "Another one.")])
            engines[text] = store.open()
    yield engines
    for engine in engines.values():
        engine.close()


@pytest.mark.parametrize(("tag", "text", "typed"), list(documented()))
def test_the_table_of_languages_in_the_documentation_holds(
    documented_sites: dict[str, WhooshEngine], tag: str, text: str, typed: str
) -> None:
    assert slugs(documented_sites[text], typed) == ["found"], tag


@pytest.fixture(scope="module")
def compounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    """An engine over German articles about a compound, and about its words."""
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"))
    store.sync(
        [
            in_language("apart", "de", "Abwicklung von Zahlungen", "Zahlungen und ihre Abwicklung im Laden."),
            in_language("compound", "de", "Zahlungsabwicklung", "Wie wir die Bestellungen prüfen."),
            in_language("first", "de", "Zahlungen", "Eine Zahlung kommt an. Die Abwicklung von Bestellungen folgt."),
            in_language("second", "de", "Abwicklung", "Die Abwicklung der Bestellung."),
        ]
    )
    engine = store.open()
    yield engine
    engine.close()


def slugs(engine: WhooshEngine, text: str, *, partial: bool = False) -> list[str]:
    """What ``text`` finds, best first."""
    return [hit.slug for hit in engine.search(SearchQuery(text, partial=partial)).hits]


@pytest.mark.parametrize(("typed", "slug"), FOUND)
def test_an_article_is_found_by_the_words_of_its_language(engine: WhooshEngine, typed: str, slug: str) -> None:
    assert slugs(engine, typed)[:1] == [slug]


def test_a_compound_is_found_by_its_last_word(engine: WhooshEngine) -> None:
    for typed in ("verbindung", "Verbindungen"):
        (hit,) = engine.search(SearchQuery(typed, explain=True)).hits
        assert "datenbankverbindungen (end of a compound)" in repr(hit.explanation)
    assert slugs(engine, "bindung") == []


@pytest.mark.parametrize("typed", ["Zahlungs Abwicklung", "zahlung abwicklung", "die Zahlungs Abwicklung"])
def test_a_compound_that_is_typed_apart_finds_the_compound_first(compounds: WhooshEngine, typed: str) -> None:
    assert slugs(compounds, typed)[:2] == ["compound", "apart"]


def test_words_of_one_language_are_no_forms_of_words_of_another(engine: WhooshEngine) -> None:
    # *dies* is *die* in English; the German articles are full of *die*.
    assert slugs(engine, "dies") == ["en"]
    # Color and colour, organise and organize are one in English alone.
    assert slugs(engine, "organizes") == ["en"]


def test_stop_words_are_those_of_the_language_that_a_query_is_in(engine: WhooshEngine) -> None:
    plans = {
        text: [group.label for group in engine.understand(SearchQuery(text)).plan.groups if not group.is_optional]
        for text in ("die Verbindung und der Schlüssel", "how to die", "l'index de la base", "pool")
    }
    assert plans == {
        "die Verbindung und der Schlüssel": ["verbindung", "schlussel"],
        "how to die": ["die"],
        "l'index de la base": ["index", "base"],
        "pool": ["pool"],
    }


@pytest.mark.parametrize("typed", ["handel", "verbindug", '"verbindug"', "requte", "conexón", "pol OR die"])
def test_without_word_lists_nothing_is_corrected(engine: WhooshEngine, typed: str) -> None:
    assert engine.search(SearchQuery(typed)).correction is None


def test_a_typo_is_offered_in_every_language(engine: WhooshEngine) -> None:
    assert "verbindung" in engine.search(SearchQuery("verbindug")).offers


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("verb", "Die Verbindung zum Haus"),
        ("die verb", "Die Verbindung zum Haus"),
        ("index des", "L'index des requêtes"),
        ("l'ind", "L'index des requêtes"),
        ("requet", "L'index des requêtes"),
        ("bagl", "Veritabanı bağlantıları"),
        ("очер", "Очереди сообщений"),
        ("データ", "データベース接続"),
        ("데이터", "데이터베이스 연결"),
        ("الف", "الفهرس"),
    ],
)
def test_titles_are_completed_in_every_language(engine: WhooshEngine, typed: str, text: str) -> None:
    assert text in [one.text for one in engine.suggest(typed)]


@pytest.mark.parametrize(
    ("typed", "slug"), [("verbin", "de"), ("häus", "de"), ("l'ind", "fr"), ("bağl", "tr"), ("接", "ja"), ("데이", "ko")]
)
def test_a_word_is_found_while_it_is_typed(engine: WhooshEngine, typed: str, slug: str) -> None:
    assert slug in slugs(engine, typed, partial=True)


def test_the_matching_words_are_marked_in_the_snippet(engine: WhooshEngine) -> None:
    (hit,) = engine.search(SearchQuery("haus schlüsseln")).hits
    marked = [text for section in hit.sections for text, is_match in section.snippet if is_match]
    assert marked == ["Häuser", "Schlüssel"]


def test_synonyms_meet_in_every_form_of_the_language(tmp_path: Path) -> None:
    (tmp_path / "synonyms.toml").write_text('[[groups]]\nterms = ["Datenspeicher", "Schlüssel"]\n', encoding="utf-8")
    store = WhooshIndexStore(tmp_path / "index", tmp_path / "synonyms.toml")
    store.sync(ARTICLES)
    engine = store.open()
    assert slugs(engine, "Datenspeichern") == ["de"]
    engine.close()
