"""The analyzer of engineering text, for articles and queries. Pure; does not depend on an index.

The contract between analysis and index:

- A *token* is a run of text that a reader would call a word: ``outbox``, ``getUserById``, ``C++``, ``--dry-run``.
- Its *surface* is the token folded (case, diacritics, width): what the index holds. Stems are never stored: the index
  maps each stem to the surfaces that share it, so that prefixes, typos and code work on words as they are written.
- A compound token also has *parts*, each a surface with a range and a position of its own. The whole stands at the
  position of its first part, and the token takes as many positions as its parts do (one if none), so that phrases match
  across both.
- A name inside a name (``getUserById`` in ``users.getUserById``) is a part too. It stands at the position of the first
  of its own parts, so parts may share a position and overlap; wholes never overlap, and their ranges ascend.
- Scripts written without spaces (Chinese, Japanese, Thai and others), and Korean, give one token for each character.
- A surface is at most 80 characters; of a longer token the index holds the beginning, and its parts.

docs/search.md shows the rules as a table of examples, and that table is the test.
"""

from __future__ import annotations

import re
from functools import cache

from services.search.text.compounds import Token, token_of
from services.search.text.languages import Language
from shared.text.folding import (
    APOSTROPHES,
    HANGUL_LETTERS,
    MAX_SURFACE_CHARS,
    NUMBER_SPACES,
    UNSPACED_CHARS,
    mark_chars,
    word_chars,
)

# Characters that may join two words of one token. Here and below, lookbehinds follow the character that they constrain:
# a branch that begins with a character fails at once on any other.
_JOINER = rf"""(?:
    [-./:@\#{APOSTROPHES}\u2010\u2011] (?: (?<=:)(?::|//) | (?<=/)\. )?  # also ::, ://, and /. of a hidden file
    | \+\+ [-./:@\#]?  # libstdc++.so
    | [,{NUMBER_SPACES}](?<=\d.)(?=\d{{3}}(?!\d))  # 1,234,567
    | ,(?<=\d,)(?<!,\d,)(?<!,\d\d,)(?=\d{{1,6}}(?!\d|,\d|[\])}}]))  # 99,9, but no list (1,2,3) and no call f(1,2)
    )"""
# Characters that may begin a token: at the start of a word (--dry-run, -rf, /etc/passwd, .NET) or anywhere
# (@Transactional, $HOME).
_NOT_BEFORE = r"""[^\s"'`\u201c(\[{=,;:|]"""
_DECORATION = rf"[-/.] (?<!{_NOT_BEFORE}[-/.]) (?: (?<=-)-? | (?<=/) | (?<=\.)(?=[^\W\d]) )"
_SIGIL = "[@$]"


def _pattern(first: str, word: str, alone: str = "") -> re.Pattern[str]:
    """The grammar of a token: decoration, words and their joiners, and the sign of ``C++`` or ``C#``.

    ``first`` and ``word`` match the first and a later character of a word; ``alone`` a character that is a token by
    itself. Repetitions are atomic, so matching takes linear time on any text.
    """
    sign = rf"(?: \+\+ (?!\+) | \# (?<!{word}{word}\#) (?<=[^\W\d]\#) )?"
    words = rf"{first} (?>{word}*) (?> (?: {_JOINER} {first} (?>{word}*) )* ) {sign}"
    return re.compile(f"( {alone} {words} | {_SIGIL} {words} | {_DECORATION} {words} )", re.VERBOSE)


_UNSPACED = re.compile(f"[{UNSPACED_CHARS}]|{HANGUL_LETTERS}")


# Three patterns of one grammar: most text is ASCII; spelling out the marks of all scripts halves the speed, and
# excluding characters halves it again.
@cache
def _ascii_pattern() -> re.Pattern[str]:
    return _pattern(r"\w", word_chars(is_ascii=True))


@cache
def _spaced_pattern() -> re.Pattern[str]:
    return _pattern(r"\w", f"[{word_chars(is_ascii=False)}]")


