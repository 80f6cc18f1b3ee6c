"""What to search for when the site does not have a word as it was typed: the parts of a compound, or the word that
was meant.
"""

from __future__ import annotations

from dataclasses import replace

from services.search.query_tree import AnyOf, ParsedQuery, Phrase, Word
from services.search.synonyms import Synonyms
from services.search.whoosh_engine.correction import Candidate, candidates
from services.search.whoosh_engine.generation import Bools, Generation
from services.search.whoosh_engine.matching import GroupMatch, match_group
from services.search.whoosh_engine.plan import make_plan

#: Candidates that a corrected word may still match.
NEAREST = 12


def with_parts(generation: Generation, parsed: ParsedQuery, synonyms: Synonyms) -> ParsedQuery:
    """Compounds that the site has neither whole nor with their parts in order become their parts, each a word of its
    own.

    A compound that is cut only where capitals meet, and is near a word of the site, is left whole: a typo, rather
    than a
    name that nobody has.
    """
    groups: list[AnyOf] = []
    for any_of in parsed.groups:
        word = any_of.clauses[0]
        is_compound = len(any_of.clauses) == 1 and isinstance(word, Word) and len(word.parts) > 1
        if not is_compound or isinstance(word, Phrase) or _documents_of(generation, any_of, synonyms).any():
            groups.append(any_of)
        elif word.surface.isalnum() and candidates(generation, word.surface, 1):
            groups.append(AnyOf((replace(word, parts=(), is_code=False),)))
        else:
            groups += [AnyOf((part,)) for part in _parts_as_words(word)]
    return replace(parsed, groups=tuple(groups)) if groups != list(parsed.groups) else parsed


def correct(
    generation: Generation, parsed: ParsedQuery, matches: list[GroupMatch], synonyms: Synonyms
) -> ParsedQuery | None:
    """The query with every unknown word replaced by the nearest of the site's, or None where there is none for any.

    A word that exists is never touched. Of several candidates the one is taken that occurs together with the other
    words.
    """
    known = generation.is_live
    for match in matches:
        if match.df:
            known = known & (match.frequencies > 0.0)
    replaced: dict[int, AnyOf] = {}
    text = parsed.text
    for number, any_of in reversed(list(enumerate(parsed.groups))):
        word = any_of.clauses[0]
        if len(any_of.clauses) > 1 or isinstance(word, Phrase) or _documents_of(generation, any_of, synonyms).any():
            continue
        found = candidates(generation, word.surface, NEAREST)
        if found:
            best, known = _best_of(generation, word, found, known)
            near = tuple(candidate.surface for candidate in found if candidate.surface != best)
            replaced[number] = AnyOf((replace(_as(word, best), near=near),))
            text = text[: word.start] + best + text[word.end :]
    if not replaced:
        return None
    groups = tuple(replaced.get(number, any_of) for number, any_of in enumerate(parsed.groups))
    return replace(parsed, text=text, groups=groups)


def _best_of(generation: Generation, word: Word, found: list[Candidate], known: Bools) -> tuple[str, Bools]:
    """The first candidate that occurs in ``known`` documents, and these; else the first of all."""
    for candidate in found:
        documents = known & _documents_of(generation, AnyOf((_as(word, candidate.surface),)), Synonyms.none())
        if documents.any():
            return candidate.surface, documents
    return found[0].surface, known


def _as(word: Word, surface: str) -> Word:
    return replace(word, surface=surface, parts=(), is_prefix=False, is_open=False)


def _documents_of(generation: Generation, any_of: AnyOf, synonyms: Synonyms) -> Bools:
    plan = make_plan(ParsedQuery("", (any_of,)), synonyms)
    found: Bools = match_group(generation, plan.groups[0]).frequencies > 0.0
    return found


def _parts_as_words(compound: Word) -> list[Word]:
    """Each part at its place in the text typed; the innermost where names stand in names."""
    by_position = {part.position: part for part in compound.parts}
    last = max(by_position)
    return [
        Word(
            surface=part.surface,
            is_code=not part.surface.isalpha(),
            is_prefix=compound.is_prefix and position == last,
            field=compound.field,
            start=compound.start + part.start,
            end=compound.start + part.end,
            is_open=compound.is_open and position == last,
        )
        for position, part in sorted(by_position.items())
    ]
