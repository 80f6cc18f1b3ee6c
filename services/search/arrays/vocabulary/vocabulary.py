"""The Vocabulary of one generation, for one query. Matches are cached, so that later steps reuse them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from services.search.arrays.matching.matching import GroupMatch, MatchCache, match_group
from services.search.arrays.matching.sequences import rarest_of
from services.search.arrays.segment.generation import Generation
from services.search.arrays.segment.segment import Bools
from services.search.arrays.vocabulary import compounds, neighbours
from services.search.text.compounds import Part
from services.search.text.joined import joined_keys
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Word
from services.search.text.synonyms import Synonyms
from services.search.understanding import plan
from services.search.understanding.planning import group_of, make_plan
from services.search.understanding.vocabulary import Neighbour

#: Postings that one query may read; then further prefixes and sequences are reduced to whole words. A plain query reads
#: a few thousand; twenty-six prefixes of one letter read nearly all of the index, and so do phrases of stop words.
MAX_POSTINGS = 150_000
_UNKNOWN: tuple[None, None] = (None, None)


class GenerationVocabulary:
    """The Vocabulary of one generation.

    The cost of a query is bounded in postings and not in time, so that equal queries on one generation get equal
    answers.
    """

    def __init__(
        self,
        generation: Generation,
        synonyms: Synonyms,
        max_postings: int = MAX_POSTINGS,
        cache: MatchCache | None = None,
    ) -> None:
        self._left = max_postings
        self._cache = cache
        self._has_sequence = False
        #: The first sequence, until its cost has been counted.
        self._unpaid: plan.Sequence | None = None
        self._generation = generation
        self._synonyms = synonyms.in_languages(tuple(generation.languages))
        #: By alternatives: the group that was first matched, as asked and as matched.
        self._matches: dict[Hashable, tuple[plan.Group, GroupMatch]] = {}
        self._neighbours: dict[tuple[str, int], Sequence[Neighbour]] = {}

    def match(self, group: plan.Group) -> GroupMatch:
        """Match ``group``, from the cache if possible."""
        asked, known = self._matches.get(group.alternatives, _UNKNOWN)
        if asked is group and known is not None:
            return known
        if known is None or (group.pieces and not known.pieces) or (group.whole and not known.whole):
            known = self._match(group)
            self._left -= sum([own.matched.postings for own in (known, *known.pieces)])
            self._matches[group.alternatives] = group, known
        return known if known.group[2:] == group[2:] else known._replace(group=group)

    def _match(self, group: plan.Group) -> GroupMatch:
        """Match ``group`` in the words of the index, reduced if the budget of the query is spent."""
        expanded = [self._in_index(own) for own in group.alternatives]
        if len(expanded) > 1 or not isinstance(expanded[0], plan.Terms) or expanded[0].is_prefix:
            expanded = [one for own in expanded for one in self._affordable(own)]
        if len(expanded) != 1 or expanded[0] is not group.alternatives[0]:
            group = group._replace(alternatives=tuple(expanded))
        found = match_group(self._generation, group, self._cache)
        return found if group.whole is None else found._replace(whole=self.match(group.whole))

    def _affordable(self, one: plan.Alternative) -> tuple[plan.Alternative, ...]:
        """Reduce ``one`` if the budget of the query is spent: a prefix to its word, a sequence to its rarest word."""
        if isinstance(one, plan.Terms):
            return (one._replace(is_prefix=False) if self._left < 0 else one,)
        if not self._has_sequence:
            # Most queries have at most one sequence: its cost is counted only if there is another.
            self._has_sequence, self._unpaid = True, one
            return (one,)
        if self._unpaid is not None:
            self._left -= rarest_of(self._generation, self._unpaid)[0]
            self._unpaid = None
        occurrences, words = rarest_of(self._generation, one)
        if self._left < 0:
            return tuple(word._replace(weight=one.weight, field=one.field, is_prefix=False) for word in words)
        self._left -= occurrences
        return (one,)

    def _in_index(self, one: plan.Alternative) -> plan.Alternative:
        """Expand ``one`` by the words of the index."""
        if not isinstance(one, plan.Terms) or one.stem is None:
            return one
        if not self.has_surface(one.surface):
            one = one._replace(has_forms_in_code=True)
        generation = self._generation
        if not generation.joins_words:
            return one
        codes = tuple(generation.languages)
        keys = joined_keys(codes, one.surface, one.written, generation.keys_ending, generation.has_word)
        return one._replace(joined=keys) if keys else one

    @property
    def languages(self) -> Mapping[str, float]:
        """See Vocabulary."""
        return self._generation.languages

    def has(self, word: str) -> bool:
        """See Vocabulary."""
        return self._generation.has_word(word)

    def has_surface(self, surface: str) -> bool:
        """See Vocabulary."""
        return self._generation.has_surface(surface)

    def count_group(self, group: plan.Group) -> int:
        """See Vocabulary."""
        return self.match(group).df

    def count(self, group: AnyOf) -> int:
        """See Vocabulary."""
        return self.match(make_plan(ParsedQuery("", (group,)), self._synonyms).groups[0]).df

    def count_clause(self, clause: Clause) -> int:
        """See Vocabulary."""
        if (
            isinstance(clause, Word)
            and _is_bare(clause)
            and not self._generation.has_word(clause.surface, clause.written)
        ):
            # Most splits of a word contain a piece that does not exist: check that before matching.
            return 0
        return self.match(_alone_clause(clause)).df

    def count_together(self, groups: Sequence[AnyOf]) -> int:
        """See Vocabulary."""
        found: Bools = self._generation.is_live
        for group in groups:
            found = found & self.match(_alone(*group.clauses)).has
        return int(np.count_nonzero(found))

    def near(self, word: str, limit: int) -> Sequence[Neighbour]:
        """See Vocabulary."""
        if (word, limit) not in self._neighbours:
            self._neighbours[word, limit] = neighbours.near(self._generation, word, limit)
        return self._neighbours[word, limit]

    def forms(self, words: Sequence[str]) -> Sequence[Neighbour]:
        """See Vocabulary."""
        return neighbours.forms(self._generation, words)

    def beginning(self, letters: str, limit: int) -> Sequence[Neighbour]:
        """See Vocabulary."""
        return neighbours.beginning(self._generation, letters, limit)

    def parts_of(self, surface: str) -> tuple[Part, ...]:
        """See Vocabulary."""
        return compounds.parts_of(self._generation, surface)


@lru_cache(maxsize=4096)  # a kilobyte each: the spellings of common words apart or as one
def _alone_clause(clause: Clause) -> plan.Group:
    return _alone(clause)


def _alone(*clauses: Clause) -> plan.Group:
    return group_of(AnyOf(clauses))._replace(is_optional=False, pieces=(), whole=None)


def _is_bare(word: Word) -> bool:
    """Whether only the word itself and words with its stem can match."""
    return word.surface.isalpha() and not (word.parts or word.near or word.is_prefix)
