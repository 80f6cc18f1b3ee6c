"""Repair the words of a query that no article has: by spaces first, then by letters. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.text.words.known import KnownWords
from services.search.text.words.spellings import has_two_spellings
from services.search.understanding.compounds import NEAREST, has_content_word
from services.search.understanding.correction import Candidate, Corrections, corrections_of, may_be_form
from services.search.understanding.plan import QUESTION_WORDS
from services.search.understanding.readings import Edit
from services.search.understanding.spacing import cut, cut_at_digits, joined
from services.search.understanding.vocabulary import Neighbour, Vocabulary
from shared.search.contract import MAX_OFFERS

#: Candidates for a word that are checked for standing next to the neighbouring word, and candidates for a neighbour
#: that is unknown as well.
BESIDE = 5
BESIDE_UNKNOWN = 3
#: The largest number of words to correct: a text with more unknown words is in another language, and each correction
#: searches the whole vocabulary.
MAX_REPAIRS = 8
# A word, or several with hyphens between them, that stand between blanks; a sign of punctuation may follow.
_RUN = re.compile(r"(?<!\S)[^\W\d_]+(?:-[^\W\d_]+)*(?=[.?!]*(?:[\s,;]|\Z))")
#: A shorter word in capitals is an acronym.
_MIN_CAPITALS = 5
#: From this share of articles in languages without a word list, corrections are only offered: nothing tells whether a
#: word that the site lacks exists in them.
MAX_UNLISTED = 0.05


@dataclass(frozen=True, slots=True)
class _Replacement:
    """``groups`` that replace the groups ``first`` to ``last``, and the corresponding ``edits`` of the text."""

    first: int
    last: int
    groups: tuple[AnyOf, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired query with its edits, and single edits that are only offered.

    ``is_mistyped`` is true if some word with an offer does not exist, so that it was probably mistyped.
    """

    parsed: ParsedQuery
    edits: tuple[Edit, ...]
    offers: tuple[Edit, ...]
    is_mistyped: bool = False


