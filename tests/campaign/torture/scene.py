"""What a scene counts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaign.cases import Fault


@dataclass(slots=True)
class Tried:
    """One line of the table: how often something was done, what went wrong of it, and what was measured."""

    scene: str
    tried: int = 0
    faults: list[str] = field(default_factory=list)
    figure: str = ""

    def attempt(self, act: Callable[[], object]) -> None:
        """Count ``act``, and its fault if it has one."""
        self.tried += 1
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever comes of an accident is counted
            self.faults.append(str(error) if isinstance(error, Fault) else repr(error))


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene gets: a directory of its own, random numbers, and the share of a whole run that it does."""

    directory: Path
    rng: random.Random
    scale: float

    @property
    def is_short(self) -> bool:
        """Whether the run is meant for seconds: what has to be waited for is left out."""
        return self.scale <= 0.02

    def times(self, whole: int) -> int:
        """How often to do what a whole run does ``whole`` times."""
        return max(1, round(whole * self.scale))

    def scratch(self, name: str) -> Path:
        """A new directory."""
        path = self.directory / name
        path.mkdir(parents=True)
        return path


Scene = Callable[[Stage], Iterable[Tried]]
