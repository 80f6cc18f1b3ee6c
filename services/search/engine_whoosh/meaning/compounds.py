"""Words in quotations that were typed in lower case and are compounds of the site: ``runtimeclassflags`` for
``RuntimeClassFlags``.

A compound takes as many positions as it has words, and how many those are only the text says.
"""

from __future__ import annotations

from itertools import chain

from services.search.engine_whoosh.matching.matching import GroupMatch
from services.search.engine_whoosh.matching.postings import occurrences, runs_of
from services.search.engine_whoosh.meaning.plan import Terms
from services.search.engine_whoosh.segment.generation import Generation, Segment
from services.search.engine_whoosh.segment.pack import PLACE_SHIFT
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.text.tokens import Part, tokenize

#: Occurrences of a word that are looked at for one that is a compound.
_MAX_LOOKED = 64


def with_compounds(generation: Generation, parsed: ParsedQuery, matches: list[GroupMatch]) -> ParsedQuery:
    """``parsed`` with the words of quotations that were not found as the compounds that the site writes."""
    missing = {match.group.words for match in matches if not match.df}
    groups = tuple(
        AnyOf(tuple(_with_compounds(generation, clause) for clause in group.clauses))
        if _words_of(group) in missing
        else group
        for group in parsed.groups
    )
    return parsed._replace(groups=groups) if groups != parsed.groups else parsed


def _words_of(group: AnyOf) -> tuple[Word, ...]:
    words = [clause.words if isinstance(clause, Phrase) else (clause,) for clause in group.clauses]
    return tuple(chain.from_iterable(words))


def _with_compounds(generation: Generation, clause: Clause) -> Clause:
    if not isinstance(clause, Phrase):
        return clause
    return clause._replace(words=tuple(_as_compound(generation, word) for word in clause.words))


def _as_compound(generation: Generation, word: Word) -> Word:
    if word.parts or word.is_prefix or not word.surface.isalnum():
        return word
    for segment in generation.segments:
        if parts := _parts(segment, word.surface):
            return word._replace(parts=parts)
    return word


def _parts(segment: Segment, surface: str) -> tuple[Part, ...]:
    """The parts of the first occurrence of ``surface`` that has some."""
    for run in runs_of(segment, [Terms(surface)]):
        for number in occurrences(segment, run).numbers[:_MAX_LOOKED].tolist():
            document = int(segment.places[number]) >> PLACE_SHIFT
            start = int(segment.text_starts[document]) + int(segment.starts[number])
            written = segment.text(start, start + int(segment.widths[number])).decode("utf-8", "replace")
            for token in tokenize(written):
                if token.surface == surface and len(token.parts) > 1:
                    return token.parts
    return ()
