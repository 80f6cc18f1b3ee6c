"""The page cache: answers as bytes, each with the site for which it was last validated."""

from __future__ import annotations

from dataclasses import dataclass

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
