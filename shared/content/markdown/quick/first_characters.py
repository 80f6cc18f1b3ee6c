"""Try only rules of markdown-it that can begin with the next character. Same tokens, half the time.

The parser calls every rule at every line and position, and nearly all of them fail on the first character. Here the
rules stay the library's own: one function replaces each chain of rules and calls those that may match. Does not depend
on the dialect of this project; an unknown rule is an error when a parser is created.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

BlockRule = Callable[[StateBlock, int, int, bool], bool]
InlineRule = Callable[[StateInline, bool], bool]

_DIGITS = "0123456789"
#: The characters with which a block rule can begin; ``None``: any.
BLOCK_RULES: dict[str, str | None] = {
    "table": None,
    "code": None,
    "admonition": "!?",
    "tab": "=",
    "math_block": "$",
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": f"*+-{_DIGITS}",
    "footnote_def": "[",
    "reference": "[",
    "html_block": "<",
    "heading": "#",
    "lheading": None,
    "deflist": None,
    "paragraph": None,
}
#: The characters with which a block rule can end the block before it, if they are fewer.
TERMINATORS = {"deflist": ":~"}
#: The characters with which an inline rule begins. Any other is text.
INLINE_RULES: dict[str, str] = {
    "newline": "\n",
    "escape": "\\",
    "backticks": "`",
    "strikethrough": "~",
    "emphasis": "*_",
    "link": "[",
    "image": "!",
    "footnote_inline": "^",
    "footnote_ref": "[",
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
    "math_inline": "$",
    "gfm_autolink_www": "w",
    "gfm_autolink_protocol": ":",
    "gfm_autolink_email": "@",
    "attr": "{",
}
#: A character that begins only a link: an address after http, https, mailto or xmpp.
WORDS = {"!": r"!\[", "^": r"\^\[", "w": r"www\.", ":": "(?<=[pso]):"}
#: Ends a run of text too: labels end here.
_END_OF_LABEL = "]"
#: Rules decided by later lines, and their first characters: ``|``, ``-``, ``:`` in a table, ``-`` and ``=`` under a
#: heading, ``:`` and ``~`` of a definition.
_DECIDED_LATER = frozenset({"table", "lheading", "deflist"})
_LATER = frozenset("|-:=~")
#: Lines that are searched for one of these: of text without empty lines, where each line is a block of its own, the
#: rest would be read once for each.
_SEARCHED = 100
_CODE_INDENT = 4


class UnknownRule(LookupError):
    """The first characters of an active rule are not known: add it to the tables above."""


class Chains:
    """Replaces a ruler whose rules are final: each chain of it is one function."""

    def __init__(self, ruler: Any, chains: dict[str, list[Any]]) -> None:
        self._ruler = ruler
        self._chains = chains

    def getRules(self, chainName: str = "") -> list[Any]:  # noqa: N802, N803 - the library's names
        """The rules of a chain."""
        return self._chains[chainName] if chainName in self._chains else self._ruler.getRules(chainName)

    def __getattr__(self, name: str) -> Any:
        """Delegate other attributes to the ruler."""
        return getattr(self._ruler, name)


def use_first_characters(parser: MarkdownIt) -> None:
    """Make ``parser``, whose rules are final, try only rules that can match. Raises UnknownRule."""
    parser.block.ruler = _block_chains(parser.block.ruler)  # type: ignore[assignment] # it answers as a ruler does
    parser.inline.ruler = _inline_chains(parser.inline.ruler)  # type: ignore[assignment]


def _check(names: Iterable[str], known: Iterable[str]) -> None:
    unknown = set(names).difference(known)
    if unknown:
        raise UnknownRule(
            f"{', '.join(sorted(unknown))}: say in {__name__} with which characters these rules can begin"
        )


def _block_chains(ruler: Any) -> Chains:
    names = ruler.get_active_rules()
    _check(names, BLOCK_RULES)
    named = dict(zip(ruler.getRules(""), names, strict=True))
    chains = {"": [_block_rule(list(named.items()), BLOCK_RULES, _is_decided_later)]}
    for chain in ("paragraph", "reference", "blockquote", "list"):
        rules = [(rule, named[rule]) for rule in ruler.getRules(chain)]
        chains[chain] = [_block_rule(rules, {**BLOCK_RULES, **TERMINATORS}, _may_be_table)]
    return Chains(ruler, chains)


def _block_rule(
    rules: Sequence[tuple[BlockRule, str]],
    firsts: dict[str, str | None],
    is_decided_later: Callable[[StateBlock, int, int], bool],
) -> BlockRule:
    """One rule that replaces ``rules``."""
    every = tuple(rule for rule, _ in rules)
    characters = {character for _, name in rules for character in firsts[name] or ""}

    def chosen(character: str, left_out: set[str]) -> tuple[BlockRule, ...]:
        return tuple(rule for rule, name in rules if name not in left_out and character in (firsts[name] or character))

    at_once = {"code", *(name for name in _DECIDED_LATER if firsts[name] is None)}
    later = {character: chosen(character, {"code"}) for character in characters}
    plain = {character: chosen(character, at_once) for character in characters}
    other_later, other_plain = chosen("\0", {"code"}), chosen("\0", at_once)

    def try_rules(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
        start = state.bMarks[line] + state.tShift[line]
        tried: tuple[BlockRule, ...]
        if start >= state.eMarks[line] or state.sCount[line] - state.blkIndent >= _CODE_INDENT:
            tried = every
        elif is_decided_later(state, line, end):
            tried = later.get(state.src[start], other_later)
        else:
            tried = plain.get(state.src[start], other_plain)
        for rule in tried:  # noqa: SIM110 - a generator would cost what is saved
            if rule(state, line, end, silent):
                return True
        return False

    return try_rules


def _may_be_table(state: StateBlock, line: int, end: int) -> bool:
    """Whether the next line begins as the second line of a table does."""
    if line + 2 > end:
        return False
    start = state.bMarks[line + 1] + state.tShift[line + 1]
    return start < state.eMarks[line + 1] and state.src[start] in _LATER


def _is_decided_later(state: StateBlock, line: int, end: int) -> bool:
    """Whether a line up to the next empty one begins like one that makes this a table, heading or term, or may do so.

    A definition may follow one empty line.
    """
    last = line + 1 + _SEARCHED
    for number in range(line + 1, min(end, last)):
        start = state.bMarks[number] + state.tShift[number]
        if start < state.eMarks[number]:
            if state.src[start] in _LATER:
                return True
        elif number > line + 1:
            return False
    return last < end


def _inline_chains(ruler: Any) -> Chains:
    names = ruler.get_active_rules()
    _check(names, {"text", *INLINE_RULES})
    rules = list(zip(ruler.getRules(""), names, strict=True))
    return Chains(ruler, {"": [_inline_rule(rules)]})


def _inline_rule(rules: Sequence[tuple[InlineRule, str]]) -> InlineRule:
    """One rule that replaces ``rules``: text up to the next character at which one of them may begin."""
    characters = {character for _, name in rules if name != "text" for character in INLINE_RULES[name]}
    table: dict[str, tuple[InlineRule, ...]] = {
        character: tuple(rule for rule, name in rules if name != "text" and character in INLINE_RULES[name])
        for character in characters
    }
    table[_END_OF_LABEL] = ()
    single = re.escape("".join(sorted(table.keys() - WORDS.keys())))
    words = {character: re.compile(word).match for character, word in WORDS.items() if character in table}
    next_special = re.compile("|".join((f"[{single}]", *(WORDS[character] for character in words)))).search

    def try_rules(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
        start = state.pos
        character = state.src[start]
        tried = table.get(character)
        if tried is None or (character in words and not words[character](state.src, start)):
            special = next_special(state.src, start)
            state.pos = min(special.start(), state.posMax) if special else state.posMax
            if not silent:
                state.append_pending(state.src[start : state.pos])
            return True
        for rule in tried:  # noqa: SIM110 - a generator would cost what is saved
            if rule(state, silent):
                return True
        return False

    return try_rules
