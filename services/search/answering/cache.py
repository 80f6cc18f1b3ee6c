"""Answers that are kept, within a number of bytes: the least recently used go first. It knows nothing of search."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable

#: What one entry costs beside its body and key text: two objects, a slot of the table, the key's own parts.
ENTRY_BYTES = 600


class AnswerCache:
    """Bodies by key. ``max_bytes`` 0 keeps nothing. Not for several threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bodies: OrderedDict[Hashable, tuple[bytes, int]] = OrderedDict()
        self.size_bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._bodies)

    def get(self, key: Hashable) -> bytes | None:
        """The body kept under ``key``, which is now the most recently used."""
        entry = self._bodies.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        self._bodies.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, body: bytes, key_text: str = "") -> None:
        """Keep ``body`` unless it is too large. ``key_text`` is the part of the key whose length a stranger chooses."""
        cost = len(body) + sys.getsizeof(key_text) + ENTRY_BYTES
        if cost > self._max_bytes:
            return
        _, old_cost = self._bodies.pop(key, (b"", 0))
        self._bodies[key] = (body, cost)
        self.size_bytes += cost - old_cost
        while self.size_bytes > self._max_bytes:
            _, (_, freed) = self._bodies.popitem(last=False)
            self.size_bytes -= freed

    def clear(self) -> None:
        """Forget everything."""
        self._bodies.clear()
        self.size_bytes = 0
