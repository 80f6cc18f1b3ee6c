"""The articles of a generation by slug: their digests, which name it, and their document numbers. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from services.search.engine_whoosh.store.manifest import Manifest
from services.search.indexing.changes import Change


@dataclass(frozen=True, slots=True)
class Contents:
    """The digest and the document number of every article of a generation, by slug.

    The writer caches them, so that a change of one article reads no other.
    """

    manifest: Manifest
    digests: dict[str, str]
    numbers: dict[str, int]


def generation_name(digest: str, digests: Mapping[str, str]) -> str:
    """The name of an index: a digest of its format and of ``digests``, the digest of each article by slug.

    The same articles in the same format give the same name, whatever changes led to them.
    """
    held = "\0".join(sorted(f"{slug}\0{one}" for slug, one in digests.items()))
    return hashlib.sha256(f"{digest}\0{held}".encode()).hexdigest()[:16]


def digests_after(before: Contents | None, change: Change) -> dict[str, str]:
    """The digests of the articles by slug after ``change``."""
    digests = dict(before.digests) if before else {}
    for slug in change.removed:
        del digests[slug]
    digests.update((article.slug, article.digest) for article in (*change.added, *change.changed))
    return digests


def contents_after(
    before: Contents | None, change: Change, manifest: Manifest, digests: dict[str, str]
) -> Contents | None:
    """The contents of ``manifest``, which ``change`` led to; None if a merge has renumbered the documents."""
    new = (*change.added, *change.changed)
    segments = before.manifest.segments if before else ()
    kept = [segment.name for segment in segments]
    names = [segment.name for segment in manifest.segments]
    written = manifest.segments[len(kept) :]
    if names[: len(kept)] != kept or sum(segment.documents for segment in written) != len(new):
        return None
    first = sum(segment.documents for segment in segments)
    numbers = dict(before.numbers) if before else {}
    for slug in change.removed:
        del numbers[slug]
    numbers.update((article.slug, number) for number, article in enumerate(new, first))
    return Contents(manifest, digests, numbers)
