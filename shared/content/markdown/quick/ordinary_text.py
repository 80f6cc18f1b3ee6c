"""Parse ordinary lines of text with one pattern. The tokens are the library's, which parses all other lines.

Ordinary text has words, code, links with a plain destination, emphasis around words, escaped characters, short tags and
line breaks, all closed at its end. Does not depend on the dialect of this project.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from shared.content.markdown.quick.first_characters import INLINE_RULES

#: The rules replaced here.
_RULES = frozenset({"newline", "escape", "backticks", "emphasis", "link", "autolink", "html_inline"})
_SPECIAL = re.escape("".join(sorted(set("".join(INLINE_RULES.values()) + "]"))))
#: A special character that is plain text in its context.
_HARMLESS = r"w(?!ww\.)|!(?!\[)|(?<![pso]):|(?<=[A-Za-z0-9])_+(?=[A-Za-z0-9])"
_WORDS = rf"(?>(?:[^{_SPECIAL}]++|{_HARMLESS})+)"
_CODE = r"(?<!`)`[^`]+`(?!`)"
#: Words that begin and end with a letter or digit: emphasis around them opens and closes in any context.
_EMPHASIZED = rf"(?=[A-Za-z0-9]){_WORDS}(?<=[A-Za-z0-9])"
_PIECE = re.compile(
    rf"(?P<text>(?>(?:{_WORDS}|\])+))"
    rf"|(?P<code>{_CODE})"
    rf"|\[(?!\^)(?P<label>{_WORDS}|{_CODE})\]\((?P<target>[A-Za-z0-9/._~?=#:@%+,;$!*'-]+)\)"
    rf"|\[(?!\^)(?P<bracketed>{_WORDS})\](?![(\[])"
    rf"|(?<!\*)(?P<mark>\*\*?)(?P<emphasized>{_EMPHASIZED})(?P=mark)(?!\*)"
    rf"|(?<![^ \n(])(?P<code_mark>\*\*?)(?P<emphasized_code>{_CODE})(?P=code_mark)(?=[ \n.,;:)]|\Z)"
    r"|(?P<tag><(?:/?[A-Za-z][A-Za-z0-9]* ?/?|a (?:name|id)=\"[A-Za-z0-9_-]+\")>)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<end>\\?\n)[ \t]*"
).match
_IS_PLAIN = re.compile(rf"{_WORDS}\Z").match


def use_ordinary_text(parser: MarkdownIt) -> None:
    """Make ``parser``, whose rules are final, parse ordinary text with one pattern.

    Raises LookupError if a replaced rule is not active.
    """
    missing = _RULES.difference(parser.get_active_rules()["inline"])
    if missing:
        raise LookupError(f"{', '.join(sorted(missing))}: these rules are not active, so ordinary text is another")
    parser.core.ruler.at("inline", _inline)


def _inline(state: StateCore) -> None:
    """Replaces the library's rule of this name."""
    parser = state.md
    for token in state.tokens:
        if token.type != "inline":
            continue
        found = _read(token.content, parser, has_references=bool(state.env.get("references")))
        if found is None:
            found = token.children or []
            parser.inline.parse(token.content, parser, state.env, found)
        token.children = found


def _read(text: str, parser: MarkdownIt, *, has_references: bool) -> list[Token] | None:
    """The tokens of ``text``; ``None`` if it is not ordinary."""
    if _IS_PLAIN(text):
        return [_text(text)]
    line = _Line(parser, has_references=has_references)
    at, end = 0, len(text)
    while at < end:
        piece = _PIECE(text, at)
        if piece is None or not _ADD[piece.lastgroup or ""](line, piece):
            return None
        at = piece.end()
    return line.tokens()


class _Line:
    """The tokens so far, and the text behind them, which beside strong emphasis is a token even where it is empty."""

    def __init__(self, parser: MarkdownIt, *, has_references: bool) -> None:
        self._parser = parser
        self._has_references = has_references
        self._tokens: list[Token] = []
        self._pending = ""
        self._is_owed = False

    def tokens(self) -> list[Token]:
        """All tokens."""
        self._flush()
        return self._tokens

    def _flush(self) -> None:
        if self._pending or self._is_owed:
            self._tokens.append(_text(self._pending))
            self._pending, self._is_owed = "", False

    def add_text(self, piece: re.Match[str]) -> bool:
        self._pending += piece[0]
        return True

    def add_bracketed(self, piece: re.Match[str]) -> bool:
        """Add words in brackets, which are text if no reference can have their name."""
        return not self._has_references and self.add_text(piece)

    def add_code(self, piece: re.Match[str]) -> bool:
        self._flush()
        self._tokens.append(_code(piece[0], 0))
        return True

    def add_link(self, piece: re.Match[str]) -> bool:
        target = self._parser.normalizeLink(piece["target"])
        if not self._parser.validateLink(target):
            return False
        self._flush()
        self._tokens += (
            Token("link_open", "a", 1, {"href": target}),
            _within(piece["label"]),
            Token("link_close", "a", -1),
        )
        return True

    def add_emphasis(self, piece: re.Match[str]) -> bool:
        mark = piece["mark"] or piece["code_mark"]
        kind = "em" if len(mark) == 1 else "strong"
        self._is_owed |= kind == "strong"  # the outer of two marks become empty texts
        self._flush()
        self._tokens += (
            Token(f"{kind}_open", kind, 1, markup=mark),
            _within(piece["emphasized"] or piece["emphasized_code"]),
            Token(f"{kind}_close", kind, -1, markup=mark),
        )
        self._is_owed = kind == "strong"
        return True

    def add_tag(self, piece: re.Match[str]) -> bool:
        self._flush()
        self._tokens.append(Token("html_inline", "", 0, content=piece[0]))
        return True

    def add_escaped(self, piece: re.Match[str]) -> bool:
        self._flush()
        self._tokens.append(Token("text_special", "", 0, content=piece["escaped"], markup=piece[0], info="escape"))
        return True

    def add_end(self, piece: re.Match[str]) -> bool:
        is_hard = piece["end"] != "\n"
        if not is_hard:
            before = self._pending.rstrip(" ")
            is_hard = len(self._pending) - len(before) > 1
            self._pending = before
        self._flush()
        self._tokens.append(Token("hardbreak" if is_hard else "softbreak", "br", 0))
        return True


#: By the last group of a piece that matched.
_ADD: dict[str, Callable[[_Line, re.Match[str]], bool]] = {
    "text": _Line.add_text,
    "code": _Line.add_code,
    "target": _Line.add_link,
    "bracketed": _Line.add_bracketed,
    "emphasized": _Line.add_emphasis,
    "emphasized_code": _Line.add_emphasis,
    "tag": _Line.add_tag,
    "escaped": _Line.add_escaped,
    "end": _Line.add_end,
}


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _within(text: str) -> Token:
    """The one token inside a pair."""
    return _code(text, 1) if text[0] == "`" else Token("text", "", 0, level=1, content=text)


def _code(text: str, level: int) -> Token:
    content = text[1:-1].replace("\n", " ")
    if content.startswith(" ") and content.endswith(" ") and content.strip(" "):
        content = content[1:-1]
    return Token("code_inline", "code", 0, level=level, markup="`", content=content)
