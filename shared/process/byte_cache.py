"""An LRU cache bounded by the bytes of its values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Entry(NamedTuple, Generic[V]):
    value: V
    size_bytes: int


class ByteCache(Generic[K, V]):
    """At most ``max_bytes`` of values by key; 0 caches nothing. For one event loop: it takes no lock."""

    def __init__(self, max_bytes: int) -> None:
        self._entries: LRUCache[K, _Entry[V]] = LRUCache(max_bytes, getsizeof=lambda entry: entry.size_bytes)
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Bytes of all cached values."""
        return int(self._entries.currsize)

    def get(self, key: K) -> V | None:
        """The value of ``key``, which becomes the most recently used one."""
        try:
            entry = self._entries[key]  # ``get`` looks the key up once more
        except KeyError:
            self.misses += 1
            return None
        self.hits += 1
        return entry.value

    def peek(self, key: K) -> V | None:
        """The value of ``key``, not counted as a hit or a miss."""
        entry = self._entries.get(key)
        return None if entry is None else entry.value

    def put(self, key: K, value: V, size_bytes: int) -> None:
        """Put ``value`` in place of the one before, unless its ``size_bytes`` exceed the cache."""
        self._entries.pop(key, None)
        if size_bytes <= self._entries.maxsize:
            self._entries[key] = _Entry(value, size_bytes)

    def clear(self) -> None:
        """Drop every value."""
        self._entries.clear()
