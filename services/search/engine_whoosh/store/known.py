"""What a generation on disk holds, as the writer remembers it: so that a change of one article reads no other. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.search.engine_whoosh.store.codec import PackedSegment
from services.search.engine_whoosh.store.current import Current
from services.search.indexing.changes import Change


@dataclass(frozen=True, slots=True)
class Known:
    """What a generation holds: digest and document number of every article by slug. ``current`` is None before the
    first; ``numbers`` are empty where they are not known.
    """

    current: Current | None
    digests: dict[str, str]
    numbers: dict[str, int]


def known_after(known: Known, change: Change, before: Sequence[PackedSegment], after: Sequence[PackedSegment]) -> Known:
    """What is known after ``change``, but for ``current``. Segments that were merged number documents otherwise."""
    new = (*change.added, *change.changed)
    digests = {**known.digests, **{article.slug: article.digest for article in new}}
    for slug in change.removed:
        del digests[slug]
    kept = [segment.segment_id() for segment in before]
    if [segment.segment_id() for segment in after[: len(after) - bool(new)]] != kept:
        return Known(None, digests, {})
    first = sum(segment.doc_count_all() for segment in before)
    numbers = {**known.numbers, **{article.slug: number for number, article in enumerate(new, first)}}
    for slug in change.removed:
        del numbers[slug]
    return Known(None, digests, numbers)


def generation_name(digest: str, digests: Mapping[str, str]) -> str:
    """Names an index by what it holds: the same articles under the same analysis have the same name, however they got
    there. ``digests`` are those of the articles by slug.
    """
    held = "\0".join(sorted(f"{slug}\0{one}" for slug, one in digests.items()))
    return hashlib.sha256(f"{digest}\0{held}".encode()).hexdigest()[:16]
