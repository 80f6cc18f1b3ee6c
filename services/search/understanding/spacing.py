"""Words typed apart that the site writes as one (``post gres``), and words run together (``outboxpattern``).

A space is removed or added only if the site has the result: the joined word, or the words side by side. A word that
does not exist is replaced; if both spellings exist (``time out``, ``timeout``), each finds the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise, product

from services.search.text.joined import LINKS
from services.search.text.query_tree import AnyOf, Clause, ParsedQuery, Phrase, Word
from services.search.text.stemming import STOP_WORDS
from services.search.text.words.known import halves
from services.search.text.words.names import MAX_NAME_WORDS, first_words, names

#: Counts the articles that match a clause.
CountOf = Callable[[Clause], int]
#: The other spellings of one word of a query, each as the surfaces of its words.
_Spellings = tuple[tuple[str, ...], ...]

#: The shortest piece of a word, in characters: shorter ones are letters, not words.
_MIN_PIECE = 2
#: The largest number of pieces: nobody forgets more spaces.
_MAX_PIECES = 4
#: A longer word, in characters, is pasted data.
_MAX_CHARACTERS = 40
#: Ways to split a word that are looked up as phrases, at most.
_MAX_CUTS = 12
#: The shortest joined word of letters, in characters: two short words make a third by chance.
_MIN_JOINT = 6
# Letters and digits that may be written apart: p99, ipv4. A version keeps its letter.
_PIECES = re.compile(r"[^\W\d_]+?(?=v\d)|v\d+|[^\W\d_]+|\d+")


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


def with_joints(
    parsed: ParsedQuery,
    has_word: Callable[[str], bool],
    is_listed: Callable[[str], bool],
    count_of: CountOf,
    *,
    joins_words: bool = False,
) -> ParsedQuery:
    """``parsed`` with the other spellings of words that the site spells in two ways.

    - Two neighbours that are one word on the site (``time out``): content words whose joined word ``is_listed``,
      or letters and a number (``p 95``). Joined names such as TLSTermination need no other spelling: their words find
      them. In a language of the site that ``joins_words``, any joined word of the site counts, also with a linking
      element (``Zahlung Abwicklung``). The site must have both words too; otherwise the joined one replaces them
      (``joined``).
    - A listed word that the site also writes as two (``healthcheck``), or a hyphenated one that it writes without.
    - A name that the site spells otherwise (``dotnet``).
    """
    words = [_bare_word(group) for group in parsed.groups]
    spellings = [_own_spellings(group, has_word, count_of) for group in parsed.groups]
    for number, (first, second) in enumerate(pairwise(words)):
        joint = _joint(first, second, parsed.text) if first and second else ""
        if not (first and second and joint):
            continue
        if joint.isalpha() and not (joins_words or is_listed(joint)):
            continue
        if has_word(first.surface) and has_word(second.surface):
            links = LINKS if joins_words and joint.isalpha() else ("",)
            joints = (first.surface + link + second.surface for link in links)
            found = tuple((one,) for one in joints if has_word(one))
            spellings[number] += found
            spellings[number + 1] += found
    _add_names(parsed, spellings, has_word, count_of)
    if not any(spellings):
        return parsed
    return parsed._replace(
        groups=tuple(
            AnyOf((clause._replace(respaced=own),)) if own and isinstance(clause := group.clauses[0], Word) else group
            for group, own in zip(parsed.groups, spellings, strict=True)
        )
    )


def _add_names(
    parsed: ParsedQuery,
    spellings: list[_Spellings],
    has_word: Callable[[str], bool],
    count_of: CountOf,
) -> None:
    """Add the other spellings of names in the query that the site has: ``.net`` for dotnet and dot net."""
    begins = [number for number, group in enumerate(parsed.groups) if _begins_name(group)]
    if not begins:
        return
    words = [_plain_clause(group) for group in parsed.groups]
    for first, size in product(begins, range(1, MAX_NAME_WORDS + 1)):
        own = [word for word in words[first : first + size] if word]
        if len(own) < size:
            continue
        others = names().get(tuple(word.surface for word in own), ())
        for spelling in others:
            pieces = tuple(_piece(own[0], surface) for surface in spelling)
            if all(map(has_word, spelling)) and (len(pieces) == 1 or count_of(Phrase(pieces))):
                for number in range(first, first + size):
                    spellings[number] += (spelling,)


def _begins_name(group: AnyOf) -> bool:
    word = group.clauses[0]
    return isinstance(word, Word) and word.surface in first_words()


def _plain_clause(group: AnyOf) -> Word | None:
    """The word of a group of one plain word; None for any other group."""
    word = group.clauses[0]
    if len(group.clauses) > 1 or isinstance(word, Phrase) or word.field or (word.is_prefix and not word.is_open):
        return None
    return word


def _own_spellings(group: AnyOf, has_word: Callable[[str], bool], count_of: CountOf) -> _Spellings:
    """The other ways in which the site spells the one word of ``group``, which it has: apart, or without hyphens."""
    word = group.clauses[0]
    if len(group.clauses) > 1 or isinstance(word, Phrase) or word.field or word.is_prefix:
        return ()
    if "-" in word.surface[1:] and word.surface[0].isalnum():
        closed = word.surface.replace("-", "")
        return ((closed,),) if closed.isalnum() and has_word(closed) else ()
    if len(word.surface) < _MIN_JOINT or word.parts or word.is_stop or not word.surface.isalpha():
        return ()
    cuts = [cut for cut in halves(word.surface) if cut[0] not in STOP_WORDS and all(map(has_word, cut))]
    if not cuts or not has_word(word.surface):
        return ()
    return tuple(cut for cut in cuts if count_of(_side_by_side(cut)))


@lru_cache(maxsize=4096)
def _side_by_side(surfaces: tuple[str, ...]) -> Phrase:
    return Phrase(tuple(Word(surface) for surface in surfaces))


def _bare_word(group: AnyOf) -> Word | None:
    """The word of a group of one word of letters or digits; None for any other group."""
    word = group.clauses[0]
    if len(group.clauses) > 1 or isinstance(word, Phrase) or word.parts or word.field or word.is_prefix:
        return None
    return word if word.surface.isalnum() else None


def _joint(first: Word, second: Word, text: str) -> str:
    """Two neighbours with a blank between them as one word; "" if they cannot be one."""
    if text[first.end : second.start].strip():
        return ""
    joint = first.surface + second.surface
    if first.surface.isalpha() and second.surface.isdigit():
        return joint
    is_long = len(joint) >= _MIN_JOINT and joint.isalpha() and not (first.is_stop or second.is_stop)
    return joint if is_long and joint not in STOP_WORDS else ""


def cut_at_digits(word: Word, count_of: CountOf) -> tuple[Word, ...]:
    """``word`` of letters and digits as its letters and its digits, if they stand side by side on the site."""
    pieces = tuple(_piece(word, surface) for surface in _PIECES.findall(word.surface))
    is_cut = 1 < len(pieces) <= _MAX_PIECES and word.surface.isalnum()
    return pieces if is_cut and count_of(Phrase(pieces, word.field)) else ()


def cut(word: Word, has_word: Callable[[str], bool], count_of: CountOf) -> tuple[Word, ...]:
    """The words that ``word`` consists of, if the site has them side by side; else none.

    Fewest words first, then those in the most articles. Stop words do not count.
    """
    if not word.surface.isalpha() or not 2 * _MIN_PIECE <= len(word.surface) <= _MAX_CHARACTERS:
        return ()
    known: dict[str, bool] = {}

    def is_known(surface: str) -> bool:
        if surface not in known:
            known[surface] = surface not in STOP_WORDS and has_word(surface)
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
    """The ways to split ``text`` into ``pieces`` words of the site."""
    if pieces == 1:
        if len(text) >= _MIN_PIECE and is_known(text):
            yield (text,)
        return
    for at in range(_MIN_PIECE, len(text) - _MIN_PIECE * (pieces - 1) + 1):
        if is_known(text[:at]):
            yield from ((text[:at], *rest) for rest in _cuts(text[at:], pieces - 1, is_known))


def _piece(word: Word, surface: str) -> Word:
    return word._replace(surface=surface, parts=(), is_prefix=False, is_open=False, written="")
