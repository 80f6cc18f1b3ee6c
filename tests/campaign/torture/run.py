"""The scenes one after the other, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.measuring.report import Bar, Report, Table, Verdict
from tests.campaign.cases import case_random
from tests.campaign.torture import builds, clocks, disks, flips, kills, overload, rolling
from tests.campaign.torture.scene import Scene, Stage, Tried

SCENES: Mapping[str, Scene] = {
    "kills": kills.run,
    "builds": builds.run,
    "flips": flips.run,
    "disks": disks.run,
    "clocks": clocks.run,
    "overload": overload.run,
    "rolling": rolling.run,
}


def run_scenes(directory: Path, seed: int, names: Sequence[str], scale: float) -> Iterator[Tried]:
    """Each line of the table as it is done. A scene that breaks off is a fault of its own line."""
    for name in names or SCENES:
        stage = Stage(directory / name, case_random(seed, name, 0), scale)
        stage.directory.mkdir()
        broken = Tried(name)
        lines = SCENES[name](stage)
        try:
            yield from lines
        except Exception as error:  # noqa: BLE001 - the other scenes go on
            broken.attempt(partial(_again, error))
            yield broken


def _again(error: Exception) -> None:
    raise error


def report(lines: Sequence[Tried], seed: int) -> Report:
    """The table at the end, and its bar."""
    rows = tuple((one.scene, f"{one.tried:,}", str(len(one.faults)), one.figure) for one in lines)
    table = Table(f"Torture, seed {seed}", ("what", "tried", "failed", "figure"), rows)
    faults = sum(len(one.faults) for one in lines)
    return Report((table,), (Verdict("Faults under torture", faults, Bar(0, unit="faults")),))
