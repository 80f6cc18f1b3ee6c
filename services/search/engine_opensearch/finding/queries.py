"""Groups of a plan → queries of OpenSearch, whose words are terms: OpenSearch analyses nothing.

Matching is exact. The score only selects candidates, which are ranked here from their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.search import schema
from services.search.engine_opensearch.indexes.documents import is_clean, together
from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.engine_opensearch.indexes.mapping import EMPTY, positions_field
from services.search.indexing.stored import EXACT_HEADING, EXACT_SLUG, EXACT_TAG, EXACT_TITLE
from services.search.text.joined import joined_keys
from services.search.text.stemming import forms_in_code
from services.search.text.terms import keys_of
from services.search.understanding import plan
from shared.search.attributes import BY_NAME, NEWEST, ORDERS, Filters

Query = dict[str, Any]

#: Words of a group that score one by one; further words of a long prefix only match.
MAX_SCORED = 40
#: The largest number of alternative words at one position of a phrase.
MAX_AT_PLACE = 64
#: The largest number of clauses of a query: OpenSearch allows 1,024, and filters need some.
MAX_CLAUSES = 960
#: Boosts for exact matches, above any other score: the whole query as a title and so on.
EXACT_BOOSTS = {EXACT_TITLE: 800.0, EXACT_SLUG: 600.0, EXACT_HEADING: 400.0, EXACT_TAG: 400.0}
#: Weight of a word in the title relative to the text.
TITLE_BOOST = 1.5
#: Rough weight of a phrase relative to a word of the same rarity: its frequency is not known.
PHRASE_SHARE = 0.6

NOTHING: Query = {"match_none": {}}
ARTICLES: Query = {"term": {"kind": "article"}}


@dataclass(frozen=True, slots=True)
class Expanded:
    """A term of the index that a word of the query expands to.

    With ``in_prose`` it counts in prose alone, as an inflection.
    """

    surface: str
    weight: float
    in_prose: bool


def expand(lexicon: Lexicon, terms: plan.Terms) -> list[Expanded]:
    """The words that ``terms`` expand to, with their weights."""
    written = lexicon.terms_with(terms.surface)
    found = {term: Expanded(term, terms.weight, in_prose=False) for term in written}
    if terms.is_prefix:
        for term in lexicon.beginning(terms.surface):
            found.setdefault(term, Expanded(term, terms.weight * plan.PREFIX, in_prose=False))
    if terms.stem is not None:
        # If no article has a word as typed, its singular, plural and other spelling count in code too.
        in_code = () if written else forms_in_code(terms.surface)
        for key in (terms.stem, *keys_of(tuple(lexicon.languages), terms.surface, terms.written)):
            for term in lexicon.of_stem(key):
                is_prose = term not in in_code
                found.setdefault(term, Expanded(term, terms.weight * plan.INFLECTION, in_prose=is_prose))
    for key in joined(lexicon, terms):
        for term in lexicon.of_stem(key):
            found.setdefault(term, Expanded(term, terms.weight * plan.JOINED, in_prose=True))
    return [one for one in found.values() if lexicon.articles(one.surface)]


def joined(lexicon: Lexicon, terms: plan.Terms) -> tuple[str, ...]:
    """The keys of compounds that end with the word of ``terms``."""
    if terms.stem is None or not lexicon.joins_words:
        return ()
    codes = tuple(lexicon.languages)
    return joined_keys(codes, terms.surface, terms.written, lexicon.keys_ending, lexicon.has)


def surfaces_of(lexicon: Lexicon, groups: Iterable[plan.Group]) -> frozenset[str]:
    """Every word that can match any of ``groups``."""
    found: set[str] = set()
    for group in groups:
        for alternative in (*group.alternatives, *group.pieces):
            for terms in _terms_of(alternative):
                found.update(one.surface for one in expand(lexicon, terms))
    return frozenset(found)


def _terms_of(alternative: plan.Alternative) -> Iterator[plan.Terms]:
    if isinstance(alternative, plan.Terms):
        yield alternative
    else:
        for _, terms in alternative.steps:
            yield from terms


def matching(lexicon: Lexicon, group: plan.Group) -> Query:
    """A query for documents that match ``group``, without a score."""
    return _any_of([_matches(lexicon, one) for one in group.alternatives])


def most_scored(groups: Iterable[plan.Group]) -> int:
    """The largest number of words that may score one by one for each alternative of ``groups``."""
    alternatives = [one for group in groups for one in group.alternatives]
    phrases = sum(isinstance(one, plan.Sequence) for one in alternatives)
    words = max(len(alternatives) - phrases, 1)
    # A phrase has a clause for each field, to match and to score; a word matches in two fields and scores in titles.
    left = MAX_CLAUSES - phrases * 3 * len(schema.FIELDS) - words * 4
    return min(MAX_SCORED, max(1, left // (2 * words)))


def scoring(lexicon: Lexicon, group: plan.Group, rarity: float, most: int = MAX_SCORED) -> list[Query]:
    """The clauses that score a match of ``group``, given its ``rarity``, by ``most`` words of each alternative."""
    found: list[Query] = []
    for alternative in group.alternatives:
        if isinstance(alternative, plan.Sequence):
            query = _matches(lexicon, alternative)
            found.append({"constant_score": {"filter": query, "boost": rarity * alternative.weight * PHRASE_SHARE}})
            continue
        words = sorted(expand(lexicon, alternative), key=lambda one: (-one.weight, -lexicon.articles(one.surface)))
        for one in words[:most]:
            fields = ("prose",) if one.in_prose else ("prose", "code")
            found += [{"term": {field: {"value": one.surface, "boost": rarity * one.weight}}} for field in fields]
        in_title = _one_of(positions_field("title"), [one.surface for one in words])
        found.append({"constant_score": {"filter": in_title, "boost": rarity * TITLE_BOOST}})
    return found


def _matches(lexicon: Lexicon, alternative: plan.Alternative) -> Query:
    if isinstance(alternative, plan.Sequence):
        # A quoted phrase must be in the article's own text.
        own = [field.name for field in schema.FIELDS if alternative.origin != "phrase" or field.name != "links"]
        fields = [alternative.field] if alternative.field else own
        return _any_of([_in_order(lexicon, alternative, field) for field in fields])
    words = expand(lexicon, alternative)
    everywhere = [one.surface for one in words if not one.in_prose]
    in_prose = [one.surface for one in words]
    if alternative.field is not None:
        chosen = everywhere if alternative.field == "code" else in_prose
        return _one_of(positions_field(alternative.field), chosen)
    return _any_of([_one_of("prose", in_prose), _one_of("code", everywhere)])


def _in_order(lexicon: Lexicon, sequence: plan.Sequence, field: str) -> Query:
    """The words of ``sequence`` in order in ``field``: one clause, however many words a place may have."""
    name, last = positions_field(field), -1
    places: list[str] = []
    for offset, alternatives in sequence.steps:
        words = {one.surface for terms in alternatives for one in expand(lexicon, terms) if not _is_out(one, field)}
        common = sorted(filter(is_clean, words), key=lambda surface: (-lexicon.articles(surface), surface))
        if not common:
            return NOTHING
        if places:
            places += [EMPTY] * (offset - last - 1)
        places.append(together(common[:MAX_AT_PLACE]))
        last = offset
    # The analyzer of the field splits the text as it splits documents.
    return {"match_phrase": {name: {"query": " ".join(places)}}}


def _is_out(one: Expanded, field: str) -> bool:
    return one.in_prose and field == "code"


def _one_of(field: str, surfaces: Sequence[str]) -> Query:
    return {"terms": {field: list(surfaces)}} if surfaces else NOTHING


def _any_of(queries: Sequence[Query]) -> Query:
    wanted = [query for query in queries if query != NOTHING]
    if len(wanted) == 1:
        return wanted[0]
    return {"bool": {"should": wanted, "minimum_should_match": 1}} if wanted else NOTHING


def filters_of(filters: Filters) -> list[Query]:
    """Clauses for documents with every value of ``filters``."""
    return [ARTICLES, *({"term": {f"is_{name}": value}} for name, values in filters for value in values)]


def sorting(sort: str) -> list[dict[str, Any]]:
    """The sort clauses of ``sort``; ties newest first, then by slug."""
    order, attribute = ORDERS[sort]
    last: dict[str, Any] = {"missing": "_last"}
    newest: dict[str, Any] = {f"by_{ORDERS[NEWEST][1].name}": {"order": "desc", **last}}  # type: ignore[union-attr] # it has one
    ties: list[dict[str, Any]] = [newest, {"slug": "asc"}]
    if attribute is None:
        return [{"_score": "desc"}, *ties]
    name = f"by_{BY_NAME[attribute.name].name}"
    return [{name: {"order": "desc" if order.is_descending else "asc", **last}}, *ties]
