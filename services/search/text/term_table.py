"""The terms of whole texts as columns of numbers: the result of ``tokenize``, at a fraction of its cost.

Every distinct token is analysed once, and its terms become rows of a table. The terms of a text are then the rows of
its tokens, and the only Python code that runs per token is the search for it. Does not depend on an index.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from weakref import proxy

import numpy as np
import numpy.typing as npt

from services.search.text.languages import Language
from services.search.text.terms import term_of
from services.search.text.tokens import pattern_of, relative_token_in

I64 = npt.NDArray[np.int64]

#: The initial capacity of a column, in values; a full column doubles.
_INITIAL_CAPACITY = 1 << 12


class Terms(NamedTuple):
    """All terms of a text, wholes and parts, as columns of equal length: what an index stores.

    ``surfaces`` are numbers of the table that made them. ``positions`` never descend; a whole comes right before its
    parts. ``starts`` and ``ends`` are characters of the text.
    """

    surfaces: I64
    positions: I64
    starts: I64
    ends: I64


class TermTable:
    """The distinct tokens of many texts. It grows with each text, and may be used by one thread only."""

    def __init__(self) -> None:
        self._surfaces: dict[str, int] = {}
        #: The tokens of each language.
        self._tokens: dict[Language | None, _Numbers] = {}
        #: For each token: its first row, its number of rows, and its number of positions.
        self._shapes = _Rows(3)
        #: For each row: its surface, and its range and position within the token.
        self._rows = _Rows(4)

    def __len__(self) -> int:
        """The number of distinct tokens."""
        return len(self._shapes)

    @property
    def surfaces(self) -> list[str]:
        """All terms so far (see ``terms``), by number."""
        return list(self._surfaces)

    def terms_of(self, text: str, language: Language | None = None) -> Terms:
        """The terms of ``text`` in ``language``: those of ``tokenize``, wholes before their parts."""
        # Splitting gives gaps and tokens alternately, so the sums of their lengths are the offsets.
        pieces = pattern_of(text).split(text)
        bounds = np.cumsum(np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces)))
        known = self._tokens.get(language)
        if known is None:
            # A proxy, so that no cycle keeps a table that is replaced until the cycle collector comes.
            known = self._tokens[language] = _Numbers(partial(TermTable._add, proxy(self), language))
        tokens = np.fromiter(map(known.__getitem__, pieces[1::2]), dtype=np.int64, count=len(pieces) // 2)
        firsts, counts, widths = self._shapes.values()[:, tokens]
        # For each term, the index of its token and its row within it.
        token = np.repeat(np.arange(len(tokens)), counts)
        row = np.arange(len(token)) + (firsts - np.cumsum(counts) + counts)[token]
        surfaces, starts, ends, positions = self._rows.values()[:, row]
        start = bounds[0:-1:2][token]
        return Terms(surfaces, (np.cumsum(widths) - widths)[token] + positions, start + starts, start + ends)

    def _add(self, language: Language | None, raw: str) -> int:
        """Analyse a token of ``language`` that is not in the table; return its number."""
        number = len(self._shapes)
        token = relative_token_in(raw, language)
        first = len(self._rows)
        if token is None:
            width = 0
        elif isinstance(token, str):
            width = 1
            self._add_row(term_of(token, raw, language), 0, len(raw), 0)
        else:
            width = token.width
            start, end = token.start, token.end
            # Compounds are analysed alike in every language.
            whole = token.surface if token.parts else term_of(token.surface, raw[start:end], language)
            self._add_row(whole, start, end, 0)
            for surface, start, end, position in token.parts:
                self._add_row(term_of(surface, raw[start:end], language), start, end, position)
        self._shapes.append((first, len(self._rows) - first, width))
        return number

    def _add_row(self, surface: str, start: int, end: int, position: int) -> None:
        self._rows.append((self._surfaces.setdefault(surface, len(self._surfaces)), start, end, position))


class _Numbers(dict[str, int]):
    """Assigns numbers to strings; ``add`` gives the number of a known string or a new one."""

    def __init__(self, add: Callable[[str], int]) -> None:
        super().__init__()
        self._add = add

    def __missing__(self, string: str) -> int:
        number = self[string] = self._add(string)
        return number


class _Rows:
    """Rows of integers that are appended one by one and read as an array per column."""

    def __init__(self, columns: int) -> None:
        self._values = np.zeros((columns, _INITIAL_CAPACITY), dtype=np.int64)
        self._size = 0
        #: Rows that are not in the array yet: adding them one at a time would take most of the time.
        self._new: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return self._size + len(self._new)

    def append(self, row: tuple[int, ...]) -> None:
        """Add one row at the end."""
        self._new.append(row)

    def values(self) -> I64:
        """All rows: the first index is the column. The array has spare rows at its end."""
        if self._new:
            size = len(self)
            while size > self._values.shape[1]:
                self._values = np.concatenate((self._values, np.zeros_like(self._values)), axis=1)
            self._values[:, self._size : size] = np.array(self._new, dtype=np.int64).T
            self._size = size
            self._new.clear()
        return self._values
