"""The text typed → Understood: the query as this site understands it, for any engine.

In order: syntax; options that look like exclusions; compounds that the site writes otherwise; quotations and fields of
a pasted text; spaces and letters of words that the site does not have. A query whose words the site all has skips the
last step. Does not depend on an index: a Vocabulary knows the words of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final, NamedTuple

from services.search.text.joined import joins_words
from services.search.text.query import QUOTE, is_unsearchable, parse_query
from services.search.text.query_tree import AnyOf, Operator, ParsedQuery, Word
from services.search.text.quotes import straightened
from services.search.text.stemming import STOP_WORDS
from services.search.text.synonyms import Synonyms
from services.search.text.tokens import tokenize
from services.search.text.words.known import KnownWords
from services.search.understanding.compounds import as_written, is_known_in_part, is_unknown_name, with_parts
from services.search.understanding.languages import in_languages
from services.search.understanding.messages import is_code, is_message, is_timestamp
from services.search.understanding.plan import Group, Plan
from services.search.understanding.planning import is_number, make_plan
from services.search.understanding.readings import (
    Edit,
    corrected,
    edited,
    readings_of,
    with_options,
    without_names,
    without_open_quotation,
)
from services.search.understanding.repairs import Repairs
from services.search.understanding.spacing import with_joints
from services.search.understanding.vocabulary import Vocabulary
from shared.search.contract import Reading

# The rest of a name around one of its words.
_BEFORE: Final = re.compile(r"[A-Za-z0-9_]+\Z")
_AFTER: Final = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Understood:
    """The query as this site understands it.

    parsed         the query to search
    plan           the alternatives of each of its words
    finds_nothing  whether no article may be found: the text has nothing to search for, or of its names and numbers
                   articles have only the numbers
    correction     the text that is searched instead of the one typed, if any
    offers         other texts that may have been meant
    missing        the words that no article has, as typed
    is_message     whether it is the message of a program: an article with only its ordinary words is not an answer
    names          the missing words, as surfaces, from a quotation or a field of a pasted text
    has_code       whether articles have the exceptions and error codes of a message; None if it names none
    lacks_any      whether no article has some word or name of a message
    lacks_name     whether it is one name of a program that no article has: its words by themselves are not an answer
    """

    parsed: ParsedQuery
    plan: Plan
    finds_nothing: bool = False
    correction: str | None = None
    offers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_message: bool = False
    names: tuple[str, ...] = ()
    has_code: bool | None = None
    lacks_any: bool = False
    lacks_name: bool = False

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The operators of the query, each with the query in which it is text."""
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
    """Understand ``text`` on the site of ``vocabulary``.

    With ``partial`` the last word is still being typed. With ``exact`` the text is searched as typed.
    """
    text = straightened(text)
    synonyms = synonyms.in_languages(tuple(vocabulary.languages))
    strict = _parse(text, vocabulary, known, partial=partial, exact=exact)
    plan = make_plan(strict, synonyms)
    if is_unsearchable(strict, partial=partial):
        return Understood(strict, plan, finds_nothing=True)
    parsed, edits, quoted = _Relaxed(strict) if exact else _relaxed(text, strict, plan, vocabulary, partial=partial)
    if edits:
        plan = make_plan(parsed, synonyms)
    if not exact and is_unknown_name(parsed):
        return _unknown_name(parsed, plan, vocabulary)
    asked = sum(not group.is_optional for group in plan.groups)
    is_pasted = not exact and not partial and is_message(text, asked)
    if not edits and all(_counts(vocabulary, plan)):
        return _with_message(Understood(parsed, plan, is_message=is_pasted), (), text)
    if (written := as_written(parsed, vocabulary)) is not parsed:
        parsed, plan = written, make_plan(written, synonyms)
    offers: tuple[str, ...] = ()
    if not exact and not all(_counts(vocabulary, plan)):
        repaired = Repairs(parsed, vocabulary, known).result()
        edits += repaired.edits
        # A reader mistypes words, a program does not.
        is_pasted &= not (repaired.is_mistyped or repaired.edits)
        if not is_pasted:
            offers = tuple(edited(text, (*_elsewhere(edits, offer), offer)) for offer in repaired.offers)
        if repaired.parsed is not parsed:
            parsed, plan = repaired.parsed, make_plan(repaired.parsed, synonyms)
    correction = edited(text, edits) if edits else None
    if correction is not None:
        parsed = corrected(parsed, text, edits)
    found = Understood(parsed, plan, correction=correction, offers=offers, is_message=is_pasted)
    return _with_missing(found, text, quoted, vocabulary)


class _Relaxed(NamedTuple):
    """A query with some of its syntax read as text: ``edits`` of the text typed, and the ``quoted`` operators."""

    parsed: ParsedQuery
    edits: tuple[Edit, ...] = ()
    quoted: tuple[Operator, ...] = ()


def _relaxed(text: str, strict: ParsedQuery, plan: Plan, vocabulary: Vocabulary, *, partial: bool) -> _Relaxed:
    """``strict``, with quotations and fields that no article has as words."""
    if not strict.operators and QUOTE not in text:
        return _Relaxed(strict)
    parsed = strict
    edits: tuple[Edit, ...] = ()
    if any(group.is_required for group in plan.groups):
        parsed, edits = without_names(strict, vocabulary)
        parsed = in_languages(parsed, vocabulary.languages)
    quoted = tuple(one for one in strict.operators if one not in parsed.operators)
    if not partial and QUOTE in text:
        parsed, opened = without_open_quotation(parsed, vocabulary)
        edits += opened
    return _Relaxed(parsed, edits, quoted)


