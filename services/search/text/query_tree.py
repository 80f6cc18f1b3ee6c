"""The query tree: what ``services.search.text.query`` parses to and engines answer. Pure.

Named tuples, because a query creates a dozen of them, and a frozen dataclass is slower to create.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.search.text.compounds import Part
from shared.search.attributes import Filters

QueryField = Literal["title", "headings", "summary", "tags", "body", "code"]


class Word(NamedTuple):
    """One analysed token of the query.

    surface      the whole token, folded as the index holds it
    parts        the pieces of a compound such as ``getUserById``, with positions and ranges relative to the token
    is_code      it looks like an identifier and is never stemmed
    is_prefix    longer words that begin with it match too
    is_stop      every text has it
    field        the one field to match, if any
    start, end   its range in the text typed, in characters
    is_open      it is a prefix only because it is still being typed: it matches as a whole word too
    near         further words that a corrected one may have meant
    written      the word as typed, if the index has other languages than English: their stems need its accents
    respaced     its spellings with another space, alone (``setup``: set up) or with its neighbour (time out: timeout)
    """

    surface: str
    parts: tuple[Part, ...] = ()
    is_code: bool = False
    is_prefix: bool = False
    is_stop: bool = False
    field: QueryField | None = None
    start: int = 0
    end: int = 0
    is_open: bool = False
    near: tuple[str, ...] = ()
    written: str = ""
    respaced: tuple[tuple[str, ...], ...] = ()


class Phrase(NamedTuple):
    """Words that must stand in this order, next to each other.

    ``is_quoted`` says that the reader closed the quotation, so that the phrase must match; it is false for an open
    quotation, and for two characters of a script without spaces.
    """

    words: tuple[Word, ...]
    field: QueryField | None = None
    is_quoted: bool = True


Clause = Word | Phrase


class AnyOf(NamedTuple):
    """Clauses joined by OR, one of which must match. Most groups have one clause."""

    clauses: tuple[Clause, ...]


OperatorKind = Literal["phrase", "exclusion", "field", "filter", "either", "beginning"]


class Operator(NamedTuple):
    """A piece of the text that was read as an operator: its range, and what to type instead to mean plain text."""

    kind: OperatorKind
    start: int
    end: int
    instead: str


class ParsedQuery(NamedTuple):
    """The query as a tree.

    Every group must match; no excluded clause may; ``filters`` are those of ``tag:`` and the other attributes.
    ``operators`` are the pieces of the text that were not read as plain words, in order.
    """

    text: str
    groups: tuple[AnyOf, ...]
    excluded: tuple[Clause, ...] = ()
    filters: Filters = ()
    operators: tuple[Operator, ...] = ()
