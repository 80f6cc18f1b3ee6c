"""The arrays about terms and stem groups."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.search.arrays.segment.stem_groups import signature, signatures


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)))
def test_many_words_have_the_signatures_that_each_has(words: list[str]) -> None:
    assert signatures(words).tolist() == [signature(word) for word in words]
