"""What a reader meant, asked of the cluster only where the words held in memory do not say it.

The order is that of the embedded engine: a compound that nothing has is its words; a space too many or too few; a word
of the site near one that nothing has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.search.engine_opensearch.indexes.lexicon import Lexicon
from services.search.meaning.plan import QUESTION_WORDS, Group, Plan, make_plan
from services.search.meaning.spacing import cut, joined
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.text.synonyms import Synonyms

#: How many articles have each of several groups.
Count = Callable[[Sequence[Group]], Awaitable[list[int]]]
#: Candidates that a corrected word may still match.
NEAREST = 12
#: Words that are corrected, at most.
MAX_REPAIRS = 8
#: Shorter words between hyphens are letters of a name.
_MIN_PROSE = 3


@dataclass(frozen=True, slots=True)
class Understood:
    """The query as this site understands it; ``counts`` are parallel to the plan's groups that must match."""

    parsed: ParsedQuery
    plan: Plan
    groups: tuple[Group, ...]
    counts: tuple[int, ...]
    is_corrected: bool = False


async def understand(
    parsed: ParsedQuery, lexicon: Lexicon, synonyms: Synonyms, count: Count, *, corrects: bool
) -> Understood:
    """``parsed`` with compounds taken apart, and with ``corrects`` its unknown words replaced by what was meant."""
    found = await _counted(parsed, synonyms, count)
    resolved = _with_parts(found, lexicon)
    if resolved is not parsed:
        found = await _counted(resolved, synonyms, count)
    if not corrects or all(found.counts):
        return found
    known = sum(one > 0 for one in found.counts)
    if len(found.counts) > QUESTION_WORDS and 2 * known > len(found.counts):
        return found
    corrected = await _corrected(found, lexicon, synonyms, count)
    return found if corrected is None else corrected


async def _counted(parsed: ParsedQuery, synonyms: Synonyms, count: Count) -> Understood:
    plan = make_plan(parsed, synonyms)
    groups = tuple(group for group in plan.groups if not group.is_optional)
    return Understood(parsed, plan, groups, tuple(await count(groups)))


def _missing(found: Understood) -> set[tuple[Word, ...]]:
    return {group.words for group, count in zip(found.groups, found.counts, strict=True) if not count}


def _with_parts(found: Understood, lexicon: Lexicon) -> ParsedQuery:
    """Compounds that the site has neither whole nor in order as their words; in a question, words with hyphens too."""
    parsed, missing, groups = found.parsed, _missing(found), list[AnyOf]()
    is_question = len(found.groups) > QUESTION_WORDS
    for any_of in parsed.groups:
        word = any_of.clauses[0]
        if len(any_of.clauses) > 1 or isinstance(word, Phrase) or len(word.parts) < 2:
            groups.append(any_of)
        elif is_question and _is_hyphenated(word):
            groups += _parts_as_words(word)
        elif (word,) not in missing:
            groups.append(any_of)
        elif word.surface.isalnum() and lexicon.near(word.surface, 1):
            groups.append(AnyOf((word._replace(parts=(), is_code=False),)))
        else:
            groups += _parts_as_words(word)
    return parsed._replace(groups=tuple(groups)) if groups != list(parsed.groups) else parsed


def _is_hyphenated(word: Word) -> bool:
    is_prose = all(part.surface.isalpha() and len(part.surface) >= _MIN_PROSE for part in word.parts)
    return is_prose and word.field is None and "-".join(part.surface for part in word.parts) == word.surface


def _parts_as_words(compound: Word) -> list[AnyOf]:
    """Each part at its place in the text typed; the innermost where names stand in names."""
    by_position = {part.position: part for part in compound.parts}
    last = max(by_position)
    return [
        AnyOf(
            (
                Word(
                    surface=part.surface,
                    is_code=not part.surface.isalpha(),
                    is_prefix=compound.is_prefix and position == last,
                    field=compound.field,
                    start=compound.start + part.start,
                    end=compound.start + part.end,
                    is_open=compound.is_open and position == last,
                ),
            )
        )
        for position, part in sorted(by_position.items())
    ]


@dataclass(frozen=True, slots=True)
class _Repair:
    """What stands in the place of the groups ``first`` to ``last``, and of their text."""

    first: int
    last: int
    groups: tuple[AnyOf, ...]
    start: int
    end: int
    text: str


