"""The problems of a LoadResult, and the HTML of its articles."""

from __future__ import annotations

from pathlib import Path

from shared.content.folder.loader import LoadResult
from shared.content.library import Library


def problems(result: LoadResult, content: Path) -> list[str]:
    """The problems, without the directory of the test."""
    return [str(problem).removeprefix(f"{content.as_posix()}/") for problem in result.problems]


def html_of(library: Library, slug: str) -> str:
    """What a page shows of an article."""
    return library.html(library.by_slug[slug])
