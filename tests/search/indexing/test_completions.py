"""Where a title or heading can be completed from."""

from __future__ import annotations

import pytest

from services.search.indexing.completions import MAX_KEYS, completion_keys, first_key


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("The outbox relay", {"the outbox relay": True, "outbox relay": True, "relay": False}),
        (
            "Call getUserById now",
            {
                "call getuserbyid now": True,
                "getuserbyid now": False,
                "get user by id now": False,
                "user by id now": False,
                "userbyid now": False,
                "id now": False,
                "now": False,
            },
        ),
        (
            "dead-letter-queue",
            {
                "dead-letter-queue": True,
                "dead letter queue": True,
                "letter queue": False,
                "letter-queue": False,
                "queue": False,
            },
        ),
        ("@Transactional", {"@transactional": True, "transactional": True}),
        ("", {}),
    ],
)
def test_a_text_is_completed_from_each_word_and_from_those_inside_a_compound(text: str, keys: dict[str, bool]) -> None:
    assert dict(completion_keys(text)) == keys


def test_a_long_text_is_completed_from_its_first_words() -> None:
    keys = [key for key, _ in completion_keys("word " * 1000)]
    assert len(keys) == MAX_KEYS
    assert all(len(key) <= 200 for key in keys)


@pytest.mark.parametrize(
    "text",
    ["outbox relay", "The outbox", "kube-proxy mode", "C++ 20", "l\u2019index", "\u4e2d\u6587", "word " * 100, "?", ""],
)
def test_the_first_key_is_the_first_of_all(text: str) -> None:
    assert first_key(text) == next((key for key, _ in completion_keys(text)), "")
