"""A small content directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.articles import source
from tests.content.samples import SVG


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content directory with two articles, one of them in a folder with a diagram."""
    folder = tmp_path / "content"
    (folder / "articles" / "b").mkdir(parents=True)
    (folder / "site.toml").write_text('title = "Site"\n')
    (folder / "articles" / "a.md").write_text(source("Text of a."))
    (folder / "articles" / "b" / "index.md").write_text(source("![D](d.svg)"))
    (folder / "articles" / "b" / "d.svg").write_text(SVG)
    return folder
