"""Parameters of completions and related articles: parsed, or rejected with the name of the parameter."""

from __future__ import annotations

import pytest
from multidict import MultiDict

from services.search.answering.parameters import SuggestQuery, parse_related_size, parse_suggest
from shared.search.parameters import BadParameter


def test_a_trailing_space_of_a_completed_text_is_kept() -> None:
    assert parse_suggest(MultiDict(q=" out  ")) == SuggestQuery("out ", 8)


def test_completions_and_related_articles_have_a_size() -> None:
    assert parse_suggest(MultiDict(q="o", size="3")).size == 3
    assert parse_related_size(MultiDict()) == 4
    with pytest.raises(BadParameter, match="from 1 to 20"):
        parse_related_size(MultiDict(size="21"))


def test_a_text_to_complete_is_cut_at_the_limit() -> None:
    assert parse_suggest(MultiDict(q="x" * 6), max_chars=5).text == "xxxxx"
    assert parse_suggest(MultiDict(q="out box"), max_chars=5).text == "out"
