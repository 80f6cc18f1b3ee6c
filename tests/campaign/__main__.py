"""``python -m tests.campaign``: run the campaign, and print what it found as tables."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from benchmarks.measuring.machine import describe_machine
from benchmarks.measuring.report import Report
from benchmarks.measuring.show import show_table
from benchmarks.running.shutdown import orderly_shutdown
from shared.process.logs import configure_logging
from tests.campaign.fuzz.run import Fuzzing, new_seed
from tests.campaign.fuzz.run import report as fuzz_report
from tests.campaign.torture.run import SCENES, run_scenes
from tests.campaign.torture.run import report as torture_report

#: Seconds of a whole run of fuzzing.
DEFAULT_S = 300.0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Generated input and accidents, against both services. Ends with a table; exit code 1 if anything is wrong."""


@main.command()
@click.option("--seconds", type=click.FloatRange(1), help="How long, in all (default: 300).")
@click.option(
    "--cases", type=click.IntRange(1), help="Run the first cases of each kind, this many, however long it takes."
)
@click.option("--seed", type=int, help="Repeat a run (default: a new one, which is printed).")
@click.option("--only", multiple=True, metavar="KIND", help="Run this kind alone (may be given again).")
@click.option("--case", "case", type=click.IntRange(0), help="Run this one case of one kind.")
def fuzz(
    *, seconds: float | None, cases: int | None, seed: int | None, only: tuple[str, ...], case: int | None
) -> None:
    """Send what nobody would: requests, paths, headers, queries, content, pictures, damaged files."""
    if case is not None and (len(only) != 1 or seed is None):
        raise click.UsageError("--case is one of one kind and seed: add --only KIND --seed N")
    if [seconds, cases, case].count(None) < 2:
        raise click.UsageError("--seconds, --cases and --case each say how much to run: give one of them")
    numbers = range(cases) if cases else None if case is None else (case,)
    console, seed = _console(), new_seed() if seed is None else seed
    with orderly_shutdown(), tempfile.TemporaryDirectory(prefix="campaign-") as directory:
        tallies = []
        for tally in Fuzzing(Path(directory), seed, only).run(seconds or DEFAULT_S, numbers):
            tallies.append(tally)
            for found in tally.faults:
                console.print(str(found), style="red", markup=False, highlight=False, soft_wrap=True)
    if not tallies:
        raise click.UsageError(f"no kind is called {' or '.join(only)}")
    _finish(console, fuzz_report(tallies, seed))


@main.command()
@click.option(
    "--scale", type=click.FloatRange(0.001, 10), default=1.0, show_default=True, help="The share of a whole run."
)
@click.option("--seed", type=int, help="Repeat a run (default: a new one, which is printed).")
@click.option("--only", multiple=True, type=click.Choice(list(SCENES)), help="This scene alone (may be given again).")
def torture(*, scale: float, seed: int | None, only: tuple[str, ...]) -> None:
    """Kill, flip, fill, set the clock, overload and restart: half an hour, or seconds with --scale 0.01."""
    console, seed = _console(), new_seed() if seed is None else seed
    console.print(f"seed {seed}", highlight=False)
    lines = []
    with orderly_shutdown(), tempfile.TemporaryDirectory(prefix="campaign-", ignore_cleanup_errors=True) as directory:
        for line in run_scenes(Path(directory), seed, only, scale):
            lines.append(line)
            console.print(
                f"{line.scene}: {line.tried:,} tried, {len(line.faults)} failed. {line.figure}", highlight=False
            )
            for fault in line.faults[:3]:
                console.print(fault, style="red", markup=False, highlight=False, soft_wrap=True)
    _finish(console, torture_report(lines, seed))


def _finish(console: Console, found: Report) -> None:
    """Print the tables; end with 1 where a bar is not met."""
    for table in found.tables:
        show_table(console, table)
    sys.exit(not all(verdict.is_met for verdict in found.verdicts))


def _console() -> Console:
    console = Console() if sys.stdout.isatty() else Console(width=150)
    configure_logging("error", "json", io.StringIO())  # what the code under test logs about what is done to it
    console.print("\n".join(describe_machine().lines()), end="\n\n", highlight=False)
    return console


if __name__ == "__main__":
    main()
