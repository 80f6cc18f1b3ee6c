"""Golden pairs: each ``golden/NAME.md`` gives exactly ``golden/NAME.html`` and ``golden/NAME.json``.

``UPDATE_GOLDEN=1 pytest tests/content/markdown/test_markdown_golden.py`` writes them: read the difference first.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import orjson
import pytest

from shared.content.article import Body
from shared.content.folder.asset import Asset, parse_asset
from shared.content.markdown import BodyContext, parse_body

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = Path(__file__).parents[2] / "fixtures" / "site" / "articles" / "every-feature"


def files() -> dict[str, Asset]:
    return {name: parse_asset(name, name, Path(name), (FILES / name).read_bytes()) for name in ("photo.png", "box.svg")}


def describe(body: Body) -> bytes:
    """Everything but the HTML, as JSON that a person can read."""
    value = {
        field.name: getattr(body, field.name)
        for field in dataclasses.fields(body)
        if field.name not in {"html", "pieces"}
    }
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.md")), ids=lambda path: path.stem)
def test_markdown_gives_this_html_and_these_sections(path: Path) -> None:
    body = parse_body(path.read_text(), BodyContext("articles/here/index.md", "/articles/here/", 1, files()))
    if os.environ.get("UPDATE_GOLDEN"):
        path.with_suffix(".html").write_text(body.html)
        path.with_suffix(".json").write_bytes(describe(body))
    assert body.html == path.with_suffix(".html").read_text()
    assert describe(body) == path.with_suffix(".json").read_bytes()
