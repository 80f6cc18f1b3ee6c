"""One query as the request to the cluster, and as the groups by which its candidates are ranked."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from services.search import schema
from services.search.arrays.matching.matching import GroupMatch, match_group
from services.search.arrays.matching.scores import IDF_EXPONENT, PIECE_SHARE
from services.search.arrays.segment.generation import CollectionStatistics, Generation
from services.search.engine_opensearch.finding.queries import (
    EXACT_BOOSTS,
    NOTHING,
    Query,
    filters_of,
    joined,
    matching,
    most_scored,
    scoring,
)
from services.search.engine_opensearch.finding.vocabulary import key_of, most_articles, pieces_of
from services.search.engine_opensearch.indexes.documents import exact_value
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.indexing.stored import query_hash
from services.search.understanding import plan
from services.search.understanding.understand import Understood
from shared.search.attributes import RELEVANCE, both
from shared.search.contract import SearchQuery


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as understood. ``counts`` has the document frequencies that were requested from the cluster."""

    query: SearchQuery
    meant: Understood
    counts: Mapping[Hashable, int]
    lexicon: Lexicon
    statistics: CollectionStatistics

    @property
    def groups(self) -> list[plan.Group]:
        """The groups that score articles."""
        return [group for group in self.meant.plan.groups if not group.is_optional]

    def count(self, group: plan.Group) -> int:
        """The document frequency of ``group``."""
        return self.counts.get(key_of((group,)), most_articles(self.lexicon, group))

    def every(self) -> Query:
        """A query for articles that match every group, under the filters."""
        return {"bool": {"filter": [*self._allowed(), *(matching(self.lexicon, one) for one in self.groups)]}}

    def wanted(self) -> Query:
        """A query for candidates: articles that match any group, under the filters, best scores first."""
        excluded = [matching(self.lexicon, group) for group in self.meant.plan.excluded]
        allowed: Query = {"bool": {"filter": self._allowed(), "must_not": excluded}}
        groups, exact = self.groups, self._exact()
        if not groups:
            return allowed
        some = [matching(self.lexicon, one) for group in groups for one in (group, *pieces_of(group))]
        some += [clause["constant_score"]["filter"] for clause in exact]
        found: Query = {"bool": {"should": some, "minimum_should_match": 1}}
        if self.query.sort != RELEVANCE:
            first = {"constant_score": {"filter": self.every(), "boost": 1.0}}
            return {"bool": {"filter": [allowed, found], "should": [first]}}
        most = most_scored(one for group in groups for one in _scored(group))
        scores = [clause for group in groups for clause in self._scores(group, most)]
        return {"bool": {"filter": [allowed, found], "should": [*scores, *exact]}}

    def _allowed(self) -> list[Query]:
        """The filters that every hit must pass."""
        if self.meant.finds_nothing:
            return [NOTHING]
        found = filters_of(both(self.query.filters, self.meant.parsed.filters))
        if self.meant.plan.is_pasted:
            return found
        return [*found, *(matching(self.lexicon, group) for group in self.groups if group.is_required)]

    def _scores(self, group: plan.Group, most: int) -> list[Query]:
        """Clauses that score ``group`` and its pieces. An unfinished word scores as a finished one as well."""
        found = scoring(self.lexicon, group, self._rarity(group), most)
        if group.whole is not None:
            found += scoring(self.lexicon, group.whole, self._rarity(group.whole), most)
        for piece in pieces_of(group):
            found += scoring(self.lexicon, piece, self._rarity(piece) * PIECE_SHARE, most)
        return found

    def _exact(self) -> list[Query]:
        """Clauses that boost articles whose title, slug, heading or tag is the query."""
        key = query_hash(self.meant.parsed.text)
        values = ((exact_value(key, kind), boost) for kind, boost in EXACT_BOOSTS.items())
        return [{"constant_score": {"filter": {"term": {"exact": value}}, "boost": boost}} for value, boost in values]

    def _rarity(self, group: plan.Group) -> float:
        """The idf of ``group`` (see ``scores.idf``), above 0 as OpenSearch requires of a boost."""
        count = min(self.count(group), self.statistics.articles)
        return max(float(math.log1p((self.statistics.articles - count + 0.5) / (count + 0.5)) ** IDF_EXPONENT), 1e-6)

    def titles(self) -> dict[Hashable, int]:
        """Count the articles with each group in their title."""
        every = [one for group in self.meant.plan.groups for one in (group, *pieces_of(group))]
        return {one.alternatives: most_articles(self.lexicon, one, schema.TITLE) for one in every}

    def matches(self, generation: Generation) -> list[GroupMatch]:
        """The matches of the groups in ``generation``, with their document frequencies in the whole index."""
        return [self._match(generation, group) for group in self.groups]

    def _match(self, generation: Generation, group: plan.Group) -> GroupMatch:
        match = match_group(generation, group._replace(alternatives=tuple(map(self._in_index, group.alternatives))))
        pieces = tuple(one._replace(df=self.count(one.group)) for one in match.pieces)
        whole = None if group.whole is None else self._match(generation, group.whole)
        return match._replace(group=group, df=self.count(group), pieces=pieces, whole=whole)

    def _in_index(self, one: plan.Alternative) -> plan.Alternative:
        """Expand ``one`` by the words of the index."""
        if not isinstance(one, plan.Terms) or one.stem is None:
            return one
        if not self.lexicon.terms_with(one.surface):
            one = one._replace(has_forms_in_code=True)
        return one._replace(joined=joined(self.lexicon, one))


def _scored(group: plan.Group) -> list[plan.Group]:
    """The groups whose words score for ``group``."""
    return [group, *pieces_of(group), *([group.whole] if group.whole else [])]
