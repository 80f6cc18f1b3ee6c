"""Values are kept within a number of bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.process.byte_cache import ByteCache


def test_a_value_that_was_put_is_returned() -> None:
    cache: ByteCache[str, bytes] = ByteCache(10)
    cache.put("key", b"body", 4)
    assert cache.get("key") == b"body"
    assert cache.get("other") is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_the_least_recently_used_goes_first() -> None:
    cache: ByteCache[str, int] = ByteCache(300)
    for name in "abc":
        cache.put(name, 1, 100)
    cache.get("a")
    cache.put("d", 1, 100)
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]
    assert cache.size_bytes == 300


def test_no_bytes_keep_nothing() -> None:
    cache: ByteCache[str, bytes] = ByteCache(0)
    cache.put("key", b"", 1)
    assert cache.get("key") is None
    assert len(cache) == 0


def test_a_value_larger_than_the_cache_does_not_empty_it() -> None:
    cache: ByteCache[str, int] = ByteCache(200)
    cache.put("a", 1, 100)
    cache.put("large", 1, 201)
    assert (cache.get("a"), cache.get("large")) == (1, None)


def test_a_value_too_large_replaces_the_one_before_by_nothing() -> None:
    cache: ByteCache[str, int] = ByteCache(200)
    cache.put("a", 1, 100)
    cache.put("a", 2, 201)
    assert (cache.get("a"), cache.size_bytes) == (None, 0)


def test_a_value_put_again_is_counted_once() -> None:
    cache: ByteCache[str, int] = ByteCache(1000)
    cache.put("a", 1, 100)
    cache.put("a", 2, 50)
    assert (cache.get("a"), cache.size_bytes, len(cache)) == (2, 50, 1)
    cache.clear()
    assert (cache.size_bytes, len(cache), cache.get("a")) == (0, 0, None)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 700)), max_size=60))
def test_it_never_holds_more_than_it_may(puts: list[tuple[int, int]]) -> None:
    cache: ByteCache[int, int] = ByteCache(1000)
    for key, size in puts:
        cache.put(key, size, size)
        assert cache.size_bytes <= 1000
    kept = [one for key in range(21) if (one := cache.get(key)) is not None]
    assert cache.size_bytes == sum(kept)
