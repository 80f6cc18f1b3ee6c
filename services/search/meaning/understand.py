"""What was typed → the query as this site understands it: one value, made in one place, for any engine.

In order: syntax; options that look like exclusions; compounds that the site writes otherwise; quotations and fields of
a pasted text; spaces and letters of words that the site does not have. A query that has all its words takes the first
step and no other. Does not depend on an index: the Vocabulary answers what the site has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.search.meaning.correction import Candidate, Meant, meant
from services.search.meaning.languages import in_languages
from services.search.meaning.plan import QUESTION_WORDS, Plan, make_plan
from services.search.meaning.readings import Edit, edited, is_message, readings_of, with_options, without_names
from services.search.meaning.spacing import cut, joined
from services.search.meaning.vocabulary import Neighbour, Vocabulary
from services.search.text.query import parse_query, says_nothing
from services.search.text.query_tree import AnyOf, Clause, Operator, ParsedQuery, Phrase, Word
from services.search.text.synonyms import Synonyms
from services.search.text.tokens import Part
from services.search.text.words.known import KnownWords
from shared.search.contract import MAX_OFFERS, Reading

#: Neighbours of a word that are considered, and that a corrected word may still match.
NEAREST = 12
#: Shorter words between hyphens are letters of a name.
_MIN_PROSE = 3
#: Candidates for a word of which is counted how often they stand next to its neighbour, and candidates of a neighbour
#: that is unknown as well.
BESIDE = 5
BESIDE_UNKNOWN = 3
#: How the names of exceptions end.
_EXCEPTIONS = ("error", "exception", "failure")
#: Words that are corrected, at most: more are another language, and each takes a look at the whole vocabulary.
MAX_REPAIRS = 8
#: The share of articles in languages without a list of words from which on nothing is replaced, only offered: whether a
#: word that the site lacks exists in them is not known.
MAX_UNLISTED = 0.05


@dataclass(frozen=True, slots=True)
class Understood:
    """The query as this site understands it.

    ``parsed`` is what is searched, ``plan`` what each of its words may match. ``correction`` is the text that is
    searched instead of the one typed, where there is one. ``offers`` are other texts that may have been meant.
    ``missing`` are the words that no article has. ``says_nothing`` is true where something was typed and none of it can
    be searched. ``is_message`` is true for the message of a program: an article with only its ordinary words is no
    answer.
    """

    parsed: ParsedQuery
    plan: Plan
    says_nothing: bool = False
    correction: str | None = None
    offers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_message: bool = False
    names: tuple[str, ...] = ()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The operators in it, each with the query in which it is text."""
        return readings_of(self.parsed)


def understand(
    text: str,
    vocabulary: Vocabulary,
    synonyms: Synonyms,
    known: KnownWords,
    *,
    partial: bool = False,
    exact: bool = False,
) -> Understood:
    """The query that ``text`` is on the site of ``vocabulary``.

    With ``partial`` the last word is being typed. With ``exact`` nothing is searched that was not typed.
    """
    parsed = parse_query(text, partial=partial)
    if parsed.excluded and not exact:
        parsed = with_options(parsed, vocabulary)
    parsed = in_languages(parsed, vocabulary.languages)
    synonyms = synonyms.in_languages(tuple(vocabulary.languages))
    parsed = _with_parts(parsed, vocabulary)
    plan = make_plan(parsed, synonyms)
    if says_nothing(parsed, partial=partial):
        return Understood(parsed, plan, says_nothing=True)
    edits: tuple[Edit, ...] = ()
    quoted: tuple[Operator, ...] = ()
    if not exact and any(group.is_required for group in plan.groups):
        strict = parsed
        parsed, edits = without_names(strict, vocabulary)
        parsed = in_languages(parsed, vocabulary.languages)
        plan = make_plan(parsed, synonyms) if edits else plan
        quoted = tuple(one for one in strict.operators if one not in parsed.operators)
    asked = sum(not group.is_optional for group in plan.groups)
    is_pasted = not exact and not partial and is_message(text, asked)
    if not edits and all(_counts(vocabulary, plan)):
        return Understood(parsed, plan, is_message=is_pasted)
    if (written := _as_written(parsed, vocabulary)) is not parsed:
        parsed, plan = written, make_plan(written, synonyms)
    offers: tuple[str, ...] = ()
    if not exact and not all(_counts(vocabulary, plan)):
        repaired = _Repairs(parsed, vocabulary, known).result()
        edits += repaired.edits
        offers = tuple(edited(text, (*edits, offer)) for offer in repaired.offers)
        # A reader mistypes words, a program does not.
        is_pasted &= not (offers or repaired.edits)
        if repaired.edits:
            parsed, plan = repaired.parsed, make_plan(repaired.parsed, synonyms)
    correction = edited(text, edits) if edits else None
    if correction is not None:
        parsed = parsed._replace(text=correction)
    lost = [
        word
        for group in plan.groups
        if not group.is_optional and not vocabulary.count_group(group)
        for word in group.words
    ]
    return Understood(
        parsed,
        plan,
        correction=correction,
        offers=offers,
        missing=tuple(dict.fromkeys(word.surface for word in lost)),
        is_message=is_pasted,
        names=tuple(word.surface for word in lost if any(one.start <= word.start < one.end for one in quoted)),
    )


