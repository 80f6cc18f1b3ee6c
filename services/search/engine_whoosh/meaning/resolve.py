"""What to search for when the site does not have a word as it was typed: the parts of a compound, or the word that
was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.search.engine_whoosh.matching.matching import GroupMatch, match_group
from services.search.engine_whoosh.matching.ranking import QUESTION_WORDS
from services.search.engine_whoosh.meaning.correction import Candidate, candidates, completions
from services.search.engine_whoosh.meaning.plan import make_plan
from services.search.engine_whoosh.meaning.spacing import cut, joined
from services.search.engine_whoosh.segment.generation import Bools, Generation
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.text.synonyms import Synonyms

#: Candidates that a corrected word may still match.
NEAREST = 12
#: Shorter words between hyphens are letters of a name.
_MIN_PROSE = 3
#: Of so many candidates for a word it is looked at whether they stand beside its neighbour, and of a neighbour that is
#: unknown as well, beside so many for that.
LOOKED_AT = 5
LOOKED_AT_BESIDE = 3
#: Words that are corrected, at most: more are another language, and each takes a look at the whole vocabulary.
MAX_REPAIRS = 8


def with_parts(generation: Generation, parsed: ParsedQuery, synonyms: Synonyms) -> ParsedQuery:
    """Compounds that the site has neither whole nor with their parts in order become their parts, each a word of its
    own; in a question, so do words with hyphens (boundary-layer), because any of them may be what answers.

    A compound that is cut only where capitals meet, and is near a word of the site, is left whole: a typo, rather
    than a name that nobody has.
    """
    groups: list[AnyOf] = []
    is_question = len(parsed.groups) > QUESTION_WORDS and sum(map(_is_of_substance, parsed.groups)) > QUESTION_WORDS
    for any_of in parsed.groups:
        word = any_of.clauses[0]
        is_compound = len(any_of.clauses) == 1 and isinstance(word, Word) and len(word.parts) > 1
        if not is_compound or isinstance(word, Phrase):
            groups.append(any_of)
        elif is_question and _is_hyphenated(word):
            groups += [AnyOf((part,)) for part in _parts_as_words(word)]
        elif _documents_of(generation, any_of, synonyms).any():
            groups.append(any_of)
        elif word.surface.isalnum() and candidates(generation, word.surface, 1):
            groups.append(AnyOf((word._replace(parts=(), is_code=False),)))
        else:
            groups += [AnyOf((part,)) for part in _parts_as_words(word)]
    return parsed._replace(groups=tuple(groups)) if groups != list(parsed.groups) else parsed


def _is_of_substance(any_of: AnyOf) -> bool:
    return not all(isinstance(clause, Word) and clause.is_stop for clause in any_of.clauses)


def _is_hyphenated(word: Word) -> bool:
    """Whether ``word`` is words of prose with hyphens, and no name of a thing such as ``x-request-id``."""
    is_prose = all(part.surface.isalpha() and len(part.surface) >= _MIN_PROSE for part in word.parts)
    return is_prose and word.field is None and "-".join(part.surface for part in word.parts) == word.surface


@dataclass(frozen=True, slots=True)
class _Repair:
    """What stands in the place of the groups ``first`` to ``last``, and of their text."""

    first: int
    last: int
    groups: tuple[AnyOf, ...]
    start: int
    end: int
    text: str


def correct(
    generation: Generation, parsed: ParsedQuery, matches: list[GroupMatch], synonyms: Synonyms
) -> ParsedQuery | None:
    """The query with what the site does not have replaced by what was meant, or None where nothing is like it.

    A word that exists is never touched, but for a space too many. Of several candidates the one is taken that occurs
    together with the other words. A question most of whose words are known is answered as it is: there is much that
    matches, and a word that nobody wrote is seldom the one that matters.
    """
    known = sum(match.df > 0 for match in matches)
    if len(matches) > QUESTION_WORDS and 2 * known > len(matches):
        return None
    repairs = _Repairs(generation, parsed, matches, synonyms).all()
    if not repairs:
        return None
    text, groups = parsed.text, list(parsed.groups)
    for repair in sorted(repairs, key=lambda repair: -repair.first):
        groups[repair.first : repair.last + 1] = repair.groups
        text = text[: repair.start] + repair.text + text[repair.end :]
    return parsed._replace(text=text, groups=tuple(groups))


class _Repairs:
    """Looks for repairs of one query."""

    def __init__(
        self, generation: Generation, parsed: ParsedQuery, matches: list[GroupMatch], synonyms: Synonyms
    ) -> None:
        self._generation, self._parsed, self._synonyms = generation, parsed, synonyms
        self._has_known = any(match.df for match in matches)
        #: What each unknown word may have been meant to be, by its number.
        self._candidates: dict[int, list[Candidate]] = {}
        #: The articles with every word that is known.
        self._known = generation.is_live
        for match in matches:
            if match.df:
                self._known = self._known & match.has

    def all(self) -> list[_Repair]:
        """One repair for each group that the site has not, where there is one: a space first, then letters."""
        groups = self._parsed.groups
        self._unknown = [number for number, group in enumerate(groups) if not self._documents_of(group).any()]
        unknown = self._unknown[:MAX_REPAIRS]
        repairs: list[_Repair] = []
        taken: set[int] = set()
        for number in unknown:
            joint = None if number in taken else self._join(number, taken)
            if joint is not None:
                repairs.append(joint)
                taken |= {joint.first, joint.last}
        for number in reversed(unknown):
            if number not in taken:
                repairs += self._respell(number)
        return repairs

    def _join(self, number: int, taken: set[int]) -> _Repair | None:
        groups = self._parsed.groups
        for first in (number - 1, number):
            if first < 0 or first + 1 >= len(groups) or taken & {first, first + 1}:
                continue
            word = joined(groups[first], groups[first + 1], self._parsed.text, self._count_of)
            if word is not None:
                return _Repair(first, first + 1, (AnyOf((word,)),), word.start, word.end, word.surface)
        return None

    def _respell(self, number: int) -> list[_Repair]:
        group = self._parsed.groups[number]
        word = group.clauses[0]
        if len(group.clauses) > 1 or isinstance(word, Phrase):
            return self._respell_words_of(number)
        found = self._meant(number, word)
        if not found or found[0].edits > 1:
            pieces = cut(word, self._count_of)
            if pieces:
                text = " ".join(piece.surface for piece in pieces)
                groups = tuple(AnyOf((piece,)) for piece in pieces)
                return [_Repair(number, number, groups, word.start, word.end, text)]
        if not found:
            return []
        best = self._best_of(word, self._beside_neighbours_first(number, word, found))
        near = tuple(candidate.surface for candidate in found if candidate.surface != best)
        return [_Repair(number, number, (AnyOf((_as(word, best)._replace(near=near),)),), word.start, word.end, best)]

    def _meant(self, number: int, word: Word) -> list[Candidate]:
        """What the unknown ``word``, the group of that number, may have been meant to be, best first."""
        if number not in self._candidates:
            # A word that is being typed is the beginning of one, so what it may become comes before what it is like.
            found = completions(self._generation, word.surface, NEAREST) if word.is_open else []
            found = found or candidates(self._generation, word.surface, NEAREST, is_alone=not self._has_known)
            self._candidates[number] = found
        return self._candidates[number]

    def _beside_neighbours_first(self, number: int, word: Word, found: list[Candidate]) -> list[Candidate]:
        """``found``, first what the site has side by side with a neighbour: a circuit braker is a breaker, however
        common brokers are.
        """
        if len(found) < 2:
            return found
        before, after = self._neighbours(number - 1, word), self._neighbours(number + 1, word)
        counts: dict[str, int] = {}
        for candidate in found[:LOOKED_AT]:
            meant = _as(word, candidate.surface)
            pairs = [(one, meant) for one in before] + [(meant, one) for one in after]
            counts[candidate.surface] = max((self._count_of(Phrase(pair, word.field)) for pair in pairs), default=0)
        return sorted(found, key=lambda candidate: -counts.get(candidate.surface, 0))

    def _neighbours(self, number: int, word: Word) -> list[Word]:
        """What stands at ``number`` beside the unknown ``word``, or was meant to: plain words of substance."""
        groups = self._parsed.groups
        if not 0 <= number < len(groups) or len(groups[number].clauses) > 1:
            return []
        (clause,) = groups[number].clauses
        if isinstance(clause, Phrase) or clause.is_stop or clause.field != word.field:
            return []
        if number not in self._unknown:
            return [clause]
        if number not in self._unknown[:MAX_REPAIRS]:
            return []
        return [_as(clause, candidate.surface) for candidate in self._meant(number, clause)[:LOOKED_AT_BESIDE]]

    def _respell_words_of(self, number: int) -> list[_Repair]:
        """A quotation or an OR with its unknown words replaced, if the site has it then."""
        group = self._parsed.groups[number]
        words = [one for clause in group.clauses for one in (clause.words if isinstance(clause, Phrase) else (clause,))]
        meant: dict[Word, str] = {}
        for word in words:
            if not self._count_of(word._replace(field=None)):
                for nearest in candidates(self._generation, word.surface, 1, is_alone=False):
                    meant[word] = nearest.surface
        clauses = tuple(_with_words(clause, meant) for clause in group.clauses)
        if not meant or not self._documents_of(AnyOf(clauses)).any():
            return []
        start, end = words[0].start, words[-1].end
        text = self._parsed.text[:end]
        for word in reversed(words):
            if word in meant:
                text = text[: word.start] + meant[word] + text[word.end :]
        return [_Repair(number, number, (AnyOf(clauses),), start, end, text[start:])]

    def _best_of(self, word: Word, found: list[Candidate]) -> str:
        """The first candidate that occurs together with what is known; else the first of all."""
        for candidate in found:
            documents = self._known & _documents_of(
                self._generation, AnyOf((_as(word, candidate.surface),)), Synonyms.none()
            )
            if documents.any():
                self._known = documents
                return candidate.surface
        return found[0].surface

    def _documents_of(self, group: AnyOf) -> Bools:
        return _documents_of(self._generation, group, self._synonyms)

    def _count_of(self, clause: Clause) -> int:
        # Nearly all pieces that a word can be cut into are nothing: that is seen sooner than searched for.
        if isinstance(clause, Word) and _is_bare(clause) and not self._generation.has_word(clause.surface):
            return 0
        return int(np.count_nonzero(_documents_of(self._generation, AnyOf((clause,)), Synonyms.none())))


def _is_bare(word: Word) -> bool:
    """Whether nothing but the word itself, and what has its stem, can match."""
    return word.surface.isalpha() and not (word.parts or word.near or word.is_prefix)


def _with_words(clause: Clause, meant: Mapping[Word, str]) -> Clause:
    if isinstance(clause, Phrase):
        return clause._replace(words=tuple(_as(word, meant[word]) if word in meant else word for word in clause.words))
    return _as(clause, meant[clause]) if clause in meant else clause


def _as(word: Word, surface: str) -> Word:
    return word._replace(surface=surface, parts=(), is_prefix=False, is_open=False)


def _documents_of(generation: Generation, any_of: AnyOf, synonyms: Synonyms) -> Bools:
    plan = make_plan(ParsedQuery("", (any_of,)), synonyms)
    found: Bools = match_group(generation, plan.groups[0]).has
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
