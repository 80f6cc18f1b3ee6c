"""Compounds and acronyms of a query as the site writes them: whole, as their parts, or in the singular. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from services.search.text.compounds import Part
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.understanding.messages import is_code, is_timestamp
from services.search.understanding.plan import QUESTION_WORDS
from services.search.understanding.vocabulary import Vocabulary

#: Similar words that are considered as corrections of a word, and that a corrected word may still match.
NEAREST = 12
#: The shortest word between hyphens, in letters: shorter ones are part of a name.
_MIN_PROSE = 3
#: The largest number of digits of a small number.
_MAX_SMALL = 2
# Letters and at least one number with hyphens or dots between them.
_NAMED_NUMBER: Final = re.compile(r"(?=.*(?<![^\W\d_])\d)[^\W_]+(?:[-.][^\W_]+)+")
# A name in a program, or an option of one, and nothing beside it but its value: words joined by capitals, underscores,
# dots or colons, in options by hyphens.
_PROGRAM_NAME: Final = re.compile(
    r"(?:[@$]?[^\W\d]\w*(?:(?:\.|::)[^\W\d]\w*)*(?:\(\))?;?|--?[^\W\d]\w*(?:[-.:+]+\w+)*)(?:=[^\s\"']*)?"
)
# The first number of a version.
_MAJOR: Final = re.compile(r"v\d{1,4}")
#: How the names of exceptions end.
_EXCEPTIONS = ("error", "exception", "failure")


def with_parts(parsed: ParsedQuery, vocabulary: Vocabulary) -> ParsedQuery:
    """``parsed`` with each compound that the site does not have split into its parts.

    The site has it neither whole nor with its parts in order. In a question, hyphenated words (boundary-layer) are
    split as well, because any of their parts may find the answer.

    A compound that is split only by its capitals, and is similar to a word of the site, stays whole: it is a typo
    rather than a name.
    """
    groups: list[AnyOf] = []
    is_question = len(parsed.groups) > QUESTION_WORDS and sum(map(has_content_word, parsed.groups)) > QUESTION_WORDS
    for any_of in parsed.groups:
        word = any_of.clauses[0]
        is_compound = len(any_of.clauses) == 1 and isinstance(word, Word) and len(word.parts) > 1
        if not is_compound or isinstance(word, Phrase):
            groups.append(any_of)
        elif is_question and _is_hyphenated(word):
            groups += [AnyOf((part,)) for part in _parts_as_words(word)]
        elif vocabulary.count(any_of):
            groups.append(any_of)
        elif word.surface.isalpha() and vocabulary.near(word.surface, NEAREST):
            groups.append(AnyOf((word._replace(parts=(), is_code=False),)))
        else:
            typed = parsed.text[word.start : word.end]
            groups += [AnyOf((part,)) for part in _names_as_words(word, typed, vocabulary)]
    return parsed._replace(groups=tuple(groups)) if groups != list(parsed.groups) else parsed


def is_unknown_name(parsed: ParsedQuery) -> bool:
    """Whether the text is one name of a program, such as ``useEffect``, that no article has.

    ``parsed`` has the words of such a name as groups (see ``with_parts``).
    """
    if len(parsed.groups) < 2 or not _PROGRAM_NAME.fullmatch(parsed.text.strip()):
        return False
    words = [clause for group in parsed.groups for clause in group.clauses if isinstance(clause, Word)]
    return sum(len(word.surface) > 1 and word.surface.isalpha() for word in words) > 1


def is_known_in_part(parsed: ParsedQuery, vocabulary: Vocabulary) -> bool:
    """Whether articles have more than half of the words of an unknown name side by side: ``users.getUserById``."""
    words = [clause for group in parsed.groups for clause in group.clauses if isinstance(clause, Word)]
    beside: set[int] = set()
    for number, pair in enumerate(pairwise(words)):
        if vocabulary.count_clause(Phrase(pair)):
            beside |= {number, number + 1}
    return 2 * len(beside) > len(words)


def has_content_word(any_of: AnyOf) -> bool:
    """Whether any clause is more than a stop word."""
    return not all(isinstance(clause, Word) and clause.is_stop for clause in any_of.clauses)


def _is_hyphenated(word: Word) -> bool:
    """Whether ``word`` is hyphenated prose, and no name such as ``x-request-id``."""
    parts = [part.surface for part in _innermost(word)]
    is_prose = all(part.isalpha() and len(part) >= _MIN_PROSE for part in parts)
    return is_prose and word.field is None and "-".join(parts) == word.surface


def as_written(parsed: ParsedQuery, vocabulary: Vocabulary) -> ParsedQuery:
    """``parsed`` in the site's own spelling.

    In quotations that no article matches, words become the compounds that the site writes. Plurals of acronyms that it
    does not have become singular, and versions behind a word that it has become numbers (PostgreSQL v18).
    """
    counts = [vocabulary.count(group) for group in parsed.groups]
    groups = tuple(
        group
        if count
        else AnyOf(tuple(_clause_as_written(one, vocabulary, is_behind=before > 0) for one in group.clauses))
        for group, count, before in zip(parsed.groups, counts, (0, *counts), strict=False)
    )
    return parsed._replace(groups=groups) if groups != parsed.groups else parsed


def _clause_as_written(clause: Clause, vocabulary: Vocabulary, *, is_behind: bool) -> Clause:
    """A clause that no article matches; ``is_behind`` says that the site has the word before it."""
    if isinstance(clause, Word):
        if is_behind and _MAJOR.fullmatch(clause.surface) and vocabulary.has_surface(clause.surface[1:]):
            return clause._replace(surface=clause.surface[1:])
        singular = clause.surface[:-1]
        is_plural = clause.surface.endswith("s") and not clause.parts and vocabulary.has_surface(singular)
        return clause._replace(surface=singular) if is_plural and len(singular) > 1 else clause
    words = tuple(
        word
        if word.parts or word.is_prefix or not word.surface.isalnum()
        else word._replace(parts=vocabulary.parts_of(word.surface))
        for word in clause.words
    )
    return clause._replace(words=words)


def _innermost(word: Word) -> list[Part]:
    """The innermost parts of a compound, one for each position."""
    by_position = {part.position: part for part in word.parts}
    return [part for _, part in sorted(by_position.items())]


def _names_as_words(compound: Word, typed: str, vocabulary: Vocabulary) -> list[Word]:
    """The words of a compound that no article has; one word if it stays whole.

    An error code (``ORA-01555``) and the name of an exception stay whole: their words mean little, and a site without
    them has no answer. So do a date, a time, and a compound none of whose words any article has.
    """
    if is_timestamp(typed):
        return [compound._replace(parts=())]
    if compound.surface.endswith(_EXCEPTIONS):
        known = [
            part for part in compound.parts if part.surface.endswith(_EXCEPTIONS) and part.surface not in _EXCEPTIONS
        ]
        known = [part for part in known if vocabulary.has_surface(part.surface)]
        return [_part_as_word(compound, part) for part in known[:1]] or [compound]
    parts = _parts_as_words(compound)
    if is_code(typed) or not (compound.is_prefix or any(map(vocabulary.count_clause, parts))):
        return [compound]
    if not (compound.is_prefix or any(map(vocabulary.count_clause, _distinctive_parts(compound, parts)))):
        return [compound._replace(parts=())]
    return parts


def _distinctive_parts(compound: Word, parts: list[Word]) -> list[Word]:
    """The distinctive parts of a compound: of a name with numbers (PEP-8, v1.2-rc.1, log4j2), its words."""
    if not (compound.surface.isalnum() or _NAMED_NUMBER.fullmatch(compound.surface)):
        return parts
    longer = [part for part in parts if len(part.surface) > 1]
    words = [part for part in longer if part.surface.isalpha()]
    return words or [part for part in longer if not part.surface.isdigit()] or longer or parts


def _part_as_word(compound: Word, part: Part) -> Word:
    start, end = compound.start + part.start, compound.start + part.end
    return Word(part.surface, is_code=True, field=compound.field, start=start, end=end)


def _parts_as_words(compound: Word) -> list[Word]:
    """The innermost parts as words, with their ranges in the text typed.

    The small number in a name of letters and digits (auth0, java21) is a stop word: it means nothing by itself.
    """
    parts = _innermost(compound)
    return [
        Word(
            surface=part.surface,
            is_code=not part.surface.isalpha(),
            is_prefix=compound.is_prefix and part is parts[-1],
            is_stop=compound.surface.isalnum() and part.surface.isdigit() and len(part.surface) <= _MAX_SMALL,
            field=compound.field,
            start=compound.start + part.start,
            end=compound.start + part.end,
            is_open=compound.is_open and part is parts[-1],
        )
        for part in parts
    ]
