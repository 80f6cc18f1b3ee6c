"""Answers are kept within a number of bytes."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from services.search.answering.cache import ENTRY_BYTES, AnswerCache

ONE = len(b"x" * 100) + sys.getsizeof("") + ENTRY_BYTES


def test_what_was_put_is_got() -> None:
    cache = AnswerCache(10_000)
    cache.put("key", b"body")
    assert cache.get("key") == b"body"
    assert cache.get("other") is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_the_least_recently_used_goes_first() -> None:
    cache = AnswerCache(2 * ONE)
    cache.put("a", b"x" * 100)
    cache.put("b", b"x" * 100)
    cache.get("a")
    cache.put("c", b"x" * 100)
    assert [cache.get(key) is not None for key in "abc"] == [True, False, True]


def test_no_bytes_keep_nothing() -> None:
    cache = AnswerCache(0)
    cache.put("key", b"")
    assert cache.get("key") is None
    assert len(cache) == 0


def test_an_answer_larger_than_the_cache_does_not_empty_it() -> None:
    cache = AnswerCache(2 * ONE)
    cache.put("a", b"x" * 100)
    cache.put("large", b"x" * 10 * ONE)
    assert cache.get("a") is not None
    assert cache.get("large") is None


def test_the_text_of_a_key_counts() -> None:
    cache = AnswerCache(2 * ONE)
    cache.put("a", b"", key_text="x" * 3 * ONE)
    assert len(cache) == 0


def test_an_answer_put_again_is_counted_once() -> None:
    cache = AnswerCache(10 * ONE)
    cache.put("a", b"x" * 100)
    cache.put("a", b"x" * 100)
    assert cache.size_bytes == ONE
    cache.clear()
    assert (cache.size_bytes, len(cache), cache.get("a")) == (0, 0, None)


@given(st.lists(st.tuples(st.integers(0, 20), st.binary(max_size=2000)), max_size=60))
def test_it_never_holds_more_than_it_may(puts: list[tuple[int, bytes]]) -> None:
    cache = AnswerCache(5 * ONE)
    for key, body in puts:
        cache.put(key, body)
        assert cache.size_bytes <= 5 * ONE
    kept = [one for key in range(21) if (one := cache.get(key)) is not None]
    assert cache.size_bytes == sum(len(one) + sys.getsizeof("") + ENTRY_BYTES for one in kept)
