"""A text that was pasted from an article finds that article before those that have its words elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from services.search.embedded import LocalEngine
from shared.content.article import Block, Body, Section
from shared.search.contract import SearchQuery
from tests.search.understanding.articles import make_code, slugs
from tests.search_service.articles import make_article

SENTENCE = "A relay that stops for the night leaves the table full of rows."
COMMAND = "kubectl rollout restart deployment relay --timeout=30s"
ARTICLES = (
    make_code("own", f"{COMMAND}\nkubectl get pods", text=f"Some day. {SENTENCE} Nobody reads the table then."),
    make_article("relay", "The relay and the table", text="Rows of the table: night after night, a full relay stops."),
    make_article("rows", "Rows of a full table", text="The relay leaves rows at night and stops. The relay is full."),
    make_code(
        "rollout", "kubectl restart --timeout=30s deployment\nkubectl rollout relay", text="Rollout of the relay."
    ),
    make_article("event", "Event name spaces", text="A name for each event, and spaces for names."),
    replace(make_article("signs"), text=Body(sections=(Section("event", "-Event", 2, (Block("prose", "It."),)),))),
)
SMART = "\u201cA relay that stops for the night leaves the table full of rows.\u201d"


@pytest.mark.parametrize(
    "typed",
    [
        SENTENCE,
        SENTENCE.lower().rstrip("."),
        SENTENCE[:50],
        f"{SENTENCE}..",
        f"> {SENTENCE}",
        f"**{SENTENCE}**",
        f"_{SENTENCE}_",
        SMART,
        SENTENCE.replace(" ", "\u00a0"),
        SENTENCE.replace(" ", "\n", 5),
        SENTENCE.replace("leaves", "lea\u00adves"),
        SENTENCE.replace(" ", "&nbsp;"),
        COMMAND,
        f"$ {COMMAND}",
        f"`{COMMAND}`",
        f"```\n{COMMAND}\n```",
        f"{COMMAND};",
        "relay --timeout=30s kubectl get pods",  # over the end of a line
    ],
)
def test_what_is_pasted_finds_its_own_article_first(engine: LocalEngine, typed: str) -> None:
    assert slugs(engine, typed)[0] == "own"


def test_pasted_text_finds_its_article_as_it_is_typed(engine: LocalEngine) -> None:
    lengths = [len(SENTENCE[:end].rstrip()) for end in range(34, len(SENTENCE))]
    found = {engine.search(SearchQuery(SENTENCE[:end], partial=True)).hits[0].slug for end in lengths}
    assert found == {"own"}


def test_a_title_with_the_words_is_before_a_text_with_them(engine: LocalEngine) -> None:
    """A reader who types a title does not look for an article that mentions it."""
    assert slugs(engine, "rows of a full table")[0] == "rows"
    assert slugs(engine, "the relay and the table")[0] == "relay"


def test_a_few_words_are_not_called_pasted(engine: LocalEngine) -> None:
    for typed, is_pasted in (("for the night", False), ("stops for the night leaves", True)):
        hit = next(hit for hit in engine.search(SearchQuery(typed, explain=True)).hits if hit.slug == "own")
        assert hit.explanation is not None
        assert any("word for word" in part.label for part in hit.explanation.parts) is is_pasted, typed


def test_articles_with_a_pasted_text_keep_their_order(engine: LocalEngine) -> None:
    hits = engine.search(SearchQuery(SENTENCE)).hits
    assert all(one.score > other.score for one, other in pairwise(hits[:2]))


def test_an_option_begins_no_title_without_its_sign(engine: LocalEngine) -> None:
    """``-Event`` is a heading, and not the beginning of "Event name spaces"."""
    assert slugs(engine, "-Event")[0] == "signs"
    assert slugs(engine, "event")[0] == "event"
