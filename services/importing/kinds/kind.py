"""What a reader is: how it detects the project of one tool, and how it reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.importing.findings import Findings
from services.importing.foreign_site import ForeignSite
from services.importing.reading.source_tree import SourceTree


@dataclass(frozen=True, slots=True)
class Kind:
    """One tool.

    ``detect`` returns the folder of its project in a tree, or ``None``; ``expects`` says what it looks for.
    """

    name: str
    expects: str
    detect: Callable[[SourceTree], str | None]
    read: Callable[[SourceTree, str, Findings], ForeignSite]