@cache
def _unspaced_pattern() -> re.Pattern[str]:
    return _pattern(
        rf"[^\W{UNSPACED_CHARS}]",
        rf"(?:[^\W{UNSPACED_CHARS}]|[{mark_chars()}])",
        rf"(?=\w) (?: [{UNSPACED_CHARS}] [{mark_chars()}]*+ | {HANGUL_LETTERS} ) |",
    )


#: A token relative to its own start; just the surface of a plain word (most are); None without a letter or digit.
CachedToken = str | Token | None


class _TokenCache(dict[str, CachedToken]):
    """A cache of analysed tokens. Threads may share it: a lost race only repeats work."""

    MAX_ENTRIES = 1 << 18  # the distinct tokens of 11,905 pages of documentation; some 60 MB when full

    def __missing__(self, raw: str) -> CachedToken:
        token = relative_token(raw)
        if len(raw) <= MAX_SURFACE_CHARS:
            if len(self) >= self.MAX_ENTRIES:
                self.clear()
            self[raw] = token
        return token


_tokens = _TokenCache()


# A word of ASCII letters, at most the first of them a capital, or of one letter and digits (p95, c3709).
_PLAIN_WORD = rf"[A-Za-z](?:[a-z]{{0,{MAX_SURFACE_CHARS - 1}}}|[0-9]{{1,{MAX_SURFACE_CHARS - 1}}})(?![a-zA-Z0-9])"
_PLAIN_WORDS = re.compile(rf"{_PLAIN_WORD}(?>(?: {_PLAIN_WORD})*)")


def plain_words(text: str) -> list[str] | None:
    """The surfaces of a text of plain words and single spaces, as most queries are; None for any other text."""
    return text.lower().split(" ") if _PLAIN_WORDS.fullmatch(text) else None


def surfaces_of(text: str) -> list[str]:
    """The surfaces of the tokens of ``text``, wholes only, in order."""
    words = plain_words(text)
    return [token.surface for token in tokenize(text)] if words is None else words


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text`` in order. Offsets are characters of the given ``text``, although it is folded."""
    tokens: list[Token] = []
    for match in pattern_of(text).finditer(text):
        start, end = match.span()
        token = _tokens[match[0]]
        if isinstance(token, str):
            tokens.append(Token(token, start, end))
        elif token:
            tokens.append(token.shifted(start))
    return tokens


def pattern_of(text: str) -> re.Pattern[str]:
    """The token pattern that fits ``text``. Its one group is the whole token."""
    if text.isascii():
        return _ascii_pattern()
    return _unspaced_pattern() if _UNSPACED.search(text) else _spaced_pattern()


def _is_one_word(raw: str) -> bool:
    """Whether splitting would leave a word of ASCII letters and digits whole.

    True if case changes only after the first letter, and no letter follows a digit or digit a letter after it.
    """
    if not raw.isalpha():
        return raw.isdigit() or raw[1:].isdigit()
    return raw.islower() or raw[1:].islower() or raw.isupper()


def relative_token(raw: str) -> CachedToken:
    """The token of one match of the grammar, with relative ranges."""
    if raw.isalnum() and raw.isascii() and _is_one_word(raw):
        return raw[:MAX_SURFACE_CHARS].lower()
    token = token_of(raw)
    is_plain = token is not None and not token.parts and token.end == len(raw)
    return token.surface if token and is_plain else token


def relative_token_in(raw: str, language: Language | None) -> CachedToken:
    """The token of one match of the grammar in a text of ``language``, with relative ranges.

    An elided article before an apostrophe (``l'index``) and an ending after one (``API'nin``) are not part of the word.
    """
    token = relative_token(raw)
    if language is None or not isinstance(token, Token) or len(token.parts) < 2:
        return token
    if language.elision and (match := re.match(language.elision, raw, re.IGNORECASE)):
        return _moved(relative_token(raw[match.end() :]), match.end(), len(raw)) or token
    if language.ending and (match := re.search(language.ending, raw)):
        return _moved(relative_token(raw[: match.start()]), 0, match.start()) or token
    return token


def _moved(token: CachedToken, start: int, end: int) -> Token | None:
    """``token``, made for the characters ``start`` to ``end`` of a token, relative to the token."""
    return Token(token, start, end) if isinstance(token, str) else token and token.shifted(start)
