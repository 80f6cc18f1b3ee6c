"""The words of an index, as query understanding needs them: a Protocol that each engine implements.

Does not depend on an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.search.text.compounds import Part
from services.search.text.query_tree import AnyOf, Clause
from services.search.understanding import plan


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A word of the site near one that was typed.

    ``edits`` is the optimal string alignment distance. ``weight`` is its number of occurrences, weighted by field: a
    title counts more than prose. A word that ``is_lonely`` occurs in one field of one article only.
    One that ``is_form`` occurs in other forms alone (see ``forms``).
    """

    surface: str
    edits: int
    weight: float
    is_in_title: bool = False
    is_lonely: bool = False
    is_form: bool = False


class Vocabulary(Protocol):
    """The words of one generation of an index, deleted articles left out.

    Surfaces are folded as ``services.search.text`` folds them. Equal calls give equal results, and a repeated call
    costs nothing: implementations cache the results for one query.
    """

    @property
    def languages(self) -> Mapping[str, float]:
        """The approximate share of the articles in each language with an analyzer of its own, by language code."""
        ...

    def has(self, word: str) -> bool:
        """Whether any article has ``word`` or a word of prose with its stem."""
        ...

    def has_surface(self, surface: str) -> bool:
        """Whether any article has exactly ``surface``, with its signs: ``-f``, ``c++``."""
        ...

    def count_group(self, group: plan.Group) -> int:
        """Count the articles that match ``group`` of a plan."""
        ...

    def count(self, group: AnyOf) -> int:
        """Count the articles that match ``group``, including its synonyms."""
        ...

    def count_clause(self, clause: Clause) -> int:
        """Count the articles that match ``clause`` alone, without synonyms."""
        ...

    def count_together(self, groups: Sequence[AnyOf]) -> int:
        """Count the articles that match all of ``groups``."""
        ...

    def near(self, word: str, limit: int) -> Sequence[Neighbour]:
        """Words of prose near ``word``, nearest first, then most common.

        One edit, and from six letters on two with the same first letter.
        """
        ...

    def forms(self, words: Sequence[str]) -> Sequence[Neighbour]:
        """Those of ``words``, which no article has, that articles have in other forms: with the same stem, in prose.

        The words are one edit away. Each weighs as much as its forms together. Most common first.
        """
        ...

    def beginning(self, letters: str, limit: int) -> Sequence[Neighbour]:
        """Words whose beginning is within one edit of ``letters``, first letter equal, most common first."""
        ...

    def parts_of(self, surface: str) -> tuple[Part, ...]:
        """The parts of a compound that the site writes in another case (``runtimeclassflags``); none if it has none."""
        ...
