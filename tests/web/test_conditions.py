"""When a client has an answer already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ETag, hdrs
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from shared.web.conditions import conditional_status, is_not_modified

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MADE_TEXT, BEFORE_TEXT = "Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:04 GMT"


def decide(none_match: str | None, since: str | None, last_modified: datetime | None = MADE) -> bool:
    """The decision about an answer tagged ``abc``."""
    headers = {hdrs.IF_NONE_MATCH: none_match, hdrs.IF_MODIFIED_SINCE: since}
    request = make_mocked_request("GET", "/", {name: value for name, value in headers.items() if value is not None})
    return is_not_modified(request, ETag("abc"), last_modified)


@pytest.mark.parametrize(
    ("none_match", "expected"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", W/"abc" , "y"', True),
        ("*", True),
        ('"abcd"', False),
        ('"ab", "c"', False),
        ("abc", False),
        ("", False),
    ],
)
def test_entity_tags_are_compared_weakly(none_match: str, expected: bool) -> None:
    assert decide(none_match, None) is expected


def test_an_entity_tag_outweighs_the_date() -> None:
    assert not decide('"other"', MADE_TEXT)


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
    assert decide(None, since) is expected


def test_without_a_date_of_its_own_an_answer_is_always_new() -> None:
    assert not decide(None, MADE_TEXT, None)


@pytest.mark.parametrize(
    ("headers", "etag", "expected"),
    [
        ({hdrs.IF_MATCH: '"abc"'}, ETag("abc"), None),
        ({hdrs.IF_MATCH: '"x", "abc"'}, ETag("abc"), None),
        ({hdrs.IF_MATCH: "*"}, ETag("abc", is_weak=True), None),
        ({hdrs.IF_MATCH: '"x"'}, ETag("abc"), 412),
        ({hdrs.IF_MATCH: 'W/"abc"'}, ETag("abc"), 412),
        ({hdrs.IF_MATCH: 'W/"abc"'}, ETag("abc", is_weak=True), 412),
        ({hdrs.IF_MATCH: "garbage"}, ETag("abc"), 412),
        ({hdrs.IF_MATCH: '"x"', hdrs.IF_NONE_MATCH: '"abc"'}, ETag("abc"), 412),
        ({hdrs.IF_MATCH: '"abc"', hdrs.IF_NONE_MATCH: '"abc"'}, ETag("abc"), 304),
        ({hdrs.IF_MATCH: '"abc"', hdrs.IF_UNMODIFIED_SINCE: BEFORE_TEXT}, ETag("abc"), None),
        ({hdrs.IF_UNMODIFIED_SINCE: BEFORE_TEXT}, ETag("abc"), 412),
        ({hdrs.IF_UNMODIFIED_SINCE: MADE_TEXT}, ETag("abc"), None),
        ({hdrs.IF_UNMODIFIED_SINCE: "yesterday"}, ETag("abc"), None),
        ({}, ETag("abc"), None),
    ],
)
def test_a_client_that_wants_another_version_gets_412(
    headers: dict[str, str], etag: ETag, expected: int | None
) -> None:
    assert conditional_status(make_mocked_request("GET", "/", headers), etag, MADE) == expected


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_condition_is_decided(none_match: str, since: str) -> None:
    assert decide(none_match, since, MADE + timedelta(days=1)) in {True, False}
