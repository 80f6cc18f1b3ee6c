"""Reports on a terminal (rich), and as a Markdown page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.measuring.machine import Machine
from benchmarks.measuring.report import Report, Table, verdict_table

#: Each run rewrites the text between these lines of the page; the rest belongs to its authors.
BEGIN = "<!-- benchmarks: begin -->"
END = "<!-- benchmarks: end -->"


def show_table(console: Console, table: Table) -> None:
    """Print one table with its notes."""
    shown = RichTable(title=table.title, title_justify="left", title_style="bold")
    for number, column in enumerate(table.columns):
        shown.add_column(column, justify="left" if number == 0 else "right")
    for row in table.rows:
        cells = [f"[red]{cell}[/]" if cell == "not met" else cell for cell in row]
        shown.add_row(*cells)
    console.print(shown)
    for note in table.notes:
        console.print(f"  {note}", style="dim")
    console.print()


def markdown_table(table: Table) -> str:
    """The table as Markdown, under a heading, with its notes."""
    lines = [f"### {table.title}", ""]
    lines += [_row(table.columns), _row(["---", *["---:"] * (len(table.columns) - 1)])]
    lines += [_row(row) for row in table.rows]
    if table.notes:
        lines += ["", *[f"- {note}" for note in table.notes]]
    return "\n".join(lines) + "\n"


def markdown(machine: Machine, reports: Sequence[Report], command: str) -> str:
    """Machine, bars and figures, as the part of the page that a run writes."""
    verdicts = [verdict for report in reports for verdict in report.verdicts]
    parts = [
        f"Measured with `{command}` on:\n",
        "\n".join(f"- {line}" for line in machine.lines()) + "\n",
        markdown_table(verdict_table(verdicts)),
        *[markdown_table(table) for report in reports for table in report.tables],
    ]
    return "\n".join(parts)


def read_page(path: Path) -> str:
    """The page at ``path``. Raises ValueError if it lacks the marks between which a run writes."""
    page = path.read_text(encoding="utf-8")
    if not (page.count(BEGIN) == page.count(END) == 1):
        raise ValueError(f"{path}: needs the lines {BEGIN} and {END} once each, to know what to replace")
    return page


def write_page(path: Path, text: str) -> None:
    """Put ``text`` between the marks of the page at ``path``. Raises ValueError if it has no such marks."""
    page = read_page(path)
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    new = pattern.sub(lambda _: f"{BEGIN}\n\n{text}\n{END}", page)
    path.write_text(new, encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
