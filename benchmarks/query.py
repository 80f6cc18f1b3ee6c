"""The queries of a corpus, by kind. It imports nothing: the servers that are measured import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

QueryKind = Literal["words", "phrase", "prefix", "typo"]


@dataclass(frozen=True, slots=True)
class Query:
    """One judged way to ask. ``meant`` is what a mistyped word was made from."""

    kind: QueryKind
    text: str
    meant: str = ""