def _with_missing(found: Understood, text: str, quoted: Sequence[Operator], vocabulary: Vocabulary) -> Understood:
    """``found`` with the words that no article has; ``quoted`` are the operators of ``text`` that became words."""
    lost = _lost(vocabulary, found.plan)
    groups = (group for group in found.plan.groups if not group.is_optional and vocabulary.count_group(group))
    has = [word for group in groups for word in group.words]
    found = replace(
        found,
        # An article with the number alone says nothing about SOC 2.
        finds_nothing=bool(has) and all(map(is_number, has)) and not all(map(is_number, lost)),
        missing=_named(lost, text),
        names=tuple(
            word.surface
            for word in lost
            if any(one.start <= word.start < one.end for one in quoted) or is_timestamp(text[word.start : word.end])
        ),
    )
    return _with_message(found, lost, text)


def _with_message(found: Understood, lost: Sequence[Word], text: str) -> Understood:
    """``found`` with what articles have of ``text``, if it is a message; ``lost`` are the words that none has."""
    if not found.is_message:
        return found
    has_code, names = _has_code(found.plan, lost, text), _split_names(found.plan, text)
    if not names:
        return replace(found, has_code=has_code, lacks_any=bool(lost))
    apart = (word for word in lost if not any(name.start <= word.start < name.end for name in names))
    missing = _named(sorted([*apart, *names], key=attrgetter("start")), text)
    return replace(found, has_code=has_code, lacks_any=True, missing=missing)


def _has_code(plan: Plan, lost: Sequence[Word], text: str) -> bool | None:
    """Whether none of the ``lost`` words is an exception or error code in ``text``; None if no word of ``plan`` is."""
    if any(is_code(text[word.start : word.end]) for word in lost):
        return False
    words = (word for group in plan.groups if not group.is_optional for word in group.words)
    return True if any(is_code(text[word.start : word.end]) for word in words) else None


def _split_names(plan: Plan, text: str) -> list[Word]:
    """The names in ``text``, such as left-pad, of which ``plan`` has several words, because no article has the name."""
    starts = [word.start for group in plan.groups if not group.is_optional for word in group.words]
    return [
        Word(name.surface, start=name.start, end=name.end)
        for name in tokenize(text)
        if name.parts and sum(name.start <= start < name.end for start in starts) > 1
    ]


def _unknown_name(parsed: ParsedQuery, plan: Plan, vocabulary: Vocabulary) -> Understood:
    """The name of a program that no article has.

    Articles with all of its words may be about it. Otherwise, unless articles have most of it, there is no answer, and
    its words are only offered.
    """
    missing = (parsed.text.strip(),)
    words = [clause for group in parsed.groups for clause in group.clauses if isinstance(clause, Word)]
    asked = [AnyOf((word,)) for word in words if not word.is_stop and word.surface not in STOP_WORDS]
    if vocabulary.count_together(asked):
        groups = tuple(group._replace(is_required=_is_asked(group)) for group in plan.groups)
        return Understood(parsed, plan._replace(groups=groups), missing=missing)
    offers = (" ".join(word.surface for word in words),) if all(map(vocabulary.count, asked)) else ()
    lacks_name = not is_known_in_part(parsed, vocabulary)
    return Understood(parsed, plan, offers=offers, missing=missing, lacks_name=lacks_name)


def _named(lost: Sequence[Word], text: str) -> tuple[str, ...]:
    """The names in ``text`` that the ``lost`` words are part of, as typed and each once: UseG1GC for a lost GC."""
    found: dict[str, str] = {}
    for word in lost:
        name = word.surface
        if word.start < word.end:
            before, after = _BEFORE.search(text, 0, word.start), _AFTER.match(text, word.end)
            name = text[before.start() if before else word.start : after.end() if after else word.end]
        found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _is_asked(group: Group) -> bool:
    return not (group.is_optional or all(word.surface in STOP_WORDS for word in group.words))


def _parse(text: str, vocabulary: Vocabulary, known: KnownWords, *, partial: bool, exact: bool) -> ParsedQuery:
    """The syntax of ``text``, with its words in the languages of the site and its compounds as the site has them."""
    parsed = parse_query(text, partial=partial)
    if parsed.excluded and not exact:
        parsed = with_options(parsed, vocabulary)
    if not exact:
        parsed = with_joints(
            parsed,
            vocabulary.has,
            known.is_listed,
            vocabulary.count_clause,
            joins_words=any(map(joins_words, vocabulary.languages)),
        )
    return with_parts(in_languages(parsed, vocabulary.languages), vocabulary)


def _elsewhere(edits: tuple[Edit, ...], offer: Edit) -> Iterator[Edit]:
    """The ``edits`` that do not overlap ``offer``, which replaces them."""
    return (edit for edit in edits if edit.end <= offer.start or offer.end <= edit.start)


def _lost(vocabulary: Vocabulary, plan: Plan) -> list[Word]:
    """The words of groups that no article matches; of a phrase, only the words that no article has."""
    groups = [group for group in plan.groups if not group.is_optional and not vocabulary.count_group(group)]
    return [
        word
        for group in groups
        for word in group.words
        if len(group.words) == 1 or not vocabulary.count_clause(word._replace(field=None))
    ]


def _counts(vocabulary: Vocabulary, plan: Plan) -> Iterator[int]:
    return (vocabulary.count_group(group) for group in plan.groups if not group.is_optional)