def _counts(vocabulary: Vocabulary, plan: Plan) -> Iterator[int]:
    return (vocabulary.count_group(group) for group in plan.groups if not group.is_optional)


def _with_parts(parsed: ParsedQuery, vocabulary: Vocabulary) -> ParsedQuery:
    """``parsed`` with each compound that the site does not have as its parts, each a word of its own.

    The site has it neither whole nor with its parts in order. In a question, words with hyphens (boundary-layer) are
    cut as well, because any of their parts may be what answers.

    A compound that is cut only where capitals meet, and is near a word of the site, is left whole: a typo, rather than
    a name that no article has.
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
        elif vocabulary.count(any_of):
            groups.append(any_of)
        elif word.surface.isalpha() and vocabulary.near(word.surface, NEAREST):
            groups.append(AnyOf((word._replace(parts=(), is_code=False),)))
        else:
            groups += [AnyOf((part,)) for part in _names_as_words(word, vocabulary)]
    return parsed._replace(groups=tuple(groups)) if groups != list(parsed.groups) else parsed


def _is_of_substance(any_of: AnyOf) -> bool:
    return not all(isinstance(clause, Word) and clause.is_stop for clause in any_of.clauses)


def _is_hyphenated(word: Word) -> bool:
    """Whether ``word`` is words of prose with hyphens, and no name of a thing such as ``x-request-id``."""
    parts = [part.surface for part in _innermost(word)]
    is_prose = all(part.isalpha() and len(part) >= _MIN_PROSE for part in parts)
    return is_prose and word.field is None and "-".join(parts) == word.surface


def _as_written(parsed: ParsedQuery, vocabulary: Vocabulary) -> ParsedQuery:
    """``parsed`` in the site's own spelling.

    The words of quotations that no article has become the compounds that the site writes, and acronyms in the plural
    that it does not have become singular.
    """
    groups = tuple(
        group if vocabulary.count(group) else AnyOf(tuple(_clause_as_written(one, vocabulary) for one in group.clauses))
        for group in parsed.groups
    )
    return parsed._replace(groups=groups) if groups != parsed.groups else parsed


def _clause_as_written(clause: Clause, vocabulary: Vocabulary) -> Clause:
    if isinstance(clause, Word):
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


@dataclass(frozen=True, slots=True)
class _Replacement:
    """``groups`` in the place of the groups ``first`` to ``last``, and ``edits`` of the text that say the same."""

    first: int
    last: int
    groups: tuple[AnyOf, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class _Repaired:
    """A query with what could be repaired, and single edits that are only offered."""

    parsed: ParsedQuery
    edits: tuple[Edit, ...]
    offers: tuple[Edit, ...]


class _Repairs:
    """Looks for repairs of the words of one query that no article has."""

    def __init__(self, parsed: ParsedQuery, vocabulary: Vocabulary, known: KnownWords) -> None:
        self._parsed, self._vocabulary, self._known = parsed, vocabulary, known
        self._may_replace = sum(vocabulary.languages.values()) < MAX_UNLISTED
        self._unknown = [number for number, group in enumerate(parsed.groups) if not vocabulary.count(group)]
        #: Of these are the articles that a candidate is looked for in.
        self._others = [
            group
            for number, group in enumerate(parsed.groups)
            if number not in self._unknown and _is_of_substance(group)
        ]
        self._meant: dict[int, Meant] = {}
        self._offers: list[tuple[Edit, ...]] = []

    def result(self) -> _Repaired:
        """One repair for each group that the site has not, where there is one: a space first, then letters.

        A question most of whose words are known is answered as it is: there is much that matches, and a word that
        nobody wrote is seldom the one that matters.
        """
        asked = sum(map(_is_of_substance, self._parsed.groups))
        if asked > QUESTION_WORDS and 2 * len(self._unknown) < asked:
            return _Repaired(self._parsed, (), ())
        unknown = self._unknown[:MAX_REPAIRS]
        found: list[_Replacement] = []
        taken: set[int] = set()
        for number in unknown:
            joint = None if number in taken else self._join(number, taken)
            if joint is not None:
                found.append(joint)
                taken |= {joint.first, joint.last}
        for number in reversed(unknown):
            if number not in taken:
                found += self._respell(number)
        groups = list(self._parsed.groups)
        for one in sorted(found, key=lambda one: -one.first):
            groups[one.first : one.last + 1] = one.groups
        edits = tuple(edit for one in found for edit in one.edits)
        # One word may offer three; of several, each its best.
        offers = [edit for row in _by_place(self._offers) for edit in row]
        return _Repaired(self._parsed._replace(groups=tuple(groups)), edits, tuple(offers[:MAX_OFFERS]))

    def _join(self, number: int, taken: set[int]) -> _Replacement | None:
        groups = self._parsed.groups
        for first in (number - 1, number):
            if first < 0 or first + 1 >= len(groups) or taken & {first, first + 1}:
                continue
            word = joined(groups[first], groups[first + 1], self._parsed.text, self._vocabulary.count_clause)
            if word is not None:
                edit = Edit(word.start, word.end, word.surface)
                return _Replacement(first, first + 1, (AnyOf((word,)),), (edit,))
        return None

    def _respell(self, number: int) -> list[_Replacement]:
        group = self._parsed.groups[number]
        word = group.clauses[0]
        if len(group.clauses) > 1 or isinstance(word, Phrase) or word.field is not None:
            return self._respell_words_of(number)
        if not self._is_plain(word):
            return []
        found = self._meant_by(number, word)
        if not found.is_sure and not self._known.is_listed(word.surface):
            pieces = cut(word, self._vocabulary.count_clause)
            if pieces:
                text = " ".join(piece.surface for piece in pieces)
                groups = tuple(AnyOf((piece,)) for piece in pieces)
                return [_Replacement(number, number, groups, (Edit(word.start, word.end, text),))]
        if not found.surfaces:
            return []
        edits = [Edit(word.start, word.end, surface) for surface in found.surfaces]
        if not found.is_sure:
            self._offers.append(tuple(edits[:MAX_OFFERS]))
            return []
        best, *others = found.surfaces
        self._offers.append(tuple(edits[1:MAX_OFFERS]))
        meant_word = _as(word, best)._replace(near=tuple(others[: NEAREST - 1]))
        return [_Replacement(number, number, (AnyOf((meant_word,)),), (edits[0],))]

    def _is_plain(self, word: Word) -> bool:
        """Whether the text between the blanks is the word alone, of letters, without a capital after the first.

        Names of things are not typos.
        """
        text = self._parsed.text
        start, end = word.start, word.end
        before = text[start - 1 : start] if start else ""
        is_alone = not before.strip() and not text[end : end + 1].strip().strip(",.;?!")
        typed = text[start:end]
        return is_alone and typed.isalpha() and typed[1:] == typed[1:].lower()

    def _meant_by(self, number: int, word: Word) -> Meant:
        """What the unknown ``word``, the group of that number, may have been meant to be, best first."""
        if number not in self._meant:
            candidates = [
                self._candidate(number, word, neighbour, is_counted=place < BESIDE)
                for place, neighbour in enumerate(self._neighbours(word))
            ]
            found = meant(word.surface, candidates, is_known=word.surface in self._known)
            self._meant[number] = replace(found, is_sure=found.is_sure and self._may_replace)
        return self._meant[number]

    def _neighbours(self, word: Word) -> Sequence[Neighbour]:
        # A word that is being typed is the beginning of one, so what it may become comes before what it is like.
        found = self._vocabulary.beginning(word.surface, NEAREST) if word.is_open else ()
        return found or self._vocabulary.near(word.surface, NEAREST)

    def _candidate(self, number: int, word: Word, neighbour: Neighbour, *, is_counted: bool) -> Candidate:
        if not is_counted or len(self._parsed.groups) == 1:
            return Candidate(neighbour)
        group = AnyOf((_as(word, neighbour.surface),))
        is_together = bool(self._others) and self._vocabulary.count_together([group, *self._others]) > 0
        return Candidate(neighbour, is_together, self._count_beside(number, group.clauses[0]))

    def _count_beside(self, number: int, clause: Clause) -> int:
        """In how many articles ``clause`` stands next to what stands next to the group of that number, at most."""
        if not isinstance(clause, Word):
            return 0
        pairs = [(before, clause) for before in self._beside(number - 1, clause)]
        pairs += [(clause, after) for after in self._beside(number + 1, clause)]
        return max((self._vocabulary.count_clause(Phrase(pair, clause.field)) for pair in pairs), default=0)

    def _beside(self, number: int, word: Word) -> list[Word]:
        """What stands at ``number`` beside the unknown ``word``, or may have been meant: plain words of substance."""
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
        return [_as(clause, one.surface) for one in self._neighbours(clause)[:BESIDE_UNKNOWN]]

    def _respell_words_of(self, number: int) -> list[_Replacement]:
        """A quotation, a field or an OR with its unknown words replaced, if the site has it then."""
        if not self._may_replace:
            return []
        group = self._parsed.groups[number]
        words = [one for clause in group.clauses for one in (clause.words if isinstance(clause, Phrase) else (clause,))]
        found: dict[Word, str] = {}
        for word in words:
            if self._vocabulary.count_clause(word._replace(field=None)) or word.surface in self._known:
                continue
            nearest = meant(
                word.surface,
                [Candidate(neighbour) for neighbour in self._vocabulary.near(word.surface, NEAREST)],
                is_known=False,
            )
            if nearest.surfaces:
                found[word] = nearest.surfaces[0]
        clauses = tuple(_with_words(clause, found) for clause in group.clauses)
        if not found or not self._vocabulary.count(AnyOf(clauses)):
            return []
        edits = tuple(Edit(word.start, word.end, surface) for word, surface in found.items())
        return [_Replacement(number, number, (AnyOf(clauses),), edits)]


def _by_place(rows: Sequence[tuple[Edit, ...]]) -> Iterator[tuple[Edit, ...]]:
    """The first of each row, then the second of each, and so on."""
    for place in range(max(map(len, rows), default=0)):
        yield tuple(row[place] for row in rows if place < len(row))


def _with_words(clause: Clause, found: Mapping[Word, str]) -> Clause:
    if isinstance(clause, Phrase):
        return clause._replace(words=tuple(_as(word, found[word]) if word in found else word for word in clause.words))
    return _as(clause, found[clause]) if clause in found else clause


def _as(word: Word, surface: str) -> Word:
    return word._replace(surface=surface, parts=(), is_prefix=False, is_open=False, written="")


def _innermost(word: Word) -> list[Part]:
    """The parts of a compound that are no names of others, one for each position."""
    by_position = {part.position: part for part in word.parts}
    return [part for _, part in sorted(by_position.items())]


def _names_as_words(compound: Word, vocabulary: Vocabulary) -> list[Word]:
    """The parts of a compound that no article has, with the names inside it that some have left whole.

    The name of an exception stays whole as well: its words say little, and that no article has it says a lot.
    """
    if compound.surface.endswith(_EXCEPTIONS):
        known = [
            part for part in compound.parts if part.surface.endswith(_EXCEPTIONS) and part.surface not in _EXCEPTIONS
        ]
        known = [part for part in known if vocabulary.has_surface(part.surface)]
        return [_part_as_word(compound, part) for part in known[:1]] or [compound]
    return _parts_as_words(compound)


def _part_as_word(compound: Word, part: Part) -> Word:
    start, end = compound.start + part.start, compound.start + part.end
    return Word(part.surface, is_code=True, field=compound.field, start=start, end=end)


def _parts_as_words(compound: Word) -> list[Word]:
    """Each part at its place in the text typed; the innermost where names stand in names."""
    parts = _innermost(compound)
    return [
        Word(
            surface=part.surface,
            is_code=not part.surface.isalpha(),
            is_prefix=compound.is_prefix and part is parts[-1],
            field=compound.field,
            start=compound.start + part.start,
            end=compound.start + part.end,
            is_open=compound.is_open and part is parts[-1],
        )
        for part in parts
    ]
