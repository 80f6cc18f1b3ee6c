"""A query in the languages that an index holds: its stop words, and words as each of them is written. Pure.

An index of English alone has none of this to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.search.text.compounds import Token
from services.search.text.languages import Language, by_code
from services.search.text.query import word_of
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Word
from services.search.text.stemming import STOP_WORDS
from services.search.text.tokens import relative_token_in


def in_languages(parsed: ParsedQuery, shares: Mapping[str, float]) -> ParsedQuery:
    """``parsed`` for an index that has ``shares`` of its articles in other languages than English, by their codes.

    The stop words are those of one language: the one with the most of them in the query, then the one with the most
    articles. An elided article (the *l'* of ``l'index``) is removed if any of the languages has it.
    """
    if not shares:
        return parsed
    languages = [by_code(code) for code in sorted(shares, key=lambda code: (-shares[code], code))]
    reader = _Reader(parsed.text, languages, _stop_words(parsed, languages, 1.0 - sum(shares.values()), shares))
    groups = tuple(AnyOf(tuple(map(reader.clause, group.clauses))) for group in parsed.groups)
    return parsed._replace(groups=groups, excluded=tuple(map(reader.clause, parsed.excluded)))


def _stop_words(
    parsed: ParsedQuery, languages: list[Language], english: float, shares: Mapping[str, float]
) -> frozenset[str]:
    """The stop words of the language that the query is in."""
    surfaces = [clause.surface for group in parsed.groups for clause in group.clauses if isinstance(clause, Word)]
    choices = [(STOP_WORDS, english), *((one.stop_words, shares[one.code]) for one in languages)]
    return max(choices, key=lambda choice: (sum(surface in choice[0] for surface in surfaces), choice[1]))[0]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads clauses of ``text`` in ``languages``."""

    text: str
    languages: list[Language]
    stop_words: frozenset[str]

    def clause(self, clause: Clause) -> Clause:
        """``clause`` with its words in the languages."""
        if isinstance(clause, Word):
            return self._word(clause)
        return clause._replace(words=tuple(map(self._word, clause.words)))

    def _word(self, word: Word) -> Word:
        raw = self.text[word.start : word.end]
        for language in self.languages:
            token = relative_token_in(raw, language) if len(word.parts) > 1 else None
            if isinstance(token, Token) and (token.start, token.end) != (0, len(raw)):
                read = word_of(token, word.start, is_prefix=word.is_prefix, is_open=word.is_open)
                word = read._replace(field=word.field)
                raw = self.text[word.start : word.end]
                break
        is_stop = not word.is_prefix and word.field is None and word.surface in self.stop_words
        return word._replace(is_stop=is_stop, written=raw)
