"""Every article as plain Markdown, with the files beside it, in a new folder. Blocking."""

from __future__ import annotations

import posixpath
import shutil
import tempfile
from pathlib import Path

from services.exporting.plain_markdown import Places, plain_article
from shared.content.folder.bodies import written_out
from shared.content.folder.loader import load_now
from shared.content.folder.tree import PUBLIC
from shared.content.problem import InvalidContent


class ExportRefused(Exception):
    """An export cannot be done; the message says what to do, and nothing was written."""


def export_markdown(content_dir: Path, target: Path) -> tuple[int, int]:
    """Write the articles and pages of ``content_dir``, drafts too, to ``target``. Returns how many, and how many files.

    The folder appears whole or not at all. Raises ExportRefused (the target is not empty) and InvalidContent.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ExportRefused(f"{target} is not an empty folder: name a new one")
    result = load_now(content_dir, drafts=True)
    if result.library is None:
        raise InvalidContent(result.problems)
    library = result.library
    everything = (*library.articles, *library.pages)
    places = Places({one.url: one.source for one in everything}, library.site.base_url)
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{target.name}-export-", dir=target.parent))
    copied = 0
    try:
        for one in everything:
            path = stage / one.source
            path.parent.mkdir(parents=True, exist_ok=True)
            text = written_out(one, (content_dir / one.source).read_text("utf-8"))
            text = plain_article(one.source, text, places)
            path.write_text(text, encoding="utf-8")
        for source, files in library.files.items():
            folder = stage / (PUBLIC if source == PUBLIC else posixpath.dirname(source))
            for name, asset in files.items():
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(asset.path, place)
                copied += 1
        stage.chmod(0o755)
        if target.exists():
            target.rmdir()
        stage.rename(target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return len(everything), copied
