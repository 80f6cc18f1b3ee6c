"""ParsedQuery → Plan: inflections, compounds, versions, prefixes and synonyms of each word. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.text.stemming import STOP_WORDS, is_code_word, stem
from services.search.text.synonyms import Synonyms
from services.search.understanding.plan import (
    CLOSED,
    NEAR,
    PARTS,
    PASTED_WORDS,
    SYNONYM,
    Alternative,
    Group,
    Plan,
    Sequence,
    Terms,
)

#: Abbreviations that begin an example or end a list. Their letters would be rare words.
_ABBREVIATIONS = frozenset({"e.g", "i.e", "etc", "eg", "ie", "viz", "cf"})
# A version that may go on: 1.56 is also 1.56.0, and v18 is v18.1, as a longer word under a prefix.
_VERSION = re.compile(r"v[0-9]+(?:\.[0-9]+)*|[0-9]+(?:\.[0-9]+)+")
# A number may be that of a version in titles: Rust 1 is Rust 1.56.
_MAJOR = re.compile(r"[0-9]{1,3}")
_LETTER_OPTION = re.compile(r"-[a-z]")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
#: A beginning of fewer letters is not a word yet: most readers type on.
MIN_WHOLE = 2
#: From this many words on, a text that stands in an article word for word was pasted from it. Three words side by side
#: are as often a term, and an article with that term in its title is meant (link texts of a blog: nDCG@10 - .009).
MIN_PASTED = 4


def make_plan(parsed: ParsedQuery, synonyms: Synonyms) -> Plan:
    """The plan of ``parsed``. A word that is repeated, in any form, is one group with a count."""
    groups: list[Group] = []
    position = 0
    for any_of, equals in zip(parsed.groups, synonyms_of(parsed.groups, synonyms), strict=True):
        groups.append(group_of(any_of, position, equals))
        position += _width(any_of)
    is_pasted = len(groups) > PASTED_WORDS
    if is_pasted:
        groups = [group._replace(is_required=False) for group in groups]
    if any(not group.is_optional for group in groups):
        merged = _merge_repeated(groups)
    else:
        merged = _merge_repeated([group._replace(is_optional=False) for group in groups])
    excluded = tuple(group_of(AnyOf((clause,)), 0) for clause in parsed.excluded)
    return Plan(tuple(merged), excluded, is_pasted)


def _merge_repeated(groups: list[Group]) -> list[Group]:
    if len(groups) < 2:
        return groups
    merged: dict[object, Group] = {}
    for group in groups:
        key = _stem_of(group) or group.alternatives
        known = merged.get(key)
        if known is None:
            merged[key] = group
            continue
        # editor … editors: one group, and either form is the one as typed.
        alternatives = (*known.alternatives, *(one for one in group.alternatives if one not in known.alternatives))
        is_required = group.is_required or known.is_required
        merged[key] = known._replace(alternatives=alternatives, times=known.times + 1, is_required=is_required)
    return groups if len(merged) == len(groups) else list(merged.values())


def _stem_of(group: Group) -> tuple[str, bool] | None:
    """The stem of a group that is one word of prose, and whether it is optional; None for any other group."""
    (first, *others) = group.alternatives
    if others or not isinstance(first, Terms) or first.stem is None or first.is_prefix or first.field:
        return None
    return first.stem, group.is_optional


def _width(any_of: AnyOf) -> int:
    clause = any_of.clauses[0]
    return sum(map(word_width, clause.words)) if isinstance(clause, Phrase) else word_width(clause)


def word_width(word: Word) -> int:
    """How many positions ``word`` takes."""
    return max(part.position for part in word.parts) + 1 if word.parts else 1


def group_of(any_of: AnyOf, position: int = 0, equals: Collection[tuple[str, ...]] = ()) -> Group:
    """The group of ``any_of`` at ``position``; ``equals`` are the words of its synonyms."""
    if len(any_of.clauses) == 1 and not equals:
        (clause,) = any_of.clauses
        if isinstance(clause, Word) and not (
            clause.field or clause.parts or clause.near or clause.respaced or clause.is_code
        ):
            terms = (_terms(clause, None) if clause.is_prefix else _word_terms(clause.surface, clause.written),)
            is_optional = clause.is_stop or clause.surface in _ABBREVIATIONS
            whole = _whole(any_of, position)
            return Group(_label(clause), terms, position, is_optional=is_optional, words=(clause,), whole=whole)
    alternatives: list[Alternative] = []
    words: list[Word] = []
    for clause in any_of.clauses:
        alternatives += _alternatives(clause)
        words += clause.words if isinstance(clause, Phrase) else (clause,)
    for equal in equals:
        alternative = _equal(equal, SYNONYM, "synonym")
        if alternative not in alternatives:
            alternatives.append(alternative)
    is_stop = all(
        isinstance(clause, Word) and (clause.is_stop or clause.surface in _ABBREVIATIONS) for clause in any_of.clauses
    )
    label = " OR ".join(_label(clause) for clause in any_of.clauses)
    return Group(
        label,
        tuple(alternatives),
        position,
        is_optional=is_stop,
        is_required=any(map(_is_required, any_of.clauses)),
        words=tuple(words),
        pieces=_pieces(any_of),
        whole=_whole(any_of, position, equals),
    )


def _whole(any_of: AnyOf, position: int, equals: Collection[tuple[str, ...]] = ()) -> Group | None:
    """The group of a word that is still being typed as if it were finished; None for any other."""
    word = any_of.clauses[0]
    if len(any_of.clauses) > 1 or isinstance(word, Phrase) or not word.is_open:
        return None
    # A number goes on more often than not, and the shorter one is everywhere: 10 of 1033.
    if len(word.surface) < MIN_WHOLE or word.surface in STOP_WORDS or is_number(word):
        return None
    finished = AnyOf((word._replace(is_prefix=False, is_open=False),))
    return group_of(finished, position, equals)._replace(pieces=())


def _pieces(any_of: AnyOf) -> tuple[Terms, ...]:
    """The words and names inside a compound that is a group by itself; none for any other group."""
    clause = any_of.clauses[0]
    if len(any_of.clauses) > 1 or isinstance(clause, Phrase) or len(clause.parts) < 2:
        return ()
    # The digits beside a comma are not words: 99,9 is not about 9.
    if clause.field is not None or clause.is_prefix or is_number(clause):
        return ()
    surfaces = dict.fromkeys(part.surface for part in clause.parts if part.surface != clause.surface)
    # Nor is EC2 about every 2, or a plan B about every b.
    named = (surface for surface in surfaces if len(surface) > 1 and not _NUMBER.fullmatch(surface))
    return tuple(_word_terms(surface) for surface in named if surface not in STOP_WORDS)


def is_number(word: Word) -> bool:
    """Whether ``word`` is a bare number, with a fraction or without."""
    return _NUMBER.fullmatch(word.surface) is not None


def _is_required(clause: Clause) -> bool:
    return clause.field is not None or (isinstance(clause, Phrase) and clause.is_quoted)


def _label(clause: Clause) -> str:
    if isinstance(clause, Phrase):
        return '"' + " ".join(word.surface for word in clause.words) + '"'
    return clause.surface + ("*" if clause.is_prefix else "")


def _alternatives(clause: Clause) -> list[Alternative]:
    if isinstance(clause, Phrase):
        if len(clause.words) == 1 and not clause.words[0].parts:
            return [_terms(clause.words[0], clause.field)]
        return [Sequence(_steps(clause.words), 1.0, clause.field)]
    found: list[Alternative] = [_terms(clause, clause.field)]
    found += [_word_terms(near)._replace(weight=NEAR, field=clause.field, origin="near") for near in clause.near]
    found += [_equal(surfaces, CLOSED, "respaced") for surfaces in clause.respaced]
    if _LETTER_OPTION.fullmatch(clause.surface):
        pass  # Code has the bare letter everywhere: no article with a variable p is about -p.
    elif len(clause.parts) == 1:
        bare = clause.parts[0].surface
        found.append(Terms(bare, PARTS, field=clause.field, origin="parts"))
        found += [one._replace(weight=PARTS, field=clause.field) for one in _longer(bare)]
    elif clause.parts:
        found.append(Sequence(_part_steps(clause), PARTS, clause.field, "parts"))
        found += [
            _word_terms(part.surface)._replace(weight=CLOSED, field=clause.field, origin="closed")
            for part in clause.parts[:1]
            if len(clause.parts) > 1 and part.end == clause.parts[-1].end and not clause.is_prefix
        ]
    if not clause.is_prefix and (longer := _longer(clause.surface)):
        found += [one._replace(field=clause.field) for one in longer]
    elif _MAJOR.fullmatch(clause.surface) and not clause.is_prefix and clause.field is None:
        found.append(Terms(f"{clause.surface}.", 1.0, None, is_prefix=True, field="title"))
    return found


def _longer(surface: str) -> tuple[Terms, ...]:
    """The longer versions that ``surface`` is the beginning of, if it is a version."""
    return (Terms(f"{surface}.", is_prefix=True),) if _VERSION.fullmatch(surface) else ()


def _terms(word: Word, field: str | None) -> Terms:
    is_fixed = word.is_code or (word.is_prefix and not word.is_open) or is_code_word(word.surface)
    root = None if is_fixed else stem(word.surface)
    return Terms(word.surface, 1.0, root, word.is_prefix, field, written=word.written)


def _part_steps(word: Word) -> tuple[tuple[int, tuple[Terms, ...]], ...]:
    """The parts at their positions. A name inside a name has the position of its first part, which replaces it.

    The bare word of a decorated one is still code: ``--locked`` is not about locking.
    """
    if len(word.parts) == 1:
        return ((0, (Terms(word.parts[0].surface),)),)
    by_position: dict[int, str] = {}
    for part in word.parts:
        by_position[part.position] = part.surface  # the inner one comes last
    steps = [(position, (_word_terms(surface), *_longer(surface))) for position, surface in sorted(by_position.items())]
    if word.is_prefix:  # getUs is also get_us
        position, (last, *_) = steps[-1]
        steps[-1] = position, (last._replace(is_prefix=True),)
    return tuple(steps)


@lru_cache(maxsize=1 << 13)
def _word_terms(surface: str, written: str = "") -> Terms:
    return Terms(surface, 1.0, None if is_code_word(surface) else stem(surface), written=written)


def _steps(words: tuple[Word, ...]) -> tuple[tuple[int, tuple[Terms, ...]], ...]:
    steps: list[tuple[int, tuple[Terms, ...]]] = []
    offset = 0
    for word in words:
        if len(word.parts) > 1:
            steps += [(offset + at, terms) for at, terms in _part_steps(word)]
        elif word.parts:  # decorated: as written, or bare
            steps.append((offset, (_terms(word, None), Terms(word.parts[0].surface))))
        else:
            steps.append((offset, (_terms(word, None),)))
        offset += word_width(word)
    return tuple(steps)


def _equal(surfaces: tuple[str, ...], weight: float, origin: str) -> Alternative:
    """An alternative of one word, or of several side by side."""
    if len(surfaces) == 1:
        return _word_terms(surfaces[0])._replace(weight=weight, origin=origin)
    return Sequence(tuple((at, (_word_terms(one),)) for at, one in enumerate(surfaces)), weight, None, origin)


def synonyms_of(groups: tuple[AnyOf, ...], synonyms: Synonyms) -> list[list[tuple[str, ...]]]:
    """For each group, its synonyms and those of the run of plain words that it is part of.

    A synonym of several adjacent words is an alternative of each of them: an article with it matches them all.
    """
    found: list[list[tuple[str, ...]]] = [[] for _ in groups]
    if not synonyms.alternatives:
        return found
    run: list[str] = []
    for number, group in enumerate((*groups, None)):
        if group is not None and _is_plain(group):
            run += [clause.surface for clause in group.clauses if isinstance(clause, Word)]
            continue
        for match in synonyms.matches(run):
            for place in range(match.start, match.end):
                found[number - len(run) + place] += match.alternatives
        run = []
        clause = group.clauses[0] if group is not None else None
        if isinstance(clause, Phrase) and clause.field is None and group is not None and len(group.clauses) == 1:
            for match in synonyms.matches([word.surface for word in clause.words]):
                if match.start == 0 and match.end == len(clause.words):
                    found[number] += match.alternatives
    return found


def _is_plain(group: AnyOf) -> bool:
    clause = group.clauses[0]
    return len(group.clauses) == 1 and isinstance(clause, Word) and clause.field is None and _is_whole(clause)


def title_beginning(parsed: ParsedQuery) -> Sequence | None:
    """The words of ``parsed`` in order and as typed, to find titles that begin so; None for any other syntax."""
    words: list[Word] = []
    for group in parsed.groups:
        word = group.clauses[0]
        if len(group.clauses) > 1 or isinstance(word, Phrase) or word.field is not None or not _is_whole(word):
            return None
        words.append(word)
    if not words or parsed.excluded:
        return None
    steps: list[tuple[int, tuple[Terms, ...]]] = []
    offset = 0
    for word in words:
        if word.parts and not (len(word.parts) == 1 and word.surface.startswith("-")):
            as_parts = _steps((word,))
            steps += [(offset + at, tuple([one._replace(stem=None) for one in terms])) for at, terms in as_parts]
        else:  # an option, -Name, begins no title "Name spaces"
            steps.append((offset, (_as_typed(word),)))
        offset += word_width(word)
    return Sequence(tuple(steps), 1.0, "title")


def as_typed(parsed: ParsedQuery) -> Sequence | None:
    """All words of ``parsed`` in order and as typed, to find articles where they stand so.

    None for a text of fewer than MIN_PASTED words, or with syntax other than quotations.
    """
    words: list[Word] = []
    for group in parsed.groups:
        (clause, *others) = group.clauses
        if others or clause.field is not None:
            return None
        words += clause.words if isinstance(clause, Phrase) else (clause,)
    if parsed.excluded or len(words) < MIN_PASTED or not all(map(_is_whole, words)):
        return None
    steps: list[tuple[int, tuple[Terms, ...]]] = []
    offset = 0
    for word in words:
        # Emphasis is a sign too: the _night_ of a pasted text is the night.
        bare = [Terms(part.surface) for part in word.parts if len(word.parts) == 1]
        steps.append((offset, (_as_typed(word), *bare)))
        offset += word_width(word)
    return Sequence(tuple(steps))


def _as_typed(word: Word) -> Terms:
    return Terms(word.surface, is_prefix=word.is_prefix, written=word.written)


def _is_whole(word: Word) -> bool:
    return word.is_open or not word.is_prefix
