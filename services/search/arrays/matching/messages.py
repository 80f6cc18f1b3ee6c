"""Decide whether any article is about the error message, or the name, that a reader pasted."""

from __future__ import annotations

from collections.abc import Sequence

from services.search.arrays.matching.matching import GroupMatch
from services.search.arrays.matching.scores import idf, shares_of_query
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import F64, I64
from services.search.meaning.understand import Understood

#: The share of a message, weighted by rarity, that an article about it contains: 20 pasted errors of the site have .53
#: and more, 27 of 30 others .51 and less.
MIN_MESSAGE_SHARE = 0.52
#: The same if no article contains the error code or exception of the message: then nearly all of the rest is needed.
MIN_SHARE_WITHOUT_CODE = 0.7
#: From this title bonus on, the text is a title and not a message: half of the words, weighted by rarity.
TITLE_OF_MESSAGE = 0.4


def is_answered(
    understood: Understood, generation: Generation, matches: Sequence[GroupMatch], candidates: I64, title: F64 | None
) -> bool:
    """Whether any of ``candidates`` contains enough of a message to be about it; True if the text is no message.

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
    least = MIN_SHARE_WITHOUT_CODE if understood.lacks_code else MIN_MESSAGE_SHARE
    rarity = [idf(generation, match.df) for match in asked]
    return float(shares_of_query(asked, candidates, rarity).max()) >= least
