"""What an engine must say about its words for a query to be understood. A Protocol: every engine has its own.

Does not depend on an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.search.meaning import plan
from services.search.text.compounds import Part
from services.search.text.query_tree import AnyOf, Clause


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A word of the site near one that was typed.

    ``edits`` is the optimal string alignment distance. ``weight`` is how common the word is: occurrences weighted by
    field, a title more than prose. A word that ``is_lonely`` stands in one field of one article only.
    """

    surface: str
    edits: int
    weight: float
    is_in_title: bool = False
    is_lonely: bool = False


class Vocabulary(Protocol):
    """The words of one generation of an index, deleted articles left out.

    Surfaces are folded as ``services.search.text`` folds them. Equal questions get equal answers, and asking twice
    costs nothing: an implementation remembers what it was asked about one query.
    """

    @property
    def languages(self) -> Mapping[str, float]:
        """The share of the articles, about, in each language (its code) that is not analysed as English is."""
        ...

    def has(self, word: str) -> bool:
        """Whether any article has ``word`` or a word of prose with its stem."""
        ...

    def has_surface(self, surface: str) -> bool:
        """Whether any article has exactly ``surface``, with its signs: ``-f``, ``c++``."""
        ...

    def count_group(self, group: plan.Group) -> int:
        """How many articles match ``group`` of a plan."""
        ...

    def count(self, group: AnyOf) -> int:
        """How many articles match ``group``, its synonyms included."""
        ...

    def count_clause(self, clause: Clause) -> int:
        """How many articles match ``clause`` alone, without synonyms."""
        ...

    def count_together(self, groups: Sequence[AnyOf]) -> int:
        """How many articles match all of ``groups``."""
        ...

    def near(self, word: str, limit: int) -> Sequence[Neighbour]:
        """Words of prose near ``word``, nearest first, then most common.

        One edit, and from six letters on two with the same first letter.
        """
        ...

    def beginning(self, letters: str, limit: int) -> Sequence[Neighbour]:
        """Words that begin with ``letters`` but for one edit behind the first, most common first."""
        ...

    def parts_of(self, surface: str) -> tuple[Part, ...]:
        """The parts of a compound that the site writes in another case (``runtimeclassflags``); none if it has none."""
        ...
