"""The plan of a query: the alternatives that each of its words may match, with their weights. Frozen values.

A *group* is one word, phrase or OR of the query. Any of its *alternatives* matches it: the word as written, its other
inflections, longer words under a prefix, the parts of a compound in order, a synonym. A weight is a share of an
occurrence of the word as written. The *pieces* of a compound find articles with only some of its words, which rank
below those that match the group. A word that is still being typed may be *whole* already. Does not depend on postings.
"""

from __future__ import annotations

from typing import NamedTuple

from services.search.text.query_tree import Word

#: Weight of another inflection of the same stem. docs/search.md reports how these weights were measured.
INFLECTION = 0.8
#: Weight of a compound that ends with the word: ``Datenbankverbindung`` for ``Verbindung``.
JOINED = 0.5
#: Weight of a longer word under a prefix.
PREFIX = 0.6
#: Weight of the parts of a compound side by side in place of the compound, and of the bare word of a decorated one.
PARTS = 0.7
#: Weight of further candidates beside the word that a typo was corrected to: enough to be found, not to come first.
NEAR = 0.15
#: Weight of a synonym.
SYNONYM = 0.6
#: Weight of two words that are written as one, and the reverse: e-mail as email, time out as timeout.
CLOSED = 0.9
#: A query with more words than this is a question.
QUESTION_WORDS = 5
#: A query with more words than this was pasted: its quotations are optional, and repeated words are its subject.
PASTED_WORDS = 24


class Terms(NamedTuple):
    """An alternative: terms of the index.

    surface              the term as written
    weight               the weight of an occurrence
    stem                 the English stem, whose terms in prose match too; None: no other form matches
    is_prefix            whether terms that begin with ``surface`` match too
    field                the one field to match, if any
    origin               the kind of alternative, for explanations
    has_forms_in_code    whether the singular, the plural and the other spelling of ``surface``, which no article has,
                         match in code too: the stateful sets of a StatefulSet
    written              the word as typed, for its stems in the other languages of the index
    joined               the keys (see ``text.terms``) of compounds that end with it
    """

    surface: str
    weight: float = 1.0
    stem: str | None = None
    is_prefix: bool = False
    field: str | None = None
    origin: str = "word"
    has_forms_in_code: bool = False
    written: str = ""
    joined: tuple[str, ...] = ()


class Sequence(NamedTuple):
    """An alternative: terms in order. ``steps`` are (offset from the first in positions, alternatives there)."""

    steps: tuple[tuple[int, tuple[Terms, ...]], ...]
    weight: float = 1.0
    field: str | None = None
    origin: str = "phrase"


Alternative = Terms | Sequence


class Group(NamedTuple):
    """One word, phrase or OR of the query.

    ``position`` is its position among the words of the query, for proximity; ``times`` counts how often it was typed. A
    group that ``is_required`` (a quotation, a field) must match. ``pieces`` are the words of a compound, each by
    itself. ``whole`` is the group of an unfinished word as a finished one.
    """

    label: str
    alternatives: tuple[Alternative, ...]
    position: int
    times: int = 1
    is_optional: bool = False
    is_required: bool = False
    words: tuple[Word, ...] = ()
    pieces: tuple[Terms, ...] = ()
    whole: Group | None = None


class Plan(NamedTuple):
    """The whole query: the groups to match, the groups to exclude, and whether the text was pasted."""

    groups: tuple[Group, ...]
    excluded: tuple[Group, ...]
    is_pasted: bool = False
