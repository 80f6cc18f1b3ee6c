"""Words typed apart that are one on the site (``post gres``), and typed as one that are several (``outboxpattern``).

A space is put or taken only where the site has the result: the joined word, or the words side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from services.search.text.query_tree import AnyOf, Clause, Phrase, Word
from services.search.text.tokens import STOP_WORDS

#: Whether the site has what a clause asks for, and in how many articles.
CountOf = Callable[[Clause], int]

#: Shorter pieces are letters, not words.
_MIN_PIECE = 2
#: Words that one may be cut into: nobody forgets more spaces.
_MAX_PIECES = 4
#: A longer word is no words without spaces: it is a paste.
_MAX_CHARACTERS = 40
#: Ways to cut a word that are looked up as phrases.
_MAX_CUTS = 12


def joined(left: AnyOf, right: AnyOf, text: str, count_of: CountOf) -> Word | None:
    """Two neighbours as one word, if the site has it and only space or a hyphen stands between them."""
    first, second = left.clauses[0], right.clauses[0]
    if len(left.clauses) > 1 or len(right.clauses) > 1 or isinstance(first, Phrase) or isinstance(second, Phrase):
        return None
    if first.field != second.field or text[first.end : second.start].strip() not in {"", "-"}:
        return None
    word = second._replace(
        surface=first.surface + second.surface, parts=(), is_stop=False, start=first.start, written=""
    )
    return word if word.surface.isalnum() and count_of(word) else None


def cut(word: Word, count_of: CountOf) -> tuple[Word, ...]:
    """``word`` as words of substance that stand side by side on the site; or nothing.

    Fewest words first, then those in most articles.
    """
    if not word.surface.isalpha() or not 2 * _MIN_PIECE <= len(word.surface) <= _MAX_CHARACTERS:
        return ()
    known: dict[str, bool] = {}

    def is_known(surface: str) -> bool:
        if surface not in known:
            known[surface] = surface not in STOP_WORDS and count_of(_piece(word, surface)) > 0
        return known[surface]

    for pieces in range(2, _MAX_PIECES + 1):
        best: tuple[int, tuple[Word, ...]] = (0, ())
        for number, surfaces in enumerate(_cuts(word.surface, pieces, is_known)):
            words = tuple(_piece(word, surface) for surface in surfaces)
            best = max(best, (count_of(Phrase(words, word.field)), words), key=lambda found: found[0])
            if number + 1 == _MAX_CUTS:
                break
        if best[1]:
            return best[1]
    return ()


def _cuts(text: str, pieces: int, is_known: Callable[[str], bool]) -> Iterator[tuple[str, ...]]:
    """The ways to cut ``text`` into ``pieces`` words of the site."""
    if pieces == 1:
        if len(text) >= _MIN_PIECE and is_known(text):
            yield (text,)
        return
    for at in range(_MIN_PIECE, len(text) - _MIN_PIECE * (pieces - 1) + 1):
        if is_known(text[:at]):
            yield from ((text[:at], *rest) for rest in _cuts(text[at:], pieces - 1, is_known))


def _piece(word: Word, surface: str) -> Word:
    return word._replace(surface=surface, parts=(), is_prefix=False, is_open=False, written="")
