"""The text of an article by field, as any engine gets it."""

from __future__ import annotations

from dataclasses import replace

from services.search import schema
from services.search.indexing.documents import make_document
from services.search.indexing.texts import CODE_MARK, HEADING_MARK, LINK_MARK, MARKS, PROSE_MARK, text_of
from services.search.text.term_table import TermTable
from shared.content.article import Article, Block, Body, LinkText, Section
from tests.search_service.articles import SITE

RELAY = Section("the-relay", "The relay", 2, (Block("prose", "It polls."), Block("code", "SELECT 1", "sql")))
COSTS = Section("price", "What it costs", 2, (Block("prose", "Little."),))
LINKS = (LinkText("", "how we send events"), LinkText("price", "the bill"), LinkText("gone", "an old link"))


def article(*sections: Section, links: tuple[LinkText, ...] = ()) -> Article:
    """An article with these sections and links to it."""
    return replace(
        SITE[0], title="Outbox", summary="Events.", tags=("a", "b"), text=Body(sections=sections), link_texts=links
    )


def test_each_field_has_its_text_with_a_line_for_each_run() -> None:
    assert text_of(article(RELAY, COSTS, links=LINKS)).by_field() == {
        "title": "Outbox",
        "headings": "The relay\nWhat it costs",
        "summary": "Events.",
        "tags": "a\nb",
        "body": "It polls.\nLittle.",
        "code": "SELECT 1",
        "links": "how we send events\nan old link\nprice\nthe bill",
    }


def test_an_article_without_text_has_every_field() -> None:
    assert set(text_of(article()).by_field()) == {field.name for field in schema.FIELDS}


def test_runs_are_in_reading_order_and_each_section_knows_its_first() -> None:
    text = text_of(article(RELAY, COSTS, links=LINKS))
    assert [run.mark for run in text.runs[:6]] == [HEADING_MARK, *[PROSE_MARK] * 3, LINK_MARK, LINK_MARK]
    assert [text.runs[first].text for first in text.first_runs] == ["The relay", "What it costs"]
    assert [run.mark for run in text.runs[text.first_runs[0] : text.first_runs[1]]] == [
        HEADING_MARK,
        PROSE_MARK,
        CODE_MARK,
    ]


def test_no_text_contains_a_mark_and_no_character_moves() -> None:
    text = text_of(article(Section("a", "A", 2, (Block("prose", f"one{''.join(MARKS)}\0two", code_spans=((0, 3),)),))))
    assert text.runs[-1].text == "one     two"
    assert text.runs[-1].code_spans == ((0, 3),)


def test_terms_are_those_of_the_text_and_each_lies_where_its_offset_says() -> None:
    table = TermTable()
    document = make_document(article(RELAY, COSTS, links=LINKS), table)
    found = [
        (schema.FIELDS[field].name, document.text[start : start + width].decode(), table.surfaces[number])
        for field, start, width, number in zip(
            document.fields.tolist(),
            document.starts.tolist(),
            document.widths.tolist(),
            document.surfaces.tolist(),
            strict=True,
        )
    ]
    assert all(word.casefold() == surface for _, word, surface in found)
    by_field = text_of(document.article).by_field()
    assert {name: [word for own, word, _ in found if own == name] for name in ("title", "headings", "code")} == {
        name: by_field[name].split() for name in ("title", "headings", "code")
    }
