"""Link texts: an article is found by the texts of links to it, and shows only its own text."""

from __future__ import annotations

from pathlib import Path

import pytest
from whoosh.index import open_dir

from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.article import Article
from shared.content.parsing.cross_links import find_site_links, with_link_texts
from shared.search.contract import Explanation, SearchQuery
from tests.content.articles import article

KILN = "kiln", "Clay becomes stone.\n\n## Firing\n\nUp to a thousand degrees.\n\n## Cooling\n\nSlowly."
LOG = (
    "log",
    "Notes of a [thermal chamber](kiln.md), and of [heating it](kiln.md#firing) to a [thermal chamber](kiln.md).",
)
OTHER = "other", "Nothing about it."


def named(*texts: tuple[str, str]) -> tuple[Article, ...]:
    """Articles of ``(slug, body)`` with their link texts."""
    bodies = {f"articles/{slug}.md": body for slug, body in texts}
    links = {source: find_site_links(body, source) for source, body in bodies.items()}
    return with_link_texts([article(*text) for text in texts], (), links.__getitem__)


def open_with(folder: Path, *texts: tuple[str, str]) -> WhooshEngine:
    """An index of articles of ``(slug, body)`` with their link texts."""
    store = WhooshIndexStore(folder)
    store.sync(named(*texts))
    store.close()
    return store.open()


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    return open_with(tmp_path, KILN, LOG, OTHER)


def found(engine: WhooshEngine, typed: str) -> list[str]:
    return sorted(hit.slug for hit in engine.search(SearchQuery(typed)).hits)


def labels(explanation: Explanation) -> list[str]:
    """The labels of an explanation and of all its parts."""
    return [explanation.label, *(label for part in explanation.parts for label in labels(part))]


@pytest.mark.parametrize("typed", ["thermal chamber", "chambers", "heating"])
def test_an_article_is_found_by_the_text_of_a_link_to_it(engine: WhooshEngine, typed: str) -> None:
    assert found(engine, typed) == ["kiln", "log"]


def test_a_link_to_a_section_leads_to_the_section(engine: WhooshEngine) -> None:
    hit = next(hit for hit in engine.search(SearchQuery("heating")).hits if hit.slug == "kiln")
    assert [section.anchor for section in hit.sections] == ["firing"]
    assert "".join(text for text, _ in hit.sections[0].snippet) == "Up to a thousand degrees."


def test_a_section_is_found_by_the_anchor_that_was_chosen_for_it(tmp_path: Path) -> None:
    text = "## A throwaway cluster {#setup}\n\nOne.\n\n## Firing {#firing}\n\nTwo.\n\n## Firing\n\nThree."
    engine = open_with(tmp_path, ("lab", text), OTHER)
    (hit,) = engine.search(SearchQuery("setup")).hits
    assert [section.anchor for section in hit.sections] == ["setup"]


def test_a_link_to_the_article_speaks_for_no_section_and_shows_in_no_snippet(engine: WhooshEngine) -> None:
    hit = next(hit for hit in engine.search(SearchQuery("thermal chamber clay")).hits if hit.slug == "kiln")
    assert [section.anchor for section in hit.sections] == [""]
    assert [text for text, _ in hit.sections[0].snippet] == ["Clay", " becomes stone."]


def test_a_phrase_is_searched_in_the_text_of_the_article_itself(engine: WhooshEngine) -> None:
    assert found(engine, '"thermal chamber"') == ["log"]
    assert found(engine, "body:thermal") == ["log"]


def test_the_explanation_names_link_texts(engine: WhooshEngine) -> None:
    results = engine.search(SearchQuery("thermal", explain=True))
    hit = next(hit for hit in results.hits if hit.slug == "kiln")
    assert hit.explanation is not None
    assert any(label.endswith("in links: 1 time") for label in labels(hit.explanation))


def test_an_edit_of_the_linking_article_reindexes_it_and_its_targets(tmp_path: Path) -> None:
    open_with(tmp_path / "one", KILN, LOG, OTHER)
    edited = "log", "Notes of a [stove](kiln.md), and of [heating it](kiln.md#firing)."
    store = WhooshIndexStore(tmp_path / "one")
    report = store.sync(named(KILN, edited, OTHER))
    assert (report.added, report.changed, report.removed) == (0, 2, 0)
    engine = store.open()
    assert found(engine, "stove") == ["kiln", "log"]
    assert found(engine, "thermal") == []
    rebuilt = open_with(tmp_path / "two", KILN, edited, OTHER)
    assert rebuilt.generation == engine.generation
    for typed in ("stove", "heating", "clay"):
        assert rebuilt.search(SearchQuery(typed)).hits == engine.search(SearchQuery(typed)).hits


def test_whoosh_alone_finds_link_texts_in_a_field_of_their_own(tmp_path: Path) -> None:
    open_with(tmp_path, KILN, LOG, OTHER)
    with open_dir(tmp_path).searcher() as searcher:
        (document,) = searcher.documents(slug="kiln")
        assert document["links"].splitlines() == ["thermal chamber", "heating it"]
        assert "thermal" not in document["body"]
