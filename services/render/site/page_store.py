"""The page cache: answers as bytes, each with the site for which it was last validated."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.render.sending.prepared import Prepared, with_variant
from services.render.site.recipes import Made
from services.render.site.site import Site
from shared.process.byte_cache import ByteCache

#: Memory of an entry beside its bytes: headers, context, the links between them. Roughly, by tracemalloc.
OVERHEAD_BYTES = 4_000


@dataclass(slots=True)
class Entry:
    """A cached answer, and the site for which it was last validated.

    ``is_asked_again`` turns true with the second request for its bytes.
    """

    site: Site
    made: Made
    is_asked_again: bool = False

    @property
    def size_bytes(self) -> int:
        """Bytes in memory."""
        return self.made.prepared.size_bytes + OVERHEAD_BYTES


#: Entries by address.
PageStore = ByteCache[str, Entry]


def same_answer(store: PageStore, path: str, prepared: Prepared) -> Entry | None:
    """The entry at ``path`` if its bytes are still those of ``prepared``; it may have further variants by now."""
    entry = store.peek(path)
    return entry if entry is not None and entry.made.prepared.has_bytes_of(prepared) else None


def keep_variant(store: PageStore, path: str, prepared: Prepared, encoding: str) -> None:
    """Keep one more variant of the answer at ``path``, that of ``prepared``, unless the bytes there are others now."""
    entry = same_answer(store, path, prepared)
    if entry is not None:
        more = with_variant(entry.made.prepared, encoding, prepared.variants[encoding])
        entry = Entry(entry.site, replace(entry.made, prepared=more), is_asked_again=entry.is_asked_again)
        store.put(path, entry, entry.size_bytes)
