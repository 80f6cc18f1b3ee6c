"""A folder with one article, an edit of it, and the result that follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from shared.content.folder.loader import LoadResult
from tests.content.articles import source

#: Longer than any test needs to wait, so that a failure says what is missing.
PATIENCE_S = 15.0
#: The README's promise: an edit is shown within two seconds.
PROMISE_S = 2.0


def one_article(tmp_path: Path) -> Path:
    """A content folder with one article."""
    folder = tmp_path / "content"
    (folder / "articles").mkdir(parents=True)
    (folder / "site.toml").write_text('title = "Site"\n')
    (folder / "articles" / "a.md").write_text(source("first"))
    return folder


async def write(content: Path, name: str, text: str) -> None:
    """Write an article."""
    await asyncio.to_thread((content / "articles" / name).write_text, text)


async def following(results: AsyncIterator[LoadResult]) -> LoadResult:
    """The next result."""
    return await asyncio.wait_for(anext(results), PATIENCE_S)
