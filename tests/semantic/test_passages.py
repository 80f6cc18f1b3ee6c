"""Article → passages."""

from __future__ import annotations

from services.search.semantic.passages import MAX_CHARS, MAX_PASSAGES, passages_of
from tests.search_service.articles import make_article


def test_passage_has_title_heading_and_text_of_its_section() -> None:
    article = make_article("cars", "Cars", text="An opening.", sections=(("Engines", "They burn."),))
    passages = list(passages_of(article))
    assert [(one.slug, one.anchor) for one in passages] == [("cars", ""), ("cars", "engines")]
    assert passages[0].text == "Cars\nAbout Cars.\nAn opening."
    assert passages[1].text == "Cars\nEngines\nThey burn."


def test_long_section_becomes_several_passages_of_the_same_anchor() -> None:
    article = make_article("cars", "Cars", sections=(("Engines", "word " * MAX_CHARS),))
    passages = [one for one in passages_of(article) if one.anchor == "engines"]
    assert len(passages) == 5
    assert all(len(one.text) < MAX_CHARS + 60 for one in passages)
    assert all(one.text.startswith("Cars\nEngines\n") for one in passages)


def test_endless_section_has_a_bounded_number_of_passages() -> None:
    article = make_article("cars", "Cars", sections=(("Engines", "x" * (MAX_CHARS * 50)),))
    assert len([one for one in passages_of(article) if one.anchor == "engines"]) == MAX_PASSAGES


def test_article_without_text_has_the_passage_of_its_title() -> None:
    passages = list(passages_of(make_article("cars", "Cars")))
    assert [(one.anchor, one.text) for one in passages] == [("", "Cars\nAbout Cars.")]


def test_key_changes_with_the_text_alone() -> None:
    before = list(passages_of(make_article("cars", "Cars", sections=(("One", "a"), ("Two", "b")))))
    after = list(passages_of(make_article("cars", "Cars", day=9, tags=("x",), sections=(("One", "a"), ("Two", "c")))))
    assert [one.key == other.key for one, other in zip(before, after, strict=True)] == [True, False]
    assert {len(one.key) for one in before} == {16}
