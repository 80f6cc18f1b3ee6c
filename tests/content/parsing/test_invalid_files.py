"""A folder of invalid files: each ``NAME`` gives exactly the problems in ``NAME.expected``.

``UPDATE_GOLDEN=1 pytest tests/content/parsing/test_invalid_files.py`` writes them again: read the difference first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.content.parsing.parse import parse_article
from shared.content.parsing.site_config import parse_site
from shared.content.parsing.svg import parse_svg
from shared.content.problem import InvalidContent

INVALID = Path(__file__).parents[2] / "fixtures" / "invalid"


def read_markdown(path: Path) -> object:
    return parse_article(path.relative_to(INVALID).as_posix(), path.read_text())


def read_svg(path: Path) -> object:
    """What keeps a drawing from standing inside a page."""
    found = parse_svg(f"articles/x/{path.name}", path.read_text())
    if found.refusals:
        raise InvalidContent(found.refusals)
    return found


def read_site(path: Path) -> object:
    return parse_site(path.read_text())


READERS: dict[str, Callable[[Path], object]] = {"md": read_markdown, "svg": read_svg, "toml": read_site}
FILES = [path for kind in READERS for path in sorted(INVALID.rglob(f"*.{kind}"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(INVALID).as_posix())
def test_an_invalid_file_is_refused_with_these_problems(path: Path) -> None:
    with pytest.raises(InvalidContent) as caught:
        READERS[path.suffix[1:]](path)
    found = "".join(f"{problem}\n" for problem in caught.value.problems)
    expected = path.with_suffix(path.suffix + ".expected")
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(found)
    assert found == expected.read_text()


def test_there_are_invalid_files_of_every_kind() -> None:
    assert {path.suffix[1:] for path in FILES} == set(READERS)
