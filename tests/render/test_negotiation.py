"""Content coding and conditional requests, by value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.sending.negotiation import choose_encoding, is_not_modified

BOTH = ("br", "gzip")
MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MADE_TEXT = "Fri, 02 Jan 2026 03:04:05 GMT"
BEFORE_TEXT = "Fri, 02 Jan 2026 03:04:04 GMT"


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


@pytest.mark.parametrize(
    ("none_match", "expected"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", W/"abc" , "y"', True),
        ("*", True),
        (" * ", True),
        ('"abcd"', False),
        ('"ab", "c"', False),
        ("abc", False),
        ("", False),
    ],
)
def test_entity_tags_are_compared_weakly(none_match: str, expected: bool) -> None:
    assert is_not_modified(none_match, None, '"abc"', MADE) is expected


def test_an_entity_tag_outweighs_the_date() -> None:
    assert not is_not_modified('"other"', MADE_TEXT, '"abc"', MADE)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (MADE_TEXT, True),
        (BEFORE_TEXT, False),
        ("Sat, 03 Jan 2026 00:00:00 GMT", True),
        ("Friday, 02-Jan-26 03:04:05 GMT", True),
        ("yesterday", False),
        ("", False),
        ("Fri, 99 Jan 2026 03:04:05 GMT", False),
    ],
)
def test_the_date_is_compared_in_whole_seconds(since: str, expected: bool) -> None:
    assert is_not_modified(None, since, '"abc"', MADE) is expected


def test_without_a_date_of_its_own_an_answer_is_always_new() -> None:
    assert not is_not_modified(None, MADE_TEXT, '"abc"', None)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_condition_is_decided(none_match: str, since: str) -> None:
    assert is_not_modified(none_match, since, '"abc"', MADE + timedelta(days=1)) in {True, False}
