"""Content coding, by value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.sending.negotiation import choose_encoding

BOTH = ("br", "gzip")


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("identity", "identity"),
        ("identity;q=1, br;q=0.5", "identity"),
        ("identity;q=0.5, br;q=0.6", "br"),
        ("identity;q=0", "identity"),
        ("br;q=banana", "identity"),
        ("br;level=9", "identity"),
        ("deflate", "identity"),
        (",,;q=1,", "identity"),
        ("br ; q=1.000", "br"),
        ("br;q=1.5, gzip", "gzip"),
    ],
)
def test_the_encoding_follows_the_weights(accepted: str, chosen: str) -> None:
    assert choose_encoding(accepted, BOTH) == chosen


def test_only_what_is_available_is_chosen() -> None:
    assert choose_encoding("br, gzip", ("gzip",)) == "gzip"
    assert choose_encoding("br, gzip", ()) == "identity"


@given(st.text(max_size=60))
def test_any_header_is_answered(accepted: str) -> None:
    assert choose_encoding(accepted, BOTH) in {"br", "gzip", "identity"}
