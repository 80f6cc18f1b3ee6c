"""Content problems as values, and the exceptions of the package.

Does not depend on how problems are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem. ``line`` counts from 1; ``message`` says what is wrong and what to do.

    ``path`` is relative to the content directory while content is parsed; the loader puts the directory in front, so
    that a terminal or an editor can open it. A ``warning`` does not fail a check.
    """

    path: str
    line: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """``path:line: message``, the form that editors and CI read."""
        label = "warning: " if self.severity == "warning" else ""
        return f"{self.path}:{self.line}: {label}{self.message}"

    def under(self, directory: PurePath) -> Problem:
        """Return the problem with its path below ``directory``."""
        return replace(self, path=(directory / self.path).as_posix())


class ContentError(Exception):
    """The root of the exceptions of this package."""


class StaleBody(ContentError):
    """The file of an article has changed since it was loaded; the next load reads it again."""


class InvalidContent(ContentError):
    """The content cannot be shown. ``problems`` is never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
