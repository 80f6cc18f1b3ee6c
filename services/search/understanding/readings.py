"""Operators that are meant as text, as in a pasted command or error message, and the operators that remain.

``-f`` excludes nothing if an article has ``-f``, and the name in a quoted error message need not be on the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from services.search.text.query import QUOTE, text_groups
from services.search.text.query_tree import AnyOf, Operator, ParsedQuery, Phrase, Word
from services.search.understanding.vocabulary import Vocabulary
from shared.search.contract import Reading

# Options of programs: one letter, or a value (-Dkey=value, -XX:+UseZGC).
_OPTION: Final = re.compile(r"-(?:[A-Za-z]|\S+[=:]\S*)\Z")
# A command: an option that cannot be an operator, a pipe, a path, a substitution, a port, an address, a value, a file
# pattern, a script, a cmdlet (Get-Process), a prompt, or a program whose long options have one sign (find . -name).
_VERBS: Final = (
    "Get|Set|New|Remove|Add|Clear|Copy|Move|Rename|Start|Stop|Restart|Invoke|Import|Export|Select|Where|ForEach|Test"
    "|Enable|Disable|Install|Uninstall|Update|Write|Read|Out|Convert|ConvertTo|ConvertFrom|Format|Measure|Sort|Group"
    "|Compare|Resolve|Register|Unregister|Wait|Send|Enter|Exit|Connect|Disconnect|Find|Save"
)
_COMMAND: Final = re.compile(
    rf"""(?<!\S)(?:--[a-z] | -[A-Za-z](?!\S) | -X[a-z] | (?:\|\|?|&&)(?!\S) | [.~]*/ | \.{{1,2}}(?!\S) | \{{\}}(?!\S))
    | \$[({{] | \$\w+[:.]\w | :\d{{2,5}}(?!\S) | :// | \w=\S | \*\.[a-z]
    | \w\.(?:sh|ps1|bat|cmd|exe|jar|pem)(?!\S) | (?<!\S)(?:{_VERBS})-[A-Z][A-Za-z]+(?!\S) | ^\s*(?:\$|\#|PS>|sudo)\s
    | ^\s*(?:go\ (?:build|test|run|vet|mod)|terraform\ [a-z]+|openssl\ \w+|find\ \S+|java)\s+
      -(?:run|race|count|bench|mod|tags|auto|var|out|target|in|text|noout|name|type|exec|mtime|size|jar|cp|version)\b""",
    re.VERBOSE,
)
# Data: a quotation that is a key or a value (JSON, attributes, assignments, arguments), or lines "key: value" (YAML).
_DATA: Final = re.compile(
    rf"""{QUOTE}\s*:\s*(?:{QUOTE}|[{{\[\d]|(?:true|false|null)\b) | [{{\[]\s*{QUOTE} | =\s*{QUOTE}
    | \w!?\(\s*{QUOTE}
    | \w:\s[\s\S]*\w:\s+{QUOTE} | \w:\s+{QUOTE}[\s\S]*\w:\s""",
    re.VERBOSE,
)
#: With this many other words, a text is about these and not about the name that it quotes.
_MIN_BESIDE: Final = 3
#: From this many words on, a text with a quotation is an error message, not a reader's phrase.
_MESSAGE_WORDS: Final = 6


class Edit(NamedTuple):
    """A replacement of ``text[start:end]``."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """``text`` after all of ``edits``, whose ranges do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def corrected(parsed: ParsedQuery, text: str, edits: Sequence[Edit]) -> ParsedQuery:
    """``parsed`` of ``text`` with the edited text, and its operators moved to their new ranges."""
    return parsed._replace(
        text=edited(text, edits), operators=tuple(_moved(one, text, edits) for one in parsed.operators)
    )


def _moved(operator: Operator, text: str, edits: Sequence[Edit]) -> Operator:
    def added(before: int) -> int:
        return sum(len(one.text) - (one.end - one.start) for one in edits if one.end <= before)

    instead = operator.instead
    for one in edits:
        if operator.start <= one.start and one.end <= operator.end:
            instead = instead.replace(text[one.start : one.end], one.text, 1)
    start, end = operator.start + added(operator.start), operator.end + added(operator.end)
    return operator._replace(start=start, end=end, instead=instead)


def with_options(parsed: ParsedQuery, vocabulary: Vocabulary) -> ParsedQuery:
    """``parsed`` with exclusions that are options of a command turned into words, in order of the text."""
    left: list[Operator] = []
    excluded = list(parsed.excluded)
    added: list[AnyOf] = []
    is_command = _COMMAND.search(_without_filters(parsed)) is not None
    for operator in parsed.operators:
        clause = next((one for one in excluded if _start_of(one) in range(operator.start, operator.end)), None)
        if operator.kind != "exclusion" or clause is None:
            left.append(operator)
            continue
        typed = parsed.text[operator.start : operator.end]
        if not (is_command and QUOTE not in typed) and not _is_option(parsed, operator, clause, vocabulary):
            left.append(operator)
            continue
        excluded.remove(clause)
        added += text_groups(parsed.text, operator.start, operator.end)
    if not added:
        return parsed
    groups = sorted((*parsed.groups, *added), key=lambda group: _start_of(group.clauses[0]))
    return parsed._replace(groups=tuple(groups), excluded=tuple(excluded), operators=tuple(left))


def _without_filters(parsed: ParsedQuery) -> str:
    """The text without its filters: ``year:2026`` is not a port."""
    filters = [one for one in parsed.operators if one.kind == "filter"]
    return edited(parsed.text, (Edit(one.start, one.end, "") for one in filters)) if filters else parsed.text


def _is_option(parsed: ParsedQuery, operator: Operator, clause: Word | Phrase, vocabulary: Vocabulary) -> bool:
    """Whether an exclusion is meant as text.

    It is if an article has it with its sign, if it is written like an option, if nothing else was typed, or if it would
    exclude a stop word or a word that no article has.
    """
    typed = parsed.text[operator.start : operator.end]
    if QUOTE in typed or clause.field is not None:
        return False
    is_stop = isinstance(clause, Word) and clause.is_stop
    if is_stop or not (parsed.groups or parsed.filters) or _OPTION.fullmatch(typed):
        return True
    written = text_groups(parsed.text, operator.start, operator.end)
    first = written[0].clauses[0] if written else None
    if isinstance(first, Word) and first.surface.startswith("-") and vocabulary.has_surface(first.surface):
        return True
    return vocabulary.count_clause(clause) == 0


def without_names(parsed: ParsedQuery, vocabulary: Vocabulary) -> tuple[ParsedQuery, tuple[Edit, ...]]:
    """``parsed`` with the quotations and fields of a pasted text turned into words.

    They are part of a pasted text if it is data (JSON, YAML, attributes) or has many words, if no article matches them,
    or if no article has a quoted name together with the words around it. The edits remove their signs from the text.
    """
    groups: list[AnyOf] = []
    dropped: list[Operator] = []
    others = [group for group in parsed.groups if not _is_strict(group) and not _is_stop(group)]
    is_data = _DATA.search(parsed.text) is not None
    for group in parsed.groups:
        operator = _operator_of(parsed, group) if _is_strict(group) and (others or is_data) else None
        if operator is None or not (is_data or _is_loose(group, others, vocabulary)):
            groups.append(group)
            continue
        dropped.append(operator)
        groups += _as_words(parsed.text, operator, group, vocabulary)
    if not dropped:
        return parsed, ()
    operators = tuple(one for one in parsed.operators if one not in dropped)
    edits = tuple(edit for one in dropped for edit in _without_signs(parsed.text, one))
    return parsed._replace(groups=tuple(groups), operators=operators), edits


def without_open_quotation(parsed: ParsedQuery, vocabulary: Vocabulary) -> tuple[ParsedQuery, tuple[Edit, ...]]:
    """``parsed`` with an open quotation that no article matches turned into words."""
    groups: list[AnyOf] = []
    edits: list[Edit] = []
    for group in parsed.groups:
        clause = group.clauses[0]
        is_open = len(group.clauses) == 1 and isinstance(clause, Phrase) and not clause.is_quoted and not clause.field
        quotes = [at for at in range(_start_of(clause)) if parsed.text[at] == QUOTE] if is_open else []
        if len(quotes) % 2 == 0 or vocabulary.count(group):
            groups.append(group)
            continue
        groups += text_groups(parsed.text, quotes[-1] + 1, len(parsed.text))
        edits.append(Edit(quotes[-1], quotes[-1] + 1, ""))
    return (parsed._replace(groups=tuple(groups)), tuple(edits)) if edits else (parsed, ())


def readings_of(parsed: ParsedQuery) -> tuple[Reading, ...]:
    """The operators of ``parsed``, each with the query in which it is text."""
    text = parsed.text
    return tuple(
        Reading(one.kind, text[one.start : one.end], text[: one.start] + one.instead + text[one.end :])
        for one in parsed.operators
    )


def _is_strict(group: AnyOf) -> bool:
    (first, *others) = group.clauses
    return not others and (first.field is not None or (isinstance(first, Phrase) and first.is_quoted))


def _is_stop(group: AnyOf) -> bool:
    return all(isinstance(clause, Word) and clause.is_stop for clause in group.clauses)


def _is_loose(group: AnyOf, others: list[AnyOf], vocabulary: Vocabulary) -> bool:
    clause = group.clauses[0]
    if not vocabulary.count(group):
        return True
    if clause.field is not None or not isinstance(clause, Phrase):
        return False
    if len(others) + 1 >= _MESSAGE_WORDS:
        return True
    is_name = len(clause.words) == 1 and len(others) >= _MIN_BESIDE
    return is_name and not vocabulary.count_together([group, *others]) and vocabulary.count_together(others) > 0


def _operator_of(parsed: ParsedQuery, group: AnyOf) -> Operator | None:
    start = _start_of(group.clauses[0])
    return next((one for one in parsed.operators if one.start <= start < one.end), None)


def _as_words(text: str, operator: Operator, group: AnyOf, vocabulary: Vocabulary) -> tuple[AnyOf, ...]:
    """The words of a quotation or a field. A compound that no article has loses its parts, which mean nothing."""
    clause = group.clauses[0]
    if operator.kind == "field":
        return text_groups(text, operator.start, operator.end)
    words = clause.words if isinstance(clause, Phrase) else (clause,)
    known = (word if vocabulary.count_clause(word) else word._replace(parts=()) for word in words)
    return tuple(AnyOf((word,)) for word in known)


def _without_signs(text: str, operator: Operator) -> Iterator[Edit]:
    """The edits that remove the quotation marks of an operator and the colon of its field."""
    for at in range(operator.start, operator.end):
        if text[at] == QUOTE:
            yield Edit(at, at + 1, "")
        elif text[at] == ":" and operator.kind == "field":
            yield Edit(at, at + 1, " ")


def _start_of(clause: Word | Phrase) -> int:
    return clause.words[0].start if isinstance(clause, Phrase) else clause.start
