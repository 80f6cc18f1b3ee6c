"""How engineering text becomes terms: one analyzer for articles and queries. Pure; it knows no index.

The contract between analysis and index:

- A *token* is a run of text that a reader would call a word: ``outbox``, ``getUserById``, ``C++``, ``--dry-run``, ``v1.2.3``.
- Its *surface* is the token folded (case, diacritics, width): what the index holds. Stems are never stored: the index maps each stem to the
  surfaces that share it, so that prefixes, typos and code work on words as they are written.
- A compound token also has *parts*, each a surface with a range of its own. The whole stands at the position of its first part, and
  the token takes as many positions as it has parts (one if none), so that phrases match across both.
"""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """A piece of a compound token: its surface and its range in the text, in characters."""

    surface: str
    start: int
    end: int


class Token(NamedTuple):
    """One token: its surface, its range in the text, and its parts (empty, or two and more; or one for a decorated word such as ``@Transactional``)."""

    surface: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text`` in order. Offsets are characters of ``text`` as given (folding keeps them true)."""
    raise NotImplementedError


def stem(surface: str) -> str:
    """The stem of a folded prose word (Snowball English); other scripts and words with digits or symbols stay as they are."""
    raise NotImplementedError


def is_code_word(surface: str) -> bool:
    """Whether a surface is written like an identifier (digits, symbols) and must not be stemmed."""
    raise NotImplementedError
