"""Decide whether any article is about the error message, or the name, that a reader pasted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from services.search.arrays.matching.evidence import MAX_DEVIATION, Evidence
from services.search.arrays.matching.matching import GroupMatch
from services.search.arrays.matching.scores import idf, shares_of_query
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, I64
from services.search.understanding.understand import Understood

#: The share of a message, weighted by rarity, that an article about it contains: 20 pasted errors of the site have .53
#: and more, 27 of 30 others .51 and less.
MIN_MESSAGE_SHARE = 0.52
#: The same if no article contains the error code or exception of the message: then nearly all of the rest is needed.
MIN_SHARE_WITHOUT_CODE = 0.7
#: If no article has some word or name of a message, and none has its code: the share that stands in such an article as
#: in the message, each word beside a neighbour. Long articles have any ordinary words somewhere. 18 pasted errors of
#: the site have .18 and more, 9 of 19 others with their share of a message .07 and less.
MIN_FRAGMENT_SHARE = 0.12
#: By how many positions the distance of two neighbours may be off.
BESIDE = 1
#: The label before a message (``Error:``), which is not a neighbour of its first word.
_LABEL = re.compile(r"\W*\w+[:!]\s")
#: From this title bonus on, the text is a title and not a message: half of the words, weighted by rarity.
TITLE_OF_MESSAGE = 0.4


def is_answered(
    text: str,
    understood: Understood,
    generation: Generation,
    matches: Sequence[GroupMatch],
    candidates: I64,
    *,
    title: F64 | None,
) -> bool:
    """Whether any of ``candidates`` contains enough of ``text`` to be about it; True if that is not a message.

    No article is about a name that none has, but one whose slug, tag or heading is that name.
    """
    if understood.lacks_name:
        return len(generation.exact(understood.parsed.text)[0]) > 0
    if not understood.is_message:
        return True
    names = set(understood.names)
    asked = [match for match in matches if match.df or names.isdisjoint(w.surface for w in match.group.words)]
    if not len(candidates) or not asked:
        return True
    if title is not None and title.max() >= TITLE_OF_MESSAGE:  # a mistyped title
        return True
    least = MIN_SHARE_WITHOUT_CODE if understood.has_code is False else MIN_MESSAGE_SHARE
    rarity = [idf(generation, match.df) for match in asked]
    about = candidates[shares_of_query(asked, candidates, rarity) >= least]
    if not len(about) or understood.has_code or not understood.lacks_any or len(asked) == 1:
        return len(about) > 0
    return float(_fragments(generation, matches, about, text).max()) >= MIN_FRAGMENT_SHARE * sum(rarity)


def _fragments(generation: Generation, matches: Sequence[GroupMatch], candidates: I64, text: str) -> F64:
    """The rarity of all groups that stand in each of ``candidates`` as in the message ``text``, beside a neighbour."""
    label = _LABEL.match(text)
    begins = label.end() if label else 0
    numbers = [
        number
        for number, match in enumerate(matches)
        if match.df and (not match.group.words or match.group.words[0].start >= begins)
    ]
    if not numbers:
        return np.zeros(len(candidates))
    known = [matches[number] for number in numbers]
    # A name between two words may have another length in the article.
    farthest = [BESIDE if last - first == 1 else MAX_DEVIATION - 1 for first, last in pairwise(numbers)]
    beside = Evidence(generation, known).beside(candidates, farthest)
    for column, match in enumerate(known):
        if len(match.group.words) > 1 or match.pieces:  # a quotation, or a name such as request.timeout.ms
            beside[:, column] |= match.has.take(candidates)
    rarities: F64 = beside @ np.array([idf(generation, match.df) for match in known])
    return rarities
