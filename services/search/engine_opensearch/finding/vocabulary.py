"""The Vocabulary of the cluster's index for one query: words from memory, document frequencies from the cluster.

Understanding a query is a computation that needs document frequencies. An unknown one is guessed and recorded; the
recorded ones are then requested from the cluster together, and understanding starts over, until none is unknown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial

from services.search.engine import Cpu
from services.search.engine_opensearch.finding.queries import expand
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.text.compounds import Part
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery
from services.search.text.synonyms import Synonyms
from services.search.text.words.known import KnownWords
from services.search.understanding import plan
from services.search.understanding.planning import group_of, make_plan
from services.search.understanding.understand import Understood, understand
from services.search.understanding.vocabulary import Neighbour
from shared.search.contract import SearchQuery

#: Groups that an article must match together.
Together = tuple[plan.Group, ...]
#: Counts the articles that match each of several questions.
Count = Callable[[Sequence[Together]], Awaitable[list[int]]]
#: The largest number of requests for counts per query; counts that are unknown after them are guessed.
MAX_ROUNDS = 6


class CountedVocabulary:
    """See Vocabulary. ``unknown`` are the questions whose answers were guessed."""

    def __init__(self, lexicon: Lexicon, synonyms: Synonyms, counts: dict[Hashable, int]) -> None:
        self._lexicon = lexicon
        self._synonyms = synonyms.in_languages(tuple(lexicon.languages))
        self._counts = counts
        self.unknown: dict[Hashable, Together] = {}

    @property
    def languages(self) -> Mapping[str, float]:
        """See Vocabulary."""
        return self._lexicon.languages

    def has(self, word: str) -> bool:
        """See Vocabulary."""
        return self._lexicon.has(word)

    def has_surface(self, surface: str) -> bool:
        """See Vocabulary."""
        return bool(self._lexicon.terms_with(surface))

    def count_group(self, group: plan.Group) -> int:
        """See Vocabulary."""
        return self._count((group,))

    def count(self, group: AnyOf) -> int:
        """See Vocabulary."""
        return self._count((make_plan(ParsedQuery("", (group,)), self._synonyms).groups[0],))

    def count_clause(self, clause: Clause) -> int:
        """See Vocabulary."""
        return self._count((_alone(clause),))

    def count_together(self, groups: Sequence[AnyOf]) -> int:
        """See Vocabulary."""
        return self._count(tuple(_alone(*group.clauses) for group in groups))

    def near(self, word: str, limit: int) -> Sequence[Neighbour]:
        """See Vocabulary."""
        return self._lexicon.near(word, limit)

    def forms(self, words: Sequence[str]) -> Sequence[Neighbour]:
        """See Vocabulary."""
        return self._lexicon.forms(words)

    def beginning(self, letters: str, limit: int) -> Sequence[Neighbour]:
        """See Vocabulary."""
        return self._lexicon.near_beginning(letters, limit)

    def parts_of(self, _surface: str) -> tuple[Part, ...]:
        """None: spellings of compounds are in the texts, which are in the cluster."""
        return ()

    def _count(self, groups: Together) -> int:
        most = min(most_articles(self._lexicon, group) for group in groups)
        if most == 0:
            return 0
        if len(groups) == 1 and (only := _only_word(self._lexicon, groups[0])) is not None:
            return self._lexicon.articles(only)
        key = key_of(groups)
        if key not in self._counts:
            self.unknown[key] = groups
        return self._counts.get(key, most)


async def understood(
    query: SearchQuery, lexicon: Lexicon, synonyms: Synonyms, known: KnownWords, *, cpu: Cpu, count: Count
) -> tuple[Understood, dict[Hashable, int]]:
    """The query as this site understands it, and the document frequency of each group that was requested."""
    counts: dict[Hashable, int] = {}
    for _ in range(MAX_ROUNDS):
        vocabulary = CountedVocabulary(lexicon, synonyms, counts)
        work = partial(understand, query.text, vocabulary, synonyms, known, partial=query.partial, exact=query.exact)
        meant = await cpu.run(("understand", min(query.text.count(" "), 8)), work)
        for group in meant.plan.groups:
            if not group.is_optional:
                vocabulary.count_group(group)
                for piece in pieces_of(group):
                    vocabulary.count_group(piece)
                if group.whole is not None:
                    vocabulary.count_group(group.whole)
        if not vocabulary.unknown:
            break
        answers = await count(list(vocabulary.unknown.values()))
        counts.update(zip(vocabulary.unknown, answers, strict=True))
    return meant, counts


def key_of(groups: Together) -> Hashable:
    """The key of a question in the cache."""
    return tuple(group.alternatives for group in groups)


def pieces_of(group: plan.Group) -> list[plan.Group]:
    """The words of a compound, each by itself, as ``match_group`` makes them."""
    return [plan.Group(terms.surface, (terms,), group.position) for terms in group.pieces]


def most_articles(lexicon: Lexicon, group: plan.Group, field: int = -1) -> int:
    """An upper bound of the articles that match ``group``, by its words alone; with ``field``, in that field."""
    return sum(_most(lexicon, alternative, field) for alternative in group.alternatives)


def _most(lexicon: Lexicon, alternative: plan.Alternative, field: int) -> int:
    if isinstance(alternative, plan.Sequence):
        places = (sum(_most(lexicon, one, field) for one in terms) for _, terms in alternative.steps)
        return min(places, default=0)
    return sum(lexicon.counts(one.surface)[field] for one in expand(lexicon, alternative))


def _only_word(lexicon: Lexicon, group: plan.Group) -> str | None:
    """The word of ``group``, if it is the only one and the lexicon has its exact count."""
    (alternative, *others) = group.alternatives
    if others or isinstance(alternative, plan.Sequence) or alternative.field is not None:
        return None
    words = expand(lexicon, alternative)
    return words[0].surface if len(words) == 1 and not words[0].in_prose else None


def _alone(*clauses: Clause) -> plan.Group:
    return group_of(AnyOf(clauses))._replace(is_optional=False, pieces=(), whole=None)
