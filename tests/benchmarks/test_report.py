"""Bars, verdicts, and how they look on a terminal and on a page."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.measuring.machine import describe_machine
from benchmarks.measuring.report import Bar, Report, Table, Verdict, short, verdict_table
from benchmarks.measuring.show import BEGIN, END, markdown, markdown_table, show_table, write_page

TABLE = Table("Speed", ("", "ms"), (("ours | theirs", "1.50"),), ("Warm.",))


@pytest.mark.parametrize(("value", "is_met"), [(1.4, True), (1.5, True), (1.6, False)])
def test_a_bar_at_most_is_met_up_to_its_limit(value: float, *, is_met: bool) -> None:
    assert Verdict("search", value, Bar(1.5, peer="tantivy")).is_met is is_met


@pytest.mark.parametrize(("value", "is_met"), [(0.2, False), (0.25, True), (0.9, True)])
def test_a_bar_at_least_is_met_from_its_limit_on(value: float, *, is_met: bool) -> None:
    assert Verdict("page", value, Bar(0.25, "at least", "nginx")).is_met is is_met


def test_a_ratio_and_a_figure_are_written_with_what_they_count() -> None:
    table = verdict_table([Verdict("a", 1.234, Bar(1.5, peer="tantivy")), Verdict("b", 512.0, Bar(400, unit="MiB"))])
    assert table.rows == (
        ("a", "1.23 \N{MULTIPLICATION SIGN}", "≤ 1.5 \N{MULTIPLICATION SIGN} tantivy", "met"),
        ("b", "512 MiB", "≤ 400 MiB", "not met"),
    )
    assert table.notes == ("1 of 2 bars are met.",)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.01234, "0.0123"), (1.234, "1.23"), (99.5, "99.50"), (12345.6, "12,346")]
)
def test_figures_have_three_digits_and_no_exponent(value: float, text: str) -> None:
    assert short(value) == text


def test_a_terminal_shows_title_figures_and_notes() -> None:
    stream = StringIO()
    show_table(Console(file=stream, width=100), TABLE)
    shown = stream.getvalue()
    assert [text for text in ("Speed", "ours | theirs", "1.50", "Warm.") if text not in shown] == []


def test_a_markdown_table_keeps_its_columns_when_a_cell_has_a_bar() -> None:
    assert markdown_table(TABLE) == "### Speed\n\n|  | ms |\n| --- | ---: |\n| ours \\| theirs | 1.50 |\n\n- Warm.\n"


def test_a_page_gets_machine_verdicts_and_figures_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"Before\n{BEGIN}\nold\n{END}\nAfter\n", encoding="utf-8")
    report = Report((TABLE,), (Verdict("a", 2.0, Bar(1.5, peer="tantivy")),))
    write_page(page, markdown(describe_machine(), [report], "python -m benchmarks"))
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nAfter\n")
    assert "old" not in text
    assert [part for part in ("CPython", "not met", "### Speed", "`python -m benchmarks`") if part not in text] == []


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("All by hand\n", encoding="utf-8")
    with pytest.raises(ValueError, match="needs the lines"):
        write_page(page, "new")
    assert page.read_text(encoding="utf-8") == "All by hand\n"