class Repairs:
    """Finds repairs for the words of one query that no article has."""

    def __init__(self, parsed: ParsedQuery, vocabulary: Vocabulary, known: KnownWords) -> None:
        self._parsed, self._vocabulary, self._known = parsed, vocabulary, known
        self._may_replace = sum(vocabulary.languages.values()) < MAX_UNLISTED
        self._unknown = [number for number, group in enumerate(parsed.groups) if not vocabulary.count(group)]
        #: A candidate is more likely if it occurs in articles that have all of these.
        self._others = [
            group
            for number, group in enumerate(parsed.groups)
            if number not in self._unknown and has_content_word(group)
        ]
        self._corrections: dict[int, Corrections] = {}
        self._exists: dict[str, bool] = {}
        self._similar_to: dict[str, Sequence[Neighbour]] = {}
        self._offers: list[tuple[Edit, ...]] = []
        self._is_mistyped = False

    def result(self) -> Repaired:
        """Repair each group that no article matches, if possible: a space first, then letters.

        A question whose words are mostly known is not repaired: enough of it matches, and a word that no article has is
        seldom the important one.
        """
        asked = sum(map(has_content_word, self._parsed.groups))
        if asked > QUESTION_WORDS and 2 * len(self._unknown) < asked:
            return Repaired(self._parsed, (), ())
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
        # One word may have three offers; several words take turns, each with its best first.
        offers = [edit for row in _by_place(self._offers) for edit in row]
        parsed = self._parsed._replace(groups=tuple(groups))
        return Repaired(parsed, edits, tuple(offers[:MAX_OFFERS]), self._is_mistyped)

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
            self._offer_for_capitals(number, word)
            return self._respaced(number, word, cut_at_digits(word, self._vocabulary.count_clause))
        found = self._corrections_of(number, word)
        if not found.is_sure and (pieces := cut(word, self._vocabulary.has, self._vocabulary.count_clause)):
            if self._known.is_listed(word.surface):
                return [*self._respaced(number, word, pieces), *self._replaced(number, word, found)]
            text = " ".join(piece.surface for piece in pieces)
            groups = tuple(AnyOf((piece,)) for piece in pieces)
            return [_Replacement(number, number, groups, (Edit(word.start, word.end, text),))]
        return self._replaced(number, word, found) if found.surfaces else []

    def _offer_for_capitals(self, number: int, word: Word) -> None:
        """Offer the corrections of a long ``word`` in capitals that does not exist: a name, or Caps Lock is on."""
        run = next((one for one in _RUN.finditer(self._parsed.text) if one.start() <= word.start < one.end()), None)
        if run is None or len(run[0]) < _MIN_CAPITALS or not run[0].isupper() or self._is_known(word.surface):
            return
        edits = [Edit(word.start, word.end, surface) for surface in self._corrections_of(number, word).surfaces]
        self._offers.append(tuple(edits[:MAX_OFFERS]))

    def _replaced(self, number: int, word: Word, found: Corrections) -> list[_Replacement]:
        """Replace ``word`` by its best correction if that is sure; otherwise offer its corrections."""
        edits = [Edit(word.start, word.end, surface) for surface in found.surfaces]
        self._is_mistyped |= not self._is_known(word.surface)
        if not found.is_sure:
            self._offers.append(tuple(edits[:MAX_OFFERS]))
            return []
        best, *others = found.surfaces
        self._offers.append(tuple(edits[1:MAX_OFFERS]))
        meant_word = _as(word, best)._replace(near=tuple(others[: NEAREST - 1]))
        return [_Replacement(number, number, (AnyOf((meant_word,)),), (edits[0],))]

    def _respaced(self, number: int, word: Word, pieces: Sequence[Word]) -> list[_Replacement]:
        """``word``, which is spelt correctly, found where the site writes it as ``pieces`` as well."""
        if not pieces:
            return []
        spelling = tuple(piece.surface for piece in pieces)
        return [_Replacement(number, number, (AnyOf((word._replace(respaced=(spelling,)),)),), ())]

    def _is_plain(self, word: Word) -> bool:
        """Whether ``word`` stands between blanks, of letters, without a capital after the first.

        It may be one of several words with hyphens between them. Any other word is a name, and names are not typos.
        """
        run = next((one for one in _RUN.finditer(self._parsed.text) if one.start() <= word.start < one.end()), None)
        return (
            word.surface.isalpha()
            and run is not None
            and all(one == one.capitalize() or one.islower() for one in run[0].split("-"))
        )

    def _corrections_of(self, number: int, word: Word) -> Corrections:
        """The corrections of the unknown ``word``, which is group ``number``, best first."""
        if number not in self._corrections:
            is_known = self._is_known(word.surface)
            if is_known and has_two_spellings(word.surface):
                # Its other spelling has the same stem, so the site has neither: no word of the site was meant.
                self._corrections[number] = Corrections((), is_sure=False)
                return self._corrections[number]
            candidates = [
                self._candidate(number, word, neighbour, is_counted=place < BESIDE)
                for place, neighbour in enumerate(self._neighbours(word))
            ]
            found = corrections_of(word.surface, candidates, is_known=is_known)
            self._corrections[number] = replace(found, is_sure=found.is_sure and self._may_replace)
        return self._corrections[number]

    def _is_known(self, surface: str) -> bool:
        """Whether ``surface`` exists. Each is looked up once."""
        if surface not in self._exists:
            self._exists[surface] = surface in self._known
        return self._exists[surface]

    def _neighbours(self, word: Word) -> Sequence[Neighbour]:
        # An unfinished word is the beginning of one, so its completions come before similar words.
        found = self._vocabulary.beginning(word.surface, NEAREST) if word.is_open else ()
        return found or self._similar(word.surface)

    def _similar(self, surface: str) -> Sequence[Neighbour]:
        """The words near ``surface``: those of the site, and if it does not exist, other forms of words of the site."""
        if surface not in self._similar_to:
            near = self._vocabulary.near(surface, NEAREST)
            if not self._is_known(surface) and may_be_form(surface, near):
                own = {one.surface for one in near}
                forms = self._vocabulary.forms([word for word in self._known.near(surface) if word not in own])
                near = sorted((*near, *forms), key=lambda one: (one.edits, -one.weight, one.surface))[:NEAREST]
            self._similar_to[surface] = near
        return self._similar_to[surface]

    def _candidate(self, number: int, word: Word, neighbour: Neighbour, *, is_counted: bool) -> Candidate:
        if not is_counted or len(self._parsed.groups) == 1:
            return Candidate(neighbour)
        group = AnyOf((_as(word, neighbour.surface),))
        is_together = bool(self._others) and self._vocabulary.count_together([group, *self._others]) > 0
        return Candidate(neighbour, is_together, self._count_beside(number, group.clauses[0]))

    def _count_beside(self, number: int, clause: Clause) -> int:
        """The largest number of articles that have ``clause`` next to one of the neighbours of group ``number``."""
        if not isinstance(clause, Word):
            return 0
        pairs = [(before, clause) for before in self._beside(number - 1, clause)]
        pairs += [(clause, after) for after in self._beside(number + 1, clause)]
        return max((self._vocabulary.count_clause(Phrase(pair, clause.field)) for pair in pairs), default=0)

    def _beside(self, number: int, word: Word) -> list[Word]:
        """The plain words of group ``number``, a neighbour of ``word``: as typed, or its candidates if unknown too."""
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
            if self._vocabulary.count_clause(word._replace(field=None)) or self._is_known(word.surface):
                continue
            nearest = corrections_of(
                word.surface,
                [Candidate(neighbour) for neighbour in self._similar(word.surface)],
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
