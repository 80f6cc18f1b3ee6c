"""Answers that were made, kept as long as they fit: the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from services.render.site.site import Made, Site

#: What an entry costs beside its bytes: headers, context, the links between them. Measured roughly with tracemalloc.
OVERHEAD_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer, and the site for which it is known to be true."""

    site: Site
    made: Made

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return self.made.prepared.size_bytes + OVERHEAD_BYTES


class PageStore:
    """At most ``max_bytes`` of answers, by address. For one event loop: it takes no lock."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """What is held now."""
        return self._size_bytes

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, path: str) -> Entry | None:
        """The entry at ``path``, whatever site it is of, as the most recently used one."""
        entry = self._entries.get(path)
        if entry is not None:
            self._entries.move_to_end(path)
        return entry

    def put(self, path: str, entry: Entry) -> None:
        """Hold ``entry``, dropping what was used longest ago. One that is larger than everything allowed is not
        held."""
        self.drop(path)
        if entry.size_bytes > self._max_bytes:
            return
        self._entries[path] = entry
        self._size_bytes += entry.size_bytes
        while self._size_bytes > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._size_bytes -= oldest.size_bytes

    def drop(self, path: str) -> None:
        """Forget ``path``."""
        entry = self._entries.pop(path, None)
        if entry is not None:
            self._size_bytes -= entry.size_bytes
