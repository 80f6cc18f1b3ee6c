"""Style sheets say start and end, not left and right: a page may be written from either side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

SHEETS = sorted((ROOT / "services/render/pages/static").glob("*.css"))
PHYSICAL = re.compile(
    r"(?:margin|padding|border)-(?:left|right)\b|text-align: (?:left|right)|(?<![\w-])(?:left|right): "
)
#: What is so in every direction: code runs from left to right, drawings have a rule for each direction, and an author
#: may align a column.
APART = re.compile(r"\.hl|\.line\[data-line\]|figure\.code pre|\.head \.view|\.hero \.view|\.align-right")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_style_sheet_has_logical_properties(sheet: Path) -> None:
    rules = [line.strip() for line in sheet.read_text("utf-8").splitlines()]
    found = [rule for rule in rules if PHYSICAL.search(rule) and ":dir(rtl)" not in rule and not APART.search(rule)]
    assert found == []


def test_drawings_have_a_place_for_each_direction() -> None:
    text = "\n".join(sheet.read_text("utf-8") for sheet in SHEETS)
    for place in (".head:dir(rtl) .view", ".hero:dir(rtl) .view", ".article:dir(rtl) .head .view"):
        assert place in text
