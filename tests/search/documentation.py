"""docs/search.md, which states what search does: its tables are tests."""

from __future__ import annotations

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "search.md").read_text("utf-8")


def rows_under(header: str) -> list[list[str]]:
    """The cells of the table that begins with the line ``header``."""
    lines = TEXT.split(header)[1].splitlines()[2:]
    table = lines[: next(number for number, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
