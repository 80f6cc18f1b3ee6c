"""Parse the text of a query into a tree: words, phrases, exclusions, fields, prefixes.

Pure; does not depend on an index or HTTP.

``parse_query`` never fails: anything that is not syntax is plain text. docs/search.md states the syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal, get_args

from services.search.text.compounds import Token
from services.search.text.query_tree import (
    AnyOf,
    Clause,
    Operator,
    OperatorKind,
    ParsedQuery,
    Phrase,
    QueryField,
    Word,
)
from services.search.text.quotes import straightened
from services.search.text.stemming import STOP_WORDS, is_code_word
from services.search.text.tokens import plain_words, tokenize
from shared.search.attributes import ATTRIBUTES, BY_PARAMETER, Value, make_filters
from shared.text.folding import UNSPACED_CHARS

#: The largest number of words, including those of phrases and exclusions; more are ignored. Only pasted text has more.
MAX_WORDS: Final = 128

_ATTRIBUTE_NAMES: Final = "|".join(attribute.parameter for attribute in ATTRIBUTES)
#: The quotation mark, after ``straightened``.
QUOTE: Final = '"'
# One atom: an exclusion, a field, and a phrase or a run without white space. A sign or a field must follow white space;
# a negative number or bracket is not an exclusion, and two colons (std::vector) are not a field.
_ATOM: Final = re.compile(
    rf"""(?: (?<!\S) (?P<minus>-) (?=[^\s(\[{{-]) (?! [0-9]+(?:[.,][0-9]+)* (?!\S) ) )?
    (?: (?<![^\s-]) (?P<name>title|headings?|summary|tags|body|code|{_ATTRIBUTE_NAMES}): (?=[^\s:]) )?
    (?: {QUOTE} (?P<phrase>[^{QUOTE}]*) (?P<closed>{QUOTE})? | (?P<plain>[^\s{QUOTE}]+) )""",
    re.VERBOSE | re.IGNORECASE,
)
# A statement of SQL or another language, in which OR is a keyword: a comparison by itself, or a keyword.
_STATEMENT: Final = re.compile(
    r"""(?<!\S)(?:[=<>!]?=|[<>]|<>|&&|\|\|)(?!\S) | ['"\w)]\s*[=<>]\s*(?:['"]|\d)
    | \b(?:SELECT|WHERE|FROM|DELETE|HAVING|JOIN|LIKE|BETWEEN|NULL)\b""",
    re.VERBOSE,
)
_FIELDS: Final[Mapping[str, QueryField]] = {name: name for name in get_args(QueryField)} | {
    "heading": "headings",
    "tag": "tags",
}
# A prefix ends with an asterisk that is not emphasis (**word**), comment (*/), or type of a program (T*(), char* p;).
_PREFIX: Final = re.compile(r"(?<!\*)\*(?![\w*/(&>;])")
_POINTER: Final = re.compile(r"\w\*\s+[^\W\d]")
_PROGRAM: Final = re.compile(r"[;{}=]|\w\(")
# A character as HTML writes it: its name is not a word, unless there are no others.
_WORD: Final = re.compile(r"[^\W_]")
_ENTITY: Final = re.compile(r"&(?:[a-z]{2,8}|#\d{2,6}|#x[\da-f]{2,5});", re.IGNORECASE)
# Characters between two words of one token: C+ becomes C++, v1. becomes v1.2.
_GOES_ON: Final = "+#./:@-"
_UNSPACED: Final = re.compile(f"[{UNSPACED_CHARS}]")


def parse_query(text: str, *, partial: bool = False) -> ParsedQuery:
    """Parse ``text`` as a query; any text is one.

    With ``partial`` the last word is still being typed: it also matches as a prefix, unless white space or a quotation
    mark ends it.
    """
    words = plain_words(text)
    if words is not None and len(words) <= MAX_WORDS:
        return _plain_query(text, words, partial=partial)
    return _read(straightened(text), partial=partial)


def text_groups(text: str, start: int, end: int) -> tuple[AnyOf, ...]:
    """The groups of ``text[start:end]`` as plain words, ignoring operators."""
    return tuple(AnyOf((word,)) for word in _Reader(text, partial=False).words(start, end))


def is_unsearchable(parsed: ParsedQuery, *, partial: bool) -> bool:
    """Whether the text has something, but nothing to search for (emoji, brackets), so that no article can match.

    With ``partial``, a sign alone counts as nothing typed: it may still begin a quotation or an exclusion.
    """
    if parsed.groups or parsed.excluded or parsed.filters:
        return False
    return bool(parsed.text.strip(f"{QUOTE} -" if partial else None))


def _plain_query(text: str, surfaces: Iterable[str], *, partial: bool) -> ParsedQuery:
    """Parse a text without any syntax (see ``plain_words``): the same result as with a _Reader, in less time."""
    groups, start = [], 0
    for surface in surfaces:
        end = start + len(surface)
        is_typed = partial and end == len(text)
        is_stop = not is_typed and surface in STOP_WORDS
        word = Word(
            surface,
            is_code=is_code_word(surface),
            is_prefix=is_typed,
            is_stop=is_stop,
            start=start,
            end=end,
            is_open=is_typed,
        )
        groups.append(AnyOf((word,)))
        start = end + 1
    return ParsedQuery(text, tuple(groups))


def _read(text: str, *, partial: bool) -> ParsedQuery:
    reader = _Reader(text, partial=partial)
    for atom in _ATOM.finditer(text):
        reader.read(atom)
    return reader.result()


@dataclass(slots=True)
class _Reader:
    """Collects the atoms of one text in order."""

    text: str
    partial: bool
    groups: list[AnyOf] = field(default_factory=list)
    excluded: list[Clause] = field(default_factory=list)
    filters: dict[str, list[Value]] = field(default_factory=dict)
    operators: list[Operator] = field(default_factory=list)
    words_left: int = MAX_WORDS
    #: An OR that still needs its right side.
    pending_or: re.Match[str] | None = None
    #: Whether the last group may be the left side of an OR.
    is_joinable: bool = False

    def result(self) -> ParsedQuery:
        """The query from all atoms read."""
        self._flush_or()
        return ParsedQuery(
            self.text,
            tuple(self.groups),
            tuple(self.excluded),
            make_filters(self.filters),
            tuple(sorted(self.operators, key=lambda operator: operator.start)),
        )

    def read(self, atom: re.Match[str]) -> None:
        """Add one atom."""
        if atom[0] == "OR" and not _STATEMENT.search(self.text):
            if not self.is_joinable:
                self._flush_or()
            self.pending_or = atom
        elif atom["minus"]:
            self._flush_or()
            if self._exclude(atom):
                self._note("exclusion", atom)
            self.is_joinable = False
        elif self._is_filter(atom):
            self._flush_or()
            self._note("filter", atom)
            self.is_joinable = False
        else:
            self._add(self._clauses(atom))

    def _note(self, kind: OperatorKind, atom: re.Match[str]) -> None:
        """Record that ``atom`` is an operator."""
        self.operators.append(Operator(kind, *atom.span(), _as_text(atom)))

    def _add(self, clauses: list[Clause]) -> None:
        """Add a clause that must match; after an OR, add it to the group before."""
        if not clauses:
            return
        if self.pending_or and self.is_joinable:
            self.groups[-1] = AnyOf((*self.groups[-1].clauses, clauses.pop(0)))
            self.operators.append(Operator("either", *self.pending_or.span(), "or"))
            self.pending_or = None
        self._flush_or()
        self.groups += [AnyOf((clause,)) for clause in clauses]
        self.is_joinable = True

    def _flush_or(self) -> None:
        """Add an OR without a left or right side as the word "or"."""
        if self.pending_or:
            word = list(self.words(self.pending_or.start(), self.pending_or.end()))
            self.groups += [AnyOf((one,)) for one in word]
        self.pending_or = None

    def _exclude(self, atom: re.Match[str]) -> bool:
        """Exclude the words of ``atom``; return whether it has any (``->`` has none)."""
        name, kind = _field_of(atom)
        words = tuple(self.words(*atom.span(kind), is_finished=True)) if name or not atom["name"] else ()
        if not words:  # -year:2026, -title:"": not a field
            name, kind = None, "plain"
            words = tuple(self.words(atom.start() + 1, atom.end(), is_finished=True))
        if len(words) == 1 and kind == "plain":
            self.excluded.append(words[0]._replace(field=name))
        elif words:
            self.excluded.append(Phrase(words, name))
        return bool(words)

    def _is_filter(self, atom: re.Match[str]) -> bool:
        """Add a filter, if the atom is one with a valid value."""
        name = (atom["name"] or "").lower()
        value = atom["phrase"] if atom["plain"] is None else atom["plain"]
        attribute = BY_PARAMETER.get(name)
        if attribute is None or (attribute.is_many and self._is_being_typed(atom)):
            return False
        wanted = attribute.value_of(value)
        if wanted is None:
            return False
        values = self.filters.setdefault(attribute.name, [])
        if not attribute.is_many:  # the last one wins
            values.clear()
        values.append(wanted)
        return True

    def _clauses(self, atom: re.Match[str]) -> list[Clause]:
        """The clauses of an atom that is not a filter, exclusion or OR."""
        name, kind = _field_of(atom)
        is_known = name is not None or not atom["name"]
        words = tuple(self.words(*atom.span(kind), is_finished=bool(atom["closed"]))) if is_known else ()
        if words and (name is not None or (kind == "phrase" and atom["closed"])):
            self._note("field" if name else "phrase", atom)
        elif any(word.is_prefix and not word.is_open for word in words):
            self._note("beginning", atom)
        if words and kind == "phrase":
            return [Phrase(words, name, is_quoted=bool(atom["closed"]))]
        if not words and atom["name"]:  # title:"" or year:soon is plain text
            name, words = None, tuple(self.words(*atom.span()))
        return [
            Phrase(run, name, is_quoted=False)
            if len(run) > 1
            else (run[0]._replace(field=name, is_stop=False) if name else run[0])
            for run in _in_pairs(words, self.text)
        ]

    def words(self, start: int, end: int, *, is_finished: bool = False) -> Iterator[Word]:
        """The words of ``text[start:end]``, up to the limit."""
        for token in tokenize(self.text[start:end]):
            if not self.words_left:
                return
            begin, end = start + token.start, start + token.end
            if self._is_entity(begin, end):
                continue
            self.words_left -= 1
            is_typed = self.partial and not is_finished and not self.text[end:].strip(_GOES_ON)
            is_prefix = is_typed or (self.text.startswith("*", end) and self._is_beginning(begin, end))
            yield word_of(token, start, is_prefix=is_prefix, is_open=is_typed)

    def _is_beginning(self, start: int, end: int) -> bool:
        """Whether the asterisk behind ``text[start:end]`` asks for longer words."""
        if self.text[:start].endswith("*") or not _PREFIX.match(self.text, end):
            return False
        return not (_POINTER.match(self.text, end - 1) and _PROGRAM.search(self.text))

    def _is_entity(self, start: int, end: int) -> bool:
        """Whether ``text[start:end]`` names a character: the quot of ``&quot;``."""
        if not self.text.startswith(";", end):
            return False
        entity = _ENTITY.match(self.text, self.text.rfind("&", 0, start + 1))
        return entity is not None and entity.end() == end + 1 and _WORD.search(_ENTITY.sub("", self.text)) is not None

    def _is_being_typed(self, atom: re.Match[str]) -> bool:
        """Whether ``atom`` may still go on: an unfinished text ends with it."""
        return self.partial and atom.end() == len(self.text) and not atom["closed"]


def _as_text(atom: re.Match[str]) -> str:
    """The text to type for the words of ``atom`` without its operators."""
    value = atom["phrase"] if atom["plain"] is None else atom["plain"].rstrip("*")
    return " ".join(filter(None, (atom["name"], value.strip())))


def _field_of(atom: re.Match[str]) -> tuple[QueryField | None, Literal["phrase", "plain"]]:
    return _FIELDS.get((atom["name"] or "").lower()), "phrase" if atom["plain"] is None else "plain"


def word_of(token: Token, offset: int, *, is_prefix: bool, is_open: bool) -> Word:
    """The word of a token of the text from ``offset`` on."""
    return Word(
        surface=token.surface,
        parts=token.shifted(-token.start).parts,
        is_code=bool(token.parts) or is_code_word(token.surface),
        is_prefix=is_prefix,
        is_stop=token.surface in STOP_WORDS and not is_prefix,
        start=offset + token.start,
        end=offset + token.end,
        is_open=is_open,
    )


def _in_pairs(words: Iterable[Word], text: str) -> Iterator[tuple[Word, ...]]:
    """Each word alone, but adjacent characters of a script without spaces in overlapping pairs, like longer words."""
    run: list[Word] = []
    for word in words:
        touches = run and run[-1].end == word.start and _is_unspaced(run[-1], text) and _is_unspaced(word, text)
        if not touches:
            yield from _pairs(run)
            run = []
        run.append(word)
    yield from _pairs(run)


def _pairs(run: list[Word]) -> Iterable[tuple[Word, ...]]:
    return pairwise(run) if len(run) > 1 else [(word,) for word in run]


def _is_unspaced(word: Word, text: str) -> bool:
    return _UNSPACED.match(text, word.start) is not None
