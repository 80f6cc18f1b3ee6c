"""``python -m benchmarks``: run the benchmarks and print them as tables of ratios."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from benchmarks import BenchmarkError, ToolMissing
from benchmarks.against.compare import compare
from benchmarks.cases import CASES, Workbench, run_case
from benchmarks.corpus import PAGES, Size
from benchmarks.measuring.machine import describe_machine
from benchmarks.measuring.report import Report, Table, verdict_table
from benchmarks.measuring.show import markdown, read_page, show_table, write_page
from benchmarks.running.checkout import THIS, open_checkout
from benchmarks.running.shutdown import orderly_shutdown


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Only the 750 posts, and few rounds: minutes become seconds.")
@click.option("--only", multiple=True, type=click.Choice(CASES), help="Run this benchmark alone (may be given again).")
@click.option("--rounds", type=click.IntRange(1, 1000), help="Rounds of what is quick to measure (15; quick runs 3).")
@click.option("--sizes", metavar="N,N", default="", help="Corpora by their pages: 750, 11905, 60000.")
@click.option("--keep", is_flag=True, help="Keep the indexes of the cluster case, and use those of an earlier run.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Measure this checkout beside an older one in the same rounds, and nothing else.",
)
@click.option(
    "--write", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Write the tables into this page."
)
def main(
    *,
    quick: bool,
    only: tuple[str, ...],
    rounds: int | None,
    sizes: str,
    keep: bool,
    against: Path | None,
    write: Path | None,
) -> None:
    """Measure this project beside tantivy, Whoosh as it comes, nginx and a bare aiohttp handler."""
    if against is not None and (write is not None or only):
        raise click.UsageError("--against measures what both checkouts have: it takes neither --only nor --write")
    if write is not None:
        _check_page(write)
    # Into a file or a pipe, tables are as wide as they need to be.
    console = Console() if sys.stdout.isatty() else Console(width=140)
    machine = describe_machine()
    console.print("\n".join(machine.lines()), end="\n\n", highlight=False)
    try:
        with orderly_shutdown(), console.status("starting") as status:
            rounds = rounds or (3 if quick else 15)
            bench = Workbench(quick, rounds, status.update, chosen=_sizes(sizes), keeps=keep)
            reports: list[Report] = []
            runs = {name: partial(run_case, name, bench) for name in only or CASES}
            if against is not None:
                runs = {"against": partial(compare, bench, open_checkout(against), THIS)}
            for name, run in runs.items():
                reports.append(_run_and_show(console, name, run))
                if write is not None:  # each time: what was measured stays if the next one fails
                    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
                    write_page(write, markdown(machine, reports, command))
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error
    show_table(console, verdict_table([verdict for report in reports for verdict in report.verdicts]))


def _check_page(path: Path) -> None:
    """Refuse a page that cannot be written, before an hour of measuring."""
    try:
        read_page(path)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--write") from error


def _sizes(pages: str) -> tuple[Size, ...]:
    """The corpora whose numbers of ``pages`` are listed, with commas between them."""
    named = {str(count): size for size, count in PAGES.items()}
    try:
        return tuple(named[one.strip()] for one in pages.split(",") if one.strip())
    except KeyError as error:
        raise click.BadParameter(f"{error.args[0]}: it is one of {', '.join(named)}", param_hint="--sizes") from error


def _run_and_show(console: Console, name: str, run: Callable[[], Report]) -> Report:
    """Run one benchmark; report a program that is not installed and go on."""
    try:
        report = run()
    except ToolMissing as error:
        report = Report((Table(f"Not measured: {name}", ("", "why"), ((name, str(error)),)),))
    for table in report.tables:
        show_table(console, table)
    return report


if __name__ == "__main__":
    main()
