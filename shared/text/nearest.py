"""The known name that a mistyped one is most like: what every "did you mean" of this project offers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

#: Smallest likeness (0 to 1) of a suggestion; a worse guess confuses more than it helps: "toml" is like "toc".
_LIKENESS = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like ``name``, whose case does not count; ``None`` where none is alike."""
    names = list(known)
    best = process.extractOne(
        name.casefold(),
        [one.casefold() for one in names],
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_LIKENESS,
    )
    return names[best[2]] if best else None
