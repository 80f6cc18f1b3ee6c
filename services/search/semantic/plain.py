"""Select the queries that are ranked by meaning: plain words and questions. Pure.

A reader who quotes, excludes, filters, names a field or types an identifier wants exact matches.
"""

from __future__ import annotations

import re

from services.search.text.query import parse_query
from services.search.text.query_tree import Word
from shared.search.attributes import RELEVANCE
from shared.search.contract import SearchQuery

#: A word of prose, with an apostrophe or a hyphen inside, or a number.
_PROSE = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|\d+(?:[.,]\d+)*(?:st|nd|rd|th)?")
#: Capitals inside: getUserById, OOMKilled, but also PostgreSQL.
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
#: A name written with letters and digits or capitals inside: p95, OAuth2, gRPC.
_NAME = re.compile(r"[^\W_]+")
#: From this many words on, a query is a question: one with such a name asks about the name, and sections answer it.
QUESTION_WORDS = 5


def is_plain(query: SearchQuery) -> bool:
    """Whether ``query`` is only complete words of prose, in order of relevance."""
    if query.partial or query.filters or query.sort != RELEVANCE:
        return False
    parsed = parse_query(query.text)
    if parsed.excluded or parsed.filters:
        return False
    words = [clause for group in parsed.groups for clause in group.clauses]
    if len(words) > len(parsed.groups) or all(isinstance(word, Word) and word.is_stop for word in words):
        return False
    names = len(words) >= QUESTION_WORDS
    return all(isinstance(word, Word) and _is_prose(word, query.text, with_names=names) for word in words)


def is_question(text: str) -> bool:
    """Whether a plain query is long enough to be a question."""
    return len(text.split()) >= QUESTION_WORDS


def _is_prose(word: Word, text: str, *, with_names: bool) -> bool:
    typed = text[word.start : word.end]
    if word.field or word.is_prefix:
        return False
    if with_names and _NAME.fullmatch(typed):
        return True
    return _PROSE.fullmatch(typed) is not None and _INNER_CAPITAL.search(typed) is None