async def _corrected(found: Understood, lexicon: Lexicon, synonyms: Synonyms, count: Count) -> Understood | None:
    missing, parsed = _missing(found), found.parsed
    counts = await _neighbour_counts(found, lexicon, count)
    repairs: list[_Repair] = []
    taken: set[int] = set()

    def count_of(clause: Clause) -> int:
        if isinstance(clause, Phrase):
            return counts.get(tuple(word.surface for word in clause.words), 0)
        return lexicon.articles(clause.surface) if lexicon.has(clause.surface) else 0

    for number, any_of in enumerate(parsed.groups):
        if number in taken or _words_of(any_of) not in missing or len(repairs) == MAX_REPAIRS:
            continue
        repair = _join(parsed, number, taken, count_of) or _respell(found, number, lexicon, counts, count_of)
        if repair is not None:
            repairs.append(repair)
            taken |= set(range(repair.first, repair.last + 1))
    if not repairs:
        return None
    text, groups = parsed.text, list(parsed.groups)
    for repair in sorted(repairs, key=lambda repair: -repair.first):
        groups[repair.first : repair.last + 1] = repair.groups
        text = text[: repair.start] + repair.text + text[repair.end :]
    again = await _counted(parsed._replace(text=text, groups=tuple(groups)), synonyms, count)
    return Understood(again.parsed, again.plan, again.groups, again.counts, is_corrected=True)


async def _neighbour_counts(found: Understood, lexicon: Lexicon, count: Count) -> dict[tuple[str, ...], int]:
    """How many articles have each pair of a candidate and its neighbour in the query, and each way to cut a word."""
    missing, groups = _missing(found), found.parsed.groups
    asked: dict[tuple[str, ...], Phrase] = {}
    for number, any_of in enumerate(groups):
        if _words_of(any_of) not in missing or isinstance(word := any_of.clauses[0], Phrase):
            continue
        for candidate in lexicon.near(word.surface, 5):
            for beside, is_before in ((number - 1, True), (number + 1, False)):
                other = _plain(groups, beside)
                if other is not None:
                    pair = (other, _as(word, candidate.surface)) if is_before else (_as(word, candidate.surface), other)
                    asked[tuple(one.surface for one in pair)] = Phrase(pair, word.field)
        for pieces in _cuts(word, lexicon):
            asked[tuple(one.surface for one in pieces)] = Phrase(pieces, word.field)
    phrases = list(asked.items())[:64]
    plans = [make_plan(ParsedQuery("", (AnyOf((phrase,)),)), Synonyms.none()).groups[0] for _, phrase in phrases]
    return dict(zip((key for key, _ in phrases), await count(plans), strict=True)) if plans else {}


def _cuts(word: Word, lexicon: Lexicon) -> list[tuple[Word, ...]]:
    """The ways to cut ``word`` in two or three that consist of words of the site."""
    tried: list[tuple[Word, ...]] = []

    def count_of(clause: Clause) -> int:
        if isinstance(clause, Phrase):
            tried.append(clause.words)
            return 0
        return lexicon.articles(clause.surface)

    cut(word, count_of)
    return tried[:24]


def _plain(groups: Sequence[AnyOf], number: int) -> Word | None:
    if not 0 <= number < len(groups) or len(groups[number].clauses) > 1:
        return None
    clause = groups[number].clauses[0]
    return None if isinstance(clause, Phrase) or clause.is_stop else clause


def _join(parsed: ParsedQuery, number: int, taken: set[int], count_of: Callable[[Clause], int]) -> _Repair | None:
    for first in (number - 1, number):
        if first < 0 or first + 1 >= len(parsed.groups) or taken & {first, first + 1}:
            continue
        word = joined(parsed.groups[first], parsed.groups[first + 1], parsed.text, count_of)
        if word is not None:
            return _Repair(first, first + 1, (AnyOf((word,)),), word.start, word.end, word.surface)
    return None


def _respell(
    found: Understood,
    number: int,
    lexicon: Lexicon,
    counts: dict[tuple[str, ...], int],
    count_of: Callable[[Clause], int],
) -> _Repair | None:
    any_of = found.parsed.groups[number]
    word = any_of.clauses[0]
    if len(any_of.clauses) > 1 or isinstance(word, Phrase):
        return None
    near = lexicon.near_beginning(word.surface, NEAREST) if word.is_open else []
    near = near or lexicon.near(word.surface, NEAREST, is_alone=not any(found.counts))
    if (not near or near[0].edits > 1) and (pieces := cut(word, count_of)):
        text = " ".join(piece.surface for piece in pieces)
        return _Repair(number, number, tuple(AnyOf((piece,)) for piece in pieces), word.start, word.end, text)
    if not near:
        return None

    def beside(surface: str) -> int:
        return max((times for pair, times in counts.items() if len(pair) == 2 and surface in pair), default=0)

    best = max(near, key=lambda one: beside(one.surface)).surface if len(near) > 1 else near[0].surface
    others = tuple(one.surface for one in near if one.surface != best)
    meant = AnyOf((_as(word, best)._replace(near=others),))
    return _Repair(number, number, (meant,), word.start, word.end, best)


def _as(word: Word, surface: str) -> Word:
    return word._replace(surface=surface, parts=(), is_prefix=False, is_open=False)


def _words_of(any_of: AnyOf) -> tuple[Word, ...]:
    return tuple(
        word for clause in any_of.clauses for word in (clause.words if isinstance(clause, Phrase) else (clause,))
    )
