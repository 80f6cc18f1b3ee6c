"""``python -m benchmarks``: run the benchmarks and print them as tables of ratios."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from benchmarks import BenchmarkError
from benchmarks.cases import CASES, Workbench, run_case
from benchmarks.machine import describe_machine
from benchmarks.report import Report, verdict_table
from benchmarks.show import markdown, show_table, write_page


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Only the 750 posts, and few rounds: minutes become seconds.")
@click.option("--only", multiple=True, type=click.Choice(CASES), help="Run this benchmark alone (may be given again).")
@click.option("--rounds", type=click.IntRange(1, 1000), help="Rounds of what is quick to measure (15; quick runs 3).")
@click.option(
    "--write", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Write the tables into this page."
)
def main(*, quick: bool, only: tuple[str, ...], rounds: int | None, write: Path | None) -> None:
    """Measure this project beside tantivy, Whoosh as it comes, nginx and a bare aiohttp handler."""
    # Into a file or a pipe, tables are as wide as they need to be.
    console = Console() if sys.stdout.isatty() else Console(width=140)
    machine = describe_machine()
    for line in machine.lines():
        console.print(line)
    console.print()
    status = console.status("") if console.is_terminal else None

    def tell(text: str) -> None:
        if status is not None:
            status.update(text)

    bench = Workbench(is_quick=quick, rounds=rounds or (3 if quick else 15), tell=tell)
    reports: list[Report] = []
    try:
        if status is not None:
            status.start()
        for name in only or CASES:
            report = run_case(name, bench)
            for table in report.tables:
                show_table(console, table)
            reports.append(report)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error
    finally:
        if status is not None:
            status.stop()
    show_table(console, verdict_table([verdict for report in reports for verdict in report.verdicts]))
    if write is not None:
        command = " ".join(["python -m benchmarks", *sys.argv[1:]])
        write_page(write, markdown(machine, reports, command))


if __name__ == "__main__":
    main()
