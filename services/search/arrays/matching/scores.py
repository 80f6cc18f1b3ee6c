"""The score of documents by their words, before bonuses: BM25F per group.

    base = (Σ groups  repetition_weight · idf · f · (k1 + 1) / (k1 + f)  +  pieces) · coverage · recency

``f`` is the weighted term frequency of ``matching``; ``coverage`` is below 1 if words of the query are missing. The
pieces of a compound add PIECE_SHARE of their score as words. Where an unfinished word stands as it was typed, it has
the score of the finished word if that is higher.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from services.search.arrays.array_file import Array
from services.search.arrays.matching.matching import K1, GroupMatch
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, I64

#: Saturation of a word typed several times (k3 of BM25): twice counts 4/3, three times 3/2. Higher for pasted text,
#: where repeated words are its subject.
K3 = 1.0
PASTED_K3 = 8.0
#: Weight of a word of a compound, for documents with only some of its words.
PIECE_SHARE = 0.4
#: Damps the idf: very rare words are often chance. This, K1, K3 and the coverage share were measured on Cranfield, MED
#: and NPL together (docs/search.md); the optimum is flat.
IDF_EXPONENT = 0.9
#: The share of a score that depends on how much of the query the article has, weighted by rarity.
COVERAGE_SHARE = 0.3
#: Up to this many groups, the coverage is looked up by the set of groups that a document has.
TABLED_GROUPS = 6


def idf(generation: Generation, df: int) -> float:
    """Inverse document frequency: ln(1 + (N - df + ½) / (df + ½)), damped, never negative."""
    return float(math.log1p((generation.live_documents - df + 0.5) / (df + 0.5)) ** IDF_EXPONENT)


def repetition_weight(count: int, *, is_pasted: bool = False) -> float:
    """The weight of a word that was typed ``count`` times."""
    k3 = PASTED_K3 if is_pasted else K3
    return (k3 + 1.0) * count / (k3 + count)


def base_scores(
    generation: Generation, matches: Sequence[GroupMatch], candidates: I64, *, is_pasted: bool = False
) -> F64:
    """The scores of ``candidates``, in the same order, before bonuses."""
    rarity = [idf(generation, match.df) for match in matches]
    found: list[Array] = []
    values: list[F64] = []
    for match, own in zip(matches, rarity, strict=True):
        if match.df:  # in a cluster, a document may be newer than the count
            weight = repetition_weight(match.group.times, is_pasted=is_pasted) * (K1 + 1.0)
            found.append(match.matched.documents)
            scores: F64 = match.matched.saturated * (weight * own)
            if match.whole is not None and match.whole.df:
                _raise_to_whole(scores, match, match.whole, weight * idf(generation, match.whole.df))
            values.append(scores)
    for piece in [piece for match in matches for piece in match.pieces if piece.df]:
        found.append(piece.matched.documents)
        values.append(piece.matched.saturated * (PIECE_SHARE * idf(generation, piece.df) * (K1 + 1.0)))
    if not found:
        return np.zeros(len(candidates))
    total = _sums(generation, found, values).take(candidates)
    if len(matches) > 1:
        total *= _coverage(matches, candidates, rarity)
    total *= generation.prior.take(candidates)
    return total


def _raise_to_whole(scores: F64, match: GroupMatch, whole: GroupMatch, weight: float) -> None:
    """Raise the ``scores`` of the documents of ``match`` that have the ``whole`` word to its score, if it is higher."""
    has = match.has.take(whole.matched.documents)
    at = match.matched.documents.searchsorted(whole.matched.documents[has])
    scores[at] = np.maximum(scores.take(at), whole.matched.saturated[has] * weight)


def _sums(generation: Generation, documents: Sequence[Array], values: Sequence[F64]) -> F64:
    """The sum of the values of each document of ``generation``, added in order."""
    every = np.concatenate(documents)
    if not len(every):  # bincount returns integers
        return np.zeros(generation.documents)
    return cast("F64", np.bincount(every, np.concatenate(values), generation.documents))


def coverage(generation: Generation, matches: Sequence[GroupMatch], candidates: I64) -> F64:
    """1 for documents with all groups, less for each missing one by rarity (highest if no document has it)."""
    return _coverage(matches, candidates, [idf(generation, match.df) for match in matches])


def _coverage(matches: Sequence[GroupMatch], candidates: I64, rarity: Sequence[float]) -> F64:
    """See ``coverage``; ``rarity`` has one number per group."""
    if len(matches) > TABLED_GROUPS:
        return (1.0 - COVERAGE_SHARE) + COVERAGE_SHARE * shares_of_query(matches, candidates, rarity)
    # One bit for each group that a document has, and a table with the coverage of each set of groups.
    groups = matches[0].has.view(np.uint8)
    shares = [0.0, rarity[0]]
    for number in range(1, len(matches)):
        groups = groups + matches[number].has.view(np.uint8) * (1 << number)
        shares += [share + rarity[number] for share in shares]
    every = sum(rarity)
    table = [(1.0 - COVERAGE_SHARE) + COVERAGE_SHARE * (share / every) for share in shares]
    return np.array(table).take(groups.take(candidates))


def shares_of_query(matches: Sequence[GroupMatch], candidates: I64, rarity: Sequence[float]) -> F64:
    """The share of the query that each of ``candidates`` has, weighted by the ``rarity`` of each group, from 0 to 1."""
    shares: F64 = np.zeros(len(candidates))
    for match, weight in zip(matches, rarity, strict=True):
        shares += weight * match.has.take(candidates)
    shares /= sum(rarity)
    return shares


def share_of_query(generation: Generation, matches: Sequence[GroupMatch], document: int) -> float:
    """The share of the query that ``document`` has, weighted by rarity, from 0 to 1."""
    rarity = [idf(generation, match.df) for match in matches]
    has = sum(weight for match, weight in zip(matches, rarity, strict=True) if match.has[document])
    return has / sum(rarity) if matches else 0.0
