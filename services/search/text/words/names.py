"""Names with two spellings: one with signs or digits, and one of plain words (``.NET`` and dotnet, k8s and kubernetes).

Each line of ``names.txt`` is one name in lower case: its spellings, with ``=`` between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

#: One spelling: the surfaces of its words.
Spelling = tuple[str, ...]

#: The longest spelling, in words.
MAX_NAME_WORDS: Final = 3


@cache
def names() -> Mapping[Spelling, tuple[Spelling, ...]]:
    """Each spelling of each name, with its other spellings."""
    lines = files(__package__).joinpath("names.txt").read_text(encoding="ascii").splitlines()
    groups = ([tuple(spelling.split()) for spelling in line.split(" = ")] for line in lines if line)
    return {one: tuple(other for other in group if other != one) for group in groups for one in group}


@cache
def first_words() -> frozenset[str]:
    """The first word of each spelling of each name."""
    return frozenset(spelling[0] for spelling in names())
