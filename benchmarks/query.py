"""The queries of a corpus, by kind. Imports nothing, because the measured servers import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

QueryKind = Literal["words", "phrase", "prefix", "typo"]


@dataclass(frozen=True, slots=True)
class Query:
    """One query. ``meant`` is the word from which a mistyped one was made."""

    kind: QueryKind
    text: str
    meant: str = ""
