"""Find the known name most similar to a mistyped one, for every "did you mean" of this project. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

#: The smallest similarity (0 to 1) of a suggestion; a worse guess confuses more than it helps: "toml" is similar to
#: "toc".
_LIKENESS = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most similar to ``name``, ignoring case; ``None`` if none is similar."""
    names = list(known)
    best = process.extractOne(
        name.casefold(),
        [one.casefold() for one in names],
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_LIKENESS,
    )
    return names[best[2]] if best else None
