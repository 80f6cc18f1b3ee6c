"""Groups of synonyms (``content/synonyms.toml``), and their matches in a query.

Terms are compared word by word, by stem, and the words inside a compound count as words: ``dead-letter queues`` is
``dead letter queue``. Does not depend on an index: the engine sets the weight of an alternative.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from services.search.text.languages import by_code, stem_in
from services.search.text.stemming import is_code_word, stem
from services.search.text.terms import SEPARATOR
from services.search.text.tokens import tokenize
from shared.content.parsing.toml_syntax import Entry, read_toml_tables
from shared.content.problem import Problem
from shared.process.logger import get_logger

log = get_logger("synonyms")

#: The least number of terms in a group.
MIN_TERMS = 2

_SYMBOLS = re.compile(r"(?<=\w)[^\w+#]+(?=\w)")

Words = tuple[str, ...]


class SynonymMatch(NamedTuple):
    """The surfaces from ``start`` up to ``end`` are a known term; ``alternatives`` are its synonyms, as words."""

    start: int
    end: int
    alternatives: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """All ``groups``, compiled: from the stems of a term to the words of its synonyms.

    ``digest`` names the contents. Terms are compared by their English stems, and by those of the languages ``codes``.
    """

    alternatives: Mapping[Words, tuple[Words, ...]]
    longest: int
    digest: str
    groups: tuple[Words, ...] = ()
    codes: tuple[str, ...] = ("",)

    @classmethod
    @cache
    def none(cls) -> Synonyms:
        """No synonyms."""
        return cls.of(())

    @classmethod
    def of(cls, groups: Iterable[Iterable[str]], codes: tuple[str, ...] = ("",)) -> Synonyms:
        """Compile groups of terms as people write them. A term in two groups has the synonyms of both."""
        written = tuple(map(tuple, groups))
        found: dict[Words, dict[Words, Words]] = {}
        for group in written:
            terms = {_key(words): words for words in map(_words_of, group) if words}
            # A compound typed in one case only (poddisruptionbudget) is not split, so its whole is a name too.
            names = [(key, key) for key in terms] + [
                ((stem(token.surface),), _key(_words_of(term)))
                for term in group
                if len(tokens := tokenize(term)) == 1 and (token := tokens[0]).parts
            ]
            names += [(_key(words, code), own) for own, words in terms.items() for code in codes[1:]]
            for name, own in names:
                found.setdefault(name, {}).update({key: words for key, words in terms.items() if key != own})
        compiled = {key: tuple(equals.values()) for key, equals in found.items() if equals}
        digest = hashlib.sha256(repr(sorted(compiled.items())).encode()).hexdigest()[:16]
        return cls(compiled, max(map(len, compiled), default=0), digest, written, codes)

    def in_languages(self, codes: tuple[str, ...]) -> Synonyms:
        """A copy for an index with the languages ``codes`` beside English."""
        return _compiled(self.groups, ("", *codes)) if codes and self.groups else self

    @classmethod
    def load(cls, path: Path | None) -> Synonyms:
        """Load the synonyms in the file at ``path``; none without a file.

        A bad line is skipped with a warning, and so is an unreadable file: the index answers without synonyms.
        """
        try:
            if path is None or not path.is_file():
                return cls.none()
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            log.warning("synonyms left out", problem=f"{path}: the file cannot be read: {error.strerror}")
            return cls.none()
        synonyms, problems = parse_synonyms(text, path.as_posix())
        for problem in problems:
            log.warning("synonyms left out", problem=str(problem))
        return synonyms

    def matches(self, surfaces: Sequence[str]) -> tuple[SynonymMatch, ...]:
        """The terms in ``surfaces`` (folded, of consecutive words): from the left, longest first, without overlap."""
        words = [_split(surface) for surface in surfaces]
        found: list[SynonymMatch] = []
        start = 0
        while start < len(surfaces):
            match = self._longest_at(surfaces, words, start)
            if match:
                found.append(match)
            start = match.end if match else start + 1
        return tuple(found)

    def _longest_at(self, surfaces: Sequence[str], words: Sequence[Words], start: int) -> SynonymMatch | None:
        best: SynonymMatch | None = None
        typed: list[str] = []
        for end in range(start + 1, len(surfaces) + 1):
            typed += words[end - 1]
            if len(typed) > max(self.longest, 1):
                break
            found = (self.alternatives.get(_key(tuple(typed), code)) for code in self.codes)
            equals = next(filter(None, found), None)
            if equals is None and end == start + 1:
                equals = self.alternatives.get((stem(surfaces[start]),))
            if equals is not None:
                best = SynonymMatch(start, end, equals)
        return best


def parse_synonyms(text: str, source: str) -> tuple[Synonyms, tuple[Problem, ...]]:
    """Parse a TOML file of synonyms into groups and problems. A group with a problem is left out."""
    tables, found = read_toml_tables(source, text, "groups", ["terms"])
    groups: list[list[str]] = []
    problems = list(found)
    for table in tables:
        if message := _problem_in(table):
            problems.append(Problem(source, table.line, message))
        else:
            groups.append(table.values["terms"])
    return Synonyms.of(groups), tuple(problems)


def _problem_in(table: Entry) -> str | None:
    """The problem of one group, or None."""
    terms = table.values.get("terms")
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        return '\'terms\' must be a list of texts, such as ["mTLS", "mutual TLS"]'
    if empty := [term for term in terms if not _words_of(term)]:
        return f"the term '{empty[0]}' has no letter or digit"
    if len({_key(_words_of(term)) for term in terms}) < MIN_TERMS:
        return "a group needs two terms that differ in more than an ending"
    return None


def _words_of(term: str) -> Words:
    """The words of a term in order, those inside a compound separately."""
    words: list[str] = []
    for token in tokenize(term):
        innermost = {part.position: part.surface for part in token.parts}
        words += innermost.values() or (token.surface,)
    return tuple(words)


def _split(surface: str) -> Words:
    """Split a folded surface at its symbols."""
    return tuple(_SYMBOLS.split(surface)) if is_code_word(surface) else (surface,)


def _key(words: Words, code: str = "") -> Words:
    """The stems of ``words`` in the language of ``code``; "" is English."""
    if not code:
        return tuple(map(stem, words))
    first, *others = (stem_in(by_code(code), word) for word in words)
    return (f"{SEPARATOR}{code}{SEPARATOR}{first}", *others)


@lru_cache(maxsize=64)
def _compiled(groups: tuple[Words, ...], codes: tuple[str, ...]) -> Synonyms:
    return Synonyms.of(groups, codes)
