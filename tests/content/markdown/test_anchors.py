"""Attributes of headings: what is read, and what stays text."""

from __future__ import annotations

import pytest

from shared.content.markdown.anchors import set_anchors
from shared.content.markdown.dialect import dialect


@pytest.mark.parametrize(
    ("heading", "anchor", "text"),
    [
        ("Relay {#old}", "old", "Relay"),
        ("Relay {.a.b key=\"two words\" title='x' #old}", "old", "Relay"),
        ("Relay {: #old .wide}", "old", "Relay"),
        ("Relay {#old", "relay-old", "Relay {#old"),
    ],
)
def test_attributes_at_the_end_of_a_heading_are_read(heading: str, anchor: str, text: str) -> None:
    tokens = dialect().parse(f"# {heading}\n")
    assert set_anchors(tokens) == {anchor}
    assert "".join(one.content for one in tokens[1].children or ()) == text


@pytest.mark.parametrize("word", ['a="b" ', "a='b' ", ".a", ".a=b"])
def test_a_list_that_is_not_closed_stays_text_however_long_it_is(word: str) -> None:
    """Each word that could be read in two ways doubled the time: this test did not end."""
    heading = f"Relay {{{word * 100}x"
    tokens = dialect().parse(f"# {heading}\n")
    set_anchors(tokens)
    assert "".join(one.content for one in tokens[1].children or ()) == heading
