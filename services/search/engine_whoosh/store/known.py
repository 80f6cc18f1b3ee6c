"""What a generation on disk holds, as the writer remembers it: so that a change of one article reads no other. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.search.engine_whoosh.store.codec import PackedSegment
from services.search.engine_whoosh.store.current import Current
from services.search.indexing.changes import Change
from shared.content.article import Article


@dataclass(frozen=True, slots=True)
class Known:
    """What a generation holds: digest and document number of every article by slug."""

    current: Current
    digests: dict[str, str]
    numbers: dict[str, int]


def known_after(
    known: Known, change: Change, before: Sequence[PackedSegment], after: Sequence[PackedSegment]
) -> Known | None:
    """What is known after ``change``; None where segments were merged, which numbers documents anew."""
    new = (*change.added, *change.changed)
    kept = [segment.segment_id() for segment in before]
    if [segment.segment_id() for segment in after[: len(after) - bool(new)]] != kept:
        return None
    first = sum(segment.doc_count_all() for segment in before)
    for slug in change.removed:
        del known.digests[slug], known.numbers[slug]
    for number, article in enumerate(new, first):
        known.digests[article.slug], known.numbers[article.slug] = article.digest, number
    return known


def generation_name(digest: str, articles: Iterable[Article]) -> str:
    """Names an index by what it holds: the same articles under the same analysis have the same name, however they got
    there.
    """
    held = "\0".join(sorted(f"{article.slug}\0{article.digest}" for article in articles))
    return hashlib.sha256(f"{digest}\0{held}".encode()).hexdigest()[:16]
